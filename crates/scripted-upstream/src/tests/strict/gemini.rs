//! `generateContent`.

use super::{check, check_all};
use crate::{
    Behaviour,
    seal::Seal,
    tests::client::{body, patched, post, upstream},
};
use cliproxy_core::Protocol;
use serde_json::{Value, json};

fn contents(turns: &[(&str, Value)]) -> Value {
    let contents: Vec<Value> = turns
        .iter()
        .map(|(role, part)| json!({"role": role, "parts": [part]}))
        .collect();
    json!({"contents": contents})
}

fn call(name: &str) -> Value {
    json!({"functionCall": {"name": name, "args": {}}})
}

fn result(name: &str) -> Value {
    json!({"functionResponse": {"name": name, "response": {"result": "r"}}})
}

#[tokio::test]
async fn contents_and_calls() {
    let hi = || json!({"text": "hi"});
    check_all(
        Protocol::Gemini,
        &[
            (json!({"contents": []}), 400, "contents is not specified"),
            (json!({"contents": null}), 400, "contents is not specified"),
            (
                json!({"contents": [{"role": "user", "parts": []}]}),
                400,
                "must not be empty",
            ),
            (
                contents(&[("assistant", hi())]),
                400,
                "Please use a valid role",
            ),
            (contents(&[("model", hi())]), 400, "starts with a user turn"),
            (
                contents(&[("user", json!({"text": ""}))]),
                400,
                "empty text parameter",
            ),
            (
                contents(&[
                    ("user", hi()),
                    ("model", hi()),
                    ("model", call("f")),
                    ("user", result("f")),
                ]),
                400,
                "immediately after a user turn",
            ),
            (
                contents(&[
                    ("user", hi()),
                    ("model", json!({"functionCall": {"name": "f", "id": "c1"}})),
                    (
                        "user",
                        json!({"functionResponse": {"name": "f", "id": "c2", "response": {}}}),
                    ),
                ]),
                400,
                "with id 'c2'",
            ),
            (
                contents(&[("user", json!({"text": "a", "inlineData": {}}))]),
                400,
                "oneof field 'data'",
            ),
            (
                contents(&[("user", json!({"thought": true}))]),
                400,
                "oneof field 'data'",
            ),
            (
                contents(&[("user", json!({"txt": "a"}))]),
                400,
                "Unknown name \\\"txt\\\" at 'contents[0].parts[0]'",
            ),
            (
                contents(&[(
                    "user",
                    json!({"inline_data": {"mime_type": "image/png", "data": "AA=="}}),
                )]),
                200,
                "",
            ),
            (
                contents(&[(
                    "user",
                    json!({"inlineData": {"mimeType": "image/png", "data": "?"}}),
                )]),
                400,
                "Base64 decoding failed",
            ),
            (
                contents(&[("user", hi()), ("model", call("f")), ("user", result("f"))]),
                200,
                "",
            ),
            (
                contents(&[("user", hi()), ("model", call("f")), ("user", result("g"))]),
                400,
                "'g' answers a function call",
            ),
            (
                contents(&[("user", hi()), ("model", call("f"))]),
                400,
                "immediately after a function call turn",
            ),
            (
                contents(&[("user", hi()), ("user", result("f"))]),
                400,
                "number of function response parts",
            ),
            (
                contents(&[
                    ("user", hi()),
                    ("model", call("f")),
                    (
                        "user",
                        json!({"functionResponse": {"name": "f", "response": "text"}}),
                    ),
                ]),
                400,
                "google.protobuf.Struct",
            ),
            (
                contents(&[
                    ("user", hi()),
                    (
                        "model",
                        json!({"text": "a", "thoughtSignature": "Zm9yZWlnbg=="}),
                    ),
                ]),
                400,
                "Corrupted thought signature",
            ),
            (
                contents(&[
                    ("user", hi()),
                    (
                        "model",
                        json!({"text": "a", "thoughtSignature": Seal::Thought.make("", "x")}),
                    ),
                ]),
                200,
                "",
            ),
        ],
    )
    .await;
}

#[tokio::test]
async fn gemini_3_wants_its_signatures_back() {
    let upstream = upstream(Behaviour::Answer);
    let path = "/v1beta/models/gemini-3-pro:generateContent";
    let signed = |signature: &str| json!({"functionCall": {"name": "f", "args": {}}, "thoughtSignature": signature});
    let history = |call: Value| {
        contents(&[
            ("user", json!({"text": "hi"})),
            ("model", call),
            ("user", result("f")),
        ])
    };
    let unsigned = post(&upstream, Protocol::Gemini, path, &history(call("f"))).await;
    check(&unsigned, 400, "missing a thought_signature", "unsigned");
    for signature in [
        Seal::Thought.make("", "x").as_str(),
        "skip_thought_signature_validator",
    ] {
        let reply = post(
            &upstream,
            Protocol::Gemini,
            path,
            &history(signed(signature)),
        )
        .await;
        assert_eq!(reply.status, 200, "{signature}: {}", reply.json());
    }
}

