//! Streamed replies of all protocols: some thought, much text, and a call, about `deltas` events long.
//!
//! A tenth of the deltas is reasoning, a tenth is arguments of the call at the end, all others are text.
//! Only `std` is used here, since the tests of `cliproxy-translators` compile this same file.

/// Chat Completions.
pub fn chat(deltas: usize) -> String {
    let chunk = |delta: &str, finish: &str| {
        format!(
            "data: {{\"id\":\"chatcmpl-9a1\",\"object\":\"chat.completion.chunk\",\"created\":1767225600,\"model\":\"bench-model\",\"choices\":[{{\"index\":0,\"delta\":{delta},\"finish_reason\":{finish}}}]}}\n\n"
        )
    };
    let mut out = chunk(r#"{"role":"assistant","content":""}"#, "null");
    said(&mut out, deltas, |kind, text| match kind {
        Kind::Thought => chunk(&format!(r#"{{"reasoning_content":"{text}"}}"#), "null"),
        Kind::Text => chunk(&format!(r#"{{"content":"{text}"}}"#), "null"),
        Kind::Begin(Part::Call) => chunk(
            r#"{"tool_calls":[{"index":0,"id":"call_1","type":"function","function":{"name":"read_file_0","arguments":""}}]}"#,
            "null",
        ),
        Kind::Arguments => chunk(
            &format!(r#"{{"tool_calls":[{{"index":0,"function":{{"arguments":"{text}"}}}}]}}"#),
            "null",
        ),
        Kind::Begin(_) | Kind::End(_) => String::new(),
    });
    out.push_str(&chunk("{}", r#""tool_calls""#));
    out.push_str("data: {\"id\":\"chatcmpl-9a1\",\"object\":\"chat.completion.chunk\",\"created\":1767225600,\"model\":\"bench-model\",\"choices\":[],\"usage\":{\"prompt_tokens\":512,\"completion_tokens\":600,\"total_tokens\":1112}}\n\ndata: [DONE]\n\n");
    out
}

/// Messages.
pub fn claude(deltas: usize) -> String {
    let event = |name: &str, members: &str| {
        format!("event: {name}\ndata: {{\"type\":\"{name}\",{members}}}\n\n")
    };
    let mut out = event(
        "message_start",
        r#""message":{"id":"msg_01","type":"message","role":"assistant","model":"bench-model","content":[],"stop_reason":null,"stop_sequence":null,"usage":{"input_tokens":512,"output_tokens":1}}"#,
    );
    let index = |part: Part| part as usize;
    said(&mut out, deltas, |kind, text| {
        let delta = |part: Part, kind: &str, key: &str| {
            let index = index(part);
            event(
                "content_block_delta",
                &format!(r#""index":{index},"delta":{{"type":"{kind}","{key}":"{text}"}}"#),
            )
        };
        match kind {
            Kind::Begin(part) => {
                let block = match part {
                    Part::Thought => r#"{"type":"thinking","thinking":"","signature":""}"#,
                    Part::Text => r#"{"type":"text","text":""}"#,
                    Part::Call => {
                        r#"{"type":"tool_use","id":"toolu_1","name":"read_file_0","input":{}}"#
                    }
                };
                let index = index(part);
                event(
                    "content_block_start",
                    &format!(r#""index":{index},"content_block":{block}"#),
                )
            }
            Kind::Thought => delta(Part::Thought, "thinking_delta", "thinking"),
            Kind::Text => delta(Part::Text, "text_delta", "text"),
            Kind::Arguments => delta(Part::Call, "input_json_delta", "partial_json"),
            Kind::End(part) => event("content_block_stop", &format!(r#""index":{}"#, index(part))),
        }
    });
    out.push_str(&event(
        "message_delta",
        r#""delta":{"stop_reason":"tool_use","stop_sequence":null},"usage":{"output_tokens":600}"#,
    ));
    out.push_str("event: message_stop\ndata: {\"type\":\"message_stop\"}\n\n");
    out
}

/// Gemini, which sends a call whole and repeats the usage in every event.
pub fn gemini(deltas: usize) -> String {
    let event = |part: &str, finish: &str| {
        format!(
            "data: {{\"candidates\":[{{\"content\":{{\"parts\":[{part}],\"role\":\"model\"}}{finish}}}],\"usageMetadata\":{{\"promptTokenCount\":512,\"candidatesTokenCount\":7,\"totalTokenCount\":519}},\"modelVersion\":\"bench-model\"}}\r\n\r\n"
        )
    };
    let mut out = String::new();
    said(&mut out, deltas, |kind, text| match kind {
        Kind::Thought => event(&format!(r#"{{"text":"{text}","thought":true}}"#), ""),
        Kind::Text => event(&format!(r#"{{"text":"{text}"}}"#), ""),
        Kind::Arguments => event(
            &format!(
                r#"{{"functionCall":{{"name":"read_file_0","args":{{"path":"{}"}}}}}}"#,
                text.len()
            ),
            "",
        ),
        Kind::Begin(_) | Kind::End(_) => String::new(),
    });
    out.push_str(&event(r#"{"text":""}"#, r#","finishReason":"STOP""#));
    out
}

/// Responses.
pub fn responses(deltas: usize) -> String {
    let event = |name: &str, members: &str| {
        format!("event: {name}\ndata: {{\"type\":\"{name}\",\"sequence_number\":42,{members}}}\n\n")
    };
    let response = r#""response":{"id":"resp_1","object":"response","created_at":1767225600,"model":"bench-model","output":[]"#;
    let mut out = event(
        "response.created",
        &format!(r#"{response},"status":"in_progress"}}"#),
    );
    let place = |part: Part| match part {
        Part::Thought => r#""item_id":"rs_1","output_index":0"#,
        Part::Text => r#""item_id":"msg_1","output_index":1"#,
        Part::Call => r#""item_id":"fc_1","output_index":2"#,
    };
    let item = |part: Part| match part {
        Part::Thought => r#""output_index":0,"item":{"type":"reasoning","id":"rs_1","summary":[]}"#,
        Part::Text => {
            r#""output_index":1,"item":{"type":"message","id":"msg_1","role":"assistant","content":[]}"#
        }
        Part::Call => {
            r#""output_index":2,"item":{"type":"function_call","id":"fc_1","call_id":"call_1","name":"read_file_0","arguments":""}"#
        }
    };
    said(&mut out, deltas, |kind, text| {
        let delta = |name: &str, part: Part, more: &str| {
            event(name, &format!(r#"{},{more}"delta":"{text}""#, place(part)))
        };
        match kind {
            Kind::Begin(part) => event("response.output_item.added", item(part)),
            Kind::Thought => delta(
                "response.reasoning_summary_text.delta",
                Part::Thought,
                r#""summary_index":0,"#,
            ),
            Kind::Text => delta(
                "response.output_text.delta",
                Part::Text,
                r#""content_index":0,"#,
            ),
            Kind::Arguments => delta("response.function_call_arguments.delta", Part::Call, ""),
            Kind::End(part) => event("response.output_item.done", item(part)),
        }
    });
    out.push_str(&event(
        "response.completed",
        &format!(
            r#"{response},"status":"completed","usage":{{"input_tokens":512,"output_tokens":600,"total_tokens":1112}}}}"#
        ),
    ));
    out
}

/// What a model gives, in the order in which it does.
#[derive(Clone, Copy)]
enum Part {
    Thought,
    Text,
    Call,
}

enum Kind {
    Begin(Part),
    Thought,
    Text,
    Arguments,
    End(Part),
}

fn said(out: &mut String, deltas: usize, write: impl Fn(Kind, &str) -> String) {
    let few = deltas / 10;
    out.push_str(&write(Kind::Begin(Part::Thought), ""));
    for _ in 0..few {
        out.push_str(&write(Kind::Thought, "Perhaps the list is empty. "));
    }
    out.push_str(&write(Kind::End(Part::Thought), ""));
    out.push_str(&write(Kind::Begin(Part::Text), ""));
    for _ in 0..deltas - 2 * few {
        out.push_str(&write(Kind::Text, r#" the next few \"words\""#));
    }
    out.push_str(&write(Kind::End(Part::Text), ""));
    out.push_str(&write(Kind::Begin(Part::Call), ""));
    for number in 0..few.max(2) {
        let piece = match number {
            0 => r#"{\"path\":\""#,
            number if number + 1 == few.max(2) => r#"\"}"#,
            _ => "src/",
        };
        out.push_str(&write(Kind::Arguments, piece));
    }
    out.push_str(&write(Kind::End(Part::Call), ""));
}
