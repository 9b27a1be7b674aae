//! JSON that refuses a member given twice.
//!
//! `serde_json::Value` silently keeps the last of two equal members; a provider's typed reader may
//! keep the first. A gateway that edits bodies must never produce the ambiguity.

use serde::{
    Deserialize, Deserializer,
    de::{Error as _, MapAccess, SeqAccess, Visitor},
};
use serde_json::{Map, Number, Value};
use std::fmt;

/// Reads a body, refusing repeated members at any depth.
pub(crate) fn parse(body: &[u8]) -> Result<Value, serde_json::Error> {
    serde_json::from_slice::<Unique>(body).map(|unique| unique.0)
}

struct Unique(Value);

impl<'de> Deserialize<'de> for Unique {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(UniqueVisitor).map(Self)
    }
}

struct UniqueVisitor;

impl<'de> Visitor<'de> for UniqueVisitor {
    type Value = Value;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a JSON value")
    }

    fn visit_bool<E>(self, flag: bool) -> Result<Value, E> {
        Ok(Value::Bool(flag))
    }

    fn visit_u64<E>(self, number: u64) -> Result<Value, E> {
        Ok(Value::Number(number.into()))
    }

    fn visit_i64<E>(self, number: i64) -> Result<Value, E> {
        Ok(Value::Number(number.into()))
    }

    fn visit_f64<E>(self, number: f64) -> Result<Value, E> {
        Ok(Number::from_f64(number).map_or(Value::Null, Value::Number))
    }

    fn visit_str<E>(self, text: &str) -> Result<Value, E> {
        Ok(Value::String(text.to_owned()))
    }

    fn visit_string<E>(self, text: String) -> Result<Value, E> {
        Ok(Value::String(text))
    }

    fn visit_unit<E>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Value, A::Error> {
        let mut array = Vec::new();
        while let Some(Unique(item)) = items.next_element()? {
            array.push(item);
        }
        Ok(Value::Array(array))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut members: A) -> Result<Value, A::Error> {
        let mut object = Map::new();
        while let Some(name) = members.next_key::<String>()? {
            if object.contains_key(&name) {
                return Err(A::Error::custom(format_args!("duplicate key `{name}`")));
            }
            let Unique(value) = members.next_value()?;
            object.insert(name, value);
        }
        Ok(Value::Object(object))
    }
}

#[cfg(test)]
mod tests {
    use super::parse;

    #[test]
    fn repeated_members_are_refused_at_any_depth() {
        let check = |text: &str, accepted: bool| {
            assert_eq!(parse(text.as_bytes()).is_ok(), accepted, "{text}");
        };
        check(r#"{"a":1,"b":[{"a":1}]}"#, true);
        check(r#"{"a":1,"a":1}"#, false);
        check(r#"{"a":[{"b":1,"c":2,"b":3}]}"#, false);
        check(r#"{"a":1,"\u0061":2}"#, false);
        check(r#"[1,-2,3.5,null,true,"x"]"#, true);
        check("{", false);
        check("{} {}", false);
    }

    #[test]
    fn everything_else_is_as_serde_json_reads_it() {
        let text = r#"{"n":null,"t":true,"i":-1,"u":18446744073709551615,"f":1.5,"s":"é","l":[]}"#;
        let ordinary: serde_json::Value = serde_json::from_str(text).expect("valid");
        assert_eq!(parse(text.as_bytes()).expect("valid"), ordinary);
    }
}
