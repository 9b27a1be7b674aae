//! Why a request went where it went: noted on the way, read by those who ask later.

use cliproxy_core::{CredentialId, ModelId, ProviderId};
use cliproxy_scheduler::{Roster, ShardId, State};
use cliproxy_session_affinity::SessionId;
use std::{
    sync::Arc,
    time::{Duration, Instant},
};

/// How many candidates are looked at. A note of all would make every request of a large gateway pay
/// for the few that somebody asks about.
pub(crate) const NOTED: usize = 16;

/// The decisions of one request: a course for each model that was tried.
#[derive(Clone, Debug, Default)]
pub(crate) struct Trace {
    pub(crate) courses: Vec<CourseTrace>,
}

/// The decisions for one model.
#[derive(Clone, Debug)]
pub(crate) struct CourseTrace {
    pub(crate) route: ModelId,
    pub(crate) is_fallback: bool,
    pub(crate) strategy: &'static str,
    pub(crate) session: Option<SessionId>,
    pub(crate) affinity: Option<&'static str>,
    /// Where its candidates are found while the snapshot lives.
    pub(crate) place: Option<(u64, ShardId)>,
    /// Those of the first few in the order of service that were not ready. The others were, and are
    /// not written down: nearly always that is all of them.
    pub(crate) skipped: Vec<CandidateTrace>,
    /// Who was picked first, and how that one was.
    pub(crate) picked: Option<CandidateTrace>,
    /// How many candidates there were.
    pub(crate) count: usize,
    /// Where among the attempts of the request its own begin.
    pub(crate) first_attempt: usize,
    /// The only provider that may serve it.
    pub(crate) provider: Option<ProviderId>,
    /// What has held it up or cut it short.
    pub(crate) notes: Vec<Note>,
    /// Why it has not served.
    pub(crate) failure: Option<Arc<str>>,
}

/// What has held up one model or cut it short, or else surprises whoever asked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Note {
    /// It waited for a credential that rested, or because the upstream had said so.
    Waited {
        whom: Option<CredentialId>,
        wait: Duration,
        /// Whether it has waited to the end.
        is_over: bool,
    },
    /// A round has ended before all were asked, after this many credentials.
    MostCredentials(u32),
    /// This many attempts were made, and no more are allowed.
    MostAttempts(u32),
    /// The suffix of the model's name asks for nothing that is known.
    EmptySuffix,
}

/// How one candidate was when the first was picked.
#[derive(Clone, Debug)]
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
            place: None,
            skipped: Vec::new(),
            picked: None,
            count: 0,
            first_attempt,
            provider: None,
            notes: Vec::new(),
            failure: None,
        }
    }

    /// Notes something, once.
    pub(crate) fn note(&mut self, note: Note) {
        if !self.notes.contains(&note) {
            self.notes.push(note);
        }
    }

    /// The wait that was noted last is over.
    pub(crate) fn has_waited(&mut self) {
        if let Some(Note::Waited { is_over, .. }) = self.notes.last_mut() {
            *is_over = true;
        }
    }

    /// Notes who could serve, and how they are now.
    pub(crate) fn candidates(
        &mut self,
        (epoch, roster): (u64, &Roster),
        shard: ShardId,
        picked: Option<&CredentialId>,
        now: Instant,
    ) {
        self.strategy = roster.strategy().as_str();
        self.place = Some((epoch, shard));
        self.count = roster.candidates(shard);
        let first = roster.standings(shard, now).take(NOTED);
        let skipped = first.filter(|standing| standing.state != State::Ready);
        self.skipped.extend(skipped.map(CandidateTrace::from));
        let picked = picked.and_then(|picked| roster.standing(shard, picked, now));
        self.picked = picked.map(CandidateTrace::from);
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
