//! Refreshes OAuth tokens: in time, exactly once, and never losing one that was rotated.
//!
//! Where tokens are kept is a [`Vault`], who hands out new ones is a [`TokenEndpoint`], what time it
//! is says a [`Clock`]. Nothing here knows a file, HTTP or a provider. The rules are in
//! `docs/credentials.md`.

mod fingerprint;
mod grant;
mod jwt;
mod tokens;
mod validity;

mod backoff;
mod policy;
mod spread;

mod clock;
mod endpoint;
mod observer;
mod vault;

mod ending;
mod live;
mod outcome;
mod spec;
mod status;
mod trouble;

mod ready;
mod record;
mod registry;
mod schedule;

mod ask;
mod attempt;
mod engine;
mod turn;

pub use self::{
    clock::Clock,
    ending::{Counts, Ending, Event},
    endpoint::{RefreshError, TokenEndpoint},
    engine::{Engine, Spawner},
    fingerprint::{Fingerprint, InvalidFingerprint},
    grant::Grant,
    live::{Current, LiveTokens, Revision},
    observer::Observer,
    outcome::{Outcome, Reason},
    policy::{Due, Hold, Policy, next_check},
    spec::{Remembered, Settings, Spec},
    status::{Condition, Status},
    tokens::Tokens,
    trouble::{LastError, LoginReason, Trouble, UnknownReason, Verdict},
    validity::{Validity, is_expired},
    vault::{Committed, Vault, VaultDoor, VaultError},
};

#[cfg(test)]
mod tests;
