//! What an upstream's error body says, whichever protocol it is in.

use crate::ErrorView;
use cliproxy_json::{Kind, Value};
use std::borrow::Cow;

#[cfg(test)]
mod tests;

/// The readable parts of an upstream's error.
#[expect(
    clippy::exhaustive_structs,
    reason = "the parts that all protocols have"
)]
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ErrorText<'a> {
    /// What a person reads, as the upstream wrote it, secrets included.
    pub message: Cow<'a, str>,
    /// The upstream's most specific name for it: `error.code`, `error.type` or `error.status`, the
    /// first that is a name and not a number.
    pub code: Option<Cow<'a, str>>,
    /// `error.type`.
    pub kind: Option<Cow<'a, str>>,
    /// `error.param`: what in the request is to blame.
    pub param: Option<Cow<'a, str>>,
}

/// Reads the body of an error answer: any protocol, Google's arrays included.
///
/// `None` if it is not JSON, or if it has no message in a known place; then the status is all there
/// is to say.
///
/// ```
/// use cliproxy_translators::read_error;
///
/// let google = br#"[{"error":{"code":429,"message":"Quota","status":"RESOURCE_EXHAUSTED"}}]"#;
/// let text = read_error(google).unwrap();
/// assert_eq!(text.message, "Quota");
/// assert_eq!(text.code.as_deref(), Some("RESOURCE_EXHAUSTED"));
/// assert!(read_error(b"<html>").is_none());
/// ```
#[must_use]
pub fn read_error(body: &[u8]) -> Option<ErrorText<'_>> {
    let text = ErrorText::read(Value::parse_bytes(body).ok()?);
    (!text.message.is_empty()).then_some(text)
}

impl<'a> ErrorText<'a> {
    /// As an error to render. The code goes along if OpenAI's clients know it.
    #[must_use]
    pub fn view(&self, status: u16) -> ErrorView<'_> {
        ErrorView::of_upstream(status, &self.message, self.code.as_deref())
    }

    /// The status that a client of another protocol is to be told of: an overload is one whatever
    /// status it came with. See [`crate::client_status`].
    #[must_use]
    pub fn status(&self, status: u16) -> u16 {
        match status {
            503 if self.names_overload() => 529,
            status => status,
        }
    }

    pub(crate) fn names_overload(&self) -> bool {
        let names = [self.code.as_deref(), self.kind.as_deref()];
        names.into_iter().flatten().any(|name| {
            let known = [
                "overloaded",
                "server_is_overloaded",
                "slow_down",
                "unavailable",
            ];
            known.iter().any(|known| name.eq_ignore_ascii_case(known))
        })
    }

    pub(crate) fn read(document: Value<'a>) -> Self {
        let document = unwrapped(document);
        // An `error` event of the Responses API is its own error object.
        let error = error_of(document).unwrap_or(document);
        let places = [
            error.get("message"),
            document.get("message"),
            Some(error),
            document.get("detail"),
            document.get("error_description"),
        ];
        let kind = name(error, "type").filter(|kind| kind != "error");
        Self {
            message: places
                .into_iter()
                .flatten()
                .find_map(text)
                .unwrap_or_default(),
            code: name(error, "code")
                .or_else(|| kind.clone())
                .or_else(|| name(error, "status")),
            kind,
            param: error.get("param").and_then(text),
        }
    }
}

/// The document itself, or the first element where an error comes in an array.
pub(crate) fn unwrapped<'a>(document: Value<'a>) -> Value<'a> {
    match document.kind() {
        Kind::Array => document.elements().next().unwrap_or(document),
        _ => document,
    }
}

/// The object or the text that says what went wrong; of `response.failed`, the response's.
pub(crate) fn error_of<'a>(document: Value<'a>) -> Option<Value<'a>> {
    // Successes carry a null; a few servers write it in another way.
    let is_none = |error: &Value<'a>| matches!(error.raw(), "null" | "\"\"" | "{}" | "false");
    let own = |value: Value<'a>| value.get("error").filter(|error| !is_none(error));
    own(document).or_else(|| own(document.get("response")?))
}

fn text<'a>(value: Value<'a>) -> Option<Cow<'a, str>> {
    value.as_str().filter(|text| !text.is_empty())
}

/// A member that names something: text, and not a number in quotes.
fn name<'a>(value: Value<'a>, key: &str) -> Option<Cow<'a, str>> {
    text(value.get(key)?).filter(|text| !text.bytes().all(|byte| byte.is_ascii_digit()))
}
