//! Where an edit applies: keys and indices joined by dots.

use std::str::FromStr;

use crate::{Kind, Value};

/// More components would build what no parser accepts.
const MAX_PARTS: usize = 64;

/// The largest index. Setting an element beyond the end fills the gap with `null`, so the gap has to be bounded.
const MAX_INDEX: u32 = 4095;

/// A place in a document: `stream_options.include_usage`, `messages.0.content`.
///
/// A component that is a plain decimal number is an index in an array and a key in an object.
/// `-1` is the element after the last one when setting, and the last one when removing.
/// A backslash makes the character after it part of the key (`user\.id`), and a component that starts with
/// a colon is a key whatever follows (`ids.:0`). Wildcards, queries and modifiers are refused, not taken literally.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Path {
    parts: Box<[Part]>,
}

/// Why a text is not a path.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum InvalidPath {
    /// The text is empty, or there is nothing between two dots.
    #[error("empty component at character {at} of the path")]
    Empty {
        /// Counted from 0.
        at: usize,
    },
    /// A backslash ends the text.
    #[error("nothing follows the backslash at the end of the path")]
    Escape,
    /// The index is too large to be meant.
    #[error("an index in a path is at most {limit}")]
    Index {
        /// The largest index.
        limit: u32,
    },
    /// There are too many components.
    #[error("a path has at most {limit} components")]
    Long {
        /// How many are accepted.
        limit: usize,
    },
    /// A character that other path languages give a meaning; a backslash makes it part of the key.
    #[error("unsupported {character:?} at character {at} of the path")]
    Syntax {
        /// What is not supported.
        character: char,
        /// Counted from 0.
        at: usize,
    },
}

/// One component.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Part {
    pub(crate) key: Box<str>,
    pub(crate) index: Index,
}

/// What a component means in an array.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Index {
    At(usize),
    /// After the last element when setting, the last one when removing.
    End,
    /// It is a key only.
    None,
}

impl Path {
    /// Reads a path. Meant to be done once, when the configuration is loaded.
    ///
    /// # Errors
    ///
    /// [`InvalidPath`] says which character is not understood.
    pub fn parse(text: &str) -> Result<Self, InvalidPath> {
        let mut parts = Vec::new();
        let mut part = Draft::default();
        let mut chars = text.chars().enumerate();
        while let Some((at, character)) = chars.next() {
            match character {
                '.' => parts.push(part.take(at)?),
                '\\' => {
                    let (_, escaped) = chars.next().ok_or(InvalidPath::Escape)?;
                    part.literal = true;
                    part.key.push(escaped);
                }
                ':' if part.is_empty() => part.literal = true,
                '*' | '?' | '#' | '|' => return Err(InvalidPath::Syntax { character, at }),
                '@' | '!' | '{' | '[' if part.is_empty() => {
                    return Err(InvalidPath::Syntax { character, at });
                }
                _ => part.key.push(character),
            }
        }
        parts.push(part.take(text.chars().count())?);
        if parts.len() > MAX_PARTS {
            return Err(InvalidPath::Long { limit: MAX_PARTS });
        }
        Ok(Self {
            parts: parts.into(),
        })
    }

    /// The path of a member of a member and so on; each name is taken literally and is never an index.
    ///
    /// Without a name it is the whole document, which [`find`](Self::find) returns and no edit touches.
    ///
    /// ```
    /// use cliproxy_json::Path;
    ///
    /// let path = Path::keys(&["metadata", "user.id"]);
    /// assert_eq!(Ok(path), Path::parse(r"metadata.user\.id"));
    /// ```
    #[must_use]
    pub fn keys(names: &[&str]) -> Self {
        let part = |name: &&str| Part {
            key: (*name).into(),
            index: Index::None,
        };
        Self {
            parts: names.iter().map(part).collect(),
        }
    }

    /// The value at this place of `value`; none for `-1`.
    #[must_use]
    pub fn find<'a>(&self, value: Value<'a>) -> Option<Value<'a>> {
        self.parts
            .iter()
            .try_fold(value, |value, part| match (value.kind(), part.index) {
                (Kind::Object, _) => value.get(&part.key),
                (Kind::Array, Index::At(index)) => value.elements().nth(index),
                _ => None,
            })
    }

    pub(crate) fn parts(&self) -> &[Part] {
        &self.parts
    }
}

impl FromStr for Path {
    type Err = InvalidPath;

    fn from_str(text: &str) -> Result<Self, InvalidPath> {
        Self::parse(text)
    }
}

/// A component that is being read.
#[derive(Default)]
struct Draft {
    key: String,
    /// It has been said that this is a key.
    literal: bool,
}

impl Draft {
    fn is_empty(&self) -> bool {
        self.key.is_empty() && !self.literal
    }

    /// The component that ends at character `at`.
    fn take(&mut self, at: usize) -> Result<Part, InvalidPath> {
        let Self { key, literal } = std::mem::take(self);
        if key.is_empty() {
            return Err(InvalidPath::Empty { at });
        }
        let index = if literal { Index::None } else { index(&key)? };
        Ok(Part {
            key: key.into(),
            index,
        })
    }
}

