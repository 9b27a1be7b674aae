//! What holds for any schema.

use super::{MODES, cleaned};
use crate::schema::{Mode, SchemaKind, keyword::KEYWORDS};
use proptest::{collection::vec, prelude::*, sample::select};
use serde_json::{Map, Value as Json, json};

const NAMES: &[&str] = &[
    "a",
    "b",
    "title",
    "type",
    "$ref",
    "enum",
    "properties",
    "not",
    "é\"\\",
];
const ONE: &[&str] = &[
    "additionalProperties",
    "contains",
    "else",
    "if",
    "items",
    "not",
    "then",
];
const LISTS: &[&str] = &["allOf", "anyOf", "items", "oneOf", "prefixItems"];
const MAPS: &[&str] = &["$defs", "definitions", "patternProperties", "properties"];

fn data() -> impl Strategy<Value = Json> {
    select(vec![
        json!(null),
        json!(true),
        json!(false),
        json!(2),
        json!(1.5),
        json!(""),
        json!("object"),
        json!("array"),
        json!("STRING"),
        json!("null"),
        json!("#"),
        json!("#/$defs/a"),
        json!("#/definitions/b"),
        json!("#/properties/a"),
        json!("#/properties/a/items"),
        json!("https://a.example/b"),
        json!("text (Allowed: 1, 2)"),
        json!([]),
        json!(["a", "b", "ghost"]),
        json!(["string", "null"]),
        json!([1, null, "", "x\"", {"a": 1}]),
        json!({}),
    ])
}

/// Mostly what a keyword holds, sometimes not.
fn schema() -> impl Strategy<Value = Json> {
    data().prop_recursive(5, 80, 5, |inner| {
        let every: Vec<_> = KEYWORDS.iter().map(|keyword| keyword.name).collect();
        let named = vec((select(NAMES), inner.clone()), 0..4).prop_map(map);
        let member = prop_oneof![
            4 => (select(MAPS), named),
            3 => (select(LISTS), vec(inner.clone(), 0..4).prop_map(Json::Array)),
            3 => (select(ONE), inner),
            2 => (Just("type"), data()),
            1 => (Just("$ref"), data()),
            1 => (Just("required"), data()),
            1 => (Just("enum"), data()),
            3 => (select(every), data()),
            1 => (Just("x-unknown"), data()),
        ];
        vec(member, 0..7).prop_map(map)
    })
}

fn map(members: Vec<(&'static str, Json)>) -> Json {
    let members = members.into_iter();
    Json::Object(
        members
            .map(|(key, value)| (key.to_owned(), value))
            .collect(),
    )
}

fn kinds() -> [SchemaKind; 2] {
    [SchemaKind::JsonSchema, SchemaKind::Openapi]
}

/// Looks at every schema below one that is rewritten as a whole.
fn each(schema: &Json, look: &mut impl FnMut(&Map<String, Json>)) {
    let Json::Object(members) = schema else {
        return;
    };
    look(members);
    for (key, value) in members {
        match (key.as_str(), value) {
            ("properties" | "$defs", Json::Object(named)) => {
                named.values().for_each(|inner| each(inner, look));
            }
            ("anyOf" | "oneOf" | "prefixItems", Json::Array(inner)) => {
                inner.iter().for_each(|inner| each(inner, look));
            }
            ("items" | "additionalProperties", inner) => each(inner, look),
            _ => {}
        }
    }
}

fn taken(mode: Mode) -> &'static [&'static str] {
    match mode {
        Mode::GeminiJson => &[
            "$anchor",
            "$defs",
            "$id",
            "$ref",
            "additionalProperties",
            "anyOf",
            "description",
            "enum",
            "format",
            "items",
            "maxItems",
            "maximum",
            "minItems",
            "minimum",
            "oneOf",
            "prefixItems",
            "properties",
            "propertyOrdering",
            "required",
            "title",
            "type",
        ],
        Mode::GeminiOpenapi => &[
            "description",
            "enum",
            "items",
            "properties",
            "required",
            "type",
        ],
        Mode::ClaudeOutput => &[
            "$defs",
            "$ref",
            "additionalProperties",
            "anyOf",
            "const",
            "description",
            "enum",
            "format",
            "items",
            "minItems",
            "pattern",
            "properties",
            "required",
            "title",
            "type",
        ],
        Mode::ClaudeTool | Mode::OpenaiFunction => &[],
    }
}

