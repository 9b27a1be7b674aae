//! Keywords that are told to the model instead.

use super::check_property;
use crate::schema::Mode::{ClaudeOutput, GeminiJson, GeminiOpenapi};

#[test]
fn hints_for_gemini_stand_in_order() {
    check_property(
        GeminiOpenapi,
        r#"{"multipleOf":2,"minLength":1,"maxLength":2,"exclusiveMinimum":3,"exclusiveMaximum":4,"pattern":"^\\d\"","minItems":5,
            "maxItems":6,"uniqueItems":true,"format":"f","default":{"a": [1.0]},"examples":["x", "y"],"minimum":7,"maximum":8,
            "minProperties":9,"type":["string","null"],"enum":["b","c",null],"description":"D"}"#,
        r#"{"type":"string","enum":["b","c"],"description":"D (nullable) (Allowed: b, c) (minLength: 1) (maxLength: 2) (exclusiveMinimum: 3) (exclusiveMaximum: 4) (pattern: ^\\d\") (minItems: 5) (maxItems: 6) (uniqueItems: true) (format: f) (default: {\"a\":[1.0]}) (examples: [\"x\",\"y\"]) (minimum: 7) (maximum: 8) (multipleOf: 2) (minProperties: 9)"}"#,
    );
    check_property(
        GeminiOpenapi,
        r##"{"$ref":"https://a.example/x","anyOf":[{"type":"object"},{"type":"string"}],"additionalProperties":false,"minProperties":1}"##,
        r#"{"type":"object","description":"See: x (Accepts: object | string) (minProperties: 1) (No extra properties allowed)"}"#,
    );
    check_property(
        GeminiJson,
        r#"{"type":"string","examples":[1],"minProperties":8,"uniqueItems":true,"pattern":"p","maxLength":5,"minLength":4,
            "multipleOf":3,"exclusiveMaximum":2,"exclusiveMinimum":1,"maxProperties":9,"default":""}"#,
        r#"{"type":"string","description":"exclusiveMinimum: 1 (exclusiveMaximum: 2) (multipleOf: 3) (minLength: 4) (maxLength: 5) (pattern: p) (uniqueItems: true) (minProperties: 8) (maxProperties: 9) (default: ) (examples: [1])"}"#,
    );
}

#[test]
fn hints_for_claude_are_one() {
    check_property(
        ClaudeOutput,
        r#"{"type":"number","examples":[1, 2],"maximum":2,"minimum":1,"description":"D"}"#,
        r#"{"type":"number","description":"D\n\n{minimum: 1, maximum: 2, examples: [1,2]}"}"#,
    );
    for kept in [
        r#"{"type":"string","format":"uuid"}"#,
        r#"{"type":"string","pattern":"^[a-z]{2,5}\\d+\\.x$","title":"t"}"#,
        r#"{"type":"array","minItems":1,"items":{"const":{"a":1.0}}}"#,
    ] {
        check_property(ClaudeOutput, kept, kept);
    }
    for (pattern, told) in [
        (r"(?=a)", r"(?=a)"),
        (r"(a)\\1", r"(a)\\1"),
        (r"\\bword", r"\\bword"),
        (r"a{1,1000}", r"a{1,1000}"),
        (r"\\\\\\b", r"\\\\\\b"),
    ] {
        check_property(
            ClaudeOutput,
            &format!(r#"{{"type":"string","pattern":"{pattern}"}}"#),
            &format!(r#"{{"type":"string","description":"{{pattern: {told}}}"}}"#),
        );
    }
}

#[test]
fn a_hint_is_given_once() {
    for told in [
        "Allowed: a, b",
        "D (Allowed: a, b)",
        "Allowed: a, b (format: x)",
    ] {
        let schema = format!(r#"{{"type":"string","enum":["a","b"],"description":"{told}"}}"#);
        check_property(GeminiOpenapi, &schema, &schema);
    }
}
