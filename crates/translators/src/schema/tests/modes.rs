//! What each mode makes of schemas below the root.

use super::{check, check_changed, check_property, check_property_changed, cleaned};
use crate::schema::{
    Mode::{ClaudeOutput, ClaudeTool, GeminiJson, GeminiOpenapi, OpenaiFunction},
    SchemaError, SchemaKind,
};

#[test]
fn gemini_takes_much_of_json_schema() {
    for schema in [
        r#"{"type":["integer","null"],"minimum":1,"maximum":1.0}"#,
        r#"{"oneOf":[{"type":"string","format":"date","title":"t"},{"enum":[1,null,"a"]}]}"#,
        r#"{"type":"array","prefixItems":[{"type":"string"}],"items":{"type":"number"},"minItems":1,"maxItems":2}"#,
        r#"{"type":"object","properties":{"a":{}},"propertyOrdering":["a"],"additionalProperties":{"type":"string"}}"#,
    ] {
        check_property(GeminiJson, schema, schema);
    }
    check_property(
        GeminiJson,
        r#"{"type":"array","items":[{"const":1},true],"x-a":1,"deprecated":true}"#,
        r#"{"type":"array","prefixItems":[{"enum":[1]},{}]}"#,
    );
    check_property(
        GeminiJson,
        r#"{"type":"STRING","nullable":true,"enum":["a"]}"#,
        r#"{"type":["string","null"],"enum":["a",null]}"#,
    );
    check_property_changed(
        GeminiJson,
        r#"{"if":{},"then":{},"type":"string"}"#,
        r#"{"type":"string"}"#,
    );
}

