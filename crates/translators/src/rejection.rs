//! Why a request cannot be translated. Always the client's to know: 400.

use crate::request_ir::{Place, Why};
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
    /// The body lacks a member.
    #[error("`{name}` is missing")]
    Missing {
        /// Where it should be.
        object: Place,
        name: String,
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
    /// A loss that the operator does not put up with.
    #[error("{}, and translation.loss-policy is strict", why.as_str())]
    Policy {
        place: Place,
        is_dropped: bool,
        why: Why,
    },
}

impl Rejection {
    /// The error's `code`, in the words of OpenAI's clients where they have one.
    pub(crate) const fn code(&self) -> Option<&'static str> {
        match self {
            Self::Invalid { .. } | Self::Missing { .. } => None,
            Self::UnsupportedParameter { .. } | Self::Policy { .. } => {
                Some("unsupported_parameter")
            }
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
            | Self::Thinking { place, .. }
            | Self::Policy { place, .. } => place.path(body),
            // Of the body itself there is nothing to name but what it lacks.
            Self::Missing { object, name } => {
                let path = object.path(body).filter(|path| !path.is_empty());
                Some(path.unwrap_or_else(|| name.clone()))
            }
        }
    }

    /// What is wrong. What only the policy refuses says its place itself: nothing else in it would tell
    /// the client what to leave out.
    pub(crate) fn message(&self, body: Value<'_>) -> String {
        let Self::Policy {
            place,
            is_dropped,
            why,
        } = self
        else {
            return self.to_string();
        };
        let what = match *place {
            Place::MODEL => "the suffix of `model`".to_owned(),
            place => format!("`{}`", place.path(body).unwrap_or_default()),
        };
        let fate = if *is_dropped { "dropped" } else { "changed" };
        let why = why.as_str();
        format!("{what} would be {fate} ({why}), and translation.loss-policy is strict")
    }
}
