//! What a token endpoint's answer says, however it says it.

use http::{HeaderMap, header};
use serde_json::{Map, Value};
use url::form_urlencoded;

/// The parts of an answer that anything follows from.
pub(super) struct Answer {
    /// The answer as RFC 6749 section 5.1 wants it, where it holds an access token.
    pub(super) granted: Option<Granted>,
    /// A short code for what is wrong, in lower case; not yet known to be safe to show.
    pub(super) code: Option<String>,
}

/// A grant, its members brought into form: no empty texts, numbers as numbers.
pub(super) struct Granted(Map<String, Value>);

impl Answer {
    /// Reads a body. One that is neither JSON nor a form says nothing.
    pub(super) fn read(headers: &HeaderMap, body: &[u8]) -> Self {
        let members = match serde_json::from_slice(body) {
            Ok(Value::Object(members)) => members,
            _ if is_form(headers) => form_urlencoded::parse(body)
                .map(|(name, value)| (name.into_owned(), Value::String(value.into_owned())))
                .collect(),
            _ => Map::new(),
        };
        Self {
            granted: Granted::of(&members),
            code: code(&members).map(|code| code.to_ascii_lowercase()),
        }
    }
}

impl Granted {
    fn of(members: &Map<String, Value>) -> Option<Self> {
        let mut own = Map::new();
        for name in ["access_token", "refresh_token", "id_token"] {
            if let Some(token) = member(members, name) {
                own.insert(name.to_owned(), token.into());
            }
        }
        own.contains_key("access_token").then_some(())?;
        // Every token here is sent as a bearer, so what else the endpoint calls it is of no use.
        own.insert("token_type".to_owned(), "bearer".into());
        if let Some(lifetime) = members.get("expires_in").and_then(seconds) {
            own.insert("expires_in".to_owned(), lifetime.into());
        }
        Some(Self(own))
    }

    pub(super) fn into_json(self) -> Vec<u8> {
        Value::Object(self.0).to_string().into_bytes()
    }
}

/// A text that is there: trimmed, not empty.
pub(crate) fn member<'a>(members: &'a Map<String, Value>, name: &str) -> Option<&'a str> {
    let text = members.get(name)?.as_str()?.trim();
    (!text.is_empty()).then_some(text)
}

/// Whole seconds, as a number or as a text. Zero and less say nothing about when a token ends.
fn seconds(value: &Value) -> Option<u64> {
    let seconds = match value {
        Value::Number(number) => number.as_f64()?,
        Value::String(text) => text.trim().parse::<f64>().ok()?,
        Value::Null | Value::Bool(_) | Value::Array(_) | Value::Object(_) => return None,
    };
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "a cast of a float saturates"
    )]
    let whole = seconds as u64;
    (whole > 0).then_some(whole)
}

/// `error` as RFC 6749 section 5.2 has it, or an object there as OpenAI and Google have it, or a
/// `code` beside it.
fn code(members: &Map<String, Value>) -> Option<&str> {
    let nested = match members.get("error") {
        Some(Value::Object(error)) => ["code", "type", "status"]
            .iter()
            .find_map(|name| member(error, name)),
        _ => member(members, "error"),
    };
    nested
        .or_else(|| member(members, "code"))
        .or_else(|| member(members, "error_code"))
}

fn is_form(headers: &HeaderMap) -> bool {
    let kind = headers.get(header::CONTENT_TYPE);
    kind.is_some_and(|kind| {
        kind.as_bytes()
            .to_ascii_lowercase()
            .starts_with(b"application/x-www-form-urlencoded")
    })
}

#[cfg(test)]
mod tests {
    use super::Answer;
    use http::{HeaderMap, HeaderValue, header};