proptest! {
    #[test]
    fn any_schema_becomes_one_that_is_taken(schema in schema()) {
        let text = schema.to_string();
        for (mode, kind) in MODES.iter().flat_map(|mode| kinds().map(|kind| (*mode, kind))) {
            // Only a reference can be refused.
            let Ok((json, _)) = cleaned(&text, kind, mode) else {
                prop_assert!(mode == Mode::ClaudeOutput && text.contains("$ref"));
                continue;
            };
            let found: Json = serde_json::from_str(&json).unwrap();
            if mode.keeps_inside() {
                prop_assert_eq!(&found["type"], "object");
                prop_assert!(found["properties"].is_object());
                for choice in ["allOf", "anyOf", "oneOf", "$ref"] {
                    prop_assert!(found.get(choice).is_none(), "{} in {}", choice, json);
                }
            } else {
                let mut unknown = Vec::new();
                let mut open = false;
                each(&found, &mut |members| {
                    let keys = members.keys().cloned();
                    unknown.extend(keys.filter(|key| !taken(mode).contains(&key.as_str())));
                    open |= members.get("type") == Some(&json!("object"))
                        && members.get("additionalProperties") != Some(&json!(false));
                });
                prop_assert!(unknown.is_empty(), "{:?}: {:?} in {}", mode, unknown, json);
                prop_assert!(mode != Mode::ClaudeOutput || !open, "{}", json);
            }
        }
    }

    #[test]
    fn cleaning_twice_is_cleaning_once(schema in schema()) {
        let text = schema.to_string();
        for (mode, kind) in MODES.iter().flat_map(|mode| kinds().map(|kind| (*mode, kind))) {
            let Ok((once, _)) = cleaned(&text, kind, mode) else { continue };
            let (twice, _) = cleaned(&once, SchemaKind::JsonSchema, mode).unwrap();
            // The order of members may differ.
            let [once, twice] = [once, twice].map(|json| serde_json::from_str::<Json>(&json).unwrap());
            prop_assert_eq!(&twice, &once, "{:?} of {}", mode, text);
        }
    }

    #[test]
    fn a_key_is_written_once(schema in schema()) {
        let text = schema.to_string();
        for mode in MODES {
            let Ok((json, _)) = cleaned(&text, SchemaKind::Openapi, mode) else { continue };
            let found: Json = serde_json::from_str(&json).unwrap();
            // Of two members of one name serde keeps one.
            prop_assert_eq!(found.to_string().len(), crate::compact::compact(&json).len(), "{}", json);
        }
    }
}

#[test]
fn properties_may_be_called_like_keywords() {
    let names = || KEYWORDS.iter().map(|keyword| keyword.name);
    let named = |value: &Json| map(names().map(|name| (name, value.clone())).collect());
    let inner = json!({"type": "object", "properties": named(&json!({"type": "string"}))});
    let schema = json!({
        "properties": named(&json!({"type": "array", "items": inner})),
        "required": names().collect::<Vec<_>>(),
    });
    for (mode, kind) in MODES
        .iter()
        .flat_map(|mode| kinds().map(|kind| (*mode, kind)))
    {
        let (json, changed) = cleaned(&schema.to_string(), kind, mode).unwrap();
        let found: Json = serde_json::from_str(&json).unwrap();
        assert!(!changed, "{mode:?}");
        assert_eq!(found["required"].as_array().unwrap().len(), names().count());
        for name in names() {
            let inner = &found["properties"][name]["items"]["properties"];
            assert_eq!(inner.as_object().unwrap().len(), names().count());
            assert_eq!(inner[name], json!({"type": "string"}), "{mode:?}: {name}");
        }
    }
}

#[test]
fn keywords_are_ordered_by_name() {
    assert!(KEYWORDS.is_sorted_by(|one, next| one.name < next.name));
}
