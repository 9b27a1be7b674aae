//! The tokens of a credential, wherever and however they are spelled.

use super::{
    claims::Claims,
    members::Members,
    spelling::{ACCESS, CONTAINERS, EXPIRY, GRANTED, ID, LIFETIME, REFRESH, TIMESTAMP},
    value::{instant, span, text},
};
use cliproxy_core::Secret;
use cliproxy_json::Value;
use std::time::SystemTime;

/// What a sign-in has given.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Tokens {
    /// What requests are made with.
    pub access: Option<Secret>,
    /// What a new one is asked for with. Most providers accept it once.
    pub refresh: Option<Secret>,
    /// Who signed in, as a JWT that nobody here verifies. A [`CredentialRecord`] does without it, since
    /// it is the largest part of a file and read only when tokens are refreshed.
    ///
    /// [`CredentialRecord`]: crate::CredentialRecord
    pub id: Option<Secret>,
    /// When `access` ends: what the file says, else what the token says of itself.
    pub expires_at: Option<SystemTime>,
    /// When `access` was granted: what the file says, else what the token says of itself.
    pub granted_at: Option<SystemTime>,
}

impl Tokens {
    /// Reads the tokens of a credential file, or of a vendor's own file that one links to.
    ///
    /// Members at the top win over those of a `token` or `tokens` object.
    ///
    /// # Errors
    ///
    /// [`cliproxy_json::Invalid`] if it is no JSON.
    pub fn read(bytes: &[u8]) -> Result<Self, cliproxy_json::Invalid> {
        Ok(Self::of(Value::parse_bytes(bytes)?))
    }

    pub(crate) fn of(root: Value<'_>) -> Self {
        let root = Members::of(root);
        let nested = CONTAINERS.map(|name| Members::within(&root, name));
        let places = || [&root].into_iter().chain(&nested);
        let secret = |names: &[&str]| {
            let found = places().find_map(|place| place.read(names, text));
            found.map(|text| Secret::from(String::from(text)))
        };
        let access = secret(&ACCESS);
        let claims = access.as_ref().map(|token| Claims::of(token.expose()));
        let claims = claims.unwrap_or_default();
        let granted_at = places()
            .find_map(|place| place.read(&GRANTED, instant))
            .or(claims.issued_at)
            .or_else(|| places().find_map(|place| place.read(&[TIMESTAMP], instant)));
        let expires_at = places()
            .find_map(|place| place.read(&EXPIRY, instant))
            .or(claims.expires_at)
            .or_else(|| {
                let lifetime = places().find_map(|place| place.read(&[LIFETIME], span))?;
                granted_at?.checked_add(lifetime)
            });
        Self {
            access,
            refresh: secret(&REFRESH),
            id: secret(&ID),
            expires_at,
            granted_at,
        }
    }

    /// Who has issued them, as the id token says, else the access token. Nobody verifies it.
    #[must_use]
    pub fn issuer(&self) -> Option<Box<str>> {
        let tokens = self.id.iter().chain(&self.access);
        tokens
            .flat_map(|token| Claims::of(token.expose()).issuer)
            .next()
    }

    /// Whether there is nothing to make or get a request's authentication with.
    pub(crate) const fn are_missing(&self) -> bool {
        self.access.is_none() && self.refresh.is_none()
    }
}

#[cfg(test)]
mod tests {
    use super::Tokens;
    use crate::record::claims::tests::jwt;
    use std::time::{Duration, SystemTime};

    fn read(json: &str) -> Tokens {
        Tokens::read(json.as_bytes()).unwrap()
    }

    fn moment(seconds: u64) -> Option<SystemTime> {
        Some(SystemTime::UNIX_EPOCH + Duration::from_secs(seconds))
    }

