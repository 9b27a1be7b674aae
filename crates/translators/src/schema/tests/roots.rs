//! Roots that clients really send.

use super::{MODES, check, check_changed, cleaned};
use crate::schema::{EMPTY, Mode, SchemaError, SchemaKind, clean};
use cliproxy_json::Value;
use std::borrow::Cow;

const CLOSED: &str = r#"{"type":"object","properties":{},"additionalProperties":false}"#;

#[test]
fn what_is_no_schema_takes_nothing() {
    for mode in MODES {
        for schema in ["null", "true", "false", "7", r#""object""#, "[]"] {
            check(
                mode,
                schema,
                match mode {
                    Mode::ClaudeOutput => CLOSED,
                    _ => EMPTY,
                },
            );
        }
    }
}

#[test]
fn a_root_is_an_object_with_properties() {
    for mode in [
        Mode::GeminiJson,
        Mode::GeminiOpenapi,
        Mode::ClaudeTool,
        Mode::OpenaiFunction,
    ] {
        check(mode, "{}", EMPTY);
        check(mode, r#"{"type":"object"}"#, EMPTY);
        check(mode, r#"{"type":["null","object"]}"#, EMPTY);
        check(mode, r#"{"type":"OBJECT"}"#, EMPTY);
        check(
            mode,
            r#"{"properties":{"a":{"type":"string"}}}"#,
            r#"{"type":"object","properties":{"a":{"type":"string"}}}"#,
        );
    }
    check(Mode::ClaudeOutput, "{}", CLOSED);
}

#[test]
fn properties_without_their_keyword_are_wrapped() {
    for mode in [
        Mode::GeminiJson,
        Mode::GeminiOpenapi,
        Mode::ClaudeTool,
        Mode::OpenaiFunction,
    ] {
        check(
            mode,
            r#"{"a":{"type":"string","required":true},"title":{"type":"number","required":false},
                "type":{"type":"boolean"}}"#,
            r#"{"type":"object","properties":{"a":{"type":"string"},"title":{"type":"number"},
                "type":{"type":"boolean"}},"required":["a"]}"#,
        );
        // A keyword that may hold an object is taken for one.
        check(
            mode,
            r#"{"$defs":{}}"#,
            &match mode {
                Mode::GeminiOpenapi => EMPTY.to_owned(),
                _ => r#"{"$defs":{},"type":"object","properties":{}}"#.to_owned(),
            },
        );
    }
}

