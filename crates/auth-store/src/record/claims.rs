//! What a JWT says about itself. Nobody verifies it here: it decides a label, a plan or a date, and
//! never whether somebody may do something.

use super::{
    members::Members,
    value::{instant, text},
};
use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use cliproxy_json::{Body, Value};
use std::time::SystemTime;

/// Where OpenAI puts what it knows of an account (`openai/codex`, `codex-rs/login/src/token_data.rs`).
const OPENAI: &str = "https://api.openai.com/auth";

/// The claims that matter here. A text that is no JWT has none.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Claims {
    pub(crate) email: Option<Box<str>>,
    pub(crate) account_id: Option<Box<str>>,
    pub(crate) plan: Option<Box<str>>,
    /// Who has issued the token.
    pub(crate) issuer: Option<Box<str>>,
    /// Which OAuth client the token was issued to.
    pub(crate) client_id: Option<Box<str>>,
    pub(crate) issued_at: Option<SystemTime>,
    pub(crate) expires_at: Option<SystemTime>,
}

impl Claims {
    pub(crate) fn of(token: &str) -> Self {
        Self::read(token).unwrap_or_default()
    }

    fn read(token: &str) -> Option<Self> {
        let mut parts = token.split('.');
        let (_, payload, _, None) = (parts.next()?, parts.next()?, parts.next()?, parts.next())
        else {
            return None;
        };
        let payload = URL_SAFE_NO_PAD.decode(payload.trim_end_matches('=')).ok()?;
        let body = Body::new(payload.into()).ok()?;
        let claims = Members::of(body.root());
        let openai = Members::within(&claims, OPENAI);
        let member = |name| claims.first(&[name]);
        Some(Self {
            email: member("email").and_then(text),
            account_id: openai.first(&["chatgpt_account_id"]).and_then(text),
            plan: openai.first(&["chatgpt_plan_type"]).and_then(text),
            issuer: member("iss").and_then(text),
            client_id: member("azp").and_then(text).or_else(|| {
                let audience = member("aud")?;
                text(audience).or_else(|| only(audience))
            }),
            issued_at: member("iat").and_then(instant),
            expires_at: member("exp").and_then(instant),
        })
    }
}

/// The one element of a list of one.
fn only(list: Value<'_>) -> Option<Box<str>> {
    let mut elements = list.elements();
    let first = elements.next().and_then(text);
    elements.next().is_none().then_some(first).flatten()
}

#[cfg(test)]
pub(crate) mod tests {
    use super::{Claims, URL_SAFE_NO_PAD};
    use base64::Engine as _;
    use std::time::{Duration, SystemTime};

    /// An unsigned token that says this.
    pub(crate) fn jwt(claims: &str) -> String {
        let part = |text: &str| URL_SAFE_NO_PAD.encode(text);
        format!("{}.{}.sig", part(r#"{"alg":"none"}"#), part(claims))
    }

    #[test]
    fn what_is_read() {
        let claims = Claims::of(&jwt(
            r#"{"iss":"https://auth.openai.com","email":"e@x","iat":1000,"exp":2000,"aud":["app"],
                "https://api.openai.com/auth":{"chatgpt_account_id":"acc","chatgpt_plan_type":"team"}}"#,
        ));
        let moment = |seconds| Some(SystemTime::UNIX_EPOCH + Duration::from_secs(seconds));
        let expected = Claims {
            email: Some("e@x".into()),
            account_id: Some("acc".into()),
            plan: Some("team".into()),
            issuer: Some("https://auth.openai.com".into()),
            client_id: Some("app".into()),
            issued_at: moment(1000),
            expires_at: moment(2000),
        };
        assert_eq!(claims, expected);
    }

    #[test]
    fn the_client_it_was_issued_to() {
        let check = |claims: &str, expected: Option<&str>| {
            assert_eq!(Claims::of(&jwt(claims)).client_id.as_deref(), expected);
        };
        check(r#"{"aud":"a"}"#, Some("a"));
        check(r#"{"aud":"a","azp":"b"}"#, Some("b"));
        check(r#"{"aud":["a","b"]}"#, None);
        check(r#"{"aud":[]}"#, None);
        check("{}", None);
    }

    #[test]
    fn what_is_no_token_says_nothing() {
        for text in [
            "",
            "opaque",
            "a.b",
            "a.b.c",
            "a.b.c.d",
            "..",
            "\u{fc}.\u{fc}.x",
        ] {
            assert_eq!(Claims::of(text), Claims::default(), "{text}");
        }
        assert_eq!(Claims::of(&jwt("[]")), Claims::default());
    }
}
