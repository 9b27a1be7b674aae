//! A JSON object, written member by member.

use cliproxy_json::quote_into;

/// An object that is being written. Keys are literals of this crate or names that a caller chose,
/// so nothing checks that they differ.
pub(crate) struct Object(Vec<u8>);

impl Object {
    pub(crate) fn new() -> Self {
        Self(vec![b'{'])
    }

    #[must_use]
    pub(crate) fn text(self, key: &str, value: &str) -> Self {
        self.member(key, |out| quote_into(out, value))
    }

    /// Text, or `null` if there is none.
    #[must_use]
    pub(crate) fn nullable(self, key: &str, value: Option<&str>) -> Self {
        match value {
            Some(text) => self.text(key, text),
            None => self.member(key, |out| out.extend_from_slice(b"null")),
        }
    }

    /// Text, or no member if there is none.
    #[must_use]
    pub(crate) fn optional(self, key: &str, value: Option<&str>) -> Self {
        match value {
            Some(text) => self.text(key, text),
            None => self,
        }
    }

    #[must_use]
    pub(crate) fn number(self, key: &str, value: u64) -> Self {
        self.member(key, |out| {
            out.extend_from_slice(value.to_string().as_bytes())
        })
    }

    #[must_use]
    pub(crate) fn object(self, key: &str, value: Self) -> Self {
        self.member(key, |out| out.extend_from_slice(&value.finish()))
    }

    #[must_use]
    pub(crate) fn empty_array(self, key: &str) -> Self {
        self.member(key, |out| out.extend_from_slice(b"[]"))
    }

    /// An array with one object in it.
    #[must_use]
    pub(crate) fn array_of_one(self, key: &str, value: Self) -> Self {
        self.member(key, |out| {
            out.push(b'[');
            out.extend_from_slice(&value.finish());
            out.push(b']');
        })
    }

    pub(crate) fn finish(self) -> Vec<u8> {
        let Self(mut out) = self;
        out.push(b'}');
        out
    }

    fn member(self, key: &str, value: impl FnOnce(&mut Vec<u8>)) -> Self {
        let Self(mut out) = self;
        if out.len() > 1 {
            out.push(b',');
        }
        quote_into(&mut out, key);
        out.push(b':');
        value(&mut out);
        Self(out)
    }
}
