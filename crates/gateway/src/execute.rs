//! From a plan to a reply: one model after the other, in rounds over the credentials of each.

use crate::{
    affinity::Seat,
    answer::Ready,
    bodies::Bodies,
    effort::{Effort, out_of_time},
    failure::Failure,
    journal::Journal,
    member::Member,
    memory::Memory,
    plan::{Next, Plan, Step},
    request::Request,
    retry::{Ended, Situation, jittered, next_round},
    snapshot::Snapshot,
    trace::Note,
    visit::Visit,
};
use cliproxy_core::{CredentialId, Operation, Protocol, parse_suffix};
use cliproxy_executors::{UpstreamError, WallClock};
use cliproxy_scheduler::{NoCapacity, Pick, Query, Tried};
use cliproxy_session_affinity::Session;
use cliproxy_translators::{Refused, is_thinking_suffix};
use std::{
    mem,
    time::{Duration, Instant},
};
use tokio::time::timeout_at;

/// One request on its way through models and credentials.
pub(crate) struct Execution<'a> {
    pub(crate) snapshot: &'a Snapshot,
    pub(crate) memory: &'a Memory,
    pub(crate) clock: WallClock,
    pub(crate) random: fn() -> f64,
    pub(crate) request: &'a Request,
    pub(crate) operation: Operation,
    /// The model as the client named it.
    pub(crate) asked: &'a str,
    pub(crate) bodies: Bodies<'a>,
    /// The only credential that can serve, because it holds state the request refers to.
    pub(crate) pin: Option<CredentialId>,
    pub(crate) session: Option<Session>,
    /// The user has spoken: a session may go back to a credential of higher priority.
    pub(crate) begins_turn: bool,
    pub(crate) effort: Effort,
    /// A credential was added while this one waited, so that it has to begin again under the snapshot
    /// that has it.
    pub(crate) is_superseded: bool,
    pub(crate) journal: &'a mut Journal,
}

/// One model of a request, on its way through credentials.
pub(crate) struct Course<'a> {
    pub(crate) step: Step<'a>,
    pub(crate) seat: Seat,
    pub(crate) tried: Tried,
    /// Whether who could serve was noted.
    noted: bool,
}

/// Why a round brought no reply.
pub(crate) enum RoundEnd {
    Failed(Box<UpstreamError>),
    /// None of the model's upstreams can be told what is asked. Those of another model may speak another
    /// protocol.
    Unspeakable(Refused),
    NoCapacity(NoCapacity),
    /// Another model would be refused as well, or the operator wants none to be asked.
    Stopped(Box<UpstreamError>),
}

impl<'a> Execution<'a> {
    /// Serves the request with the first model of its plan that can.
    pub(crate) async fn run(&mut self, plan: Plan<'a>) -> Result<Ready, Failure> {
        match self.effort.until {
            None => self.follow(plan).await,
            Some(until) => match timeout_at(until, self.follow(plan)).await {
                Ok(result) => result,
                Err(_) => Err(out_of_time(self.journal)),
            },
        }
    }

    /// A model that fails makes way for the next only while nothing has gone to the client, and only
    /// if the failure says nothing about the request itself. State at a provider has no stand-in.
    async fn follow(&mut self, plan: Plan<'a>) -> Result<Ready, Failure> {
        let fallbacks = plan.fallbacks(self.snapshot, self.asking());
        let mut last = match plan.asked {
            Err(failure) => failure,
            Ok(step) => match self.serve(step).await {
                Ok(ready) => return Ok(ready),
                Err(NotServed { failure, is_final }) if is_final => return Err(failure),
                Err(refused) => refused.failure,
            },
        };
        if self.pin.is_some() || self.is_superseded {
            return Err(last);
        }
        for next in fallbacks {
            if self.effort.is_spent() || self.is_superseded {
                break;
            }
            let step = match next {
                Next::Step(step) => step,
                Next::PassedOver(model, why) => {
                    self.journal.passed_over(model, why);
                    continue;
                }
            };
            match self.serve(step).await {
                Ok(ready) => return Ok(ready),
                Err(NotServed { failure, is_final }) if is_final => return Err(failure),
                Err(refused) => last = refused.failure.after(last, self.asked),
            }
        }
        Err(last)
    }

    /// What decides who can serve.
    pub(crate) const fn asking(&self) -> (Protocol, Operation) {
        (self.request.protocol, self.operation)
    }

