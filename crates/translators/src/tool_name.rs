//! Names of tools: what a protocol takes, and the way back.
//!
//! | target | first character | the others | longest |
//! |---|---|---|---|
//! | Chat, Responses | `[A-Za-z0-9_-]` | the same | 64 |
//! | Claude | `[A-Za-z0-9_-]` | the same | 128 |
//! | Gemini | `[A-Za-z_]` | `[A-Za-z0-9_.:-]` | 64 |
//!
//! A name that fits stays as it is. In any other, what is not allowed becomes `_`, a `_` is put before a
//! first character that may only stand further back, the name is cut to nine characters below the
//! limit, and `_` with the first 8 hex digits of SHA-256 over the original name follows. Nothing depends
//! on the other tools, so that a new tool does not rename an old one.
//!
//! Only Responses has namespaces. Elsewhere the tool `name` of the namespace `ns` is `ns__name`, or
//! `nsname` where `ns` ends in `__` already; the result is fitted as any name.
//!
//! What a reply calls a tool is looked up in the [`NameMap`] that encoding the request has filled, and
//! a name that it does not know is the model's own and passes through.

use crate::fingerprint::hex;
use std::borrow::Cow;

mod name_map;

pub(crate) use name_map::NameMap;

#[cfg(test)]
mod tests;

/// Who is given the names.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Target {
    /// Chat and Responses.
    OpenAi,
    /// Claude.
    Claude,
    /// Gemini.
    Gemini,
}

impl Target {
    /// The longest name, in characters.
    fn max(self) -> usize {
        match self {
            Self::OpenAi | Self::Gemini => 64,
            Self::Claude => 128,
        }
    }

    fn takes(self, c: char) -> bool {
        let more = self == Self::Gemini && matches!(c, '.' | ':');
        c.is_ascii_alphanumeric() || matches!(c, '_' | '-') || more
    }

    /// Whether a character that may stand in a name may be its first.
    fn takes_first(self, c: char) -> bool {
        self != Self::Gemini || c.is_ascii_alphabetic() || c == '_'
    }

    fn takes_name(self, name: &str) -> bool {
        let starts = name.chars().next().is_some_and(|c| self.takes_first(c));
        starts && name.len() <= self.max() && name.chars().all(|c| self.takes(c))
    }
}

/// The name that stands for `name` at the target: `name` itself if it may.
///
/// Fitting twice changes nothing more.
pub(crate) fn fit(name: &str, target: Target) -> Cow<'_, str> {
    const DIGITS: usize = 8;
    if target.takes_name(name) {
        return Cow::Borrowed(name);
    }
    let allowed = |c| if target.takes(c) { c } else { '_' };
    let starts = name.chars().next().map(allowed);
    let prefix = starts.filter(|&c| !target.takes_first(c)).map(|_| '_');
    let chars = prefix.into_iter().chain(name.chars().map(allowed));
    let mut fitted: String = chars.take(target.max() - DIGITS - 1).collect();
    fitted.push('_');
    fitted.push_str(&hex(&[name], DIGITS));
    Cow::Owned(fitted)
}

/// The name of a tool where there are no namespaces, not fitted yet.
pub(crate) fn flatten<'a>(namespace: Option<&str>, name: &'a str) -> Cow<'a, str> {
    match namespace {
        None | Some("") => Cow::Borrowed(name),
        Some(namespace) if namespace.ends_with("__") => Cow::Owned(format!("{namespace}{name}")),
        Some(namespace) => Cow::Owned(format!("{namespace}__{name}")),
    }
}