    fn read(kind: &'static str, body: &str) -> (Option<String>, Option<String>) {
        let mut headers = HeaderMap::new();
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(kind));
        let answer = Answer::read(&headers, body.as_bytes());
        let granted = answer
            .granted
            .map(|granted| String::from_utf8(granted.into_json()).unwrap());
        (granted, answer.code)
    }

    #[test]
    fn grants_as_providers_write_them() {
        let check = |kind, body: &str, expected: Option<&str>| {
            assert_eq!(read(kind, body).0.as_deref(), expected, "{body}");
        };
        let json = "application/json";
        let plain = Some(r#"{"access_token":"a","token_type":"bearer"}"#);
        let hour = Some(r#"{"access_token":"a","token_type":"bearer","expires_in":3600}"#);
        check(json, r#"{"access_token":"a"}"#, plain);
        check(
            json,
            r#"{"access_token":" a ","token_type":"DPoP","scope":["s"]}"#,
            plain,
        );
        check(json, r#"{"access_token":"a","expires_in":3600}"#, hour);
        check(json, r#"{"access_token":"a","expires_in":"3600"}"#, hour);
        check(json, r#"{"access_token":"a","expires_in":3600.9}"#, hour);
        check(json, r#"{"access_token":"a","expires_in":"soon"}"#, plain);
        check(json, r#"{"access_token":"a","expires_in":0}"#, plain);
        check(json, r#"{"access_token":"a","expires_in":-1}"#, plain);
        check(json, r#"{"access_token":"a","expires_in":null}"#, plain);
        check(json, r#"{"access_token":"a","expires_in":{}}"#, plain);
        check(
            json,
            r#"{"access_token":"a","refresh_token":"","id_token":" "}"#,
            plain,
        );
        check(
            json,
            r#"{"access_token":"a","refresh_token":null,"id_token":7}"#,
            plain,
        );
        check(json, r#"{"access_token":"a","expires_at":1}"#, plain);
        check(
            json,
            r#"{"id_token":"i","refresh_token":"r","access_token":"a"}"#,
            Some(
                r#"{"access_token":"a","refresh_token":"r","id_token":"i","token_type":"bearer"}"#,
            ),
        );
        // Some endpoints forget what they write, or write what RFC 6749 does not know.
        check("text/html", r#"{"access_token":"a"}"#, plain);
        let form = "application/x-www-form-urlencoded; charset=utf-8";
        check(
            form,
            "access_token=a&expires_in=3600&token_type=bearer",
            hour,
        );
        check(json, "access_token=a", None);
        check(json, r#"{"access_token":""}"#, None);
        check(json, r#"{"access_token":null}"#, None);
        check(json, r#"{"access_token":["a"]}"#, None);
        check(json, r#"["access_token","a"]"#, None);
        check(json, "<html>access_token</html>", None);
        check(json, "", None);
    }

    #[test]
    fn codes_wherever_they_stand() {
        let check = |body: &str, expected: Option<&str>| {
            assert_eq!(
                read("application/json", body).1.as_deref(),
                expected,
                "{body}"
            );
        };
        check(r#"{"error":"invalid_grant"}"#, Some("invalid_grant"));
        check(
            r#"{"error":"Invalid_Grant","error_description":"x"}"#,
            Some("invalid_grant"),
        );
        check(
            r#"{"error":{"message":"m","type":"invalid_request_error","code":"refresh_token_reused"}}"#,
            Some("refresh_token_reused"),
        );
        check(
            r#"{"error":{"type":"server_error","code":null}}"#,
            Some("server_error"),
        );
        check(
            r#"{"error":{"code":400,"status":"INVALID_ARGUMENT"}}"#,
            Some("invalid_argument"),
        );
        check(
            r#"{"code":"refresh_token_expired"}"#,
            Some("refresh_token_expired"),
        );
        check(r#"{"error":"","error_code":"e"}"#, Some("e"));
        check(r#"{"error":{}}"#, None);
        check(r#"{"error":true}"#, None);
        check(r#"{"error":null,"access_token":"a"}"#, None);
        check("", None);
    }
}
