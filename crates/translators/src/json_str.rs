//! The text of a JSON string, as it stands between its quotes.

use cliproxy_json::{Value, escape_into};
use std::{borrow::Cow, fmt};

/// Escaped text, borrowed from a body wherever it can be.
///
/// What goes from one JSON string into another needs no decoding: the span is copied. Half a surrogate
/// pair, as it occurs at the end of a stream's delta, survives that, and would not survive decoding.
#[derive(Clone, Default, PartialEq, Eq, Hash)]
pub(crate) struct JsonStr<'a>(Cow<'a, str>);

impl<'a> JsonStr<'a> {
    /// What stands between the quotes of a JSON string.
    pub(crate) const fn escaped(text: &'a str) -> Self {
        Self(Cow::Borrowed(text))
    }

    /// The same, written by this crate.
    pub(crate) const fn written(text: String) -> Self {
        Self(Cow::Owned(text))
    }

    /// Text that is not escaped yet.
    pub(crate) fn plain(text: &str) -> Self {
        let mut out = Vec::with_capacity(text.len());
        escape_into(&mut out, text);
        // Escaping replaces ASCII by ASCII, so what was UTF-8 still is.
        Self(Cow::Owned(String::from_utf8(out).unwrap_or_default()))
    }

    /// The text of a value, if it is a string.
    pub(crate) fn of(value: Value<'a>) -> Option<Self> {
        value.escaped().map(Self::escaped)
    }

    /// As it stands between the quotes.
    pub(crate) fn as_escaped(&self) -> &str {
        &self.0
    }

    /// What it says. A surrogate without its partner becomes U+FFFD.
    pub(crate) fn decoded(&self) -> Cow<'_, str> {
        cliproxy_json::decoded(&self.0)
    }

    /// What it says, borrowed from the body where nothing in it is escaped.
    pub(crate) fn into_decoded(self) -> Cow<'a, str> {
        match self.0 {
            Cow::Borrowed(text) => cliproxy_json::decoded(text),
            Cow::Owned(text) => Cow::Owned(cliproxy_json::decoded(&text).into_owned()),
        }
    }

    /// The same text without its type.
    pub(crate) fn into_escaped(self) -> Cow<'a, str> {
        self.0
    }

    /// Nothing but blanks and line ends.
    pub(crate) fn is_blank(&self) -> bool {
        trimmed(&self.0).is_empty()
    }

    /// Without the blanks and line ends behind it.
    pub(crate) fn trim_end(self) -> Self {
        Self(match self.0 {
            Cow::Borrowed(text) => Cow::Borrowed(trimmed(text)),
            Cow::Owned(mut text) => {
                text.truncate(trimmed(&text).len());
                Cow::Owned(text)
            }
        })
    }

    /// Its first `end` bytes, as it stands between the quotes.
    pub(crate) fn cut(self, end: usize) -> Self {
        Self(match self.0 {
            Cow::Borrowed(text) => Cow::Borrowed(&text[..end]),
            Cow::Owned(mut text) => {
                text.truncate(end);
                Cow::Owned(text)
            }
        })
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    pub(crate) fn into_owned(self) -> JsonStr<'static> {
        JsonStr(Cow::Owned(self.0.into_owned()))
    }
}

/// Escaped text without the white space at its end, in either spelling.
fn trimmed(mut text: &str) -> &str {
    loop {
        text = text.trim_end();
        let Some(rest) = text.strip_suffix(['n', 'r', 't']) else {
            return text;
        };
        // An even number of backslashes are backslashes themselves.
        let backslashes = rest.bytes().rev().take_while(|&byte| byte == b'\\').count();
        if backslashes % 2 == 0 {
            return text;
        }
        text = &rest[..rest.len() - 1];
    }
}

/// Shows the length only: what users say does not belong in logs.
impl fmt::Debug for JsonStr<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "JsonStr({} bytes)", self.0.len())
    }
}
