//! What a call says: its parameters, and which client it comes from.

use crate::oauth::{Dialect, TokenFailure, failure::Refused};
use base64::{Engine as _, prelude::BASE64_STANDARD};
use http::{
    HeaderMap,
    header::{AUTHORIZATION, CONTENT_TYPE},
};
use rustc_hash::FxHashMap;
use serde_json::Value;
use url::form_urlencoded;

/// The parameters of a call, by name.
#[derive(Default)]
pub(crate) struct Parameters(FxHashMap<String, String>);

/// Who a call says its client is.
pub(crate) struct Credentials {
    pub(crate) id: String,
    pub(crate) secret: Option<String>,
}

impl Parameters {
    /// Reads a body in an encoding that the dialect documents.
    pub(crate) fn of_body(
        dialect: Dialect,
        headers: &HeaderMap,
        body: &[u8],
    ) -> Result<Self, Refused> {
        let kind = headers
            .get(CONTENT_TYPE)
            .and_then(|value| value.to_str().ok())
            .unwrap_or_default();
        match kind.split(';').next().unwrap_or_default().trim() {
            "application/x-www-form-urlencoded" => Self::of_form(body),
            "application/json" if dialect.takes_json() => Self::of_json(body),
            _ => Err(TokenFailure::InvalidRequest.because("unsupported content type")),
        }
    }

    /// Reads a form, or a query.
    pub(crate) fn of_form(text: &[u8]) -> Result<Self, Refused> {
        let mut found = FxHashMap::default();
        for (name, value) in form_urlencoded::parse(text) {
            if found
                .insert(name.into_owned(), value.into_owned())
                .is_some()
            {
                return Err(TokenFailure::InvalidRequest.because("a parameter is given twice"));
            }
        }
        Ok(Self(found))
    }

    /// Reads an object of texts.
    pub(crate) fn of_json(text: &[u8]) -> Result<Self, Refused> {
        let malformed = TokenFailure::InvalidRequest.because("not a JSON object of strings");
        let Ok(Value::Object(members)) = crate::strict_json::parse(text) else {
            return Err(malformed);
        };
        members
            .into_iter()
            .map(|(name, value)| match value {
                Value::String(text) => Ok((name, text)),
                _ => Err(malformed),
            })
            .collect::<Result<_, _>>()
            .map(Self)
    }

    /// A parameter. One without a value counts as left out (RFC 6749, section 3.2).
    pub(crate) fn get(&self, name: &str) -> Option<&str> {
        let value = self.0.get(name).map(String::as_str);
        value.filter(|text| !text.is_empty())
    }

    /// A parameter without which nothing goes.
    pub(crate) fn need(&self, name: &str) -> Result<&str, Refused> {
        let missing = TokenFailure::InvalidRequest.because("a required parameter is missing");
        self.get(name).ok_or(missing)
    }

    /// Who the client is, in the body or as HTTP Basic, but not both (RFC 6749, section 2.3).
    pub(crate) fn credentials(&self, headers: &HeaderMap) -> Result<Credentials, Refused> {
        let Some(value) = headers.get(AUTHORIZATION) else {
            return Ok(Credentials {
                id: self.need("client_id")?.to_owned(),
                secret: self.get("client_secret").map(str::to_owned),
            });
        };
        let malformed = TokenFailure::InvalidClient.because("unreadable authorization header");
        let basic = value.to_str().ok().and_then(basic).ok_or(malformed)?;
        if self.get("client_secret").is_some() {
            return Err(TokenFailure::InvalidRequest.because("the client is authenticated twice"));
        }
        if self.get("client_id").is_some_and(|id| id != basic.id) {
            return Err(TokenFailure::InvalidRequest.because("two different clients"));
        }
        Ok(basic)
    }
}

fn basic(header: &str) -> Option<Credentials> {
    let (scheme, token) = header.split_once(' ')?;
    if !scheme.eq_ignore_ascii_case("basic") {
        return None;
    }
    let text = String::from_utf8(BASE64_STANDARD.decode(token.trim()).ok()?).ok()?;
    let (id, secret) = text.split_once(':')?;
    Some(Credentials {
        id: decoded(id),
        secret: Some(decoded(secret)),
    })
}

/// Both halves are form-encoded before they are joined.
fn decoded(half: &str) -> String {
    let whole = format!("={half}");
    let mut pairs = form_urlencoded::parse(whole.as_bytes());
    pairs
        .next()
        .map(|(_, value)| value.into_owned())
        .unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::Parameters;
    use crate::oauth::{Dialect, TokenFailure};
    use http::{HeaderMap, HeaderValue};

    #[test]
    fn a_body_is_read_as_the_dialect_documents_it() {
        let check =
            |dialect, kind: &'static str, body: &str, expected: Result<&str, TokenFailure>| {
                let mut headers = HeaderMap::new();
                headers.insert("content-type", HeaderValue::from_static(kind));
                let read = Parameters::of_body(dialect, &headers, body.as_bytes());
                let found = read
                    .as_ref()
                    .map(|read| read.get("a").unwrap_or_default())
                    .map_err(|refused| refused.failure);
                assert_eq!(found, expected, "{kind} {body}");
            };
        let form = "application/x-www-form-urlencoded";
        let invalid = Err(TokenFailure::InvalidRequest);
        for dialect in Dialect::ALL {
            check(dialect, form, "a=x%2By+z&b=", Ok("x+y z"));
            check(dialect, form, "a=", Ok(""));
            check(dialect, form, "a=1&a=1", invalid);
            check(dialect, "text/plain", "a=1", invalid);
        }
        check(
            Dialect::Codex,
            "application/json; charset=utf-8",
            r#"{"a":"x"}"#,
            Ok("x"),
        );
        check(Dialect::Codex, "application/json", r#"{"a":1}"#, invalid);
        check(
            Dialect::Codex,
            "application/json",
            r#"{"a":"1","a":"2"}"#,
            invalid,
        );
        check(Dialect::Google, "application/json", r#"{"a":"x"}"#, invalid);
    }

    #[test]
    fn a_client_names_itself_once() {
        let check = |header: Option<&'static str>, body: &str, expected| {
            let mut headers = HeaderMap::new();
            if let Some(value) = header {
                headers.insert("authorization", HeaderValue::from_static(value));
            }
            let parameters = Parameters::of_form(body.as_bytes()).expect("a form");
            let found = parameters
                .credentials(&headers)
                .map(|client| (client.id, client.secret.unwrap_or_default()))
                .map_err(|refused| refused.failure);
            assert_eq!(found, expected, "{header:?} {body}");
        };
        let is = |id: &str, secret: &str| Ok((id.to_owned(), secret.to_owned()));
        check(None, "client_id=c&client_secret=s", is("c", "s"));
        check(None, "client_id=c", is("c", ""));
        check(None, "", Err(TokenFailure::InvalidRequest));
        // "c:s%2B"
        check(Some("Basic YzpzJTJC"), "", is("c", "s+"));
        check(Some("Basic YzpzJTJC"), "client_id=c", is("c", "s+"));
        check(
            Some("Basic YzpzJTJC"),
            "client_id=d",
            Err(TokenFailure::InvalidRequest),
        );
        check(
            Some("Basic YzpzJTJC"),
            "client_secret=s",
            Err(TokenFailure::InvalidRequest),
        );
        check(Some("Basic ?"), "", Err(TokenFailure::InvalidClient));
        check(Some("Bearer x"), "", Err(TokenFailure::InvalidClient));
    }
}
