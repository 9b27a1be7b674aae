//! One model of a request: who could have served it, who was tried, and what came of it.

use super::{
    AttemptView, CandidateView, Step, TranslationView,
    explain::{joined, label, whole_ms},
    sign_ins::{Over, SignIns},
};
use crate::{
    execute::asks_for_nothing,
    plan,
    snapshot::Snapshot,
    trace::{CandidateTrace, CourseTrace, NOTED, Note},
};
use cliproxy_core::{CredentialId, ModelId, Operation, Protocol, ProviderId};
use cliproxy_models::Route;
use cliproxy_scheduler::{State, Strategy};
use cliproxy_usage::{Attempt, Translation};
use std::{
    sync::Arc,
    time::{Duration, Instant},
};

/// How many candidates a question about a model shows: it has no budget to keep.
const SHOWN: usize = 1_000;

const EMPTY_SUFFIX: &str =
    "the suffix of the model's name is no level, budget, none or auto: it asks for nothing";

/// One model of a request that is over.
pub(super) fn step(
    snapshot: &Snapshot,
    protocol: Protocol,
    course: &CourseTrace,
    attempts: &[Attempt],
    outcome: &str,
) -> Step {
    let affinity = course.affinity.unwrap_or("-");
    let tried: Vec<&str> = attempts
        .iter()
        .map(|attempt| &*attempt.credential)
        .collect();
    let picked = course.picked.as_ref();
    let mut candidates: Vec<_> = candidates(snapshot, course)
        .iter()
        .map(|candidate| {
            let label = label(snapshot, &candidate.credential);
            let note = if picked.is_some_and(|picked| picked.credential == candidate.credential) {
                Some("picked")
            } else if tried.contains(&label.as_str()) {
                Some("tried")
            } else {
                not_asked(candidate, picked, affinity)
            };
            view(label, candidate, note)
        })
        .collect();
    let more_candidates = course.count.saturating_sub(candidates.len());
    if course
        .place
        .is_some_and(|(epoch, _)| epoch == snapshot.epoch)
    {
        let route = snapshot.models().resolve(course.route.as_str());
        let weightless = route
            .map(|found| weightless(snapshot, found.route, protocol, course.provider.as_ref()));
        candidates.extend(weightless.into_iter().flatten().take(NOTED));
    }
    let notes = course.notes.iter();
    Step {
        route: course.route.to_string(),
        strategy: course.strategy.to_owned(),
        session: course.session.map(|session| session.to_string()),
        affinity: affinity.to_owned(),
        more_candidates,
        candidates,
        attempts: attempts.iter().map(attempt).collect(),
        notes: notes.map(|note| note_text(snapshot, note)).collect(),
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
fn not_asked(
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

/// Those whose weight keeps them out of the route. They are in no tier, so only the members know.
fn weightless(
    snapshot: &Snapshot,
    route: &Route,
    protocol: Protocol,
    provider: Option<&ProviderId>,
) -> Vec<CandidateView> {
    if *snapshot.roster.strategy() != Strategy::Weighted {
        return Vec::new();
    }
    let members = snapshot
        .members_of(route, (protocol, Operation::Generate))
        .filter(|member| {
            let owner = &member.credential.provider;
            member.weight == 0 && provider.is_none_or(|provider| provider == owner)
        });
    let mut views: Vec<_> = members
        .map(|member| CandidateView {
            credential: member.credential.label.to_string(),
            id: member.credential.id.to_string(),
            priority: member.priority,
            weight: 0,
            state: "never picked".to_owned(),
            back_in_ms: None,
            note: Some("weight 0".to_owned()),
            sent_as: None,
        })
        .collect();
    views.sort_by(|a, b| (b.priority, &a.credential).cmp(&(a.priority, &b.credential)));
    views
}

fn note_text(snapshot: &Snapshot, note: &Note) -> String {
    match note {
        Note::Waited {
            whom,
            wait,
            is_over,
        } => {
            let waited = if *is_over { "waited" } else { "was to wait" };
            let wait = Duration::from_millis(whole_ms(*wait));
            match whom {
                Some(whom) => format!("{waited} {wait:?} for {} to be back", label(snapshot, whom)),
                None => format!("{waited} {wait:?} before the next round"),
            }
        }
        Note::MostCredentials(most) => {
            format!("max-retry-credentials ({most}) ended a round before all were asked")
        }
        Note::MostAttempts(most) => format!("max-attempts ({most}) allows no more"),
        Note::EmptySuffix => EMPTY_SUFFIX.to_owned(),
    }
}

/// A fallback that cannot be asked.
pub(super) fn passed_over(model: &ModelId, why: &str) -> Step {
    Step {
        route: model.to_string(),
        strategy: String::new(),
        session: None,
        affinity: "-".to_owned(),
        candidates: Vec::new(),
        more_candidates: 0,
        attempts: Vec::new(),
        notes: Vec::new(),
        outcome: why.to_owned(),
    }
}

/// One model of a request that was never made.
pub(super) fn hypothetical(
    (snapshot, sign_ins): (&Snapshot, &SignIns),
    protocols: &[Protocol],
    (step, asked): (plan::Step<'_>, &str),
    now: Instant,
) -> Step {
    let plan::Step {
        route,
        shard,
        provider,
        is_fallback,
        ..
    } = step;
    let roster = &snapshot.roster;
    let standings = roster.standings(shard, now).take(SHOWN);
    let candidates: Vec<_> = standings.map(CandidateTrace::from).collect();
    let over = |candidate: &CandidateTrace| -> Option<&Over> {
        let member = snapshot.members.get(&candidate.credential)?;
        sign_ins.over(member)
    };
    let ready =
        |candidate: &&CandidateTrace| candidate.state == State::Ready && over(candidate).is_none();
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
        let mut view = view(label(snapshot, &candidate.credential), candidate, note);
        if let Some(over) = over(candidate) {
            view.state = format!("{}: {}", over.state, over.why);
            view.back_in_ms = None;
        }
        CandidateView {
            sent_as: sent_as(snapshot, &candidate.credential, protocols),
            ..view
        }
    });
    let weightless = protocols.first().map_or_else(Vec::new, |protocol| {
        weightless(snapshot, route, *protocol, provider)
    });
    let is_empty = !is_fallback && asks_for_nothing(asked);
    let notes = is_empty.then(|| EMPTY_SUFFIX.to_owned());
    Step {
        route: route.id.to_string(),
        strategy: roster.strategy().as_str().to_owned(),
        session: None,
        affinity: "-".to_owned(),
        more_candidates: roster.candidates(shard).saturating_sub(candidates.len()),
        candidates: views.chain(weightless).collect(),
        attempts: Vec::new(),
        notes: notes.into_iter().collect(),
        outcome,
    }
}

/// What a credential's upstream is spoken to in for clients of these protocols, each once.
fn sent_as(snapshot: &Snapshot, credential: &CredentialId, clients: &[Protocol]) -> Option<String> {
    let member = snapshot.members.get(credential)?;
    let mut spoken = Vec::new();
    for dialect in clients.iter().filter_map(|client| member.dialect(*client)) {
        if !spoken.contains(&dialect.protocol) {
            spoken.push(dialect.protocol);
        }
    }
    Some(joined(&spoken))
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
        sent_as: None,
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
        translation: attempt.translation.as_deref().map(translation),
    }
}

fn translation(translation: &Translation) -> TranslationView {
    let text = |text: &Option<Arc<str>>| text.as_deref().map(str::to_owned);
    TranslationView {
        protocol: translation.upstream.to_string(),
        dropped: translation.dropped,
        cut: translation.cut,
        dropped_paths: text(&translation.dropped_paths),
        changed: translation.changed,
        changed_paths: text(&translation.changed_paths),
        repairs: translation.repairs,
    }
}