#[test]
fn references_for_gemini() {
    let check = |property: &str, expected: &str| {
        let schema = |property: &str| {
            format!(
                r#"{{"type":"object","properties":{{"p":{property},"q":{{"type":"string"}}}},
                    "$defs":{{"A":{{"type":"string","description":"d"}}}}}}"#
            )
        };
        check(GeminiJson, &schema(property), &schema(expected));
    };
    // Nothing but a description may stand beside a reference.
    check(
        r##"{"$ref":"#/$defs/A","description":"p","title":"t","default":1}"##,
        r##"{"$ref":"#/$defs/A","description":"p (default: 1)"}"##,
    );
    check(
        r##"{"allOf":[{"$ref":"#/$defs/A"}],"description":"p"}"##,
        r##"{"$ref":"#/$defs/A","description":"p"}"##,
    );
    check(
        r##"{"allOf":[{"$ref":"#/$defs/A"},{"format":"date"}]}"##,
        r#"{"type":"string","description":"d","format":"date"}"#,
    );
    check(
        r##"{"$ref":"#/$defs/A","format":"date"}"##,
        r#"{"type":"string","description":"d","format":"date"}"#,
    );
    // Generators refer to the first place where they met a type.
    check(r##"{"$ref":"#/properties/q"}"##, r#"{"type":"string"}"#);
    check(
        r##"{"$ref":"#/properties/p"}"##,
        r#"{"type":"object","description":"See: p"}"#,
    );
    for lost in ["#/$defs/B", "https://a.example/b.json", "c/b"] {
        let name = lost.rsplit('/').next().unwrap();
        check(
            &format!(r#"{{"$ref":"{lost}"}}"#),
            &format!(r#"{{"type":"object","description":"See: {name}"}}"#),
        );
    }
}

#[test]
fn gemini_as_openapi_takes_little() {
    let check = |schema: &str, expected: &str| check_property(GeminiOpenapi, schema, expected);
    check(
        r#"{"type":"array","title":"t","uniqueItems":false}"#,
        r#"{"type":"array","items":{"type":"string"}}"#,
    );
    check(
        r#"{"properties":{"a":true}}"#,
        r#"{"type":"object","properties":{"a":{}}}"#,
    );
    check(
        r#"{"items":{"type":"number"}}"#,
        r#"{"type":"array","items":{"type":"number"}}"#,
    );
    check(
        r#"{"type":"string","items":{},"properties":{}}"#,
        r#"{"type":"string"}"#,
    );
    check(
        r#"{"enum":["a",null,""]}"#,
        r#"{"type":"string","enum":["a"],"description":"(nullable)"}"#,
    );
    check(
        r#"{"enum":[true,1.50,{"a" : 1}]}"#,
        r#"{"type":"string","enum":["true","1.50","{\"a\":1}"],
        "description":"Allowed: true, 1.50, {\"a\":1}"}"#,
    );
    check(r#"{"const":null}"#, r#"{"type":"null"}"#);
    check(
        r#"{"type":"object","additionalProperties":true}"#,
        r#"{"type":"object"}"#,
    );
    check(
        r#"{"anyOf":[{"type":"null"},{"type":"string","format":"date","description":"d"}]}"#,
        r#"{"type":"string","description":"d (nullable) (format: date)"}"#,
    );
    check(
        r#"{"oneOf":[{"type":"number"},{"anyOf":[{"type":"string"},{"type":"array"}]}]}"#,
        r#"{"type":"array","items":{"type":"string"},"description":"Accepts: number | string | array"}"#,
    );
    check(
        r#"{"allOf":[{"properties":{"a":{"type":"string"}}},{"properties":{"a":{"description":"d"}}}]}"#,
        r#"{"type":"object","properties":{"a":{"type":"string","description":"d"}}}"#,
    );
    let changed = |schema: &str, expected: &str| {
        check_property_changed(GeminiOpenapi, schema, expected);
    };
    changed(
        r#"{"if":{"required":["a"]},"then":{"properties":{"b":{}},"required":["b"]},"else":{"properties":{"c":{}}}}"#,
        r#"{"type":"object","properties":{"b":{},"c":{}}}"#,
    );
    changed(
        r#"{"type":"array","items":[{"type":"number"},{"type":"number"}]}"#,
        r#"{"type":"array","items":{"type":"number","description":"Accepts: number"}}"#,
    );
    changed(
        r#"{"type":"object","additionalProperties":{"type":"string"},"properties":{"a":{}},"anyOf":[{"required":["a"]},{"required":["b"]}]}"#,
        r#"{"type":"object","properties":{"a":{}}}"#,
    );
    changed(
        r#"{"allOf":[{"type":"string"},{"type":"number"}]}"#,
        r#"{"type":"string"}"#,
    );
}

#[test]
fn what_nothing_satisfies_is_no_property() {
    for mode in [GeminiJson, GeminiOpenapi] {
        check(
            mode,
            r#"{"type":"object","properties":{"a":false,"b":{"not":{}},"c":{"type":"string"}},"required":["a","b","c"]}"#,
            r#"{"type":"object","properties":{"c":{"type":"string"}},"required":["c"]}"#,
        );
    }
}

#[test]
fn references_are_followed_to_a_depth() {
    // A chain of 20 definitions: the 17th is not looked up.
    let defs: Vec<_> = (0..20)
        .map(|at| format!(r##""D{at}":{{"$ref":"#/$defs/D{}"}}"##, at + 1))
        .collect();
    let schema = format!(
        r##"{{"properties":{{"p":{{"$ref":"#/$defs/D0"}}}},"$defs":{{{},"D20":{{"type":"string"}}}}}}"##,
        defs.join(",")
    );
    check(
        GeminiOpenapi,
        &schema,
        r#"{"type":"object","properties":{"p":{"type":"object","description":"See: D16"}}}"#,
    );
    check(
        GeminiOpenapi,
        r##"{"properties":{"p":{"$ref":"#/$defs/a~1b%3Cc%3E/items/1","description":"d"}},"$defs":{"a/b<c>":{"items":[1,{"type":"string"}]}}}"##,
        r#"{"type":"object","properties":{"p":{"type":"string","description":"d"}}}"#,
    );
}

#[test]
fn claude_closes_every_object() {
    let check = |schema: &str, expected: &str| check_property(ClaudeOutput, schema, expected);
    check(
        r#"{"properties":{"a":{"type":["object","null"]}}}"#,
        r#"{"type":"object","properties":{"a":{"type":["object","null"],"additionalProperties":false}},"additionalProperties":false}"#,
    );
    check(
        r#"{"allOf":[{"type":"object","properties":{"a":{}}},{"type":"object","properties":{"b":{}}}]}"#,
        r#"{"type":"object","properties":{"a":{},"b":{}},"additionalProperties":false}"#,
    );
    // Two closed objects, one in the other's place, would both be unsatisfiable.
    check_property_changed(
        ClaudeOutput,
        r#"{"type":"object","properties":{"a":{}},"anyOf":[{"properties":{"b":{}}},{"properties":{"c":{}}}]}"#,
        r#"{"type":"object","properties":{"a":{},"b":{},"c":{}},"additionalProperties":false}"#,
    );
    check(
        r#"{"type":"object","anyOf":[{"type":"object"},{"type":"object","properties":{"c":{}}}]}"#,
        r#"{"anyOf":[{"type":"object","additionalProperties":false},{"type":"object","properties":{"c":{}},"additionalProperties":false}]}"#,
    );
    check_property_changed(
        ClaudeOutput,
        r#"{"type":"object","additionalProperties":{"type":"string"}}"#,
        r#"{"type":"object","additionalProperties":false}"#,
    );
    check_changed(
        ClaudeOutput,
        r#"{"type":"object","properties":{},"patternProperties":{"^a":{}}}"#,
        r#"{"type":"object","properties":{},"additionalProperties":false}"#,
    );
}

#[test]
fn claude_takes_references_that_end() {
    let outcome =
        |schema: &str| cleaned(schema, SchemaKind::JsonSchema, ClaudeOutput).map(|(json, _)| json);
    let tree = r##"{"properties":{"t":{"$ref":"#/$defs/T"}},"$defs":{
        "T":{"properties":{"l":{"type":"array","items":{"$ref":"#/$defs/U"}}}},"U":{"anyOf":[{"$ref":"#/$defs/T"}]}}}"##;
    assert_eq!(outcome(tree), Err(SchemaError::Recursive));
    let twice = r##"{"properties":{"a":{"$ref":"#/definitions/A"},"b":{"$ref":"#/definitions/A"},"c":{"$ref":"#/definitions/B"}},
        "definitions":{"A":{"type":"string"},"B":{"items":{"$ref":"#/definitions/A"}}}}"##;
    let json = outcome(twice).unwrap();
    assert_eq!(json.matches(r##""$ref":"#/$defs/"##).count(), 4, "{json}");
    for lost in ["#/$defs/B", "https://a.example/b.json", "#anchor"] {
        let schema = format!(r#"{{"properties":{{"a":{{"$ref":"{lost}"}}}}}}"#);
        assert_eq!(outcome(&schema), Err(SchemaError::Unresolved));
    }
    let inside =
        r##"{"properties":{"a":{"allOf":[{"$ref":"#/properties/a"},{"type":"object"}]}}}"##;
    assert_eq!(outcome(inside), Err(SchemaError::Recursive));
}

#[test]
fn a_name_in_both_lists_of_definitions_is_followed() {
    let both = r##"{"properties":{"x":{"$ref":"#/$defs/a"},"y":{"$ref":"#/definitions/a"}},
        "definitions":{"a":{"type":"string"}},"$defs":{"a":{"type":"integer"}}}"##;
    for mode in [GeminiJson, ClaudeOutput] {
        let (json, _) = cleaned(both, SchemaKind::JsonSchema, mode).unwrap();
        let json: serde_json::Value = serde_json::from_str(&json).unwrap();
        let kinds = ["x", "y"].map(|name| &json["properties"][name]["type"]);
        assert_eq!(kinds, ["integer", "string"], "{mode:?}");
    }
}

#[test]
fn the_flavour_of_openapi_becomes_json_schema() {
    for mode in [ClaudeTool, OpenaiFunction] {
        let schema = r#"{"type":"OBJECT","nullable":true,"properties":{
            "a":{"type":"ARRAY","minItems":"2","maxItems":3,"items":{"type":"INTEGER","nullable":false}},
            "nullable":{"anyOf":[{"type":"STRING"},{"type":"NUMBER","nullable":true}],"x-kept":1.0},
            "b":{"type":"TYPE_UNSPECIFIED","propertyOrdering":["c"],"properties":{"propertyOrdering":{"type":"BOOLEAN"}}}}}"#;
        let (json, changed) = cleaned(schema, SchemaKind::Openapi, mode).unwrap();
        assert_eq!(
            json,
            concat!(
                r#"{"type":"object","properties":{"#,
                r#""a":{"type":"array","minItems":2,"maxItems":3,"items":{"type":"integer"}},"#,
                r#""nullable":{"anyOf":[{"type":"string"},{"type":["number","null"]}],"x-kept":1.0},"#,
                r#""b":{"properties":{"propertyOrdering":{"type":"boolean"}}}}}"#
            )
        );
        assert!(!changed);
    }
}

#[test]
fn what_is_joined_below_is_settled_again() {
    check_property_changed(
        ClaudeOutput,
        r#"{"items":{"properties":{"a":{}}},"allOf":[{"items":{"anyOf":[{"properties":{"b":{}}},{"properties":{"c":{}}}]}}]}"#,
        r#"{"items":{"type":"object","properties":{"a":{},"b":{},"c":{}},"additionalProperties":false}}"#,
    );
    // What is joined may be all that was said of an object.
    check_property(
        ClaudeOutput,
        r#"{"type":"object","anyOf":[{"anyOf":[2]}],"required":2}"#,
        r#"{"anyOf":[{}]}"#,
    );
    check_changed(
        GeminiJson,
        r##"{"properties":{"p":{"$ref":"#/$defs/A"}},"allOf":[{"properties":{"p":{"format":"date"}}}],"$defs":{"A":{"type":"string"}}}"##,
        r##"{"type":"object","properties":{"p":{"$ref":"#/$defs/A"}},"$defs":{"A":{"type":"string"}}}"##,
    );
}
