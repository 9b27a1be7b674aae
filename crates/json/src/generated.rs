//! Random documents for the property tests.

use proptest::{
    collection::vec,
    prelude::*,
    sample::{select, subsequence},
};

/// Keys as they are spelled in a document; what they say is different for each.
const KEYS: &[&str] = &[
    "a",
    "b",
    r"c\u0063",
    "a.b",
    "0",
    "1",
    "-1",
    r#"q\"uote\\"#,
    "schlüssel",
    "",
];

const SCALARS: &[&str] = &[
    "true",
    "false",
    "null",
    "0",
    "-0",
    "7",
    "-12",
    "1.0",
    "-1.50e+3",
    "2E2",
    "12345678901234567890",
    r#""""#,
    r#""\\""#,
    r#""text, with ] and } and : in it""#,
    r#""\"quoted\" \u00e9 \ud83d\ude00 \/ \b\f\n\r\t""#,
    r#""ünïcödé 文字列 is longer in bytes than in characters, and so long that its end is remembered""#,
];

/// A JSON value, spelled with random whitespace; the names in an object differ.
pub(crate) fn value() -> BoxedStrategy<String> {
    let scalar = select(SCALARS).prop_map(str::to_owned);
    scalar
        .prop_recursive(5, 60, 6, |inner| {
            prop_oneof![
                (space(), vec(padded(inner.clone()), 0..5))
                    .prop_map(|(space, items)| format!("[{space}{}]", items.join(","))),
                object_of(inner),
            ]
        })
        .boxed()
}

/// A JSON object, with whitespace around it.
pub(crate) fn object() -> impl Strategy<Value = String> {
    padded(object_of(value()))
}

fn object_of(inner: impl Strategy<Value = String> + Clone) -> impl Strategy<Value = String> {
    let member = |key: &'static str, inner| {
        (padded(Just(format!("\"{key}\""))), padded(inner))
            .prop_map(|(key, value)| format!("{key}:{value}"))
    };
    (space(), subsequence(KEYS, 0..6)).prop_flat_map(move |(space, keys)| {
        let members: Vec<_> = keys
            .into_iter()
            .map(|key| member(key, inner.clone()))
            .collect();
        members.prop_map(move |members| format!("{{{space}{}}}", members.join(",")))
    })
}

fn padded(inner: impl Strategy<Value = String>) -> impl Strategy<Value = String> {
    (space(), inner, space()).prop_map(|(before, inner, after)| format!("{before}{inner}{after}"))
}

fn space() -> impl Strategy<Value = &'static str> {
    prop_oneof![6 => Just(""), 1 => Just(" "), 1 => Just("\r\n\t ")]
}
