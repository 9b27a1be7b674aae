//! What is remembered.

use crate::schema::{EMPTY, Held, Mode, SchemaCache, SchemaError, SchemaKind};
use cliproxy_json::Value;

const KIND: SchemaKind = SchemaKind::JsonSchema;

fn shared(held: Result<Held<'_>, SchemaError>) -> *const u8 {
    let held = held.unwrap();
    assert!(matches!(held, Held::Shared(_)));
    held.json().as_ptr()
}

#[test]
fn a_schema_is_cleaned_once() {
    let cache = SchemaCache::default();
    let text = r#"{"type":"object","properties":{"a":{"not":{"type":"null"}}},"title":"t"}"#;
    let again = text.to_owned();
    let (schema, again) = (Value::parse(text).unwrap(), Value::parse(&again).unwrap());
    let first = cache.clean(schema, KIND, Mode::GeminiJson);
    assert!(first.as_ref().unwrap().changed());
    assert_eq!(
        shared(first),
        shared(cache.clean(again, KIND, Mode::GeminiJson))
    );
    let other = cache.clean(schema, KIND, Mode::GeminiOpenapi);
    assert_eq!(
        other.unwrap().json(),
        r#"{"type":"object","properties":{"a":{}}}"#
    );
}

#[test]
fn what_stays_as_sent_is_not_remembered() {
    let cache = SchemaCache::default();
    let text = r#"{"type":"object","properties":{"a":{"not":{}}},"title":"t"}"#;
    for (text, mode) in [
        (text, Mode::ClaudeTool),
        (text, Mode::OpenaiFunction),
        (EMPTY, Mode::GeminiJson),
    ] {
        let held = cache
            .clean(Value::parse(text).unwrap(), KIND, mode)
            .unwrap();
        assert!(matches!(held, Held::AsSent(json) if json == text));
        assert!(!held.changed());
    }
}

#[test]
fn refusals_are_remembered_too() {
    let cache = SchemaCache::default();
    let schema = Value::parse(r##"{"properties":{"a":{"$ref":"#"}}}"##).unwrap();
    for _ in 0..2 {
        let outcome = cache.clean(schema, KIND, Mode::ClaudeOutput);
        assert_eq!(outcome.unwrap_err(), SchemaError::Recursive);
    }
}

#[test]
fn the_cache_is_bounded() {
    // Room for 16 results of the smallest size.
    let cache = SchemaCache::with_capacity(16 * 4_096);
    let clean = |at: usize| {
        let text = format!(r#"{{"title":"{at}"}}"#);
        let schema = Value::parse(&text).unwrap();
        cache.clean(schema, KIND, Mode::GeminiJson).unwrap();
    };
    (0..100).for_each(clean);
    assert_eq!(cache.len(), 16);
}
