//! What the upstream does to a request that one of its keys sends.

use crate::{Derailment, Failure};
use bytes::Bytes;
use http::{HeaderMap, StatusCode};
use std::{num::NonZeroU32, time::Duration};

/// What the upstream does with a request.
///
/// Behaviours that count events mean the server-sent events of a streaming reply, from 0. What they
/// do to a unary reply is said at each of them.
#[derive(Clone, Debug, Default)]
#[non_exhaustive]
pub enum Behaviour {
    /// Answers as a healthy provider.
    #[default]
    Answer,
    /// Answers, and leaves the rails after this many bytes of the response as it goes over the wire,
    /// head included. A request may say otherwise in `x-scripted-derail-after`.
    Derail {
        /// Bytes that are sent as they should be.
        after: usize,
        /// What follows them.
        then: Derailment,
    },
    /// Answers 200 with no body at all.
    Empty,
    /// Sends this many events, then the protocol's own in-stream error, and ends. Unary: as
    /// [`Behaviour::JsonErrorIn200`].
    ErrorEventAt(usize),
    /// [`Behaviour::ErrorEventAt`] 0: the error is all there is.
    ErrorEventFirst,
    /// Refuses as the spoken protocol's provider would.
    Fail(Failure),
    /// Waits before the response head, then answers. [`Duration::MAX`] never answers.
    HeaderDelay(Duration),
    /// Answers 200 with an HTML sign-in page.
    Html,
    /// Answers 200 with the protocol's error object as JSON, streaming or not.
    JsonErrorIn200,
    /// Sends an event that is not JSON in place of this one, then goes on. Unary: a body cut in
    /// the middle of a JSON text, with a length that agrees.
    MalformedAt(usize),
    /// Waits between two events. Unary: answers at once.
    Paced {
        /// The time between two events.
        interval: Duration,
    },
    /// Writes exactly these bytes to the connection in place of an HTTP response, then closes it.
    Raw(Bytes),
    /// Answers this many requests in each window, then refuses with the protocol's rate limit
    /// error, whose hint is the rest of the window.
    RateLimited {
        /// Answers per window.
        answers: u32,
        /// The length of a window; it starts with its first request.
        window: Duration,
    },
    /// Refuses every `nth` request with the protocol's rate limit error.
    RateLimitedEvery {
        /// Which request of a row is refused: 1 refuses all.
        nth: NonZeroU32,
        /// The hint given.
        retry_after: Duration,
    },
    /// Answers 307 to this URL.
    Redirect(String),
    /// Sends this many events, then resets the connection (a TCP RST). 0 resets before the
    /// response head; unary replies are always reset there.
    ResetAfter(usize),
    /// Sends this many events, then nothing until the peer leaves. Unary: the head only.
    StallAfter(usize),
    /// Answers with exactly this.
    Status {
        /// The status.
        status: StatusCode,
        /// The headers, besides the ones that frame the body.
        headers: HeaderMap,
        /// The body.
        body: Bytes,
    },
    /// Sends this many events and ends the body in good order. Unary: closes the connection in the
    /// middle of the announced length.
    TruncateAfter(usize),
}

impl From<Failure> for Behaviour {
    fn from(failure: Failure) -> Self {
        Self::Fail(failure)
    }
}
