//! What the gateway says about itself: how requests were decided, and what is ready now.
//!
//! Moments are Unix milliseconds and durations whole milliseconds, so that every reader of JSON
//! understands them.

mod account;
mod explain;
mod health;
mod inventory;
mod sign_ins;
mod steps;
mod unoffered;

pub use self::{
    account::{AccountView, ErrorView, TokensView},
    inventory::{CredentialDetail, FileView, Inventory},
};

use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// How one request was decided.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Explanation {
    /// Its id; empty if it was never made.
    pub request_id: String,
    /// When it arrived.
    pub at_ms: u64,
    /// Who asked.
    pub client: String,
    /// The protocol it came in.
    pub protocol: String,
    /// What was asked for.
    pub operation: String,
    /// The model, as asked for.
    pub model: String,
    /// What the client got; 0 if the request was never made.
    pub status: u16,
    /// How it ended, as in the log.
    pub ending: String,
    /// What went wrong.
    pub error: Option<String>,
    /// From its head to its end.
    pub total_ms: u64,
    /// One per model: the one that was asked for, then each fallback that was tried or passed over.
    pub steps: Vec<Step>,
    /// What the client did not get of a translated reply.
    #[serde(default)]
    pub reply_losses: Option<ReplyLossesView>,
}

/// What of a reply the client's protocol has no place for.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ReplyLossesView {
    /// Content.
    pub semantic: usize,
    /// What shapes it.
    pub quality: usize,
    /// Reasoning that only its maker can read.
    pub opaque: usize,
    /// How much of what: `media 1, citations 2`.
    pub what: String,
}

/// One model that was tried, or passed over.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Step {
    /// The model's route.
    pub route: String,
    /// The strategy within a priority.
    pub strategy: String,
    /// The session that the request belongs to.
    pub session: Option<String>,
    /// `new`, `hit`, `moved: …`, `pinned` or `-`.
    pub affinity: String,
    /// Who could have served, as they were when the first was picked.
    pub candidates: Vec<CandidateView>,
    /// How many more there were.
    pub more_candidates: usize,
    /// What was tried, in this order.
    pub attempts: Vec<AttemptView>,
    /// What has held it up or cut it short: a wait, a limit on attempts.
    #[serde(default)]
    pub notes: Vec<String>,
    /// `served`, or why it went on or ended.
    pub outcome: String,
}

/// A credential that could have served.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct CandidateView {
    /// Its label.
    pub credential: String,
    /// Its id.
    pub id: String,
    /// Its priority.
    pub priority: i32,
    /// Its weight.
    pub weight: u32,
    /// `ready`, `cooling: quota`, …
    pub state: String,
    /// Until it is ready again.
    pub back_in_ms: Option<u64>,
    /// What became of it: `picked`, `tried`, …
    pub note: Option<String>,
    /// The protocols that a request which was never made would be sent in: several where that depends on
    /// the client's.
    #[serde(default)]
    pub sent_as: Option<String>,
}

/// One attempt.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct AttemptView {
    /// The credential's label.
    pub credential: String,
    /// The model that the upstream was asked for.
    pub model: String,
    /// `ok`, or what went wrong.
    pub outcome: String,
    /// To its first event, or its failure.
    pub ms: u64,
    /// What the request became on its way, where the upstream speaks another protocol or something was lost.
    #[serde(default)]
    pub translation: Option<TranslationView>,
}

/// A request that did not go up as the client wrote it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct TranslationView {
    /// What the upstream speaks.
    pub protocol: String,
    /// How many members and parts of the client's body left no trace.
    pub dropped: usize,
    /// Those of them without a path: sealed reasoning that was taken out for this attempt.
    #[serde(default)]
    pub cut: usize,
    /// Their paths, comma-separated, as far as they are remembered.
    pub dropped_paths: Option<String>,
    /// How many arrived as something else.
    pub changed: usize,
    /// Their paths.
    pub changed_paths: Option<String>,
    /// How often its history was repaired: calls without results, results without calls.
    #[serde(default)]
    pub repairs: u32,
}

/// What is ready now.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Status {
    /// The version of the program.
    pub version: String,
    /// The number of the live snapshot.
    pub epoch: u64,
    /// The strategy within a priority.
    pub strategy: String,
    /// Whether sessions stay on their credential.
    pub session_affinity: bool,
    /// Sessions that are bound.
    pub bindings: u64,
    /// Every credential.
    pub credentials: Vec<CredentialView>,
    /// Whether clients may bring a Claude sign-in of their own.
    #[serde(default)]
    pub claude_passthrough: bool,
    /// Upstreams that are passed over now.
    pub upstreams: Vec<UpstreamView>,
    /// What was counted since the process began.
    #[serde(default)]
    pub counters: Vec<CounterView>,
}

/// Something that is counted, by the name it has as a metric.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CounterView {
    /// `cliproxy_…_total`.
    pub name: String,
    /// What tells it from others of the name: `from` and `to`, for a pair of protocols.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub labels: BTreeMap<String, String>,
    /// How often.
    pub value: u64,
}

/// A credential.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct CredentialView {
    /// Its label.
    pub credential: String,
    /// Its id.
    pub id: String,
    /// Its provider.
    pub provider: String,
    /// Its priority.
    pub priority: i32,
    /// Its weight.
    pub weight: u32,
    /// `ready`, `cooling`, …
    pub state: String,
    /// Why it is not ready.
    pub reason: Option<String>,
    /// Until it is ready again.
    pub back_in_ms: Option<u64>,
    /// The proxy that its requests go through, without its password: `direct`, or an address. Not there
    /// where the environment decides.
    #[serde(default)]
    pub proxy: Option<String>,
    /// What its credential file says, and how its tokens are. Not there for keys of the configuration.
    #[serde(default)]
    pub account: Option<AccountView>,
    /// The models it serves.
    pub models: Vec<ModelView>,
}

/// A model of a credential.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ModelView {
    /// The name that the upstream knows.
    pub model: String,
    /// `ready`, `cooling`, …
    pub state: String,
    /// Why it is not ready.
    pub reason: Option<String>,
    /// Until it is ready again.
    pub back_in_ms: Option<u64>,
    /// Until one request may try it before that.
    pub probe_in_ms: Option<u64>,
}

/// An upstream that is passed over.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct UpstreamView {
    /// Its address.
    pub upstream: String,
    /// Until one request may try it.
    pub trial_in_ms: u64,
}

/// What a reset has done to one credential.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Reset {
    /// Its label.
    pub credential: String,
    /// The models whose health was reset.
    pub models: Vec<String>,
    /// Blocks that were still on.
    pub ended: usize,
}

/// Why nothing was reset.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, thiserror::Error)]
#[non_exhaustive]
pub enum ResetError {
    /// There is no such credential.
    #[error("there is no credential of that label or id")]
    UnknownCredential {
        /// One that is spelled alike.
        nearest: Option<String>,
    },
    /// The credential does not serve that model.
    #[error("the credential serves no model of that name")]
    UnknownModel {
        /// One that is spelled alike.
        nearest: Option<String>,
    },
}
