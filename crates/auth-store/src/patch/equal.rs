//! Whether two files say the same.

use cliproxy_json::{Kind, Value};
use std::collections::BTreeMap;

/// Whether two JSON texts say the same: spelling, blanks and the order of members aside.
///
/// Whole numbers are compared exactly, so that two long ids are not taken for one; other numbers as
/// doubles. What is no JSON equals nothing, not even itself.
#[must_use]
pub fn are_equal(one: &[u8], other: &[u8]) -> bool {
    match (Value::parse_bytes(one), Value::parse_bytes(other)) {
        (Ok(one), Ok(other)) => values(one, other),
        _ => false,
    }
}

fn values(one: Value<'_>, other: Value<'_>) -> bool {
    if one.kind() != other.kind() {
        return false;
    }
    match one.kind() {
        Kind::Array => {
            one.elements().count() == other.elements().count()
                && one
                    .elements()
                    .zip(other.elements())
                    .all(|(one, other)| values(one, other))
        }
        Kind::Bool | Kind::Null => one.raw() == other.raw(),
        Kind::Number => numbers(one, other),
        Kind::Object => objects(one, other),
        Kind::String => one.as_str() == other.as_str(),
    }
}

fn objects(one: Value<'_>, other: Value<'_>) -> bool {
    let members = |object: Value<'_>| object.members().count();
    let theirs: BTreeMap<_, _> = other.members().collect();
    let ours: BTreeMap<_, _> = one.members().collect();
    // Two members of one name are two opinions: that file is never taken for another.
    ours.len() == theirs.len()
        && members(one) == ours.len()
        && members(other) == theirs.len()
        && ours
            .iter()
            .all(|(name, one)| theirs.get(name).is_some_and(|other| values(*one, *other)))
}

fn numbers(one: Value<'_>, other: Value<'_>) -> bool {
    let whole = |value: Value<'_>| {
        let unsigned = value.as_u64().map(i128::from);
        unsigned.or_else(|| value.as_i64().map(i128::from))
    };
    match (whole(one), whole(other)) {
        (Some(one), Some(other)) => one == other,
        _ => one.as_f64().is_some() && one.as_f64() == other.as_f64(),
    }
}
