//! What must hold, looked at while it happens.

mod fairness;
mod figures;
mod homes;
mod picks;
mod recovery;

pub(super) use figures::{Report, assert_eventful};

use super::{
    Scale,
    reign::{Reign, RouteId},
    request::Ending,
    upstream::Upstreams,
    world::Account,
};
use crate::memory::Memory;
use cliproxy_core::{CredentialId, ModelId};
use cliproxy_executors::UpstreamError;
use cliproxy_scheduler::{
    Block, Pick, Recorded, Roster, ShardId, Standing, State, Tried, UpstreamRest,
};
use cliproxy_session_affinity::SessionId;
use fairness::Fairness;
use figures::Figures;
use homes::{Homes, Place};
use recovery::Recovery;
use rustc_hash::FxHasher;
use std::{
    hash::{Hash, Hasher as _},
    time::{Duration, Instant},
};

/// So many violations are worded; the others are counted.
const WORDED: usize = 12;

/// What is kept of one request.
pub(super) struct Turn {
    route: RouteId,
    /// The session and its model.
    session: Option<Place>,
    pub(super) outranked: bool,
    home: homes::Outlook,
    picks: u32,
    attempts: u32,
    /// Sites that it found failing.
    met: Vec<usize>,
    probed: bool,
    /// How much longer the block was to last that it doubts.
    doubted: Duration,
    /// Whom it doubts now, and behind which upstream it is alone.
    probing: Option<CredentialId>,
    alone: Option<usize>,
}

/// What a request can see.
pub(super) struct View<'a> {
    pub(super) reign: &'a Reign,
    pub(super) shard: ShardId,
    pub(super) tried: &'a Tried,
}

/// How things stood just before a pick.
pub(super) struct Before<'a> {
    rests: Vec<UpstreamRest>,
    /// Who must be picked, because the session is at home there, or because somebody stands in.
    wanted: Option<CredentialId>,
    /// Everybody, if nobody is wanted and the route is watched.
    standings: Vec<Standing<'a>>,
    /// To whom another request has bound the session since this one looked, and whether that one is
    /// ready.
    overtaken: Option<(CredentialId, bool)>,
}

pub(super) struct Checks {
    start: Instant,
    affinity: bool,
    attempts: u32,
    /// Of so many routes the rotation is watched, of one.
    watched: usize,
    violations: Vec<String>,
    figures: Figures,
    digest: FxHasher,
    homes: Homes,
    fairness: Fairness,
    recovery: Recovery,
}

impl Turn {
    pub(super) fn new(route: RouteId, session: Option<Place>) -> Self {
        Self {
            route,
            session,
            outranked: false,
            home: homes::Outlook::default(),
            picks: 0,
            attempts: 0,
            met: Vec::new(),
            probed: false,
            doubted: Duration::ZERO,
            probing: None,
            alone: None,
        }
    }

    /// An attempt has found the upstream failing.
    pub(super) fn meets_failing(&mut self, account: &Account) {
        self.met.push(account.site);
    }
}

impl View<'_> {
    fn roster(&self) -> &Roster {
        &self.reign.roster
    }

    fn state(&self, credential: &CredentialId, now: Instant) -> Option<State> {
        let standing = self.roster().standing(self.shard, credential, now)?;
        Some(standing.state)
    }

    fn is_free(&self, standing: &Standing<'_>) -> bool {
        standing.state == State::Ready && !self.tried.contains(standing.credential)
    }
}

impl Checks {
    pub(super) fn new(scale: &Scale, upstreams: &Upstreams, start: Instant) -> Self {
        Self {
            start,
            affinity: scale.affinity,
            attempts: scale.policy.attempts,
            watched: scale.watched,
            violations: Vec::new(),
            figures: Figures::default(),
            digest: FxHasher::default(),
            homes: Homes::new(scale),
            fairness: Fairness::default(),
            recovery: Recovery::new(upstreams),
        }
    }

