//! Why a request cannot be translated. Always the client's to know: 400.

use crate::request_ir::Place;
use cliproxy_json::Value;
use std::borrow::Cow;

/// What keeps a request from being translated.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Rejection {
    /// The body departs from the client's own protocol.
    #[error("{message}")]
    Invalid {
        place: Place,
        message: Cow<'static, str>,
    },
    /// A member that the target cannot express, and that the request is about.
    #[error("{message}")]
    UnsupportedParameter {
        place: Place,
        message: Cow<'static, str>,
    },
    /// A part of the conversation that the target or the model cannot take.
    #[error("{message}")]
    UnsupportedContent {
        place: Place,
        message: Cow<'static, str>,
    },
    /// A level or budget of reasoning that the model lacks.
    #[error("{message}")]
    Thinking {
        place: Place,
        code: &'static str,
        message: Cow<'static, str>,
    },
}

impl Rejection {
    /// The error's `code`, in the words of OpenAI's clients where they have one.
    pub(crate) const fn code(&self) -> Option<&'static str> {
        match self {
            Self::Invalid { .. } => None,
            Self::UnsupportedParameter { .. } => Some("unsupported_parameter"),
            Self::UnsupportedContent { .. } => Some("unsupported_content"),
            Self::Thinking { code, .. } => Some(code),
        }
    }

    /// The place in the client's body that is to blame.
    pub(crate) fn param(&self, body: Value<'_>) -> Option<String> {
        match self {
            Self::Invalid { place, .. }
            | Self::UnsupportedParameter { place, .. }
            | Self::UnsupportedContent { place, .. }
            | Self::Thinking { place, .. } => place.path(body),
        }
    }
}
