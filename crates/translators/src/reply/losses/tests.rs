//! What is counted of replies, for every client.

use super::{ReplyLoss, ReplyLosses};
use crate::{
    hub::{self, StreamTranslation},
    reply::ReplyContext,
    request_ir::LossClass,
};
use cliproxy_core::Protocol::{self, Chat, Claude, Gemini, Responses};
use cliproxy_json::Value;
use std::sync::Arc;

fn of_body(upstream: Protocol, body: &str, cx: &ReplyContext) -> ReplyLosses {
    let value = Value::parse(body).unwrap();
    let whole = hub::translate_body(upstream, value, cx).unwrap().losses;
    let mut stream = StreamTranslation::new(upstream, Arc::new(cx.clone()));
    stream.body(value);
    assert_eq!(stream.losses(), whole, "as a stream: {body}");
    whole
}

fn of_stream(upstream: Protocol, events: &[String], cx: &ReplyContext) -> ReplyLosses {
    let mut stream = StreamTranslation::new(upstream, Arc::new(cx.clone()));
    for event in events {
        stream.event(None, event);
    }
    stream.eof();
    stream.losses()
}

/// What three clients lose of a reply.
#[track_caller]
fn check(upstream: Protocol, body: &str, expected: &[(Protocol, &str)]) {
    for (client, lost) in expected {
        let told = of_body(upstream, body, &ReplyContext::new(*client, "m", 0));
        assert_eq!(told.to_string(), *lost, "{upstream} to {client}: {body}");
    }
}

