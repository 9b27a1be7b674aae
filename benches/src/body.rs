//! Chat requests as coding agents send them: a long system prompt, tools, a growing history.
//!
//! The load generator of `benches/floor` compiles this same file, so that criterion and the
//! HTTP benches measure one kind of body. Only `std` is used here for that reason.

/// The model every bench asks for.
pub const MODEL: &str = "bench-model";

/// A chat-completions body of about `bytes` bytes (never less than a few hundred).
///
/// The members come in the order the OpenAI SDK for Python writes them, `messages` first, so
/// `model` and `stream` stand behind nearly everything and finding them means reading all of it.
/// Strings carry an escape about every 45 bytes, as source code inside JSON does.
pub fn chat(bytes: usize, stream: bool, last_message: &str) -> Vec<u8> {
    let tail = format!(
        r#",{{"role":"user","content":"{last_message}"}}],"model":"{MODEL}","stream":{stream},"temperature":0.2,"tools":[{TOOL}]}}"#
    );
    let mut body = String::with_capacity(bytes + 1024);
    body.push_str(r#"{"messages":[{"role":"system","content":"You are a coding agent. Answer with a tool call or a patch."}"#);
    let mut turn = 0;
    while body.len() + tail.len() < bytes {
        let room = bytes - body.len() - tail.len();
        push_turn(&mut body, turn, room);
        turn += 1;
    }
    body.push_str(&tail);
    body.into_bytes()
}

const TOOL: &str = r#"{"type":"function","function":{"name":"read_file","description":"Reads one file of the repository","parameters":{"type":"object","properties":{"path":{"type":"string"},"offset":{"type":"integer","minimum":0}},"required":["path"],"additionalProperties":false}}}"#;

/// One call of a tool and its result, the result at most about 4 KiB and never far over `room`.
fn push_turn(body: &mut String, turn: usize, room: usize) {
    const LINE: &str = r#"    let path = root.join(\"src/lib.rs\");\n"#;

    body.push_str(&format!(
        r#",{{"role":"assistant","content":null,"tool_calls":[{{"id":"call_{turn:06}","type":"function","function":{{"name":"read_file","arguments":"{{\"path\":\"src/file_{turn}.rs\"}}"}}}}]}},{{"role":"tool","tool_call_id":"call_{turn:06}","content":""#
    ));
    let lines = (room.saturating_sub(300) / LINE.len()).min(100);
    for _ in 0..lines {
        body.push_str(LINE);
    }
    body.push_str(r#""}"#);
}
