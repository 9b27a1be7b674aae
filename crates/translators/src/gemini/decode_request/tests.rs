//! What `generateContent` requests are read as, and which are refused.

use crate::{
    client_body::tests::{check_refused, conversation, read, settings, tools},
    hub::{self, ClientContext},
};
use cliproxy_core::Protocol;
use cliproxy_json::Value;

#[test]
fn contents() {
    let check = |body: &str, expected: &str| {
        assert_eq!(
            read(Protocol::Gemini, body, conversation),
            expected,
            "{body}"
        );
    };
    check(
        r#"{"system_instruction":{"role":"user","parts":[{"text":"S"},{"text":"T"}]},
            "contents":[{"parts":[{"text":"a"}]},{"role":"model","parts":[{"text":"b"}]},{"role":"function","parts":[{"text":"c"}]}]}"#,
        r#"system: text "S" + text "T" | user: text "a" | assistant: text "b" | user: text "c""#,
    );
    check(
        r#"{"systemInstruction":"S","contents":[]}"#,
        r#"system: text "S""#,
    );
}

#[test]
fn parts() {
    let check = |role: &str, parts: &str, expected: &str| {
        let body = format!(r#"{{"contents":[{{"role":"{role}","parts":[{parts}]}}]}}"#);
        let rendered = read(Protocol::Gemini, &body, conversation);
        let (_, rendered) = rendered.split_once(": ").unwrap();
        assert_eq!(rendered, expected, "{parts}");
    };
    // Neighbouring thoughts are one, up to the signature.
    check(
        "model",
        r#"{"text":"Need ","thought":true},{"text":"f.","thought":true},
           {"text":"","thought":true,"thoughtSignature":"Z3cxOmFuOnNpZzpFcVFCQ2tZSQ"},
           {"text":"own","thought":true,"thought_signature":"CiQB"},{"text":"open","thought":true},
           {"functionCall":{"id":"t1","name":"f","args":{"a":1}}},{"function_call":{"name":"g"},"thought_signature":"CiQC"}"#,
        concat!(
            r#"thinking "Need f." <Anthropic Signature EqQBCkYI> + thinking "own" <Gemini Thought CiQB>"#,
            r#" + thinking "open" + call f#t1 {"a":1} + call g# {} <Gemini Call CiQC>"#
        ),
    );
    // gw1:an:red:Eo and gw1:oa:enc:rs_1:E
    check(
        "model",
        r#"{"text":"","thought":true,"thoughtSignature":"Z3cxOmFuOnJlZDpFbw=="},{"thoughtSignature":"Z3cxOm9hOmVuYzpyc18xOkU="}"#,
        r#"redacted <Anthropic Redacted Eo> + thinking "" <OpenAi Encrypted rs_1:E>"#,
    );
    check(
        "model",
        r#"{"text":"a","thoughtSignature":"CiQB"},{"text":"b"},{"executableCode":{"code":"1"}},{"codeExecutionResult":{"output":"1"}},
           {"text":"c"},{"codeExecutionResult":{}},{"toolCall":{}}"#,
        concat!(
            r#"text "a" + redacted <Gemini Text CiQB> + ¶text "b" + ran CodeExecution with its result + ¶text "c""#,
            " + ran CodeExecution + foreign gemini"
        ),
    );
    check(
        "user",
        r#"{"inlineData":{"mimeType":"image/jpg","data":"_9j_"},"mediaResolution":{"level":"MEDIA_RESOLUTION_HIGH"}},
           {"inline_data":{"mime_type":"Audio/MP3","data":"SUQz"}},{"inlineData":{"data":"JVBERi0x","displayName":"r"}},
           {"fileData":{"fileUri":"https://e.org/v.mp4"}},{"file_data":{"file_uri":"gs://b/x","mime_type":"video/mp4"}},
           {"fileData":{"fileUri":"https://generativelanguage.googleapis.com/v1beta/files/a","mimeType":"image/png"}}"#,
        concat!(
            "image base64 /9j/ mime=image/jpeg detail=High + audio base64 SUQz mime=audio/mp3",
            " + document base64 JVBERi0x mime=application/pdf name=r + video url https://e.org/v.mp4",
            " + video file gemini gs://b/x mime=video/mp4",
            " + image file gemini https://generativelanguage.googleapis.com/v1beta/files/a mime=image/png"
        ),
    );
}

#[test]
fn responses_of_functions() {
    let check = |response: &str, expected: &str| {
        let body = format!(
            r#"{{"contents":[{{"parts":[{{"functionResponse":{{"name":"f",{response}}}}}]}}]}}"#
        );
        let expected = format!("user: result {expected}");
        assert_eq!(
            read(Protocol::Gemini, &body, conversation),
            expected,
            "{response}"
        );
    };
    check(r#""id":"t","response":{"result":"r"}"#, r#"f#t (text "r")"#);
    check(r#""response":{"output":"r"}"#, r#"f# (text "r")"#);
    check(r#""response":{"error":"e"}"#, r#"f# error (text "e")"#);
    check(
        r#""response":{"error":{"code":1}}"#,
        r#"f# {"error":{"code":1}} ()"#,
    );
    check(
        r#""response":{"result":"r","x":1}"#,
        r#"f# {"result":"r","x":1} ()"#,
    );
    check(r#""response":{}"#, "f# {} ()");
    check(r#""response":null"#, "f# ()");
    check(
        r#""response":{"result":"r"},"parts":[{"inlineData":{"mimeType":"image/png","data":"iVBO"}}]"#,
        r#"f# (text "r" + image base64 iVBO mime=image/png)"#,
    );
}

#[test]
fn tools_and_their_choice() {
    let check = |members: &str, expected: &str| {
        let body = format!("{{\"contents\":[],{members}}}");
        assert_eq!(read(Protocol::Gemini, &body, tools), expected, "{members}");
    };
    check(
        r#""tools":[{"function_declarations":[{"name":"f","description":"d","parameters":{"type":"OBJECT"}},
              {"name":"g","parametersJsonSchema":{"type":"object"}}]},
            {"googleSearch":{}},{"url_context":{}},{"codeExecution":{}},{"googleMaps":{}}]"#,
        concat!(
            r#"f "d" OpenApi {"type":"OBJECT"} | g JsonSchema {"type":"object"}"#,
            " | hosted WebSearch | hosted WebFetch | hosted CodeExecution | hosted Other"
        ),
    );
    let config = |config: &str, expected: &str| {
        check(
            &format!(r#""toolConfig":{{"functionCallingConfig":{{{config}}}}}"#),
            expected,
        );
    };
    config(r#""mode":"AUTO""#, "choose Auto");
    config(r#""mode":"none""#, "choose None");
    config(r#""mode":"ANY""#, "choose Required");
    config(r#""mode":"ANY","allowedFunctionNames":["f"]"#, "choose f");
    config(
        r#""mode":"ANY","allowed_function_names":["f","g"]"#,
        r#"allow ["f", "g"] [] required=true"#,
    );
    config(
        r#""mode":"VALIDATED","allowedFunctionNames":["f"]"#,
        r#"allow ["f"] [] required=false"#,
    );
    config(r#""mode":"VALIDATED""#, "choose Auto");
    config(r#""mode":"MODE_UNSPECIFIED""#, "");
}

#[test]
fn settings_by_name() {
    let check = |members: &str, expected: &str| {
        let body = format!("{{\"contents\":[],{members}}}");
        assert_eq!(
            read(Protocol::Gemini, &body, settings),
            expected,
            "{members}"
        );
    };
    let config = |config: &str, expected: &str| {
        check(&format!("\"generationConfig\":{{{config}}}"), expected);
    };
    config(
        r#""top_p":0.5,"topK":7,"stopSequences":["Q"],"candidate_count":2,"odd":1"#,
        r#"Choices=2, Stop=["Q"], TopK=7, TopP=0.5, unknown 1"#,
    );
    config(
        r#""responseMimeType":"text/plain","responseModalities":["TEXT"]"#,
        "",
    );
    config(r#""responseMimeType":"application/json""#, "any object");
    config(
        r#""responseMimeType":"application/json","responseSchema":{"type":"OBJECT"}"#,
        r#"schema "" OpenApi {"type":"OBJECT"} None"#,
    );
    config(
        r#""response_mime_type":"application/json","response_json_schema":{}"#,
        r#"schema "" JsonSchema {} None"#,
    );
    // No other protocol has an answer that is one word of a list.
    config(
        r#""responseMimeType":"text/x.enum","responseSchema":{}"#,
        "unknown 2",
    );
    config(
        r#""thinkingConfig":{"thinkingLevel":"LOW","thinkingBudget":5,"includeThoughts":true}"#,
        "level(low), shown(auto)",
    );
    config(
        r#""thinking_config":{"thinking_budget":-1,"odd":1}"#,
        "auto, unknown 1",
    );
    check(
        r#""safety_settings":[],"cachedContent":"c","labels":{"a":"b"},"sessionId":"s","odd":{}"#,
        r#"CachedContent="c", Labels={"a":"b"}, SafetySettings=[], SessionId="s", unknown 1"#,
    );
}

#[test]
fn the_envelope_of_code_assist() {
    let body = r#"{"model":"m","project":"p","user_prompt_id":"u","odd":1,
        "request":{"contents":[{"parts":[{"text":"go"}]}],"session_id":"s"}}"#;
    let body = Value::parse(body).unwrap();
    let client = ClientContext {
        is_enveloped: true,
        streams: true,
        ..ClientContext::default()
    };
    let request = hub::decode(Protocol::Gemini, body, &client).unwrap();
    assert_eq!(conversation(&request), r#"user: text "go""#);
    assert_eq!(
        settings(&request),
        r#"SessionId="s", UserPromptId="u", streams, unknown 1"#
    );
    let body = Value::parse(r#"{"contents":[]}"#).unwrap();
    let refused = hub::decode(Protocol::Gemini, body, &client).unwrap_err();
    assert_eq!(refused.to_string(), "`request` is missing");
}

#[test]
fn what_departs_from_the_protocol_is_refused() {
    check_refused(
        Protocol::Gemini,
        &[
            ("{}", "contents", "`contents` is missing"),
            (
                r#"{"contents":"go"}"#,
                "contents",
                "`contents` must be an array",
            ),
            (
                r#"{"contents":[{"role":"assistant","parts":[]}]}"#,
                "contents.0.role",
                "`role` must be one of: user, model, function, tool",
            ),
            (
                r#"{"contents":[{"parts":["go"]}]}"#,
                "contents.0.parts.0",
                "an object is expected here",
            ),
            (
                r#"{"contents":[{"parts":[{"inlineData":{"data":"?"}}]}]}"#,
                "contents.0.parts.0.inlineData.data",
                "`data` must be base64",
            ),
            (
                r#"{"contents":[{"parts":[{"functionCall":{"args":{}}}]}]}"#,
                "contents.0.parts.0.functionCall",
                "`name` is missing",
            ),
            (
                r#"{"contents":[],"systemInstruction":{"parts":[{"inlineData":{"data":"iVBO"}}]}}"#,
                "systemInstruction.parts.0",
                "a system instruction has texts only",
            ),
            (
                r#"{"contents":[],"toolConfig":{"functionCallingConfig":{"mode":"SOME"}}}"#,
                "toolConfig.functionCallingConfig.mode",
                "`mode` must be one of: AUTO, ANY, NONE, VALIDATED",
            ),
            (
                r#"{"contents":[],"generation_config":{"stop_sequences":"x"}}"#,
                "generation_config.stop_sequences",
                "`stopSequences` must be an array",
            ),
        ],
    );
}
