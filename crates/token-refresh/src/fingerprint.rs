//! What a refresh token is known by once it must not be kept.

use cliproxy_core::Secret;
use sha2::{Digest as _, Sha256};
use std::{fmt, str::FromStr};
use thiserror::Error;

const DOMAIN: &[u8] = b"cliproxy refresh token\0";
const BYTES: usize = 16;

/// Names a refresh token without holding it: half of a SHA-256 over it, in a domain of its own.
///
/// Refresh tokens have far more entropy than could be guessed, so this may be written to disk.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Fingerprint([u8; BYTES]);

/// A text that is no fingerprint.
#[derive(Clone, Copy, Debug, Error, PartialEq, Eq)]
#[error("a fingerprint has 32 lower-case hexadecimal digits")]
pub struct InvalidFingerprint;

impl Fingerprint {
    /// The one of this refresh token.
    #[must_use]
    pub fn of(refresh: &Secret) -> Self {
        Self::over(&[refresh])
    }

    /// The one of several secrets together.
    pub(crate) fn over(secrets: &[&Secret]) -> Self {
        let mut hash = Sha256::new_with_prefix(DOMAIN);
        for secret in secrets {
            hash.update(secret.expose());
            hash.update([0]);
        }
        let mut half = [0; BYTES];
        half.copy_from_slice(&hash.finalize()[..BYTES]);
        Self(half)
    }
}

impl fmt::Display for Fingerprint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

impl fmt::Debug for Fingerprint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl FromStr for Fingerprint {
    type Err = InvalidFingerprint;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let (pairs, rest) = text.as_bytes().as_chunks::<2>();
        if pairs.len() != BYTES || !rest.is_empty() {
            return Err(InvalidFingerprint);
        }
        let mut bytes = [0; BYTES];
        for (byte, [high, low]) in bytes.iter_mut().zip(pairs) {
            *byte = digit(*high)? << 4 | digit(*low)?;
        }
        Ok(Self(bytes))
    }
}

const fn digit(digit: u8) -> Result<u8, InvalidFingerprint> {
    match digit {
        b'0'..=b'9' => Ok(digit - b'0'),
        b'a'..=b'f' => Ok(digit - b'a' + 10),
        _ => Err(InvalidFingerprint),
    }
}

#[cfg(test)]
mod tests {
    use super::{Fingerprint, InvalidFingerprint};
    use cliproxy_core::Secret;

    #[test]
    fn survives_being_written_and_read() {
        let print = Fingerprint::of(&Secret::from("rt-1"));
        assert_eq!(print.to_string().parse(), Ok(print));
        assert_eq!(format!("{print:?}"), print.to_string());
        assert!(!print.to_string().contains("rt-1"));
    }

    #[test]
    fn differs_with_the_token_and_with_where_one_ends() {
        let [a, b, ab] = ["a", "b", "ab"].map(Secret::from);
        assert_ne!(Fingerprint::of(&a), Fingerprint::of(&b));
        let empty = Secret::from("");
        assert_ne!(
            Fingerprint::over(&[&a, &b]),
            Fingerprint::over(&[&ab, &empty])
        );
    }

    #[test]
    fn refuses_what_it_would_not_write() {
        let digits = "0123456789abcdef".repeat(2);
        assert!(digits.parse::<Fingerprint>().is_ok());
        for text in [
            &digits[1..],
            "",
            &digits.to_uppercase(),
            &format!("{digits}0"),
        ] {
            assert_eq!(
                text.parse::<Fingerprint>(),
                Err(InvalidFingerprint),
                "{text}"
            );
        }
    }
}
