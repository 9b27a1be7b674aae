//! Requests of coding agents with everything that a translation has to look at.
//!
//! Instructions, up to 24 tools with schemas, and a history in which the model thinks, says something,
//! calls a tool and reads its result, until the body has its size. What a protocol has its own word for
//! is in it: sealed reasoning, marks for the cache, a call's signature.
//!
//! The tests of `cliproxy-translators` compile this same file, so that times and allocations are those of
//! one kind of body. Only `std` is used here for that reason.

/// Chat Completions, about `bytes` long.
pub fn chat(bytes: usize) -> Vec<u8> {
    let start = format!(
        r#"{{"model":"bench-model","messages":[{{"role":"system","content":"{SYSTEM}"}},{{"role":"user","content":"{FIRST}"}}"#
    );
    let tools = tools(bytes, |name, description, schema| {
        format!(
            r#"{{"type":"function","function":{{"name":"{name}","description":"{description}","parameters":{schema}}}}}"#
        )
    });
    let end = format!(
        r#"],"stream":true,"stream_options":{{"include_usage":true}},"max_tokens":32000,"temperature":0.2,"tool_choice":"auto","tools":[{tools}]}}"#
    );
    grown(start, bytes, &end, |turn, result| {
        format!(
            r#",{{"role":"assistant","reasoning_content":"{THOUGHT}","content":"{SAID}","tool_calls":[{{"id":"call_{turn}","type":"function","function":{{"name":"read_file_0","arguments":"{{\"path\":\"src/file_{turn}.rs\",\"limit\":200}}"}}}}]}},{{"role":"tool","tool_call_id":"call_{turn}","content":"{result}"}}"#
        )
    })
}

