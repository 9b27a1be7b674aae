//! Whether a text may have a member, told without reading it as JSON.
//!
//! A stream's frames are looked at one by one, thousands a second, and all but a few say nothing
//! that the gateway must know. One vectorised search for the quoted key is enough to tell: inside a
//! JSON string the closing quote would be escaped. A hit only means that the frame is worth reading,
//! since the key may also stand deeper, or be a value.

use memchr::memmem::Finder;
use std::sync::LazyLock;

/// A quoted key to look for.
pub(crate) struct Key(LazyLock<Finder<'static>>);

macro_rules! keys {
    ($($name:ident = $text:literal;)*) => {
        $(pub(crate) static $name: Key = Key(LazyLock::new(|| Finder::new($text)));)*
    };
}

keys! {
    BLOCK_REASON = "\"blockReason\"";
    CHOICES = "\"choices\"";
    ERROR = "\"error\"";
    FINISH_REASON = "\"finish_reason\"";
    GEMINI_FINISH_REASON = "\"finishReason\"";
    GEMINI_MODEL = "\"modelVersion\"";
    GEMINI_USAGE = "\"usageMetadata\"";
    INDEX = "\"index\"";
    MODEL = "\"model\"";
    SEQUENCE_NUMBER = "\"sequence_number\"";
    USAGE = "\"usage\"";
}

impl Key {
    /// Whether the key stands anywhere in `text`.
    pub(crate) fn is_in(&self, text: &[u8]) -> bool {
        self.0.find(text).is_some()
    }

    /// Whether the key stands anywhere in `text` with a value other than `null`.
    pub(crate) fn has_value_in(&self, text: &[u8]) -> bool {
        self.members(text)
            .any(|member| !member.value.starts_with(b"null"))
    }

    /// The places where the key has a value.
    pub(crate) fn members<'t>(&self, text: &'t [u8]) -> impl Iterator<Item = Member<'t>> {
        let length = self.0.needle().len();
        self.0.find_iter(text).filter_map(move |start| {
            let after = text[start + length..].trim_ascii_start();
            let value = after.strip_prefix(b":")?.trim_ascii_start();
            Some(Member { start, value })
        })
    }
}

/// A key and what follows it.
pub(crate) struct Member<'t> {
    /// Where the key's opening quote stands.
    pub(crate) start: usize,
    /// The text from the value on.
    pub(crate) value: &'t [u8],
}

/// The number that `text` starts with, if it is a non-negative integer that fits.
pub(crate) fn leading_number(text: &[u8]) -> Option<u64> {
    let digits = text.iter().take_while(|byte| byte.is_ascii_digit());
    let (number, length) = digits.fold((Some(0_u64), 0), |(number, length), digit| {
        let next = number
            .and_then(|number| number.checked_mul(10))
            .and_then(|number| number.checked_add(u64::from(digit - b'0')));
        (next, length + 1)
    });
    number.filter(|_| length > 0)
}
