//! What routing must know of a request: the model, and whether the reply streams.

use crate::protocols::rules;
use cliproxy_core::Protocol;
use cliproxy_json::{Flag, Head, Kind};
use std::{borrow::Cow, ops::Range};

#[cfg(test)]
mod tests;

/// The model that a request asks for.
#[expect(clippy::exhaustive_structs, reason = "a text and its place")]
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ModelName<'a> {
    /// The name, unescaped, as the client wrote it: alias, prefix and thinking suffix included.
    pub text: Cow<'a, str>,
    /// Where it stands in the body, quotes included: replace this to rename it.
    pub span: Range<usize>,
}

/// Why a request cannot be routed. All of them are the client's fault (400).
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum RequestError {
    /// There are several `model` members. Parsers disagree on which one counts, so the model that
    /// is allowed and accounted might not be the one that answers.
    #[error("the body has more than one `model`")]
    DuplicateModel,
    /// There is no `model`, or an empty one.
    #[error("the body has no `model`")]
    MissingModel,
    /// The protocol names the model in the path of the URL.
    #[error("this protocol names the model in the path")]
    ModelInPath,
    /// `model` is not a string.
    #[error("`model` is not a string")]
    ModelNotText,
}

impl RequestError {
    /// The member of the body that is wrong.
    #[must_use]
    pub const fn param(self) -> &'static str {
        match self {
            Self::DuplicateModel | Self::MissingModel | Self::ModelInPath | Self::ModelNotText => {
                "model"
            }
        }
    }
}

/// The depth-1 `model` of a request body.
///
/// # Errors
///
/// [`RequestError`] unless there is exactly one, and it is a string with something in it. Gemini
/// has it in the path, so there it is always an error.
pub fn requested_model<'a>(
    protocol: Protocol,
    head: &Head<'a>,
) -> Result<ModelName<'a>, RequestError> {
    if !rules(protocol).native.has_model_in_body {
        return Err(RequestError::ModelInPath);
    }
    if head.count("model") > 1 {
        return Err(RequestError::DuplicateModel);
    }
    let model = head.get("model").ok_or(RequestError::MissingModel)?;
    match model.as_str() {
        Some(text) if text.is_empty() => Err(RequestError::MissingModel),
        Some(text) => Ok(ModelName {
            text,
            span: model.span(),
        }),
        None if model.kind() == Kind::Null => Err(RequestError::MissingModel),
        None => Err(RequestError::ModelNotText),
    }
}

/// Whether a body of Chat is one of Responses: clients send it to the older path, and read replies of Chat.
#[must_use]
pub fn is_responses_body(protocol: Protocol, head: &Head<'_>) -> bool {
    let has = |name| head.get(name).is_some_and(|value| !value.is_null());
    rules(protocol).native.takes_responses_bodies
        && !has("messages")
        && (has("input") || has("instructions"))
}

/// The `stream` member as it was written. Only [`Flag::True`] streams; of anything that is no
/// boolean the upstream will say what it thinks. Gemini says it in the path: always absent.
#[must_use]
pub fn wants_stream(protocol: Protocol, head: &Head<'_>) -> Flag {
    match rules(protocol).native.has_model_in_body {
        true => head.flag("stream"),
        false => Flag::Absent,
    }
}
