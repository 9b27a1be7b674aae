//! Picks a credential for a route; owns health, cooldown and rotation.
//!
//! No IO, no tokens, no HTTP, and no clock of its own: the same calls with the same `now` have the
//! same results.
//!
//! ```
//! use std::time::{Duration, Instant};
//!
//! use cliproxy_core::{CredentialId, ErrorKind, Generation, ModelId, Scope};
//! use cliproxy_scheduler::{
//!     CandidateSpec, Cooling, NoCapacity, Outcome, Query, Roster, RosterSpec, ShardSpec, Strategy,
//!     Tried,
//! };
//!
//! let candidate = |name: &str| CandidateSpec {
//!     credential: CredentialId::from(name),
//!     generation: Generation(1),
//!     priority: 0,
//!     targets: vec![ModelId::from("claude-sonnet-4-5")],
//!     cooling: Cooling::default(),
//! };
//! let spec = RosterSpec {
//!     strategy: Strategy::RoundRobin,
//!     shards: vec![ShardSpec {
//!         key: "claude/claude-sonnet-4-5".into(),
//!         candidates: vec![candidate("anna"), candidate("ben")],
//!     }],
//! };
//! let now = Instant::now();
//! let roster = Roster::build(spec, None, now);
//!
//! let shard = roster.shard("claude/claude-sonnet-4-5").ok_or("no such route")?;
//! let mut tried = Tried::default();
//! let pick = roster.pick(&Query { shard, pin: None, sticky: None, tried: &tried }, now)?;
//! assert_eq!(pick.credential.as_str(), "anna");
//!
//! // The upstream refuses for ten seconds: the next pick passes over it.
//! let target = roster.targets(&pick, now).next().ok_or("no target")?;
//! let outcome = Outcome::Failed {
//!     kind: ErrorKind::Quota,
//!     scope: Scope::Model,
//!     retry_after: Some(Duration::from_secs(10)),
//! };
//! roster.record(&pick, target, outcome, now);
//! tried.push(pick.credential);
//! let pick = roster.pick(&Query { shard, pin: None, sticky: None, tried: &tried }, now)?;
//! assert_eq!(pick.credential.as_str(), "ben");
//!
//! // Once this one was tried too, what is left is Anna's cooldown; but she was tried.
//! tried.push(pick.credential);
//! let nobody = roster.pick(&Query { shard, pin: None, sticky: None, tried: &tried }, now);
//! assert_eq!(nobody.err(), Some(NoCapacity::Exhausted));
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod spec;

mod query;
mod verdict;

mod roster;
mod succession;

mod shard;
mod slot;
mod tier;

mod bitset;
mod ready_set;
mod wake_log;

mod backoff;
mod health;
mod health_table;
mod moment;
mod penalty;

pub use self::{
    query::{Pick, Query, ShardId, Tried},
    roster::Roster,
    spec::{CandidateSpec, Cooling, RosterSpec, ShardSpec, Strategy},
    verdict::{Availability, Block, NoCapacity, Outcome, Recorded},
};

#[cfg(test)]
mod tests;