    /// A request has come in, and looks for its session.
    pub(super) fn arrives(
        &mut self,
        turn: &mut Turn,
        id: Option<&SessionId>,
        memory: &Memory,
        now: Instant,
    ) {
        self.figures.requests += 1;
        let bound = id.and_then(|id| memory.bindings.peek(id, now));
        let bound = bound.as_ref().map(|binding| binding.credential());
        if let Some(place) = turn.session
            && let Err(violation) = self.homes.arrives(place, &mut turn.home, bound, now)
        {
            self.violated(now, violation);
        }
    }

    /// A reply has begun.
    pub(super) fn began(
        &mut self,
        turn: &mut Turn,
        account: &Account,
        pick: &Pick,
        model: &ModelId,
        now: Instant,
    ) {
        self.trace(now, ("began", account.number));
        if pick.is_probe() {
            self.figures.early += 1;
            self.figures.sooner += turn.doubted;
        }
        self.recovery.answered(account.site, now, &mut self.figures);
        if pick.is_probe() {
            self.recovery.works(account, model, true, now);
        }
        self.leaves(turn);
        if let Some(place) = turn.session {
            let credential = pick.credential();
            self.homes
                .serves(place, &turn.home, credential, now, &mut self.figures);
        }
    }

    /// A visit has brought no reply.
    pub(super) fn leaves_empty(&mut self, turn: &mut Turn, account: &Account) {
        self.leaves(turn);
        self.figures.lost_to_upstream += u64::from(turn.home.leaves(&account.id));
    }

    /// A visit is over.
    fn leaves(&mut self, turn: &mut Turn) {
        if let Some(credential) = turn.probing.take() {
            self.recovery.probing.remove(&credential);
        }
        if let Some(site) = turn.alone.take() {
            self.recovery.sites[site].alone -= 1;
        }
    }

    /// A reply was delivered to its end.
    pub(super) fn completes(
        &mut self,
        turn: &Turn,
        account: &Account,
        pick: &Pick,
        model: &ModelId,
        now: Instant,
    ) {
        self.recovery.works(account, model, pick.is_probe(), now);
        if let Some(place) = turn.session {
            self.homes.completes(place, &turn.home, now);
        }
    }

    /// An attempt, or a reply that had begun, has failed.
    pub(super) fn failed(
        &mut self,
        account: &Account,
        model: &ModelId,
        error: &UpstreamError,
        before: Option<Block>,
        recorded: Recorded,
        now: Instant,
    ) {
        self.trace(now, ("failed", account.number, error.kind.as_str()));
        let figures = &mut self.figures;
        if let Err(violation) =
            self.recovery
                .failed((account, model), error, before, recorded, now, figures)
        {
            self.violated(now, format!("{}: {violation}", account.id));
        }
    }

    pub(super) const fn reloads(&mut self) {
        self.figures.reloads += 1;
        self.fairness.reloads();
    }

    /// A request waits for its next round.
    pub(super) const fn waits(&mut self) {
        self.figures.waits += 1;
    }

    /// A request is over.
    pub(super) fn ends(&mut self, turn: &Turn, ending: Ending, now: Instant) {
        self.trace(now, ("ends", ending, turn.attempts));
        self.figures.ended(ending, turn.attempts);
    }

    fn trace(&mut self, now: Instant, event: impl Hash) {
        (now - self.start).hash(&mut self.digest);
        event.hash(&mut self.digest);
    }

    fn violated(&mut self, now: Instant, what: impl Into<String>) {
        self.figures.violations += 1;
        if self.violations.len() < WORDED {
            let at = (now - self.start).as_secs_f64();
            self.violations
                .push(format!("at {at:.3} s: {}", what.into()));
        }
    }

    pub(super) fn report(&self, scale: &Scale, memory: &Memory) -> Report {
        Report {
            scale: scale.clone(),
            violations: self.violations.clone(),
            digest: self.digest.finish(),
            bindings: memory.bindings.len(),
            figures: self.figures.clone(),
            turns: self.fairness.longest,
        }
    }
}