#[tokio::test]
async fn members_and_ranges() {
    let config = |change: Value| json!({"generationConfig": change});
    let declare = |function: Value| json!({"tools": [{"functionDeclarations": [function]}]});
    check_all(
        Protocol::Gemini,
        &[
            (json!({"nonsense": 1}), 400, "Unknown name \\\"nonsense\\\": Cannot find field."),
            (json!({"system_instruction": {"parts": [{"text": "s"}]}}), 200, ""),
            (config(json!({"temperature": 3})), 400, "generation_config.temperature"),
            (config(json!({"max_tokens": 3})), 400, "Unknown name \\\"maxTokens\\\" at 'generation_config'"),
            (config(json!({"maxOutputTokens": 10_000_000})), 400, "maxOutputTokens value of 10000000"),
            (config(json!({"stopSequences": ["a", "b", "c", "d", "e", "f"]})), 400, "at most 5"),
            (config(json!({"thinkingConfig": {"thinkingBudget": 1, "thinkingLevel": "low"}})), 400, "only set only one"),
            (config(json!({"thinkingConfig": {"thinkingLevel": "lots"}})), 400, "TYPE_ENUM"),
            (config(json!({"responseSchema": {"type": "OBJECT"}})), 400, "application/json"),
            (config(json!({"responseMimeType": "application/json", "responseSchema": {"type": "object", "$schema": "x"}})), 400, "$schema"),
            (config(json!({"responseMimeType": "application/json", "responseJsonSchema": {"type": "object", "$schema": "x"}})), 200, ""),
            (declare(json!({"name": "1f"})), 400, "Invalid function name"),
            (declare(json!({"name": "f.g:h-i"})), 200, ""),
            (declare(json!({"name": "f", "parameters": {"type": "object", "const": 1}})), 400, "\\\"const\\\""),
            (declare(json!({"name": "f", "parameters": {"type": "object"}, "parametersJsonSchema": {}})), 400, "Only one of"),
            (declare(json!({"name": "f", "parameters": {"type": "OBJECT", "properties": {"a": {"type": "STRING"}}, "required": ["b"]}})), 400, "not defined: b"),
            (json!({"tools": [{"functionDeclarations": [{"name": "f"}, {"name": "f"}]}]}), 400, "Duplicate function declaration"),
            (json!({"tools": [{"function": {"name": "f"}}]}), 400, "Unknown name"),
            (
                patched(
                    declare(json!({"name": "f"})),
                    &json!({"toolConfig": {"functionCallingConfig": {"mode": "AUTO", "allowedFunctionNames": ["f"]}}}),
                ),
                400,
                "mode is ANY or VALIDATED",
            ),
            (json!({"toolConfig": {"functionCallingConfig": {"mode": "AUTO"}}}), 400, "without function_declarations"),
            (json!({"systemInstruction": {"parts": []}}), 400, "must not be empty"),
            (declare(json!({"name": "f", "parametersJsonSchema": {"type": "OBJECT"}})), 400, "'type' may not be"),
        ],
    )
    .await;
}

#[tokio::test]
async fn models_take_what_they_know() {
    let upstream = upstream(Behaviour::Answer);
    let thinking = |config: Value| json!({"generationConfig": {"thinkingConfig": config}});
    let functions = |extra: Value| {
        let declared = json!([{"functionDeclarations": [{"name": "f"}]}]);
        patched(json!({"tools": declared}), &extra)
    };
    let as_json = || json!({"generationConfig": {"responseMimeType": "application/json"}});
    let search =
        || json!({"tools": [{"functionDeclarations": [{"name": "f"}]}, {"googleSearch": {}}]});
    for (model, change, fragment) in [
        (
            "gemini-2.5-pro",
            thinking(json!({"thinkingBudget": 0})),
            "only works in thinking mode",
        ),
        (
            "gemini-2.5-pro",
            thinking(json!({"thinkingBudget": 40_000})),
            "between 128 and 32768",
        ),
        (
            "gemini-2.5-pro",
            thinking(json!({"thinkingBudget": -1})),
            "",
        ),
        (
            "gemini-2.5-flash",
            thinking(json!({"thinkingBudget": 0})),
            "",
        ),
        (
            "gemini-2.5-flash",
            thinking(json!({"thinkingLevel": "low"})),
            "not supported for this model",
        ),
        (
            "gemini-3-pro-preview",
            thinking(json!({"thinkingLevel": "medium"})),
            "medium is not supported",
        ),
        (
            "gemini-3.1-pro-preview",
            thinking(json!({"thinkingLevel": "medium"})),
            "",
        ),
        (
            "gemini-2.5-flash",
            functions(as_json()),
            "mime type: 'application/json'",
        ),
        (
            "gemini-2.5-flash",
            search(),
            "Tool use with function calling",
        ),
        ("gemini-3-pro-preview", functions(as_json()), ""),
        ("gemini-3-pro-preview", search(), ""),
    ] {
        let path = format!("/v1beta/models/{model}:generateContent");
        let request = patched(body(Protocol::Gemini, false), &change);
        let reply = post(&upstream, Protocol::Gemini, &path, &request).await;
        let status = if fragment.is_empty() { 200 } else { 400 };
        check(&reply, status, fragment, &format!("{model}: {change}"));
    }
}

#[tokio::test]
async fn counting_takes_contents_or_a_whole_request() {
    let upstream = upstream(Behaviour::Answer);
    let mut with_tools = body(Protocol::Gemini, false);
    with_tools["tools"] = json!([{"functionDeclarations": [{"name": "f"}]}]);
    let count = async |path: &str| post(&upstream, Protocol::Gemini, path, &with_tools).await;
    check(
        &count("/v1beta/models/m:countTokens").await,
        400,
        "Unknown name",
        "the Gemini API",
    );
    assert_eq!(
        count("/v1/publishers/google/models/m:countTokens")
            .await
            .status,
        200,
        "Vertex"
    );
}
