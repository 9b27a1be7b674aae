//! Why a request went where it went: noted on the way, read by those who ask later.

use cliproxy_core::{CredentialId, ModelId};
use cliproxy_scheduler::{Roster, ShardId, State};
use cliproxy_session_affinity::SessionId;
use std::{sync::Arc, time::Instant};

/// How many candidates are noted. A note of all would make every request of a large gateway pay for
/// the few that somebody asks about.
const NOTED: usize = 16;

/// The decisions of one request: a course for each model that was tried.
#[derive(Debug, Default)]
pub(crate) struct Trace {
    pub(crate) courses: Vec<CourseTrace>,
}

/// The decisions for one model.
#[derive(Debug)]
pub(crate) struct CourseTrace {
    pub(crate) route: ModelId,
    pub(crate) is_fallback: bool,
    pub(crate) strategy: &'static str,
    pub(crate) session: Option<SessionId>,
    pub(crate) affinity: Option<&'static str>,
    /// The first few in the order of service, and whoever was picked.
    pub(crate) candidates: Vec<CandidateTrace>,
    /// How many there were.
    pub(crate) count: usize,
    /// Where among the attempts of the request its own begin.
    pub(crate) first_attempt: usize,
    /// Why it has not served.
    pub(crate) failure: Option<Arc<str>>,
}

/// How one candidate was when the first was picked.
#[derive(Debug)]
pub(crate) struct CandidateTrace {
    pub(crate) credential: CredentialId,
    pub(crate) priority: i32,
    pub(crate) weight: u32,
    pub(crate) state: State,
}

impl CourseTrace {
    pub(crate) const fn new(route: ModelId, is_fallback: bool, first_attempt: usize) -> Self {
        Self {
            route,
            is_fallback,
            strategy: "",
            session: None,
            affinity: None,
            candidates: Vec::new(),
            count: 0,
            first_attempt,
            failure: None,
        }
    }

    /// Notes who could serve, and how they are now.
    pub(crate) fn candidates(
        &mut self,
        roster: &Roster,
        shard: ShardId,
        picked: Option<&CredentialId>,
        now: Instant,
    ) {
        self.strategy = roster.strategy().as_str();
        self.count = roster.candidates(shard);
        let first = roster.standings(shard, now).take(NOTED);
        self.candidates.reserve_exact(self.count.min(NOTED + 1));
        self.candidates.extend(first.map(CandidateTrace::from));
        let noted = |credential: &CredentialId| {
            let mut noted = self.candidates.iter();
            noted.any(|candidate| candidate.credential == *credential)
        };
        if let Some(picked) = picked.filter(|picked| !noted(picked)) {
            let standing = roster.standing(shard, picked, now);
            self.candidates.extend(standing.map(CandidateTrace::from));
        }
    }
}

impl From<cliproxy_scheduler::Standing<'_>> for CandidateTrace {
    fn from(standing: cliproxy_scheduler::Standing<'_>) -> Self {
        Self {
            credential: standing.credential.clone(),
            priority: standing.priority,
            weight: standing.weight,
            state: standing.state,
        }
    }
}