    #[test]
    fn found_in_every_spelling() {
        for json in [
            r#"{"access_token":"a","refresh_token":"r","id_token":"i"}"#,
            r#"{"accessToken":" a ","refreshToken":"r","idToken":"i"}"#,
            r#"{"token":{"access_token":"a","refresh_token":"r","id_token":"i"}}"#,
            r#"{"Token":{"accessToken":"a","refresh_token":"r","id_token":"i"}}"#,
            r#"{"tokens":{"access_token":"a","refresh_token":"r","id_token":"i"}}"#,
            r#"{"access_token":"a","token":{"access_token":"x","refresh_token":"r"},"id_token":"i"}"#,
            r#"{"access_token":null,"accessToken":"a","refresh_token":"r","id_token":"i"}"#,
        ] {
            let tokens = read(json);
            let text = |secret: &Option<cliproxy_core::Secret>| {
                secret.as_ref().map(|secret| secret.expose().to_owned())
            };
            assert_eq!(text(&tokens.access).as_deref(), Some("a"), "{json}");
            assert_eq!(text(&tokens.refresh).as_deref(), Some("r"), "{json}");
            assert_eq!(text(&tokens.id).as_deref(), Some("i"), "{json}");
        }
        assert!(read(r#"{"access_token":" ","refresh_token":7}"#).are_missing());
        assert!(read("[]").are_missing());
    }

    #[test]
    fn when_the_access_token_ends() {
        let check = |json: &str, expected: Option<SystemTime>| {
            assert_eq!(read(json).expires_at, expected, "{json}");
        };
        for name in super::EXPIRY {
            check(&format!(r#"{{"{name}":2000}}"#), moment(2000));
            check(&format!(r#"{{"token":{{"{name}":2000}}}}"#), moment(2000));
        }
        check(
            r#"{"token":{"expiry":"1970-01-01T00:33:20Z"}}"#,
            moment(2000),
        );
        check(r#"{"expired":2000,"expires_at":3000}"#, moment(2000));
        check(r#"{"expired":"","expires_at":3000}"#, moment(3000));
        check(
            r#"{"expires_at":3000,"token":{"expiry":2000}}"#,
            moment(3000),
        );
        check(
            r#"{"timestamp":1000000000000,"expires_in":60}"#,
            moment(1_000_000_000_060),
        );
        check(r#"{"expires_in":60}"#, None);
        check("{}", None);
        let token = jwt(r#"{"exp":2000,"iat":1000}"#);
        check(&format!(r#"{{"access_token":"{token}"}}"#), moment(2000));
        check(
            &format!(r#"{{"access_token":"{token}","expired":2500}}"#),
            moment(2500),
        );
    }

    #[test]
    fn when_it_was_granted() {
        let check = |json: &str, expected: Option<SystemTime>| {
            assert_eq!(read(json).granted_at, expected, "{json}");
        };
        for name in super::GRANTED {
            check(&format!(r#"{{"{name}":2000}}"#), moment(2000));
        }
        let token = jwt(r#"{"exp":2000,"iat":1000}"#);
        check(&format!(r#"{{"access_token":"{token}"}}"#), moment(1000));
        check(r#"{"timestamp":1778234400000}"#, moment(1_778_234_400));
        check("{}", None);
    }

    #[test]
    fn who_has_issued_them() {
        let check = |json: &str, expected: Option<&str>| {
            assert_eq!(read(json).issuer().as_deref(), expected, "{json}");
        };
        let [a, b] = ["https://a", "https://b"].map(|iss| jwt(&format!(r#"{{"iss":"{iss}"}}"#)));
        let both = format!(r#"{{"access_token":"{a}","tokens":{{"id_token":"{b}"}}}}"#);
        check(&both, Some("https://b"));
        check(
            &format!(r#"{{"access_token":"{a}","id_token":"x"}}"#),
            Some("https://a"),
        );
        check(r#"{"access_token":"a"}"#, None);
    }

    #[test]
    fn are_not_printed() {
        let tokens =
            read(r#"{"access_token":"canary-1","refresh_token":"canary-2","id_token":"canary-3"}"#);
        assert!(!format!("{tokens:?}").contains("canary"));
    }
}
