//! A Google service account, and what its key signs.

use crate::oauth::{ServiceKey, TokenEndpointError, checked};
use cliproxy_core::Secret;
use jsonwebtoken::{Algorithm, EncodingKey, Header, encode};
use serde::Serialize;
use std::time::{Duration, SystemTime};
use url::Url;

const SCOPE: &str = "https://www.googleapis.com/auth/cloud-platform";
const TOKEN_URI: &str = "https://oauth2.googleapis.com/token";
/// How long an assertion is good for: the most that Google takes. It is used at once.
const LIFETIME: Duration = Duration::from_secs(3600);

const KEY: &str = "service_account.private_key";

/// What signs for a service account.
pub(super) struct ServiceAccount {
    email: String,
    key: EncodingKey,
    key_id: Option<String>,
    /// As the file writes it: the assertion must name it so.
    audience: String,
    token_uri: Url,
}

#[derive(Serialize)]
struct Claims<'a> {
    iss: &'a str,
    scope: &'static str,
    aud: &'a str,
    iat: u64,
    exp: u64,
}

impl ServiceAccount {
    pub(super) fn of(given: &ServiceKey<'_>) -> Result<Self, TokenEndpointError> {
        let missing = |member| TokenEndpointError::Missing { member };
        if given.client_email.is_empty() {
            return Err(missing("service_account.client_email"));
        }
        if given.private_key.is_empty() {
            return Err(missing(KEY));
        }
        let audience = given.token_uri.unwrap_or(TOKEN_URI);
        Ok(Self {
            email: given.client_email.to_owned(),
            key: key(given.private_key.expose())?,
            key_id: given.private_key_id.map(str::to_owned),
            audience: audience.to_owned(),
            token_uri: checked(audience, "service_account.token_uri")?,
        })
    }

    pub(super) const fn token_uri(&self) -> &Url {
        &self.token_uri
    }

    /// What proves to the token endpoint that somebody has the key, from now on for an hour.
    pub(super) fn assertion(&self, now: SystemTime) -> Result<Secret, TokenEndpointError> {
        let since_epoch = now.duration_since(SystemTime::UNIX_EPOCH);
        let now = since_epoch.unwrap_or_default();
        let mut header = Header::new(Algorithm::RS256);
        header.kid.clone_from(&self.key_id);
        let claims = Claims {
            iss: &self.email,
            scope: SCOPE,
            aud: &self.audience,
            iat: now.as_secs(),
            exp: (now + LIFETIME).as_secs(),
        };
        let signed = encode(&header, &claims, &self.key);
        signed.map(Secret::from).map_err(|_| damaged())
    }
}

/// A PEM key, PKCS#1 or PKCS#8. Only line ends are put right: in environment variables and YAML they
/// become the two characters `\n`, on Windows they have a companion.
fn key(text: &str) -> Result<EncodingKey, TokenEndpointError> {
    let invalid = |problem| TokenEndpointError::Invalid {
        member: KEY,
        problem,
    };
    let pem = text
        .replace("\\r", "")
        .replace("\\n", "\n")
        .replace('\r', "");
    let label = pem.split_once("-----BEGIN ");
    let label = label.and_then(|(_, rest)| rest.split_once("-----"));
    match label.map(|(label, _)| label) {
        Some("PRIVATE KEY" | "RSA PRIVATE KEY") => {
            EncodingKey::from_rsa_pem(pem.as_bytes()).map_err(|_| damaged())
        }
        Some("ENCRYPTED PRIVATE KEY") => Err(invalid("is encrypted")),
        Some(_) => Err(invalid("is something else than an RSA private key")),
        None => Err(invalid("is not in PEM form (-----BEGIN PRIVATE KEY-----)")),
    }
}

const fn damaged() -> TokenEndpointError {
    TokenEndpointError::Invalid {
        member: KEY,
        problem: "is damaged, or not an RSA key",
    }
}

#[cfg(test)]
mod tests;
