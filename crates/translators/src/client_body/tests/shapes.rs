//! Members of another type than theirs are refused by name, whatever the protocol.

use super::{check_refused, settings};
use crate::{
    hub::{self, ClientContext},
    protocols::rules,
    request_ir::{ROWS, Shape},
};
use cliproxy_core::Protocol;
use cliproxy_json::Value;
use serde_json::{Value as Json, json};

/// A request that says nothing but what it has to.
fn smallest(protocol: Protocol) -> Json {
    match protocol {
        Protocol::Chat => json!({"messages": [{"role": "user", "content": "hi"}]}),
        Protocol::Claude => json!({
            "messages": [{"role": "user", "content": "hi"}],
            "tools": [{"name": "f", "input_schema": {}}],
            "tool_choice": {"type": "auto"},
        }),
        Protocol::Gemini => json!({"contents": [{"parts": [{"text": "hi"}]}]}),
        Protocol::Responses => json!({"input": "hi"}),
    }
}

fn put(body: &mut Json, name: &str, value: Json) {
    let mut holder = body;
    for key in name.split('.') {
        holder = &mut holder[key];
    }
    *holder = value;
}

/// Where a body is refused; `None` if it is read.
fn refused_at(protocol: Protocol, body: &Json) -> Option<String> {
    let text = body.to_string();
    let body = Value::parse(&text).unwrap();
    let client = ClientContext {
        // Code Assist's members stand outside of the request.
        is_enveloped: text.contains("\"request\""),
        ..ClientContext::default()
    };
    let refused = hub::decode(protocol, body, &client).err()?;
    Some(refused.param(body).unwrap_or_default())
}

fn with(protocol: Protocol, name: &str, value: Json) -> Json {
    let mut body = smallest(protocol);
    if name == "user_prompt_id" {
        return json!({"request": body, name: value});
    }
    put(&mut body, name, value);
    body
}

const ALL: [Shape; 9] = [
    Shape::Flag,
    Shape::Number,
    Shape::Count,
    Shape::Text,
    Shape::Texts,
    Shape::Object,
    Shape::Objects,
    Shape::TextOrObject,
    Shape::ObjectOrObjects,
];

