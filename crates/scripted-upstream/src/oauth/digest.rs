//! Digests: of tokens for records, of verifiers for PKCE.

use aws_lc_rs::digest::{SHA256, digest};
use base64::{Engine as _, prelude::BASE64_URL_SAFE_NO_PAD};
use std::fmt::Write as _;

/// What a record says instead of a token: the first 16 hexadecimal digits of its SHA-256.
#[must_use]
pub fn token_digest(token: &str) -> String {
    hex(token.as_bytes(), 8)
}

/// The first bytes of the SHA-256 of `text`, as hexadecimal digits.
pub(crate) fn hex(text: &[u8], bytes: usize) -> String {
    let mut digits = String::new();
    for byte in digest(&SHA256, text).as_ref().iter().take(bytes) {
        let _ = write!(digits, "{byte:02x}");
    }
    digits
}

/// The challenge that belongs to a verifier by the method `S256` (RFC 7636, section 4.2).
pub(crate) fn challenge(verifier: &str) -> String {
    BASE64_URL_SAFE_NO_PAD.encode(digest(&SHA256, verifier.as_bytes()))
}

#[cfg(test)]
mod tests {
    use super::{challenge, token_digest};

    #[test]
    fn a_challenge_is_that_of_the_standard() {
        // RFC 7636, appendix B.
        assert_eq!(
            challenge("dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk"),
            "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM"
        );
    }

    #[test]
    fn a_digest_tells_tokens_apart_and_shows_none() {
        assert_eq!(token_digest("abc"), "ba7816bf8f01cfea");
        assert_ne!(token_digest("abc"), token_digest("abd"));
    }
}
