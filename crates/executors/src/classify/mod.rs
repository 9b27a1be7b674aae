//! Whose fault a refused request is, how far it reaches, and when to come back.
//!
//! Pure functions over an answer that has arrived. The tables are written down in
//! `docs/failures.md`.

mod facts;
mod go_duration;
mod hint;
#[cfg(test)]
mod tests;

pub(crate) use hint::asked_to_wait;

use bytes::Bytes;
use cliproxy_core::{ErrorKind, Operation, Protocol, Scope};
use facts::Facts;
use http::{HeaderMap, StatusCode};
use std::{
    borrow::Cow,
    time::{Duration, SystemTime},
};

/// A challenge is not answered by asking again at once, and its page has no hint of its own.
const CHALLENGE: Duration = Duration::from_secs(10);

/// An upstream's answer that is not a success.
#[derive(Debug)]
pub struct Answer {
    /// The protocol that was spoken.
    pub protocol: Protocol,
    /// What was asked for.
    pub operation: Operation,
    /// Its status, 4xx or 5xx.
    pub status: StatusCode,
    /// Its headers.
    pub headers: HeaderMap,
    /// Its body, decompressed; `None` if that failed.
    pub body: Option<Bytes>,
}

/// What an answer means.
#[derive(Clone, Debug, PartialEq)]
pub struct Classified {
    /// For retry and cooldown.
    pub kind: ErrorKind,
    /// How far it reaches.
    pub scope: Scope,
    /// The request itself is refused: another credential would refuse it as well.
    pub stop: bool,
    /// What the client is told.
    pub status: StatusCode,
    /// The answer may go to the client as the upstream's own words.
    pub answered: bool,
    /// When to come back.
    pub retry_after: Option<Duration>,
    /// For logs.
    pub message: Cow<'static, str>,
}

/// Classifies an answer. `now` is what dates in it are compared with. `spread`, in `[0, 1)`, is random:
/// how far those are spread that many are told alike.
#[must_use]
pub fn classify(answer: &Answer, now: SystemTime, spread: f64) -> Classified {
    let facts = Facts::read(answer.body.as_deref().unwrap_or_default());
    let verdict = verdict(answer, &facts);
    let hint = hint::retry_after(&answer.headers, &facts, answer.status, now, spread);
    let (status, answered) = match verdict.instead {
        Some(status) => (status, false),
        None => (answer.status, true),
    };
    let message = match verdict.why {
        Some(why) => Cow::Borrowed(why),
        None => Cow::Owned(format!("the upstream answered {}", answer.status.as_u16())),
    };
    Classified {
        kind: verdict.kind,
        scope: verdict.scope.unwrap_or(hint.scope),
        stop: verdict.stop,
        status,
        answered,
        retry_after: hint.after.max(verdict.at_least),
        message,
    }
}

struct Verdict {
    kind: ErrorKind,
    /// `None`: as far as the rate limit headers say.
    scope: Option<Scope>,
    stop: bool,
    /// The status to show where the upstream's own would mislead.
    instead: Option<StatusCode>,
    why: Option<&'static str>,
    /// The hint, unless the answer has a longer one.
    at_least: Option<Duration>,
}

const fn switch(kind: ErrorKind, scope: Scope) -> Verdict {
    Verdict {
        kind,
        scope: Some(scope),
        stop: false,
        instead: None,
        why: None,
        at_least: None,
    }
}

/// The request is refused for what it says.
const STOP: Verdict = Verdict {
    stop: true,
    ..switch(ErrorKind::BadRequest, Scope::Request)
};

fn verdict(answer: &Answer, facts: &Facts<'_>) -> Verdict {
    use ErrorKind::{Auth, BadRequest, Forbidden, ModelUnavailable, NotFound, Quota, Upstream};

    let status = answer.status.as_u16();
    if facts.is_challenge() {
        return Verdict {
            instead: Some(StatusCode::BAD_GATEWAY),
            why: Some("a web page stands between the gateway and the upstream"),
            at_least: Some(CHALLENGE),
            ..switch(Upstream, Scope::Provider)
        };
    }
    match status {
        400 | 401 if facts.mentions("invalid_grant") => switch(Auth, Scope::Credential),
        400 if facts.mentions("API_KEY_INVALID") => switch(Auth, Scope::Credential),
        400 | 422 if facts.names_missing_model() => switch(ModelUnavailable, Scope::Model),
        401 => switch(Auth, Scope::Credential),
        402 => switch(Forbidden, Scope::Credential),
        429 if facts.is_entitlement() => STOP,
        429 if facts.is_account_quota() => switch(Quota, Scope::Credential),
        429 => Verdict {
            scope: None,
            ..switch(Quota, Scope::Model)
        },
        404 if facts.is_unstored_item() => STOP,
        // OpenAI gives this one the type `invalid_request_error`; another account may have the model.
        404 if facts.names_unknown_model() => switch(NotFound, Scope::Model),
        // A host without a counting endpoint, whatever it shows instead, says nothing about the model.
        404 | 405 | 501 if answer.operation == Operation::CountTokens => {
            switch(NotFound, Scope::Request)
        }
        _ if facts.refuses_request() => STOP,
        403 if facts.concerns_project() => switch(Forbidden, Scope::Credential),
        403 => switch(Forbidden, Scope::Model),
        404 if facts.is_page() => Verdict {
            instead: Some(StatusCode::BAD_GATEWAY),
            why: Some("the upstream has no such page; check the entry's base-url"),
            ..switch(Upstream, Scope::Provider)
        },
        404 => switch(NotFound, Scope::Model),
        // Compatible hosts answer a bare 400 for exhausted keys too, so only a body that names its
        // reason ends the request there.
        400 | 409 | 413 | 422 if answer.protocol == Protocol::Chat && !facts.is_structured() => {
            switch(BadRequest, Scope::Request)
        }
        400 | 409 | 413 | 422 => STOP,
        // A client would take a 408 for its own slowness. In JSON it is the upstream's own word, and
        // stays.
        408 if !facts.json => Verdict {
            instead: Some(StatusCode::GATEWAY_TIMEOUT),
            ..switch(Upstream, Scope::Provider)
        },
        408 | 500.. => switch(Upstream, Scope::Provider),
        _ => switch(BadRequest, Scope::Request),
    }
}
