//! Counting tokens where no upstream can: here, and said to be an estimate.
//!
//! | the model's upstreams | the client gets |
//! | --- | --- |
//! | count in the client's protocol | their number, or their error |
//! | speak another protocol | an estimate |
//! | speak the client's, and have no such endpoint (404, 405, 501) | an estimate, for an hour without asking |
//!
//! Who rests, fails or refuses will count later, or has said what is wrong: a number that changes with
//! an account's health would mislead.

mod endpoint;

pub(crate) use self::endpoint::CountEndpoint;

use crate::failure::Failure;
use cliproxy_core::{Capabilities, ErrorKind, Protocol, Scope};
use cliproxy_executors::UpstreamError;
use cliproxy_json::{Body, Invalid};
use cliproxy_translators::estimate_tokens;

/// What goes to a client that no upstream answers.
pub(crate) enum Instead {
    Refusal(Failure),
    /// The estimate, in tokens.
    Count(u64),
}

impl From<Failure> for Instead {
    fn from(failure: Failure) -> Self {
        Self::Refusal(failure)
    }
}

impl From<Invalid> for Instead {
    fn from(invalid: Invalid) -> Self {
        Self::Refusal(invalid.into())
    }
}

/// What becomes of a request to count tokens that has failed so. `model`: what is known of the model.
pub(crate) fn instead(
    failure: Failure,
    client: Protocol,
    body: &Body,
    model: Option<&Capabilities>,
) -> Instead {
    let Some(served) = served_in(&failure, client) else {
        return Instead::Refusal(failure);
    };
    match estimate_tokens(body, client, served, model) {
        Ok(tokens) => Instead::Count(tokens),
        Err(refused) => Instead::Refusal(Failure::unspeakable(refused)),
    }
}

/// What the model's upstreams speak, if none of them can count.
fn served_in(failure: &Failure, client: Protocol) -> Option<Protocol> {
    match failure {
        Failure::OtherProtocol { served, .. } => Some(*served),
        Failure::Upstream { error, .. } => is_missing(error).then_some(client),
        _ => None,
    }
}

/// Whether a count has failed for want of an endpoint: of a count, this is how that is classified.
pub(crate) fn is_missing(error: &UpstreamError) -> bool {
    error.kind == ErrorKind::NotFound && error.scope == Scope::Request
}