/// Only the usual spelling of a number is an index: `01` is a key.
fn index(key: &str) -> Result<Index, InvalidPath> {
    if key == "-1" {
        return Ok(Index::End);
    }
    let is_number =
        key.bytes().all(|byte| byte.is_ascii_digit()) && (key == "0" || !key.starts_with('0'));
    if !is_number {
        return Ok(Index::None);
    }
    match key.parse::<u32>() {
        Ok(index) if index <= MAX_INDEX => Ok(Index::At(index as usize)),
        _ => Err(InvalidPath::Index { limit: MAX_INDEX }),
    }
}

#[cfg(test)]
mod tests {
    use super::{Index, InvalidPath, MAX_INDEX, MAX_PARTS, Path};
    use crate::Value;

    #[test]
    fn components() {
        let check = |text: &str, expected: &[(&str, Index)]| {
            let path = Path::parse(text).unwrap_or_else(|error| panic!("{text:?}: {error}"));
            let parts: Vec<_> = path
                .parts()
                .iter()
                .map(|part| (&*part.key, part.index))
                .collect();
            assert_eq!(parts, expected, "{text:?}");
        };
        check("model", &[("model", Index::None)]);
        check("a.b", &[("a", Index::None), ("b", Index::None)]);
        check(
            "m.0.-1",
            &[("m", Index::None), ("0", Index::At(0)), ("-1", Index::End)],
        );
        check("4095", &[("4095", Index::At(4095))]);
        check("01", &[("01", Index::None)]);
        check("-2", &[("-2", Index::None)]);
        check("1a", &[("1a", Index::None)]);
        check(":0.:-1", &[("0", Index::None), ("-1", Index::None)]);
        check(r"\0", &[("0", Index::None)]);
        check(
            r"user\.id.\\.\:x",
            &[
                ("user.id", Index::None),
                (r"\", Index::None),
                (":x", Index::None),
            ],
        );
        check("a:b@c!{[", &[("a:b@c!{[", Index::None)]);
        check(r"\*\?\#\|\@x", &[("*?#|@x", Index::None)]);
        check(
            "$defs.schlüssel",
            &[("$defs", Index::None), ("schlüssel", Index::None)],
        );
    }

    #[test]
    fn refused() {
        let check = |text: &str, expected| assert_eq!(Path::parse(text), Err(expected), "{text:?}");
        let syntax = |character, at| InvalidPath::Syntax { character, at };
        check("", InvalidPath::Empty { at: 0 });
        check("a.", InvalidPath::Empty { at: 2 });
        check("ü..b", InvalidPath::Empty { at: 2 });
        check(".a", InvalidPath::Empty { at: 0 });
        check("a.:", InvalidPath::Empty { at: 3 });
        check(r"a\", InvalidPath::Escape);
        check("a.*", syntax('*', 2));
        check("a?", syntax('?', 1));
        check("tools.#", syntax('#', 6));
        check(r#"tools.#(type=="x").name"#, syntax('#', 6));
        check("a|b", syntax('|', 1));
        check("@reverse", syntax('@', 0));
        check("a.{b,c}", syntax('{', 2));
        check("[0]", syntax('[', 0));
        check("!x", syntax('!', 0));
        check("a.4096", InvalidPath::Index { limit: MAX_INDEX });
        check(
            "a.99999999999999999999",
            InvalidPath::Index { limit: MAX_INDEX },
        );
        check(
            &vec!["a"; MAX_PARTS + 1].join("."),
            InvalidPath::Long { limit: MAX_PARTS },
        );
        assert!(Path::parse(&vec!["a"; MAX_PARTS].join(".")).is_ok());
    }

    #[test]
    fn find() {
        let document = r#"{"a":{"0":[10,[20]],"b.c":null},"model":1,"x*":2}"#;
        let root = Value::parse(document).unwrap();
        let check = |path: Path, expected: Option<&str>| {
            assert_eq!(
                path.find(root).map(|value| value.raw()),
                expected,
                "{path:?}"
            );
        };
        let parsed = |text| Path::parse(text).unwrap();
        check(parsed("a.0.0"), Some("10"));
        check(parsed("a.0.1.0"), Some("20"));
        check(parsed("a.:0.1"), Some("[20]"));
        check(parsed(r"a.b\.c"), Some("null"));
        check(parsed("a.0.:0"), None);
        check(parsed("a.0.-1"), None);
        check(parsed("a.0.2"), None);
        check(parsed("model.0"), None);
        check(Path::keys(&["model"]), Some("1"));
        check(Path::keys(&["x*"]), Some("2"));
        check(Path::keys(&["a.0"]), None);
        check(Path::keys(&["a", "b.c"]), Some("null"));
        check(Path::keys(&["a", "0", "0"]), None);
        check(Path::keys(&[]), Some(document));
    }
}
