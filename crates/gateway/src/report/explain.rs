//! How requests were decided, and how one would be.

use super::{AttemptView, CandidateView, Explanation, Step};
use crate::{
    gateway::Gateway,
    plan::{self, Plan},
    recent::Decided,
    snapshot::Snapshot,
    trace::{CandidateTrace, CourseTrace, NOTED},
};
use cliproxy_core::{CredentialId, ModelId, Operation, Protocol};
use cliproxy_scheduler::State;
use cliproxy_usage::Attempt;
use std::time::{Duration, Instant, SystemTime};

/// How many candidates a question about a model shows: it has no budget to keep.
const SHOWN: usize = 1_000;

impl Gateway {
    /// How the request with this id was decided, if it is still remembered: the last 512 are.
    #[must_use]
    pub fn explain(&self, request_id: &str) -> Option<Explanation> {
        let decided = self.decided().find(request_id)?;
        Some(self.explained(&decided))
    }

    /// How the newest request that is over was decided.
    #[must_use]
    pub fn explain_last(&self) -> Option<Explanation> {
        self.recent(1).pop()
    }

    /// How the last requests were decided, the newest first.
    #[must_use]
    pub fn recent(&self, limit: usize) -> Vec<Explanation> {
        let newest = self.decided().newest(limit);
        newest
            .iter()
            .map(|decided| self.explained(decided))
            .collect()
    }

    /// What would become of a request for this model now, for every protocol that it is served in
    /// or the one given, fallbacks included. Takes no turn.
    ///
    /// # Errors
    ///
    /// What such a request would be told, if nobody could be asked.
    pub fn explain_model(
        &self,
        model: &str,
        protocol: Option<Protocol>,
    ) -> Result<Vec<Explanation>, String> {
        let (snapshot, now) = (self.snapshot(), Instant::now());
        let asked = Protocol::ALL
            .into_iter()
            .filter(|spoken| protocol.is_none_or(|asked| asked == *spoken));
        let (mut explained, mut refused) = (Vec::new(), None);
        for protocol in asked {
            let plan = Plan::of(&snapshot, protocol, Operation::Generate, model);
            let fallbacks: Vec<_> = plan.fallbacks(&snapshot, protocol).collect();
            let first = match plan.asked {
                Ok(step) => Some(step),
                Err(failure) => {
                    refused.get_or_insert_with(|| failure.to_string());
                    None
                }
            };
            let steps = first.into_iter().chain(fallbacks);
            let steps = steps.map(|step| hypothetical(&snapshot, step, now));
            let steps: Vec<_> = steps.collect();
            if !steps.is_empty() {
                explained.push(self.hypothetical(model, protocol, steps));
            }
        }
        match refused {
            Some(refused) if explained.is_empty() => Err(refused),
            _ => Ok(explained),
        }
    }

    /// A request that was never made.
    fn hypothetical(&self, model: &str, protocol: Protocol, steps: Vec<Step>) -> Explanation {
        Explanation {
            request_id: String::new(),
            at_ms: unix_ms((self.clock())()),
            client: String::new(),
            protocol: protocol.to_string(),
            operation: String::new(),
            model: model.to_owned(),
            status: 0,
            ending: String::new(),
            error: None,
            total_ms: 0,
            steps,
        }
    }

    fn explained(&self, decided: &Decided) -> Explanation {
        let Decided {
            record,
            trace,
            begun,
        } = decided;
        let text = |text: &Option<std::sync::Arc<str>>| text.as_deref().map(str::to_owned);
        let at = (self.clock())().checked_sub(begun.elapsed());
        let courses = trace.courses.iter().enumerate();
        let snapshot = self.snapshot();
        // What was given up half-way was refused by no model, and served by none.
        let outcome = match (&record.served_model, &record.error) {
            (Some(_), _) => "served",
            (None, Some(error)) => error,
            (None, None) => record.ending.as_str(),
        };
        let steps = courses.map(|(number, course)| {
            let next = trace.courses.get(number + 1);
            let end = next.map_or(record.attempts.len(), |next| next.first_attempt);
            let attempts = record.attempts.get(course.first_attempt..end);
            let outcome = course.failure.as_deref().unwrap_or(outcome);
            step(&snapshot, course, attempts.unwrap_or_default(), outcome)
        });
        Explanation {
            request_id: record.request_id.to_string(),
            at_ms: unix_ms(at.unwrap_or(SystemTime::UNIX_EPOCH)),
            client: record.client.to_string(),
            protocol: record.protocol.to_string(),
            operation: record
                .operation
                .map_or("", |operation| operation.as_str())
                .to_owned(),
            model: text(&record.model).unwrap_or_default(),
            status: record.status,
            ending: record.ending.as_str().to_owned(),
            error: text(&record.error),
            total_ms: whole_ms(record.total),
            steps: steps.collect(),
        }
    }
}

