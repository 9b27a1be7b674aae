//! What an access token says about itself, if it is a JWT. Nobody here verifies it: this decides
//! when to ask for another one, never who may do what.

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use cliproxy_core::Secret;
use cliproxy_json::Value;
use std::time::{Duration, SystemTime};

/// Beyond the year 5000 a date is a mistake, and beyond what some systems can add.
const LATEST: f64 = 1e11;

/// `iat` and `exp` (RFC 7519, section 4.1).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Claims {
    pub(crate) issued_at: Option<SystemTime>,
    pub(crate) expires_at: Option<SystemTime>,
}

/// Nothing, for a token that is opaque.
pub(crate) fn claims(token: &Secret) -> Claims {
    read(token.expose()).unwrap_or_default()
}

fn read(token: &str) -> Option<Claims> {
    let mut parts = token.split('.');
    let (_, payload, _) = (parts.next()?, parts.next()?, parts.next()?);
    if parts.next().is_some() {
        return None;
    }
    let payload = URL_SAFE_NO_PAD.decode(payload.trim_end_matches('=')).ok()?;
    let [issued, expires] = Value::parse_bytes(&payload).ok()?.pick(["iat", "exp"]);
    Some(Claims {
        issued_at: issued.and_then(date),
        expires_at: expires.and_then(date),
    })
}

/// A `NumericDate`: seconds, with or without a fraction.
fn date(value: Value<'_>) -> Option<SystemTime> {
    let seconds = value.as_f64().filter(|s| (0.0..LATEST).contains(s))?;
    SystemTime::UNIX_EPOCH.checked_add(Duration::try_from_secs_f64(seconds).ok()?)
}

#[cfg(test)]
pub(crate) mod tests {
    use super::{Claims, claims};
    use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
    use cliproxy_core::Secret;
    use std::time::{Duration, SystemTime};

    /// A JWT with these claims, signed by nobody.
    pub(crate) fn jwt(claims: &str) -> String {
        let part = |text: &str| URL_SAFE_NO_PAD.encode(text);
        format!("{}.{}.c2ln", part(r#"{"alg":"none"}"#), part(claims))
    }

    fn check(token: &str, issued: Option<u64>, expires: Option<u64>) {
        let at =
            |seconds: Option<u64>| seconds.map(|s| SystemTime::UNIX_EPOCH + Duration::from_secs(s));
        let expected = Claims {
            issued_at: at(issued),
            expires_at: at(expires),
        };
        assert_eq!(claims(&Secret::from(token)), expected, "{token}");
    }

    #[test]
    fn reads_dates_and_nothing_else() {
        check(&jwt(r#"{"iat":10,"exp":20}"#), Some(10), Some(20));
        check(&jwt(r#"{"exp":20.0,"sub":"a"}"#), None, Some(20));
        check(&jwt(r#"{"iat":10}"#), Some(10), None);
        check(&jwt(r#"{"iat":-1,"exp":1e300}"#), None, None);
        check(&jwt(r#"{"exp":"20"}"#), None, None);
        check(&jwt("[20]"), None, None);
        for opaque in ["", "sk-abc", "a.b", "a.b.c", "a.e30.c.d", "..", "a.!!.c"] {
            check(opaque, None, None);
        }
    }
}