    async fn serve(&mut self, step: Step<'a>) -> Result<Ready, NotServed> {
        self.journal.course(&step);
        if !step.is_fallback && asks_for_nothing(self.asked) {
            self.note(Note::EmptySuffix);
        }
        let mut course = Course {
            step,
            seat: self.seat(&step),
            tried: Tried::default(),
            noted: false,
        };
        let end = match self.rounds(&mut course).await {
            Ok(ready) => return Ok(ready),
            Err(end) => end,
        };
        let is_final = matches!(end, RoundEnd::Stopped(_));
        if self.effort.is_spent() && !is_final {
            let most = self.snapshot.params.retry.attempts;
            self.note(Note::MostAttempts(most));
        }
        let failure = self.give_up(&course.step, end);
        self.journal.course_failed(&failure);
        Err(NotServed { failure, is_final })
    }

    fn seat(&self, step: &Step<'_>) -> Seat {
        let Some(session) = &self.session else {
            return Seat::default();
        };
        let (roster, now) = (&self.snapshot.roster, Instant::now());
        let seat = Seat::find(self.memory, session, &step.route.id, now);
        if self.begins_turn {
            return seat.unless(|own| roster.is_outranked(step.shard, own, now));
        }
        seat
    }

    /// Rounds over the credentials, with waits between them where waiting helps.
    async fn rounds(&mut self, course: &mut Course<'a>) -> Result<Ready, RoundEnd> {
        let policy = self.snapshot.params.retry;
        let mut rounds = 0;
        loop {
            let end = match self.round(course).await {
                Ok(ready) => return Ok(ready),
                Err(end) => end,
            };
            rounds += 1;
            let ended = match &end {
                RoundEnd::Failed(error) => Ended::Failed(error),
                RoundEnd::NoCapacity(NoCapacity::CoolingDown { .. }) => Ended::CoolingDown,
                RoundEnd::NoCapacity(_) | RoundEnd::Unspeakable(_) | RoundEnd::Stopped(_) => {
                    return Err(end);
                }
            };
            if self.effort.is_spent() || !self.leave_out(course, rounds) {
                return Err(end);
            }
            let situation = Situation {
                ended,
                rounds,
                streams: self.operation.streams(),
                recovery: self.recovery(course),
                waited: self.effort.waited,
            };
            let Some(wait) = next_round(&policy, &situation) else {
                return Err(end);
            };
            let left = policy.wait.saturating_sub(self.effort.waited);
            let wait = jittered(wait, left, (self.random)());
            self.effort.waited += wait;
            if !wait.is_zero() {
                let waiting = Instant::now();
                self.is_superseded = self.wait(course, wait).await;
                if self.is_superseded {
                    let not_waited = wait.saturating_sub(waiting.elapsed());
                    self.effort.waited = self.effort.waited.saturating_sub(not_waited);
                    return Err(end);
                }
            }
        }
    }

    /// A client may leave meanwhile, so what is waited for is noted before. Says whether a credential
    /// was added, whoever it may serve.
    async fn wait(&mut self, course: &Course<'_>, wait: Duration) -> bool {
        let whom = self.first_to_rest(course, wait);
        self.note(Note::Waited {
            whom,
            wait,
            is_over: false,
        });
        let mut added = self.memory.added.subscribe();
        let epoch = self.snapshot.epoch;
        let is_added = tokio::select! {
            biased;
            added = added.wait_for(|added| *added > epoch) => added.is_ok(),
            () = tokio::time::sleep(wait) => false,
        };
        if let Some(trace) = self.journal.current() {
            trace.has_waited();
        }
        is_added
    }

    /// One visit to each credential that was not tried, until one serves or the request itself is
    /// refused.
    async fn round(&mut self, course: &mut Course<'a>) -> Result<Ready, RoundEnd> {
        let limit = self.snapshot.params.retry.credentials;
        let mut visited = 0;
        let (mut last, mut refused) = (None, None);
        while !(limit > 0 && visited >= limit || self.effort.is_spent()) {
            let (pick, member) = match self.pick(course) {
                Ok(found) => found,
                Err(none) => {
                    if refused.is_some() && !self.could_be_told(course) {
                        return Err(nobody_left(NoCapacity::Exhausted, last, refused));
                    }
                    return Err(nobody_left(none, last, refused));
                }
            };
            visited += 1;
            match self.visit(course, pick, member).await {
                Ok(ready) => return Ok(ready),
                Err(Visit::Over(end)) => return Err(end),
                Err(Visit::Next(error)) => last = Some(error),
                Err(Visit::Blocked) => visited -= 1,
                Err(Visit::Unspeakable(why)) => {
                    visited -= 1;
                    refused.get_or_insert(why);
                }
            }
        }
        let all = self.snapshot.roster.candidates(course.step.shard);
        if limit > 0 && visited >= limit && self.pin.is_none() && course.tried.len() < all {
            self.note(Note::MostCredentials(limit));
        }
        Err(nobody_left(NoCapacity::Exhausted, last, refused))
    }

