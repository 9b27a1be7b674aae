//! What a service account signs in with (RFC 7523), checked as Google does.

use crate::oauth::{ServiceKey, TokenFailure, failure::Refused};
use base64::{Engine as _, prelude::BASE64_URL_SAFE_NO_PAD};
use serde_json::Value;

/// The longest life an assertion may have, in seconds.
const LONGEST: i64 = 3600;
/// By how many seconds the clocks may differ.
const LEEWAY: i64 = 30;
/// What Google's own files name as the audience.
const GOOGLE: &str = "https://oauth2.googleapis.com/token";

/// An assertion that has been taken apart, and not been checked.
pub(crate) struct Assertion<'a> {
    header: Value,
    claims: Value,
    signed: &'a str,
    signature: Vec<u8>,
}

/// What an assertion is checked against.
pub(crate) struct Expected<'a> {
    pub(crate) key: &'a ServiceKey,
    /// The scopes the account may be asked for, separated by spaces.
    pub(crate) scope: &'a str,
    /// The URL of the endpoint, as the caller knows it.
    pub(crate) audience: &'a str,
    /// Seconds since 1970.
    pub(crate) now: i64,
}

impl<'a> Assertion<'a> {
    /// Takes a JWT apart.
    pub(crate) fn parse(text: &'a str) -> Option<Self> {
        let (signed, signature) = text.rsplit_once('.')?;
        let (header, claims) = signed.split_once('.')?;
        let bytes = |part: &str| BASE64_URL_SAFE_NO_PAD.decode(part).ok();
        let json = |part: &str| serde_json::from_slice(&bytes(part)?).ok();
        Some(Self {
            header: json(header)?,
            claims: json(claims)?,
            signed,
            signature: bytes(signature)?,
        })
    }

    /// Who it says signs in.
    pub(crate) fn issuer(&self) -> Option<&str> {
        self.claims["iss"].as_str()
    }

    /// Whether tokens may be made of it.
    pub(crate) fn check(&self, expected: &Expected<'_>) -> Result<(), Refused> {
        let refuse = |why| Err(TokenFailure::InvalidGrant.because(why));
        if self.header["alg"] != "RS256" {
            return refuse("Invalid JWT: Unsupported algorithm.");
        }
        if self.header["kid"] != expected.key.id() {
            return refuse("Invalid JWT Signature: no such key.");
        }
        if !expected
            .key
            .verifies(self.signed.as_bytes(), &self.signature)
        {
            return refuse("Invalid JWT Signature.");
        }
        let audience = self.claims["aud"].as_str();
        if audience != Some(expected.audience) && audience != Some(GOOGLE) {
            return refuse("Invalid JWT: Failed audience check.");
        }
        let (Some(issued), Some(expires)) =
            (self.claims["iat"].as_i64(), self.claims["exp"].as_i64())
        else {
            return refuse("Invalid JWT: iat and exp have to be integers.");
        };
        let short = expires > issued && expires - issued <= LONGEST;
        if !short || issued > expected.now + LEEWAY || expires <= expected.now - LEEWAY {
            return refuse(
                "Invalid JWT: Token must be a short-lived token (60 minutes) and in a reasonable timeframe. Check your iat and exp values in the JWT claim.",
            );
        }
        let scope = self.claims["scope"].as_str().unwrap_or_default();
        if !is_within(scope, expected.scope) {
            return Err(TokenFailure::InvalidScope
                .because("Invalid OAuth scope or ID token audience provided."));
        }
        Ok(())
    }
}

/// Whether `asked` has scopes, and none but `allowed` ones.
pub(crate) fn is_within(asked: &str, allowed: &str) -> bool {
    let mut asked = asked.split_ascii_whitespace().peekable();
    asked.peek().is_some()
        && asked.all(|scope| allowed.split_ascii_whitespace().any(|other| other == scope))
}

#[cfg(test)]
mod tests;
