//! Permissions of a file: `"0600"`.

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::de::{Deserialize, Deserializer, Error as _};
use std::borrow::Cow;

/// The permissions of a file, at most `0o777`.
///
/// Always read as octal digits, as `chmod` does. Whether YAML takes `0600` for a number, and for
/// which one, depends on its version; its spelling is what its author meant.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct FileMode(pub(crate) u32);

impl FileMode {
    fn parse(text: &str) -> Option<Self> {
        let text = text.trim();
        let digits = text.strip_prefix("0o").unwrap_or(text);
        // `from_str_radix` takes a sign.
        if !digits.bytes().all(|byte| byte.is_ascii_digit()) {
            return None;
        }
        let mode = u32::from_str_radix(digits, 8).ok()?;
        (mode <= 0o777).then_some(Self(mode))
    }
}

impl<'de> Deserialize<'de> for FileMode {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Self::parse(&String::deserialize(deserializer)?)
            .ok_or_else(|| D::Error::custom("expected permissions in octal digits, like \"0600\""))
    }
}

impl JsonSchema for FileMode {
    fn schema_name() -> Cow<'static, str> {
        "FileMode".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({
            "description": "Permissions in octal digits: \"0600\".",
            "anyOf": [
                { "type": "string", "pattern": "^(0o)?0*[0-7]{1,3}$" },
                { "type": "integer", "minimum": 0, "maximum": 777 },
            ],
        })
    }
}

#[cfg(test)]
mod tests {
    use super::FileMode;

    #[test]
    fn grammar() {
        let check = |text: &str, mode: Option<u32>| {
            assert_eq!(FileMode::parse(text).map(|mode| mode.0), mode, "{text:?}");
        };
        check("0600", Some(0o600));
        check("600", Some(0o600));
        check(" 0o660 ", Some(0o660));
        check("0777", Some(0o777));
        check("0", Some(0));
        check("", None);
        check("0o", None);
        check("+600", None);
        check("-600", None);
        check("384", None);
        check("0x180", None);
        check("1777", None);
        check("rw-------", None);
        check("77777777777777", None);
    }
}