    /// Whether the request can be said to any credential that was not asked. Where it cannot, it is no
    /// help to wait for them.
    fn could_be_told(&mut self, course: &Course<'a>) -> bool {
        let (snapshot, route) = (self.snapshot, course.step.route);
        let members = snapshot.members_of(route, self.asking());
        let mut looked_at = Vec::new();
        for member in members.filter(|member| !course.tried.contains(&member.credential.id)) {
            // All of one source are told the same.
            if looked_at.contains(&member.source) {
                continue;
            }
            looked_at.push(member.source);
            let serving = route.serving.iter();
            let mut targets = serving
                .filter(|serving| serving.source == member.source)
                .flat_map(|serving| &serving.targets);
            if targets.any(|target| self.outgoing(course, member, target).is_ok()) {
                return true;
            }
        }
        false
    }

    /// Begins the round after this many, without the credentials whose entries allow fewer. Says
    /// whether anybody is left.
    fn leave_out(&self, course: &mut Course<'_>, rounds: u32) -> bool {
        let bootstrap = match self.operation.streams() {
            true => self.snapshot.params.retry.bootstrap_rounds,
            false => 0,
        };
        course.tried.clear();
        let policy = &self.snapshot.params.retry;
        if policy.rounds.max(bootstrap) < rounds {
            return false;
        }
        // Where all entries agree, nobody is looked at.
        if policy.fewest_rounds.max(bootstrap) < rounds {
            let members = self.snapshot.members_of(course.step.route, self.asking());
            let allows_fewer = |member: &&Member| member.rounds.max(bootstrap) < rounds;
            for member in members.filter(allows_fewer) {
                course.tried.push(member.credential.id.clone());
            }
        }
        match &self.pin {
            Some(pin) => !course.tried.contains(pin),
            None => course.tried.len() < self.snapshot.roster.candidates(course.step.shard),
        }
    }

    /// The next credential, already among the tried ones.
    fn pick(&mut self, course: &mut Course<'a>) -> Result<(Pick, &'a Member), NoCapacity> {
        let now = Instant::now();
        let picked = self.choose(course, now);
        if !mem::replace(&mut course.noted, true) {
            let pick = picked.as_ref().ok().map(|(pick, _)| pick);
            self.note_candidates(course, pick, now);
        }
        let (pick, word) = picked?;
        if let Some(word) = word {
            self.journal.affinity(word);
        }
        course.tried.visited(&pick);
        // The roster and the members are of one derivation.
        let member = self.snapshot.members.get(pick.credential());
        Ok((pick, member.ok_or(NoCapacity::Unserved)?))
    }

    fn choose(
        &self,
        course: &mut Course<'_>,
        now: Instant,
    ) -> Result<(Pick, Option<&'static str>), NoCapacity> {
        let (roster, shard) = (&self.snapshot.roster, course.step.shard);
        let Some(pin) = &self.pin else {
            let seat = &mut course.seat;
            return seat.pick(self.memory, roster, shard, &course.tried, now);
        };
        let query = Query {
            pin: Some(pin),
            ..Query::of(shard, &course.tried)
        };
        Ok((roster.pick(&query, now)?, Some("pinned")))
    }

    fn note(&mut self, note: Note) {
        if let Some(trace) = self.journal.current() {
            trace.note(note);
        }
    }

    /// Who could serve, and how they are, for those who ask later why.
    fn note_candidates(&mut self, course: &Course<'_>, picked: Option<&Pick>, now: Instant) {
        let roster = (self.snapshot.epoch, &*self.snapshot.roster);
        if let Some(trace) = self.journal.current() {
            trace.session = course.seat.session();
            let picked = picked.map(Pick::credential);
            trace.candidates(roster, course.step.shard, picked, now);
        }
    }
}

/// Why a round that served nobody has ended. That a request cannot be said to some is the reason only
/// if nobody else could be asked, or may be later.
fn nobody_left(
    none: NoCapacity,
    last: Option<Box<UpstreamError>>,
    refused: Option<Refused>,
) -> RoundEnd {
    match (last, refused, none) {
        (Some(error), ..) => RoundEnd::Failed(error),
        (None, Some(refused), NoCapacity::Exhausted) => RoundEnd::Unspeakable(refused),
        (None, _, none) => RoundEnd::NoCapacity(none),
    }
}

/// Whether a name has a suffix that says nothing about reasoning: it is taken off all the same.
pub(crate) fn asks_for_nothing(asked: &str) -> bool {
    parse_suffix(asked)
        .suffix
        .is_some_and(|suffix| !is_thinking_suffix(suffix))
}

/// Why one model has not served.
struct NotServed {
    failure: Failure,
    /// No other model may be asked.
    is_final: bool,
}
