//! Picks a credential for a route; owns health, cooldown and rotation.
//!
//! No IO, no tokens, no HTTP, and no clock of its own: the same calls with the same `now` have the
//! same results.
//!
//! ```
//! use std::time::{Duration, Instant};
//!
//! use cliproxy_core::{ErrorKind, ModelId, ProviderId, Scope};
//! use cliproxy_scheduler::{
//!     CandidateSpec, NoCapacity, Outcome, Query, Roster, RosterSpec, ServingSpec, ShardSpec,
//!     Strategy, Tried,
//! };
//!
//! let candidate = |name: &str| CandidateSpec::new(name.into(), ProviderId::from("claude"));
//! let candidates = [candidate("anna"), candidate("ben")];
//! let targets = vec![ModelId::from("claude-sonnet-4-5")];
//! let spec = RosterSpec {
//!     strategy: Strategy::RoundRobin,
//!     shards: vec![ShardSpec {
//!         key: "claude/claude-sonnet-4-5".into(),
//!         servings: vec![ServingSpec::new(candidates, targets)],
//!     }],
//!     ..RosterSpec::default()
//! };
//! let now = Instant::now();
//! let roster = Roster::build(spec, None, now);
//!
//! let shard = roster.shard("claude/claude-sonnet-4-5").ok_or("no such route")?;
//! let mut tried = Tried::default();
//! let pick = roster.pick(&Query::of(shard, &tried), now)?;
//! assert_eq!(pick.credential().as_str(), "anna");
//!
//! // The upstream refuses for ten seconds: the next pick passes over it.
//! let target = roster.targets(&pick, now).next().ok_or("no target")?;
//! let outcome = Outcome::Failed {
//!     kind: ErrorKind::Quota,
//!     scope: Scope::Model,
//!     retry_after: Some(Duration::from_secs(10)),
//! };
//! roster.record(&pick, target, outcome, now);
//! tried.visited(&pick);
//! let pick = roster.pick(&Query::of(shard, &tried), now)?;
//! assert_eq!(pick.credential().as_str(), "ben");
//!
//! // Once this one was tried too, what is left is Anna's cooldown; but she was tried.
//! tried.visited(&pick);
//! let nobody = roster.pick(&Query::of(shard, &tried), now);
//! assert_eq!(nobody.err(), Some(NoCapacity::Exhausted));
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod selector;
mod spec;

mod query;
mod verdict;

mod roster;
mod standing;
mod succession;

mod lineup;
mod seat;
mod shard;
mod slot;
mod tier;

mod bitset;
mod groups;
mod ready_set;
mod rotation;
mod wake_log;

mod backoff;
mod breaker;
mod health;
mod health_table;
mod kept;
mod moment;
mod penalty;
mod vitals;

pub use self::{
    kept::KeptBlock,
    query::{Pick, Query, ShardId, Tried},
    roster::Roster,
    selector::{Candidate, Choice, Custom, Selector},
    spec::{CandidateSpec, Cooling, RosterSpec, ServingSpec, ShardSpec, Strategy},
    standing::{CredentialHealth, Standing, State, UpstreamRest},
    verdict::{Availability, Block, NoCapacity, Outcome, Recorded},
};

#[cfg(test)]
mod tests;
