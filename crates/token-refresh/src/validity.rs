//! From when until when an access token is good.

use crate::{Tokens, jwt};
use std::time::{Duration, SystemTime};

/// From when until when an access token is good, as far as anybody says.
///
/// The file's own date of expiry wins over the token's `exp`: it was counted from when the answer
/// came, so it holds on a machine whose clock differs from the server's.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Validity {
    /// The later of the last refresh and the token's `iat`.
    pub issued_at: Option<SystemTime>,
    /// When it ends; `None` if nobody says.
    pub expires_at: Option<SystemTime>,
}

impl Validity {
    /// What is known about the access token of `tokens`.
    #[must_use]
    pub fn of(tokens: &Tokens) -> Self {
        let claims = jwt::claims(&tokens.access);
        Self {
            issued_at: tokens.refreshed_at.max(claims.issued_at),
            expires_at: tokens.expires_at.or(claims.expires_at),
        }
    }

    /// Whether its end has come.
    #[must_use]
    pub fn is_over(&self, now: SystemTime) -> bool {
        self.expires_at.is_some_and(|end| end <= now)
    }

    /// How long it is good for altogether; `None` if either end is unknown.
    #[must_use]
    pub fn lifetime(&self) -> Option<Duration> {
        self.expires_at?.duration_since(self.issued_at?).ok()
    }
}

/// Whether no request may be made with these tokens: there is no access token, or its end has come.
///
/// For the moment a credential is picked. A timer is not enough: a laptop may have slept over it.
#[must_use]
pub fn is_expired(tokens: &Tokens, now: SystemTime) -> bool {
    tokens.access.is_empty() || Validity::of(tokens).is_over(now)
}

#[cfg(test)]
mod tests {
    use super::{Validity, is_expired};
    use crate::{Tokens, jwt::tests::jwt};
    use cliproxy_core::Secret;
    use std::time::{Duration, SystemTime};

    fn at(seconds: u64) -> SystemTime {
        SystemTime::UNIX_EPOCH + Duration::from_secs(seconds)
    }

    fn tokens(access: &str, refreshed: Option<u64>, expires: Option<u64>) -> Tokens {
        Tokens {
            access: Secret::from(access),
            refresh: None,
            id: None,
            expires_at: expires.map(at),
            refreshed_at: refreshed.map(at),
        }
    }

    #[test]
    fn expires_by_the_file_else_by_the_token_else_never() {
        let jwt = jwt(r#"{"iat":100,"exp":200}"#);
        let check = |tokens: Tokens, end: Option<u64>| {
            assert_eq!(Validity::of(&tokens).expires_at, end.map(at));
            for now in [0, 99, 200, 300, 1_000] {
                let expired = tokens.access.is_empty() || end.is_some_and(|end| end <= now);
                assert_eq!(is_expired(&tokens, at(now)), expired, "{now} of {end:?}");
            }
        };
        check(tokens(&jwt, None, Some(300)), Some(300));
        check(tokens(&jwt, None, None), Some(200));
        check(tokens("opaque", None, None), None);
        check(tokens("", None, Some(300)), Some(300));
    }

    #[test]
    fn lives_from_the_later_of_two_beginnings() {
        let jwt = jwt(r#"{"iat":100,"exp":200}"#);
        let check = |tokens: Tokens, seconds: Option<u64>| {
            let lifetime = Validity::of(&tokens).lifetime();
            assert_eq!(lifetime, seconds.map(Duration::from_secs));
        };
        check(tokens(&jwt, None, None), Some(100));
        check(tokens(&jwt, Some(150), None), Some(50));
        check(tokens(&jwt, Some(50), None), Some(100));
        check(tokens("opaque", Some(50), Some(60)), Some(10));
        check(tokens("opaque", Some(70), Some(60)), None);
        check(tokens("opaque", None, Some(60)), None);
    }
}