#[test]
fn a_root_that_refers_is_what_it_refers_to() {
    let schema = r##"{"$ref":"#/definitions/T","definitions":{
        "T":{"type":"object","properties":{"a":{"$ref":"#/definitions/S"}}},"S":{"type":"string"}}}"##;
    let defs = r#"{"T":{"type":"object","properties":{"a":REF}},"S":{"type":"string"}}"#;
    let kept = |keyword: &str| {
        format!(r#"{{"type":"object","properties":{{"a":REF}},"{keyword}":{defs}}}"#)
            .replace("REF", &format!(r##"{{"$ref":"#/{keyword}/S"}}"##))
    };
    check(Mode::GeminiJson, schema, &kept("$defs"));
    check(Mode::ClaudeTool, schema, &kept("definitions"));
    check(Mode::OpenaiFunction, schema, &kept("definitions"));
    check(
        Mode::GeminiOpenapi,
        schema,
        r#"{"type":"object","properties":{"a":{"type":"string"}}}"#,
    );
}

#[test]
fn a_root_that_is_fine_stays_as_sent() {
    let schema =
        r#"{ "type" : "object", "properties" : {"x":{"oneOf":[{},true],"n":1.0}}, "x-y":1 }"#;
    for mode in [Mode::ClaudeTool, Mode::OpenaiFunction] {
        let value = Value::parse(schema).unwrap();
        let cleaned = clean(value, SchemaKind::JsonSchema, mode).unwrap();
        assert!(matches!(cleaned.json, Cow::Borrowed(text) if text == schema));
    }
}

#[test]
fn what_is_below_a_repaired_root_stays_as_sent() {
    let schema = r#"{"properties":{"x":{ "not" : {"n":1.0} }},"x-y":[ 1.0 ]}"#;
    let (json, changed) = cleaned(schema, SchemaKind::JsonSchema, Mode::ClaudeTool).unwrap();
    assert_eq!(
        json,
        r#"{"type":"object","properties":{"x":{ "not" : {"n":1.0} }},"x-y":[ 1.0 ]}"#
    );
    assert!(!changed);
}

#[test]
fn the_branches_of_a_root_are_joined() {
    for mode in [Mode::ClaudeTool, Mode::OpenaiFunction] {
        // A property that tells branches apart keeps all its values.
        check_changed(
            mode,
            r#"{"oneOf":[
                {"properties":{"kind":{"const":"a"},"x":{}},"required":["kind","x"]},
                {"properties":{"kind":{"const":"b"},"y":{}},"required":["kind"]},
                {"type":"string"}]}"#,
            r#"{"type":"object","properties":{"kind":{"anyOf":[{"const":"a"},{"const":"b"}]},
                "x":{},"y":{}},"required":["kind"]}"#,
        );
        check_changed(
            mode,
            r#"{"type":"object","properties":{"a":{}},"anyOf":[{"required":["a"]},{"required":["b"]}]}"#,
            r#"{"type":"object","properties":{"a":{}}}"#,
        );
        check(
            mode,
            r##"{"allOf":[{"$ref":"#/$defs/A"},{"properties":{"a":{"minLength":1},"b":{}},"required":["b"]}],
                "$defs":{"A":{"properties":{"a":{"type":"string"}},"required":["a"]}}}"##,
            r#"{"type":"object","properties":{"a":{"allOf":[{"type":"string"},{"minLength":1}]},"b":{}},
                "required":["a","b"],"$defs":{"A":{"properties":{"a":{"type":"string"}},"required":["a"]}}}"#,
        );
        // Nested choices, and one of a single branch, which brings along everything it has.
        check_changed(
            mode,
            r#"{"anyOf":[{"allOf":[{"oneOf":[{"properties":{"a":{}}},{"properties":{"b":{}}}]}]}],"title":"t"}"#,
            r#"{"type":"object","title":"t","properties":{"a":{},"b":{}}}"#,
        );
        check(
            mode,
            r#"{"anyOf":[{"properties":{"a":{}},"additionalProperties":false,"description":"d"}]}"#,
            r#"{"type":"object","description":"d","properties":{"a":{}},"additionalProperties":false}"#,
        );
        check_changed(mode, r#"{"type":"array","items":{}}"#, EMPTY);
    }
    check_changed(
        Mode::OpenaiFunction,
        r#"{"type":"object","properties":{},"enum":[{}],"not":{"required":["a"]}}"#,
        EMPTY,
    );
}

#[test]
fn an_answer_need_not_be_an_object() {
    for mode in [Mode::GeminiJson, Mode::ClaudeOutput] {
        for schema in [
            r#"{"type":"array","items":{"type":"string"}}"#,
            r#"{"anyOf":[{"type":"string"},{"type":"number"}]}"#,
            r#"{"enum":["a","b"]}"#,
        ] {
            check(mode, schema, schema);
        }
    }
    check(
        Mode::GeminiOpenapi,
        r#"{"type":"ARRAY","items":{"type":"STRING"}}"#,
        r#"{"type":"array","items":{"type":"string"}}"#,
    );
}

#[test]
fn a_root_that_refers_to_itself() {
    let schema = r##"{"$ref":"#"}"##;
    let see = r##"{"type":"object","description":"See: #","properties":{}}"##;
    check(Mode::GeminiJson, schema, see);
    check(Mode::GeminiOpenapi, schema, see);
    check_changed(Mode::ClaudeTool, schema, EMPTY);
    let refused = cleaned(schema, SchemaKind::JsonSchema, Mode::ClaudeOutput);
    assert_eq!(refused, Err(SchemaError::Recursive));
}