/// A value of each type, and the types it has.
fn values() -> [(Json, &'static [Shape]); 9] {
    use Shape::{Count, Flag, Number, Object, ObjectOrObjects, Objects, Text, TextOrObject, Texts};
    [
        (json!(true), &[Flag]),
        (json!(5), &[Number, Count]),
        (json!(5.0), &[Number, Count]),
        (json!(0.5), &[Number]),
        (json!(-5), &[Number]),
        (json!("no"), &[Text, TextOrObject]),
        (json!(["a", "b"]), &[Texts]),
        (json!({"k": 1}), &[Object, TextOrObject, ObjectOrObjects]),
        (json!([{"k": 1}]), &[Objects, ObjectOrObjects]),
    ]
}

#[test]
fn a_setting_is_read_if_its_value_is_of_its_type_and_else_refused() {
    let mut seen = Vec::new();
    for protocol in Protocol::ALL {
        for row in &ROWS {
            let Some(name) = row.name(protocol) else {
                continue;
            };
            seen.push(row.shape);
            for (value, shapes) in values() {
                let body = with(protocol, name, value.clone());
                let refused = refused_at(protocol, &body);
                // A stop sequence of Chat may stand alone.
                let stands_alone = name == "stop" && value.is_string();
                if shapes.contains(&row.shape) || stands_alone {
                    assert_eq!(refused, None, "{protocol}: {body}");
                } else {
                    let place = refused.unwrap_or_else(|| panic!("{protocol} reads {body}"));
                    assert!(place.starts_with(name), "{place}: {body}");
                }
            }
        }
    }
    // No type is there for nothing.
    assert!(ALL.iter().all(|shape| seen.contains(shape)));
}

#[test]
fn what_is_no_setting_is_of_its_type_as_well() {
    let check = |protocol, names: &[(&str, Json)]| {
        for (name, wrong) in names {
            let body = with(protocol, name, wrong.clone());
            assert_eq!(
                refused_at(protocol, &body).as_deref(),
                Some(*name),
                "{body}"
            );
        }
    };
    check(
        Protocol::Chat,
        &[
            ("stream_options", json!(true)),
            ("stream_options.include_usage", json!("yes")),
            ("tools", json!({})),
            ("functions", json!("f")),
            ("web_search_options", json!(true)),
            ("tool_choice", json!(1)),
            ("response_format", json!("json")),
            ("reasoning_effort", json!(5)),
            ("reasoning", json!("high")),
            ("reasoning.enabled", json!("yes")),
            ("reasoning.exclude", json!("yes")),
            ("reasoning.max_tokens", json!("5")),
            ("thinking", json!(true)),
            ("thinking.type", json!(true)),
            ("thinking.budget_tokens", json!("5")),
            ("include_reasoning", json!("no")),
            ("extra_body", json!("google")),
            ("extra_body.google", json!(1)),
            ("extra_body.google.thinking_config", json!("low")),
            ("max_tokens", json!("5")),
            ("max_tokens", json!(-5)),
        ],
    );
    check(
        Protocol::Responses,
        &[
            ("instructions", json!(["be kind"])),
            ("tools", json!("f")),
            ("reasoning", json!("high")),
            ("reasoning.effort", json!(1)),
            ("reasoning.summary", json!(true)),
            ("text", json!("plain")),
            ("text.format", json!("json")),
        ],
    );
    check(
        Protocol::Claude,
        &[
            ("stream", json!("yes")),
            ("metadata", json!("u")),
            ("thinking", json!("on")),
            ("thinking.type", json!(true)),
            ("output_config", json!("high")),
            ("stop_sequences", json!("a")),
        ],
    );
    check(
        Protocol::Gemini,
        &[
            ("generationConfig", json!([])),
            ("generationConfig.responseMimeType", json!(1)),
            ("generationConfig.thinkingConfig", json!("low")),
            (
                "generationConfig.thinkingConfig.includeThoughts",
                json!("yes"),
            ),
            (
                "generationConfig.thinkingConfig.thinkingBudget",
                json!(true),
            ),
            ("toolConfig", json!("any")),
            ("toolConfig.functionCallingConfig.mode", json!(1)),
        ],
    );
}

#[test]
fn only_true_streams() {
    for (protocol, is_refused) in [
        (Protocol::Chat, false),
        (Protocol::Responses, false),
        (Protocol::Claude, true),
    ] {
        for value in [json!("true"), json!("yes"), json!(1), json!({})] {
            let body = with(protocol, "stream", value);
            let refused = refused_at(protocol, &body);
            assert_eq!(refused.as_deref(), is_refused.then_some("stream"), "{body}");
            if !is_refused {
                let body = body.to_string();
                let streams = super::read(protocol, &body, |it| it.streams.to_string());
                assert_eq!(streams, "false", "{body}");
            }
        }
    }
}

#[test]
fn the_message_says_what_is_asked_for() {
    check_refused(
        Protocol::Chat,
        &[
            (
                r#"{"messages":[],"max_tokens":-5}"#,
                "max_tokens",
                "`max_tokens` must be a whole number that is not negative",
            ),
            (
                r#"{"messages":[],"parallel_tool_calls":"no"}"#,
                "parallel_tool_calls",
                "`parallel_tool_calls` must be a boolean",
            ),
        ],
    );
    check_refused(
        Protocol::Gemini,
        &[(
            r#"{"contents":[],"generationConfig":{"topP":"much"}}"#,
            "generationConfig.topP",
            "`generationConfig.topP` must be a number",
        )],
    );
}

/// The mapping of Google's own messages to JSON allows it.
#[test]
fn google_lets_numbers_stand_in_quotes() {
    let body =
        r#"{"contents":[],"generationConfig":{"maxOutputTokens":"100","temperature":"0.5"}}"#;
    let read = super::read(Protocol::Gemini, body, settings);
    assert!(read.contains("100") && !read.contains('"'), "{read}");
    for protocol in Protocol::ALL {
        let name = row_name(protocol);
        let body = with(protocol, name, json!("100"));
        let is_read = refused_at(protocol, &body).is_none();
        assert_eq!(is_read, rules(protocol).settings.quoted_numbers, "{body}");
    }
}

fn row_name(protocol: Protocol) -> &'static str {
    let row = crate::request_ir::row(crate::request_ir::Key::MaxOutput);
    row.name(protocol).unwrap()
}
