//! Sizes in bytes: `33554432`, `32MiB`.

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::de::{Deserialize, Deserializer, Error as _};
use std::borrow::Cow;

/// A number of bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct ByteSize(pub(crate) u64);

const UNITS: [(&str, u64); 8] = [
    ("KiB", 1 << 10),
    ("MiB", 1 << 20),
    ("GiB", 1 << 30),
    ("kB", 1_000),
    ("KB", 1_000),
    ("MB", 1_000_000),
    ("GB", 1_000_000_000),
    ("B", 1),
];

impl ByteSize {
    fn parse(text: &str) -> Option<Self> {
        let text = text.trim();
        let (number, scale) = UNITS
            .iter()
            .find_map(|(unit, scale)| Some((text.strip_suffix(unit)?, *scale)))
            .unwrap_or((text, 1));
        let number: u64 = number.trim_end().parse().ok()?;
        number.checked_mul(scale).map(Self)
    }
}

impl<'de> Deserialize<'de> for ByteSize {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Self::parse(&String::deserialize(deserializer)?)
            .ok_or_else(|| D::Error::custom("expected bytes, or a size like 64KiB or 32MiB"))
    }
}

impl JsonSchema for ByteSize {
    fn schema_name() -> Cow<'static, str> {
        "ByteSize".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({
            "description": "Bytes, or a size with its unit: 64KiB, 32MiB.",
            "anyOf": [
                { "type": "integer", "minimum": 0 },
                { "type": "string", "pattern": "^[0-9]+ *(B|kB|KB|MB|GB|KiB|MiB|GiB)?$" },
            ],
        })
    }
}

#[cfg(test)]
mod tests {
    use super::ByteSize;

    #[test]
    fn grammar() {
        let check = |text: &str, bytes: Option<u64>| {
            assert_eq!(ByteSize::parse(text).map(|size| size.0), bytes, "{text:?}");
        };
        check("0", Some(0));
        check("4096", Some(4_096));
        check("64KiB", Some(65_536));
        check("32 MiB", Some(33_554_432));
        check("1GB", Some(1_000_000_000));
        check("7B", Some(7));
        check("", None);
        check("MiB", None);
        check("-1", None);
        check("1.5MiB", None);
        check("1TiB", None);
        check("18446744073709551615KiB", None);
    }
}
