//! What no upstream is ever sent, whatever the client says.

use super::{Case, cases, context};
use cliproxy_core::Protocol;
use serde_json::Value;

/// Members of tools that only Claude knows.
const CLAUDE_TOOL_MEMBERS: [&str; 4] = [
    "allowed_callers",
    "defer_loading",
    "eager_input_streaming",
    "input_examples",
];

/// What of a translated body its upstream would refuse, or should not have seen.
pub(crate) fn broken(to: Protocol, body: &Value) -> Option<&'static str> {
    if body.to_string().contains("\"gw1:") {
        return Some("a carrier that is not unwrapped");
    }
    if to != Protocol::Claude && each(&body["tools"]).any(has_claude_member) {
        return Some("a member of Claude's tools");
    }
    let conversation = body.get("request").unwrap_or(body);
    let lists = ["messages", "input", "contents"];
    let mut lists = lists
        .iter()
        .filter_map(|name| conversation[name].as_array());
    if lists.any(Vec::is_empty) {
        return Some("a conversation that says nothing");
    }
    match to {
        Protocol::Chat | Protocol::Responses => openai(body),
        Protocol::Claude => claude(body),
        Protocol::Gemini => gemini(body.get("request").unwrap_or(body)),
    }
}

fn each(list: &Value) -> impl Iterator<Item = &Value> {
    list.as_array().into_iter().flatten()
}

fn has_claude_member(tool: &Value) -> bool {
    let functions = each(&tool["functionDeclarations"]);
    let mut places = [tool, &tool["function"]].into_iter().chain(functions);
    places.any(|place| {
        CLAUDE_TOOL_MEMBERS
            .iter()
            .any(|name| place.get(name).is_some())
    })
}

fn openai(body: &Value) -> Option<&'static str> {
    body.get("top_k").map(|_| "top_k")
}

fn claude(body: &Value) -> Option<&'static str> {
    if each(&body["tools"]).any(|tool| tool.get("input_schema").is_some_and(is_no_plain_object)) {
        return Some("a tool whose arguments are no object");
    }
    let thinking = &body["thinking"];
    let (budget, limit) = (
        thinking["budget_tokens"].as_u64(),
        body["max_tokens"].as_u64(),
    );
    let has_room = |budget| limit.is_none_or(|limit| budget < limit);
    if thinking["type"] == "enabled" && !budget.is_some_and(has_room) {
        return Some("thinking without a budget below the limit");
    }
    let mut blocks = each(&body["messages"]).flat_map(|message| each(&message["content"]));
    let is_unsigned = |block: &Value| {
        block["type"] == "thinking" && block["signature"].as_str().is_none_or(str::is_empty)
    };
    blocks
        .any(is_unsigned)
        .then_some("thinking without a signature")
}

fn is_no_plain_object(schema: &Value) -> bool {
    let choices = ["allOf", "anyOf", "oneOf"];
    schema["type"] != "object" || choices.iter().any(|choice| schema.get(choice).is_some())
}

fn gemini(body: &Value) -> Option<&'static str> {
    let is_known = |content: &Value| content["role"] == "user" || content["role"] == "model";
    let mut contents = each(&body["contents"]);
    (!contents.all(is_known)).then_some("a role that contents do not have")
}

#[test]
fn no_case_sends_what_its_upstream_refuses() {
    let translated = |case: &&Case| {
        case.is_sent()
            && case.text("direction") == "request"
            && case.text("from") != case.text("to")
    };
    let all = cases();
    let sent: Vec<_> = all.iter().filter(translated).collect();
    assert!(sent.len() > 150, "{}", sent.len());
    for case in sent {
        let to = context::protocol(case.text("to")).unwrap();
        let body = case.actual().unwrap();
        assert_eq!(broken(to, &body), None, "{}", case.name);
    }
}