fn step(snapshot: &Snapshot, course: &CourseTrace, attempts: &[Attempt], outcome: &str) -> Step {
    let affinity = course.affinity.unwrap_or("-");
    let tried: Vec<&str> = attempts
        .iter()
        .map(|attempt| &*attempt.credential)
        .collect();
    let picked = course.picked.as_ref();
    let candidates: Vec<_> = candidates(snapshot, course)
        .iter()
        .map(|candidate| {
            let label = label(snapshot, &candidate.credential);
            let note = if picked.is_some_and(|picked| picked.credential == candidate.credential) {
                Some("picked")
            } else if tried.contains(&label.as_str()) {
                Some("tried")
            } else {
                passed_over(candidate, picked, affinity)
            };
            view(label, candidate, note)
        })
        .collect();
    Step {
        route: course.route.to_string(),
        strategy: course.strategy.to_owned(),
        session: course.session.map(|session| session.to_string()),
        affinity: affinity.to_owned(),
        more_candidates: course.count.saturating_sub(candidates.len()),
        candidates,
        attempts: attempts.iter().map(attempt).collect(),
        outcome: outcome.to_owned(),
    }
}

/// The first candidates in the order of service, and whoever was picked, as they were. Those that
/// were ready are known as long as the snapshot lives.
fn candidates(snapshot: &Snapshot, course: &CourseTrace) -> Vec<CandidateTrace> {
    let mut known: Vec<CandidateTrace> = match course.place {
        Some((epoch, shard)) if epoch == snapshot.epoch => {
            let standings = snapshot.roster.standings(shard, Instant::now());
            let ready = standings.take(NOTED).map(|standing| CandidateTrace {
                state: State::Ready,
                ..CandidateTrace::from(standing)
            });
            ready.collect()
        }
        _ => Vec::new(),
    };
    for noted in course.picked.iter().chain(&course.skipped) {
        let mut places = known.iter_mut();
        match places.find(|candidate| candidate.credential == noted.credential) {
            Some(place) => *place = noted.clone(),
            None => known.push(noted.clone()),
        }
    }
    known
}

/// Why one that was ready was not asked.
fn passed_over(
    candidate: &CandidateTrace,
    picked: Option<&CandidateTrace>,
    affinity: &str,
) -> Option<&'static str> {
    if candidate.state != State::Ready {
        return None;
    }
    Some(match affinity {
        "pinned" => "another holds the state that the request refers to",
        "hit" => "another holds the session",
        _ if picked.is_some_and(|picked| picked.priority > candidate.priority) => "lower priority",
        _ => "not its turn",
    })
}

fn hypothetical(snapshot: &Snapshot, step: plan::Step<'_>, now: Instant) -> Step {
    let plan::Step { route, shard, .. } = step;
    let roster = &snapshot.roster;
    let standings = roster.standings(shard, now).take(SHOWN);
    let candidates: Vec<_> = standings.map(CandidateTrace::from).collect();
    let ready = |candidate: &&CandidateTrace| candidate.state == State::Ready;
    let best = candidates.iter().find(ready);
    let outcome = match best {
        Some(best) => format!(
            "one of priority {} would serve; a session stays where it is",
            best.priority
        ),
        None => "nobody is ready".to_owned(),
    };
    let views = candidates.iter().map(|candidate| {
        let lower = best.is_some_and(|best| best.priority > candidate.priority);
        let note = (ready(&candidate) && lower).then_some("lower priority");
        view(label(snapshot, &candidate.credential), candidate, note)
    });
    Step {
        route: route.id.to_string(),
        strategy: roster.strategy().as_str().to_owned(),
        session: None,
        affinity: "-".to_owned(),
        more_candidates: roster.candidates(shard).saturating_sub(candidates.len()),
        candidates: views.collect(),
        attempts: Vec::new(),
        outcome,
    }
}

fn view(label: String, candidate: &CandidateTrace, note: Option<&str>) -> CandidateView {
    let (state, back_in) = words(&candidate.state);
    CandidateView {
        credential: label,
        id: candidate.credential.to_string(),
        priority: candidate.priority,
        weight: candidate.weight,
        state,
        back_in_ms: back_in.map(whole_ms),
        note: note.map(str::to_owned),
    }
}

/// A state in words, and when it ends.
pub(super) fn words(state: &State) -> (String, Option<Duration>) {
    match state {
        State::Ready => ("ready".to_owned(), None),
        State::Blocked(block) => (
            format!("cooling: {}", block.reason.as_str()),
            Some(block.remaining),
        ),
        State::Behind(trial) => ("upstream not reached".to_owned(), Some(*trial)),
        _ => ("no model for this".to_owned(), None),
    }
}

fn attempt(attempt: &Attempt) -> AttemptView {
    AttemptView {
        credential: attempt.credential.to_string(),
        model: ModelId::to_string(&attempt.model),
        outcome: attempt.outcome.to_string(),
        ms: whole_ms(attempt.took),
    }
}

/// What people call a credential; one that is gone has only its id.
pub(super) fn label(snapshot: &Snapshot, credential: &CredentialId) -> String {
    let member = snapshot.members.get(credential);
    member.map_or_else(
        || credential.to_string(),
        |member| member.credential.label.to_string(),
    )
}

fn unix_ms(at: SystemTime) -> u64 {
    let since = at.duration_since(SystemTime::UNIX_EPOCH);
    since.map_or(0, whole_ms)
}

pub(super) fn whole_ms(duration: Duration) -> u64 {
    u64::try_from(duration.as_millis()).unwrap_or(u64::MAX)
}
