//! `weight`: how much of the work of its priority a credential gets.

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::de::{Deserialize, Deserializer, Error as _};
use std::borrow::Cow;

/// A share. Zero is none at all, and 1 what every credential has of itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Weight(pub(crate) u32);

const MAX: u32 = 1_000_000;

impl Weight {
    /// Reads `text`; `None` if it is not a whole number up to [`MAX`].
    fn parse(text: &str) -> Option<Self> {
        let text = text.trim();
        if text.is_empty() {
            return Some(Self::default());
        }
        let share: i64 = text.parse().ok()?;
        let share = u32::try_from(share.max(0)).ok()?;
        (share <= MAX).then_some(Self(share))
    }
}

impl Default for Weight {
    fn default() -> Self {
        Self(1)
    }
}

impl<'de> Deserialize<'de> for Weight {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Self::parse(&String::deserialize(deserializer)?)
            .ok_or_else(|| D::Error::custom(format!("expected a whole number up to {MAX}")))
    }
}

impl JsonSchema for Weight {
    fn schema_name() -> Cow<'static, str> {
        "Weight".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({
            "description": "A share; 0 or less is none at all.",
            "type": "integer",
            "maximum": MAX,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::Weight;

    #[test]
    fn whole_numbers_up_to_a_million() {
        let check = |text: &str, share: Option<u32>| {
            assert_eq!(
                Weight::parse(text).map(|weight| weight.0),
                share,
                "{text:?}"
            );
        };
        check("5", Some(5));
        check(" 7 ", Some(7));
        check("1000000", Some(1_000_000));
        check("0", Some(0));
        check("-5", Some(0));
        check("-9223372036854775808", Some(0));
        check("", Some(1));
        check(" ", Some(1));
        check("1000001", None);
        check("99999999999999999999", None);
        check("1.5", None);
        check("1e3", None);
        check("0x10", None);
        check("1_000", None);
        check("5 6", None);
        check("x", None);
    }
}
