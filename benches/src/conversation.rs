//! Requests of coding agents in all protocols, as long as the conversation has become.
//!
//! Each opens with instructions and a first user message that describes the environment; after that
//! the model calls a tool, again and again, until the body has its size. Members stand where the
//! vendors' SDKs and agents write them.

/// Chat Completions, about `bytes` long; `more` are further members, each behind a comma.
pub fn chat(bytes: usize, more: &str) -> Vec<u8> {
    let start = format!(
        r#"{{"messages":[{{"role":"system","content":"{SYSTEM}"}},{{"role":"user","content":"{FIRST}"}}"#
    );
    let end = format!(r#"],"model":"bench-model","stream":true{more}}}"#);
    grown(start, bytes, &end, |turn, result| {
        format!(
            r#",{{"role":"assistant","content":null,"tool_calls":[{{"id":"call_{turn}","type":"function","function":{{"name":"read_file","arguments":"{{\"path\":\"src/file_{turn}.rs\"}}"}}}}]}},{{"role":"tool","tool_call_id":"call_{turn}","content":"{result}"}}"#
        )
    })
}

/// Messages; as [`chat`].
pub fn claude(bytes: usize, more: &str) -> Vec<u8> {
    let start = format!(
        r#"{{"max_tokens":32000,"messages":[{{"role":"user","content":[{{"type":"text","text":"{FIRST}"}}]}}"#
    );
    let end = format!(
        r#"],"model":"bench-model","stream":true,"system":[{{"type":"text","text":"{SYSTEM}","cache_control":{{"type":"ephemeral"}}}}]{more}}}"#
    );
    grown(start, bytes, &end, |turn, result| {
        format!(
            r#",{{"role":"assistant","content":[{{"type":"tool_use","id":"toolu_{turn}","name":"read_file","input":{{"path":"src/file_{turn}.rs"}}}}]}},{{"role":"user","content":[{{"type":"tool_result","tool_use_id":"toolu_{turn}","content":"{result}"}}]}}"#
        )
    })
}

/// `generateContent`; as [`chat`].
pub fn gemini(bytes: usize, more: &str) -> Vec<u8> {
    let start = format!(r#"{{"contents":[{{"role":"user","parts":[{{"text":"{FIRST}"}}]}}"#);
    let end = format!(
        r#"],"systemInstruction":{{"role":"user","parts":[{{"text":"{SYSTEM}"}}]}},"generationConfig":{{"temperature":1}}{more}}}"#
    );
    grown(start, bytes, &end, |turn, result| {
        format!(
            r#",{{"role":"model","parts":[{{"functionCall":{{"name":"read_file","args":{{"path":"src/file_{turn}.rs"}}}}}}]}},{{"role":"user","parts":[{{"functionResponse":{{"name":"read_file","response":{{"output":"{result}"}}}}}}]}}"#
        )
    })
}

/// Responses; as [`chat`].
pub fn responses(bytes: usize, more: &str) -> Vec<u8> {
    let start = format!(
        r#"{{"model":"bench-model","instructions":"{SYSTEM}","input":[{{"type":"message","role":"user","content":[{{"type":"input_text","text":"{FIRST}"}}]}}"#
    );
    let end = format!(r#"],"store":false,"stream":true{more}}}"#);
    grown(start, bytes, &end, |turn, result| {
        format!(
            r#",{{"type":"reasoning","summary":[],"encrypted_content":"gAAAAABo{turn}"}},{{"type":"function_call","call_id":"call_{turn}","name":"read_file","arguments":"{{\"path\":\"src/file_{turn}.rs\"}}"}},{{"type":"function_call_output","call_id":"call_{turn}","output":"{result}"}}"#
        )
    })
}

const SYSTEM: &str = "You are a coding agent. Answer with a tool call or a patch.";

const FIRST: &str = r"<environment>\n  cwd: /home/user/project\n  platform: linux\n  shell: bash\n</environment>\n\nThe tests of the parser fail since yesterday. Find out why, and mend it.";

/// Adds turns until `bytes` are reached, the result of each tool at most about 4 KiB.
fn grown(
    mut body: String,
    bytes: usize,
    end: &str,
    turn: impl Fn(usize, &str) -> String,
) -> Vec<u8> {
    const LINE: &str = r#"    let path = root.join(\"src/lib.rs\");\n"#;

    for number in 0.. {
        let room = bytes.saturating_sub(body.len() + end.len());
        let around = turn(number, "").len();
        if room < around {
            break;
        }
        let lines = ((room - around) / LINE.len()).min(100);
        body.push_str(&turn(number, &LINE.repeat(lines)));
    }
    body.push_str(end);
    body.into_bytes()
}
