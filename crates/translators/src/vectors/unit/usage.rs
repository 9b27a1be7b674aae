//! The cases of `fixtures/usage`.

use crate::{
    chat, claude, gemini,
    reply::UsagePatch,
    responses,
    vectors::{Case, fixtures},
};
use cliproxy_json::{ObjectWriter, Value as Json};
use serde_json::{Value, json};

pub(super) fn actual(case: &Case) -> Result<Value, String> {
    match &*case.name {
        "usage/decode_chat" => {
            let reports = case.json["input"].as_array().into_iter().flatten();
            let row = |report| {
                let usage = decode("chat", report);
                let figures = [
                    usage.plain,
                    usage.cache_read,
                    usage.cache_write,
                    usage.output,
                    usage.reasoning,
                ];
                json!(figures)
            };
            Ok(reports.map(row).collect())
        }
        "usage/all_to_all" => {
            let figure = |name: &str| case.json["input"][name].as_u64();
            let usage = UsagePatch {
                plain: figure("input_plain"),
                cache_read: figure("cache_read"),
                cache_write: figure("cache_write"),
                tool_prompt: figure("tool_prompt"),
                output: figure("output"),
                reasoning: figure("reasoning"),
                searches: None,
            };
            Ok(json!({
                "chat": encoded(|object| chat::write_reply::usage(&usage, object)),
                "claude": encoded(|object| claude::write_reply::usage(&usage, object)),
                "gemini": encoded(|object| gemini::write_reply::usage(&usage, object)),
                "responses": encoded(|object| responses::write_response::write_usage(&usage, object)),
            }))
        }
        name => Err(format!("nothing runs {name}")),
    }
}

fn encoded(members: impl FnOnce(&mut ObjectWriter<'_>)) -> Value {
    let mut out = Vec::new();
    ObjectWriter::write(&mut out, members);
    serde_json::from_slice(&out).unwrap()
}

fn decode(protocol: &str, report: &Value) -> UsagePatch {
    let text = report.to_string();
    let report = Json::parse(&text).unwrap();
    match protocol {
        "chat" => chat::usage_patch::usage_patch(report),
        "claude" => claude::usage_patch::usage_patch(report),
        "gemini" => gemini::usage_patch::usage_patch(report),
        _ => responses::usage_patch::usage_patch(report),
    }
}

#[test]
fn what_every_protocol_is_told_is_read_back() {
    let case = Case::read(&fixtures().join("usage/all_to_all.json"));
    let told = &case.json["input"];
    let figure = |name: &str| told[name].as_u64();
    for (protocol, report) in case.json["expected"].as_object().unwrap() {
        let usage = decode(protocol, report);
        // Two protocols do not tell what was written to the cache from the rest of the input.
        let (plain, write) = match protocol.as_str() {
            "chat" | "claude" => (figure("input_plain"), figure("cache_write")),
            _ => (Some(40), usage.cache_write),
        };
        assert_eq!(usage.plain, plain, "{protocol}");
        assert_eq!(usage.cache_write, write, "{protocol}");
        assert_eq!(usage.cache_read, figure("cache_read"), "{protocol}");
        assert_eq!(usage.output, figure("output"), "{protocol}");
        assert_eq!(usage.reasoning, figure("reasoning"), "{protocol}");
    }
}
