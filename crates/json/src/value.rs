//! One JSON value in a text that has been checked.

use std::{borrow::Cow, fmt, ops::Range, str};

use crate::{
    Elements, Invalid, Members,
    jumps::Jumps,
    scan::{skip_whitespace, value_end},
    text,
};

/// What a value is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[expect(clippy::exhaustive_enums, reason = "RFC 8259 knows no other values")]
pub enum Kind {
    /// `[…]`
    Array,
    /// `true` or `false`
    Bool,
    /// `null`
    Null,
    /// A number, spelled in any way.
    Number,
    /// `{…}`
    Object,
    /// `"…"`
    String,
}

/// One checked JSON value: its text as it was sent, and where it stands in its document.
///
/// Nothing is decoded before it is asked for, so a value costs no allocation and numbers keep their spelling.
#[derive(Clone, Copy)]
pub struct Value<'a> {
    text: &'a str,
    start: usize,
    jumps: Jumps<'a>,
}

impl<'a> Value<'a> {
    /// Checks a whole document: any value, whitespace around it allowed.
    ///
    /// # Errors
    ///
    /// [`Invalid`] says where the text departs from the grammar, is nested too deeply, or goes on after the value.
    pub fn parse(text: &'a str) -> Result<Self, Invalid> {
        let bytes = text.as_bytes();
        let start = skip_whitespace(bytes, 0);
        let end = value_end(bytes, start, 0, &mut ())?;
        let offset = skip_whitespace(bytes, end);
        if offset < bytes.len() {
            return Err(Invalid::Trailing { offset });
        }
        Ok(Self::checked(&text[start..end], start, Jumps::default()))
    }

    /// The same for bytes, which must be UTF-8.
    ///
    /// # Errors
    ///
    /// As [`Value::parse`], and [`Invalid::NotUtf8`].
    pub fn parse_bytes(bytes: &'a [u8]) -> Result<Self, Invalid> {
        let text = str::from_utf8(bytes).map_err(|error| Invalid::NotUtf8 {
            offset: error.valid_up_to(),
        })?;
        Self::parse(text)
    }

    /// A value whose text has been through the pass.
    pub(crate) fn checked(text: &'a str, start: usize, jumps: Jumps<'a>) -> Self {
        Self { text, start, jumps }
    }

    /// What it is.
    #[must_use]
    pub fn kind(&self) -> Kind {
        match self.text.as_bytes().first() {
            Some(b'{') => Kind::Object,
            Some(b'[') => Kind::Array,
            Some(b'"') => Kind::String,
            Some(b't' | b'f') => Kind::Bool,
            Some(b'n') => Kind::Null,
            _ => Kind::Number,
        }
    }

    /// Its text as it was sent: quotes, escapes, inner whitespace and number spelling included.
    #[must_use]
    pub fn raw(&self) -> &'a str {
        self.text
    }

    /// Where [`raw`](Self::raw) stands, in bytes from the start of the document.
    #[must_use]
    pub fn span(&self) -> Range<usize> {
        self.start..self.start + self.text.len()
    }

    /// Whether it is `null`.
    #[must_use]
    pub fn is_null(&self) -> bool {
        self.kind() == Kind::Null
    }

    /// The text of a string, decoded; borrowed when there is no escape in it.
    ///
    /// A surrogate without its partner and an escape that RFC 8259 does not know become U+FFFD.
    #[must_use]
    pub fn as_str(&self) -> Option<Cow<'a, str>> {
        self.escaped().map(text::decoded)
    }

    /// The text of a string as it was sent, between its quotes.
    ///
    /// It may be copied into another JSON string as it is: even half a surrogate pair survives that.
    #[must_use]
    pub fn escaped(&self) -> Option<&'a str> {
        self.text.strip_prefix('"')?.strip_suffix('"')
    }

    /// The value of a boolean.
    #[must_use]
    pub fn as_bool(&self) -> Option<bool> {
        match self.text {
            "true" => Some(true),
            "false" => Some(false),
            _ => None,
        }
    }

    /// A number that is spelled as a non-negative integer of up to 64 bits: not `1.0`, not `1e3`.
    #[must_use]
    pub fn as_u64(&self) -> Option<u64> {
        self.text.parse().ok()
    }

    /// A number that is spelled as an integer and fits.
    #[must_use]
    pub fn as_i64(&self) -> Option<i64> {
        self.text.parse().ok()
    }

    /// A number, rounded to the nearest double; none when it is beyond the largest.
    #[must_use]
    pub fn as_f64(&self) -> Option<f64> {
        // Checked first: Rust also reads `nan` and `inf`, though no checked text spells them.
        if self.kind() != Kind::Number {
            return None;
        }
        self.text
            .parse()
            .ok()
            .filter(|number: &f64| number.is_finite())
    }

    /// The first member of an object that is called `key`, by its decoded name.
    #[must_use]
    pub fn get(&self, key: &str) -> Option<Self> {
        Members::of(*self).find_key(key)
    }

    /// The first members of an object with these names, found in one walk, where a [`get`](Self::get) for
    /// each would walk as often. Names are told apart as they are decoded.
    ///
    /// ```
    /// use cliproxy_json::Value;
    ///
    /// let value = Value::parse(r#"{"role":"user","content":"hi","role":"x"}"#)?;
    /// let [role, name] = value.pick(["role", "name"]);
    /// assert_eq!(role.and_then(|role| role.escaped()), Some("user"));
    /// assert!(name.is_none());
    /// # Ok::<(), cliproxy_json::Invalid>(())
    /// ```
    #[must_use]
    pub fn pick<const N: usize>(&self, names: [&str; N]) -> [Option<Self>; N] {
        let mut found = [None; N];
        let mut missing = N;
        for member in Members::of(*self).raw() {
            let at = names.iter().position(|name| text::key_is(member.key, name));
            if let Some(slot) = at.and_then(|at| found.get_mut(at))
                && slot.is_none()
            {
                *slot = Some(member.value);
                missing -= 1;
                if missing == 0 {
                    break;
                }
            }
        }
        found
    }

    /// The member at the end of a path of keys.
    #[must_use]
    pub fn at(&self, path: &[&str]) -> Option<Self> {
        path.iter().try_fold(*self, |value, key| value.get(key))
    }

    /// The members of an object with their decoded names, in order; nothing for other kinds.
    #[must_use]
    pub fn members(&self) -> Members<'a> {
        Members::of(*self)
    }

    /// The elements of an array, in order; nothing for other kinds.
    #[must_use]
    pub fn elements(&self) -> Elements<'a> {
        Elements::of(*self)
    }

    pub(crate) fn jumps(&self) -> Jumps<'a> {
        self.jumps
    }
}

/// Shows kind and place, never content: values end up in logs.
impl fmt::Debug for Value<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?}@{:?}", self.kind(), self.span())
    }
}

#[cfg(test)]
mod tests;