/// Messages; as [`chat`].
pub fn claude(bytes: usize) -> Vec<u8> {
    let start = format!(
        r#"{{"model":"bench-model","max_tokens":32000,"messages":[{{"role":"user","content":[{{"type":"text","text":"{FIRST}"}}]}}"#
    );
    let tools = tools(bytes, |name, description, schema| {
        format!(r#"{{"name":"{name}","description":"{description}","input_schema":{schema}}}"#)
    });
    let end = format!(
        r#"],"system":[{{"type":"text","text":"{SYSTEM}","cache_control":{{"type":"ephemeral"}}}}],"stream":true,"thinking":{{"type":"enabled","budget_tokens":16000}},"tools":[{tools}]}}"#
    );
    grown(start, bytes, &end, |turn, result| {
        format!(
            r#",{{"role":"assistant","content":[{{"type":"thinking","thinking":"{THOUGHT}","signature":"{SEAL}"}},{{"type":"text","text":"{SAID}"}},{{"type":"tool_use","id":"toolu_{turn}","name":"read_file_0","input":{{"path":"src/file_{turn}.rs","limit":200}}}}]}},{{"role":"user","content":[{{"type":"tool_result","tool_use_id":"toolu_{turn}","content":[{{"type":"text","text":"{result}"}}]}}]}}"#
        )
    })
}

/// `generateContent`; as [`chat`].
pub fn gemini(bytes: usize) -> Vec<u8> {
    let start = format!(r#"{{"contents":[{{"role":"user","parts":[{{"text":"{FIRST}"}}]}}"#);
    let tools = tools(bytes, |name, description, schema| {
        format!(
            r#"{{"name":"{name}","description":"{description}","parametersJsonSchema":{schema}}}"#
        )
    });
    let end = format!(
        r#"],"systemInstruction":{{"role":"user","parts":[{{"text":"{SYSTEM}"}}]}},"generationConfig":{{"temperature":1,"maxOutputTokens":32000,"thinkingConfig":{{"includeThoughts":true,"thinkingBudget":16000}}}},"tools":[{{"functionDeclarations":[{tools}]}}]}}"#
    );
    grown(start, bytes, &end, |turn, result| {
        format!(
            r#",{{"role":"model","parts":[{{"text":"{THOUGHT}","thought":true}},{{"text":"{SAID}"}},{{"functionCall":{{"name":"read_file_0","args":{{"path":"src/file_{turn}.rs","limit":200}}}},"thoughtSignature":"{SEAL}"}}]}},{{"role":"user","parts":[{{"functionResponse":{{"name":"read_file_0","response":{{"output":"{result}"}}}}}}]}}"#
        )
    })
}

/// Responses; as [`chat`].
pub fn responses(bytes: usize) -> Vec<u8> {
    let start = format!(
        r#"{{"model":"bench-model","instructions":"{SYSTEM}","input":[{{"type":"message","role":"user","content":[{{"type":"input_text","text":"{FIRST}"}}]}}"#
    );
    let tools = tools(bytes, |name, description, schema| {
        format!(
            r#"{{"type":"function","name":"{name}","description":"{description}","strict":false,"parameters":{schema}}}"#
        )
    });
    let end = format!(
        r#"],"store":false,"stream":true,"include":["reasoning.encrypted_content"],"reasoning":{{"effort":"medium","summary":"auto"}},"max_output_tokens":32000,"parallel_tool_calls":true,"tools":[{tools}]}}"#
    );
    grown(start, bytes, &end, |turn, result| {
        format!(
            r#",{{"type":"reasoning","summary":[{{"type":"summary_text","text":"{THOUGHT}"}}],"encrypted_content":"{SEAL}"}},{{"type":"message","role":"assistant","content":[{{"type":"output_text","text":"{SAID}","annotations":[]}}]}},{{"type":"function_call","call_id":"call_{turn}","name":"read_file_0","arguments":"{{\"path\":\"src/file_{turn}.rs\",\"limit\":200}}"}},{{"type":"function_call_output","call_id":"call_{turn}","output":"{result}"}}"#
        )
    })
}

const SYSTEM: &str = r"You are a coding agent. Answer with a tool call or a patch.\n\nRead before you write, and run the tests before you say that something works.";

const FIRST: &str = r"<environment>\n  cwd: /home/user/project\n  platform: linux\n  shell: bash\n</environment>\n\nThe tests of the parser fail since yesterday. Find out why, and mend it.";

const THOUGHT: &str = r"The failing case is the one with an empty list. The parser asks for the first element before it looks at the length, so I have to see where the list comes from.";

const SAID: &str = r"I will look at the next file.";

const SEAL: &str = "EqQBCkYICxgCKkDvbm90IGEgc2VhbCBhdCBhbGwsIGJ1dCBhcyBsb25nIGFzIG9uZSB0aGF0IGlzIHNob3J0IGVub3VnaA==";

const DESCRIPTION: &str = r"Reads a file of the project.\n\nGive a path relative to the root of the repository. Long files are cut; ask again with an offset to read on.";

const SCHEMA: &str = r#"{"type":"object","properties":{"path":{"type":"string","description":"The path of the file"},"offset":{"type":"integer","minimum":0,"description":"The line to begin at"},"limit":{"type":"integer","minimum":1,"maximum":2000},"mode":{"type":"string","enum":["text","hex"]},"ranges":{"type":"array","items":{"type":"object","properties":{"from":{"type":"integer"},"to":{"type":"integer"}},"required":["from"],"additionalProperties":false}}},"required":["path"],"additionalProperties":false}"#;

/// Tools behind one another: 24, or as many as take a third of a small body, but never none.
fn tools(bytes: usize, write: impl Fn(&str, &str, &str) -> String) -> String {
    let mut tools = String::new();
    for number in 0..24 {
        let tool = write(&format!("read_file_{number}"), DESCRIPTION, SCHEMA);
        if number > 0 {
            if tools.len() + tool.len() > bytes / 3 {
                break;
            }
            tools.push(',');
        }
        tools.push_str(&tool);
    }
    tools
}

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
        if room < around && number > 0 {
            break;
        }
        let lines = (room.saturating_sub(around) / LINE.len()).min(100);
        body.push_str(&turn(number, &LINE.repeat(lines.max(1))));
    }
    body.push_str(end);
    body.into_bytes()
}
