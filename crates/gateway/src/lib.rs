//! The request path: one immutable snapshot, and the life of a request under it.
//!
//! A [`Gateway`] is given a [`Config`](cliproxy_config::Config) and answers [`Request`]s with
//! [`Reply`]s; where they come from and go to is the server's business. Everything a request reads
//! is in one [`Snapshot`], derived in one step, so that models, credentials and health can never
//! disagree.
//!
//! Read in this order: [`handle`](Gateway::handle) resolves the model and prepares the body,
//! `execute` goes through the credentials, `attempt` makes one try, `commit` draws the line after
//! which there is no failover, `stream` forwards, `settlement` notes what became of it.

mod gateway;

mod credentials;
mod derive;
mod discover;
mod disposal;
mod member;
mod snapshot;

mod handle;
mod request;

mod affinity;
mod alt;
mod bodies;
mod count;
mod memory;
mod own_credential;

mod attempt;
mod commit;
mod effort;
mod error_rules;
mod execute;
mod give_up;
mod outgoing;
mod plan;
mod retry;
mod visit;
mod wording;

mod answer;
mod curfew;
mod edits;
mod handover;
mod joiner;
mod lane;
mod replay;
mod reply;
mod settlement;
mod stream;
mod translation;
mod watch;

mod counters;
mod desk;
mod failure;
mod in_band;
mod journal;
mod log_sink;
mod recent;
mod secrets;
mod trace;

mod report;

#[cfg(test)]
mod simulation;

pub use self::{
    credentials::Checked,
    curfew::SHUTTING_DOWN,
    derive::{DeriveError, unserved_fallbacks},
    failure::{DoorRefusal, Failure, Refusal},
    gateway::{Environment, Gateway},
    handover::Broken,
    journal::Journal,
    log_sink::LogSink,
    reply::{Reply, ReplyBody},
    report::{
        AccountView, AttemptView, CandidateView, CounterView, CredentialDetail, CredentialView,
        ErrorView, Explanation, FileView, Inventory, ModelView, ReplyLossesView, Reset, ResetError,
        Status, Step, TokensView, TranslationView, UpstreamView,
    },
    request::Request,
    retry::RetryPolicy,
    snapshot::Snapshot,
};
pub use cliproxy_auth_store::Disk;
pub use cliproxy_scheduler::{Candidate, Choice, Custom, KeptBlock, Selector};