#[test]
fn of_claude() {
    let reply =
        |blocks: &str| format!(r#"{{"id":"msg_1","content":[{blocks}],"stop_reason":"end_turn"}}"#);
    let all = |blocks: &str, chat, gemini, responses| {
        let expected = [(Chat, chat), (Gemini, gemini), (Responses, responses)];
        check(Claude, &reply(blocks), &expected);
    };
    all(r#"{"type":"text","text":"a"}"#, "", "", "");
    let thought = r#"{"type":"thinking","thinking":"t","signature":"c2ln"}"#;
    all(thought, "", "", "");
    let page = r#"{"type":"text","text":"a","citations":[{"type":"web_search_result_location","url":"u","title":"t","cited_text":"a"}]}"#;
    all(page, "", "", "");
    let document = r#"{"type":"text","text":"a","citations":[{"type":"char_location","cited_text":"a","document_index":0}]}"#;
    all(document, "citations 1", "citations 1", "citations 1");
    let search = r#"{"type":"server_tool_use","id":"s","name":"web_search","input":{"query":"q"}},
        {"type":"web_search_tool_result","tool_use_id":"s","content":[]}"#;
    all(search, "runs 1", "", "");
    let code = r#"{"type":"server_tool_use","id":"s","name":"code_execution","input":{"code":"1"}},
        {"type":"code_execution_tool_result","tool_use_id":"s","content":{}}"#;
    all(code, "runs 1", "runs 1", "runs 1");
    let upload = r#"{"type":"container_upload","file_id":"f"},{"type":"of_tomorrow"}"#;
    all(upload, "content 2", "content 2", "content 2");
    let unnamed = r#"{"type":"tool_use","id":"t","input":{}}"#;
    all(unnamed, "calls 1", "calls 1", "calls 1");
}

#[test]
fn of_chat() {
    let reply = |message: &str| {
        let choice = format!(r#"{{"index":0,"message":{message},"finish_reason":"stop"}}"#);
        format!(r#"{{"id":"c","choices":[{choice}]}}"#)
    };
    let all = |message: &str, claude, gemini, responses| {
        let expected = [(Claude, claude), (Gemini, gemini), (Responses, responses)];
        check(Chat, &reply(message), &expected);
    };
    all(r#"{"content":"a","reasoning_content":"r"}"#, "", "", "");
    let image = r#"{"content":"a","images":[{"type":"image_url","image_url":{"url":"data:image/png;base64,AAAA"}}]}"#;
    all(image, "media 1", "", "");
    let address = r#"{"content":"a","images":[{"type":"image_url","image_url":{"url":"https://e.com/a.png"}}]}"#;
    all(address, "media 1", "media 1", "media 1");
    let sound = r#"{"content":null,"audio":{"id":"a","data":"AAAA","transcript":"hi"}}"#;
    all(sound, "media 1", "media 1", "media 1");
    let part =
        r#"{"content":[{"type":"text","text":"a"},{"type":"reference","reference_ids":[1]}]}"#;
    all(part, "content 1", "content 1", "content 1");
    let file = r#"{"content":"a","annotations":[{"type":"file_citation","file_citation":{"file_id":"f"}}]}"#;
    all(file, "citations 1", "citations 1", "citations 1");
    let nowhere = r#"{"content":null,"annotations":[{"type":"url_citation","url_citation":{"url":"u","start_index":0,"end_index":1}}]}"#;
    all(nowhere, "citations 1", "citations 1", "citations 1");
    let sealed = r#"{"content":"a","reasoning_details":[{"type":"reasoning.text","text":"r","signature":"s"},{"type":"reasoning.encrypted","data":"d"}]}"#;
    all(sealed, "signatures 2", "signatures 2", "signatures 2");
    let unnamed = r#"{"content":null,"tool_calls":[{"id":"t","type":"function","function":{"arguments":"{}"}}]}"#;
    all(unnamed, "calls 1", "calls 1", "calls 1");
    let two = r#"{"id":"c","choices":[{"index":0,"message":{"content":"a"},"logprobs":{"content":[{"token":"a","logprob":0}]},"finish_reason":"stop"},
        {"index":1,"message":{"content":"b"},"logprobs":{"content":[{"token":"b","logprob":0}]},"finish_reason":"stop"}]}"#;
    let expected = [
        (Claude, "answers 1, logprobs 1"),
        (Gemini, ""),
        (Responses, "answers 1"),
    ];
    check(Chat, two, &expected);
}

#[test]
fn of_gemini() {
    let reply = |members: &str| {
        format!(r#"{{"responseId":"r","candidates":[{{{members},"finishReason":"STOP"}}]}}"#)
    };
    let members = |members: &str, chat, claude, responses| {
        let expected = [(Chat, chat), (Claude, claude), (Responses, responses)];
        check(Gemini, &reply(members), &expected);
    };
    let all = |parts: &str, chat, claude, responses| {
        let parts = format!(r#""content":{{"parts":[{parts}]}}"#);
        members(&parts, chat, claude, responses);
    };
    all(r#"{"text":"a"},{"text":""},{}"#, "", "", "");
    all(r#"{"text":"t","thought":true}"#, "", "", "");
    let call = r#"{"functionCall":{"name":"f","args":{}},"thoughtSignature":"c2ln"}"#;
    all(call, "", "", "");
    let signed = r#"{"text":"a"},{"text":"","thoughtSignature":"c2ln"}"#;
    all(signed, "signatures 1", "signatures 1", "");
    let thought = r#"{"text":"t","thought":true,"thoughtSignature":"c2ln"},{"text":"a"}"#;
    all(thought, "", "", "");
    let image =
        r#"{"inlineData":{"mimeType":"image/png","data":"AAAA"},"thoughtSignature":"c2ln"}"#;
    all(
        image,
        "signatures 1",
        "media 1, signatures 1",
        "signatures 1",
    );
    let image = r#"{"inlineData":{"mimeType":"image/png","data":"AAAA"}}"#;
    all(image, "", "media 1", "");
    let sound = r#"{"inlineData":{"mimeType":"audio/L16","data":"AAAA"}}"#;
    all(sound, "media 1", "media 1", "media 1");
    let code =
        r#"{"executableCode":{"code":"1"}},{"codeExecutionResult":{"outcome":"OUTCOME_OK"}}"#;
    all(code, "runs 1", "runs 1", "runs 1");
    let foreign = r#"{"toolCall":{}},{"toolResponse":{}},{"fileData":{"fileUri":"u"}}"#;
    all(foreign, "content 3", "content 3", "content 3");
    all(
        r#"{"functionCall":{"args":{}}}"#,
        "calls 1",
        "calls 1",
        "calls 1",
    );
    let text = r#""content":{"parts":[{"text":"grey"}]}"#;
    let grounded = |support: &str| {
        let page = r#"[{"web":{"uri":"u","title":"t"}},{"maps":{"uri":"m"}}]"#;
        format!(
            r#"{text},"groundingMetadata":{{"groundingChunks":{page},"groundingSupports":[{support}]}}"#
        )
    };
    let support = |end, page| {
        format!(r#"{{"segment":{{"endIndex":{end}}},"groundingChunkIndices":[{page}]}}"#)
    };
    members(&grounded(&support(4, 0)), "runs 1", "", "");
    let lost = "citations 1, runs 1";
    members(
        &grounded(&support(9, 0)),
        lost,
        "citations 1",
        "citations 1",
    );
    members(
        &grounded(&support(4, 1)),
        lost,
        "citations 1",
        "citations 1",
    );
    members(
        &grounded(&support(4, 7)),
        lost,
        "citations 1",
        "citations 1",
    );
    let fetched =
        format!(r#"{text},"urlContextMetadata":{{"urlMetadata":[{{"retrievedUrl":"u"}}]}}"#);
    members(&fetched, "runs 1", "runs 1", "runs 1");
    let logprobs = format!(r#"{text},"logprobsResult":{{"chosenCandidates":[{{"token":"t"}}]}}"#);
    members(&logprobs, "", "logprobs 1", "");
}

#[test]
fn of_responses() {
    let reply = |items: &str| format!(r#"{{"id":"r","status":"completed","output":[{items}]}}"#);
    let all = |items: &str, chat, claude, gemini| {
        let expected = [(Chat, chat), (Claude, claude), (Gemini, gemini)];
        check(Responses, &reply(items), &expected);
    };
    let message = |part: &str| {
        format!(r#"{{"id":"m","type":"message","role":"assistant","content":[{part}]}}"#)
    };
    let page = r#"{"type":"output_text","text":"a","annotations":[{"type":"url_citation","url":"u","start_index":0,"end_index":1}],"logprobs":[]}"#;
    all(&message(page), "", "", "");
    let file = r#"{"type":"output_text","text":"a","annotations":[{"type":"file_citation","file_id":"f","index":0}]}"#;
    all(&message(file), "citations 1", "citations 1", "citations 1");
    let probable = r#"{"type":"output_text","text":"a","annotations":[],"logprobs":[{"token":"a","logprob":0}]}"#;
    all(&message(probable), "", "logprobs 1", "");
    let unknown = r#"{"type":"of_tomorrow"}"#;
    all(&message(unknown), "content 1", "content 1", "content 1");
    all(unknown, "content 1", "content 1", "content 1");
    let search = r#"{"id":"s","type":"web_search_call","action":{"type":"search","query":"q"}}"#;
    all(search, "runs 1", "", "");
    let code = r#"{"id":"s","type":"code_interpreter_call","code":"1"}"#;
    all(code, "runs 1", "runs 1", "runs 1");
    let image = r#"{"id":"i","type":"image_generation_call","result":"AAAA"}"#;
    all(image, "", "media 1", "");
    let sealed = r#"{"id":"rs","type":"reasoning","summary":[],"encrypted_content":"gAAA"}"#;
    all(sealed, "", "", "");
    let unnamed = r#"{"id":"f","type":"function_call","call_id":"c","arguments":"{}"}"#;
    all(unnamed, "calls 1", "calls 1", "calls 1");
}

#[test]
fn a_stream_tells_a_thing_once() {
    let check = |upstream, client, events: &[&str], expected: &str| {
        let events: Vec<_> = events.iter().map(|event| (*event).to_owned()).collect();
        let lost = of_stream(upstream, &events, &ReplyContext::new(client, "m", 0));
        assert_eq!(lost.to_string(), expected, "{upstream} to {client}");
    };
    check(
        Responses,
        Chat,
        &[
            r#"{"type":"response.created","response":{"id":"r"}}"#,
            r#"{"type":"response.output_item.added","output_index":0,"item":{"id":"m","type":"message","content":[]}}"#,
            r#"{"type":"response.output_text.delta","item_id":"m","delta":"a","logprobs":[{"token":"a"}]}"#,
            r#"{"type":"response.output_text.delta","item_id":"m","delta":"b","logprobs":[{"token":"b"}]}"#,
            r#"{"type":"response.output_text.annotation.added","item_id":"m","annotation":{"type":"file_citation","file_id":"f"}}"#,
            r#"{"type":"response.content_part.done","item_id":"m","part":{"type":"output_text","text":"ab","annotations":[{"type":"file_citation","file_id":"f"}]}}"#,
            r#"{"type":"response.output_item.done","output_index":0,"item":{"id":"m","type":"message","content":[{"type":"output_text","text":"ab","annotations":[{"type":"file_citation","file_id":"f"}]},{"type":"of_tomorrow"}]}}"#,
            r#"{"type":"response.output_item.done","output_index":1,"item":{"id":"x","type":"of_tomorrow"}}"#,
            r#"{"type":"response.completed","response":{"id":"r","status":"completed","output":[{"id":"m","type":"message","content":[{"type":"output_text","text":"ab","annotations":[{"type":"file_citation","file_id":"f"}]},{"type":"of_tomorrow"}]},{"id":"x","type":"of_tomorrow"}]}}"#,
        ],
        "content 2, citations 1",
    );
    check(
        Chat,
        Claude,
        &[
            r#"{"id":"c","choices":[{"index":0,"delta":{"audio":{"id":"a","data":"AA"}},"logprobs":null}]}"#,
            r#"{"id":"c","choices":[{"index":0,"delta":{"audio":{"data":"AA"}},"logprobs":{"content":[{"token":"?"}]}}]}"#,
            r#"{"id":"c","choices":[{"index":1,"delta":{"content":"b"},"logprobs":{"content":[]}}]}"#,
            r#"{"id":"c","choices":[{"index":0,"delta":{},"finish_reason":"stop"},{"index":1,"delta":{},"finish_reason":"stop"}]}"#,
        ],
        "media 1, answers 1, logprobs 1",
    );
    let late = |rest: &str| {
        let call = |call: &str| {
            format!(r#"{{"id":"c","choices":[{{"index":0,"delta":{{"tool_calls":[{call}]}}}}]}}"#)
        };
        let events = [
            call(r#"{"index":0,"id":"a","function":{"name":"f","arguments":"{}"}}"#),
            call(r#"{"index":1,"id":"b","function":{"name":"g","arguments":"{}"}}"#),
            call(&format!(
                r#"{{"index":0,"function":{{"arguments":"{rest}"}}}}"#
            )),
            r#"{"id":"c","choices":[{"index":0,"delta":{},"finish_reason":"tool_calls"}]}"#
                .to_owned(),
        ];
        of_stream(Chat, &events, &ReplyContext::new(Claude, "m", 0)).to_string()
    };
    assert_eq!(late(r"\n \t"), "", "blank arguments behind the end");
    assert_eq!(late("{}"), "calls 1", "arguments behind the end");
}

#[test]
fn a_client_of_the_old_functions_gets_one_call() {
    let call =
        |name: &str| format!(r#"{{"type":"tool_use","id":"{name}","name":"{name}","input":{{}}}}"#);
    let body = format!(
        r#"{{"id":"m","content":[{},{},{}],"stop_reason":"tool_use"}}"#,
        call("a"),
        call("b"),
        call("c")
    );
    let check = |uses_legacy_functions, expected| {
        let cx = ReplyContext {
            uses_legacy_functions,
            ..ReplyContext::new(Chat, "m", 0)
        };
        assert_eq!(of_body(Claude, &body, &cx).to_string(), expected);
    };
    check(true, "calls 2");
    check(false, "");
}

#[test]
fn what_a_client_does_not_want_is_not_lost() {
    let sealed = r#"{"id":"r","status":"completed","output":[
        {"id":"rs","type":"reasoning","summary":[{"type":"summary_text","text":"t"}],"encrypted_content":"gAAA"}]}"#;
    for client in [Chat, Claude, Gemini] {
        let cx = ReplyContext {
            show_thinking: crate::reply::ShowThinking::No,
            reasoning_details: false,
            ..ReplyContext::new(client, "m", 0)
        };
        assert!(of_body(Responses, sealed, &cx).is_empty(), "{client}");
    }
}

#[test]
fn every_loss_has_a_name_and_a_class() {
    let mut all = ReplyLosses::default();
    for lost in ReplyLoss::ALL {
        all.note(lost);
        all.note(lost);
    }
    assert_eq!(
        all.to_string(),
        "content 2, media 2, calls 2, answers 2, citations 2, runs 2, logprobs 1, signatures 2"
    );
    let classes = [
        (LossClass::Semantic, 8),
        (LossClass::Quality, 5),
        (LossClass::Bookkeeping, 0),
        (LossClass::Opaque, 2),
    ];
    for (class, count) in classes {
        assert_eq!(all.of_class(class), count, "{class:?}");
    }
    assert_eq!((all.count(), ReplyLosses::default().count()), (15, 0));
}
