//! What is known about a request when it is over.

use cliproxy_core::{ModelId, Operation, Protocol, Usage};
use std::{net::IpAddr, sync::Arc, time::Duration};

/// One request, from its first byte to its end.
#[derive(Clone, Debug)]
pub struct Record {
    /// The id in `x-cliproxy-request-id`.
    pub request_id: Arc<str>,
    /// The client's label; never its key.
    pub client: Arc<str>,
    /// The address it called from, as far as trusted proxies tell; `None` over a unix socket.
    pub peer: Option<IpAddr>,
    /// The protocol the client spoke.
    pub protocol: Protocol,
    /// What it asked for; `None` when the request was refused before that was known.
    pub operation: Option<Operation>,
    /// The model it asked for.
    pub model: Option<Arc<str>>,
    /// The model that was asked upstream.
    pub served_model: Option<Arc<str>>,
    /// The label of the credential that served.
    pub credential: Option<Arc<str>>,
    /// What affinity did: `hit`, `new`, `moved:<reason>`.
    pub affinity: Option<&'static str>,
    /// Every attempt, in order.
    pub attempts: Vec<Attempt>,
    /// The status the client got; 499 if it left before there was one.
    pub status: u16,
    /// How it ended.
    pub ending: Ending,
    /// Why it failed, without secrets.
    pub error: Option<Arc<str>>,
    /// From the request's arrival to the first byte of the reply.
    pub first_byte: Option<Duration>,
    /// From the request's arrival to its end.
    pub total: Duration,
    /// What the upstream reported, as far as it got.
    pub usage: Usage,
    /// The answer to a request to count tokens, where the gateway has estimated them because no
    /// upstream of the model can.
    pub estimated: Option<u64>,
    /// What the client did not get of a reply in another protocol than its own; `None` if that is
    /// nothing.
    pub reply_losses: Option<ReplyLosses>,
}

/// What of a reply the client's protocol has no place for, as far as the reply got.
///
/// Whoever counts losses counts these beside those of [`Translation`], as losses of the reply.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ReplyLosses {
    /// Content: media, calls, whole answers, kinds that are not translated.
    pub semantic: usize,
    /// Where texts are from, what the provider's tools did, probabilities of tokens.
    pub quality: usize,
    /// Reasoning that only its maker can read.
    pub opaque: usize,
    /// How much of what: `media 1, citations 2`.
    pub what: Arc<str>,
}

impl ReplyLosses {
    /// Of all classes.
    #[must_use]
    pub const fn count(&self) -> usize {
        self.semantic + self.quality + self.opaque
    }
}

/// One try of one credential.
#[derive(Clone, Debug)]
pub struct Attempt {
    /// The credential's label.
    pub credential: Arc<str>,
    /// The model that the upstream was asked for.
    pub model: ModelId,
    /// `ok`, or why it failed: `quota 429`, `transport`.
    pub outcome: Arc<str>,
    /// How long it took, to the response head or the failure.
    pub took: Duration,
    /// What the request became on its way; `None` if it went up in the client's protocol and lost nothing.
    pub translation: Option<Arc<Translation>>,
}

/// A request that did not go up as the client wrote it: for an upstream that speaks another protocol, or
/// that does not take all of the client's own.
///
/// Whoever counts losses counts `dropped` of each record's [`Record::translation`], by
/// [`Record::protocol`] and `upstream`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Translation {
    /// What the upstream speaks.
    pub upstream: Protocol,
    /// How many members and parts of the client's body left no trace.
    pub dropped: usize,
    /// Those of them without a path: sealed reasoning that was taken out for this attempt, because only
    /// another account can read it, or because the upstream has refused it.
    pub cut: usize,
    /// How many arrived as something else.
    pub changed: usize,
    /// The paths of the dropped ones in the client's body, comma-separated, as far as they fit.
    pub dropped_paths: Option<Arc<str>>,
    /// Those of the changed ones.
    pub changed_paths: Option<Arc<str>>,
    /// How often its history was repaired: calls without results, results without calls.
    pub repairs: u32,
}

impl Record {
    /// What the request became for the upstream that was asked last, which is the one that served, if
    /// any did.
    #[must_use]
    pub fn translation(&self) -> Option<&Translation> {
        self.attempts.last()?.translation.as_deref()
    }
}

/// How a request ended.
#[expect(clippy::exhaustive_enums, reason = "every sink must decide")]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ending {
    /// The client left first.
    Cancelled,
    /// The whole reply was delivered.
    Complete,
    /// The client got an error instead of a reply.
    Failed,
    /// The reply broke off after it had begun.
    Interrupted,
}

impl Ending {
    /// The name used in logs.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Cancelled => "cancelled",
            Self::Complete => "complete",
            Self::Failed => "failed",
            Self::Interrupted => "interrupted",
        }
    }
}

/// Where records go. Called once per request, on the task that served it: it must not block.
pub trait Sink: Send + Sync + 'static {
    /// Takes note of a request that is over.
    fn record(&self, record: &Record);
}
