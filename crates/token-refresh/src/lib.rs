//! Refreshes OAuth tokens: in time, exactly once, and never losing one that was rotated.
//!
//! Where tokens are kept is a [`Vault`], who hands out new ones is a [`TokenEndpoint`], what time it
//! is says a [`Clock`]. Nothing here knows a file, HTTP or a provider. The rules are in
//! `docs/credentials.md`.
//!
//! [`Engine`] runs it; what it decides by can be asked without it:
//!
//! ```
//! use cliproxy_core::Secret;
//! use cliproxy_token_refresh::{Hold, Policy, Tokens, is_expired, next_check};
//! use std::time::{Duration, SystemTime};
//!
//! let now = SystemTime::UNIX_EPOCH + Duration::from_secs(1_775_952_000);
//! let hour = Duration::from_secs(3600);
//! let tokens = Tokens {
//!     access: Secret::from("at-1"),
//!     refresh: Some(Secret::from("rt-1")),
//!     id: None,
//!     expires_at: Some(now + hour),
//!     refreshed_at: Some(now),
//! };
//! let policy = Policy {
//!     refreshed: true,
//!     lead: Some(Duration::from_secs(5 * 24 * 3600)),
//!     ..Policy::default()
//! };
//! // Five days before its end, but a token of an hour lives half of that at least.
//! let due = next_check(&tokens, &policy, Hold::None, now).ok_or("not scheduled")?;
//! assert_eq!(due.at, now + hour / 2);
//! assert!(is_expired(&tokens, now + hour));
//! # Ok::<(), &str>(())
//! ```

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
