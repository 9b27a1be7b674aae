//! A secret that cannot be printed.

use std::{fmt, sync::Arc};
use subtle::ConstantTimeEq as _;
use zeroize::Zeroize;

/// A key, token or password: zeroised on drop, compared in constant time, never printed.
///
/// It has no `Display` and no serialisation; [`Secret::expose`] is the one way to the text, so that
/// every use can be found by searching for it.
///
/// Clones share one text, which is zeroised with the last of them. A request header made from it, the buffers of HTTP and TLS it is
/// written through, a proxy's URL, and the text of the configuration file while that is read belong
/// to libraries that free their memory as it is.
#[derive(Clone)]
pub struct Secret(Arc<Text>);

struct Text(Box<str>);

impl Secret {
    /// The text. Only for building a request header or deriving a digest.
    #[must_use]
    pub fn expose(&self) -> &str {
        &self.0.0
    }

    /// Whether there is no text at all (a local server that wants no key).
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.expose().is_empty()
    }
}

impl From<&str> for Secret {
    fn from(text: &str) -> Self {
        Self(Arc::new(Text(text.into())))
    }
}

impl From<String> for Secret {
    /// Copies the text and zeroises the original: shrinking it in place could leave it behind.
    fn from(mut text: String) -> Self {
        let secret = Self::from(text.as_str());
        text.zeroize();
        secret
    }
}

impl PartialEq for Secret {
    fn eq(&self, other: &Self) -> bool {
        let (own, other) = (self.expose().as_bytes(), other.expose().as_bytes());
        own.ct_eq(other).into()
    }
}

impl Eq for Secret {}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret(***)")
    }
}

impl Drop for Text {
    fn drop(&mut self) {
        self.0.zeroize();
    }
}

#[cfg(test)]
mod tests {
    use super::Secret;

    #[test]
    fn is_never_printed() {
        let secret = Secret::from("canary-1");
        assert!(!format!("{secret:?} {secret:#?}").contains("canary"));
    }

    #[test]
    fn compares_by_text() {
        assert_eq!(Secret::from("a"), Secret::from(String::from("a")));
        assert_ne!(Secret::from("a"), Secret::from("ab"));
    }
}
