//! Which result answers which call.
//!
//! | in the body | becomes |
//! | --- | --- |
//! | a result with an id | that of the call with this id in the turn before |
//! | a result without an id | that of the first call of its name without a result; if no call has the name, of the call in its place, else of the first without a result |
//! | results between other parts | before all of them, in the order of the calls |
//! | no result for a call | an error: `No result was recorded for this tool call.` |
//! | a result that answers no call of the turn before | a text in its place: `[result of tool call …]` and the content |
//! | a second result for a call | the last one wins |
//!
//! The last three are repairs of a history that was damaged on its way; they are not reported as losses.
//! With strict tools nothing is repaired, so that the provider says what it thinks of it.

use super::{
    Notes,
    calls::{self, Call, Calls},
    opaque, results, system,
};
use crate::{
    call_id::CallIds,
    json_str::JsonStr,
    replay::Replay,
    request_ir::{Part, PartKind, Place, Role, ToolResult, Turn},
    rules::LaterSystem,
    target::Target,
};
use rustc_hash::FxHashMap;
use std::{collections::VecDeque, mem};

const MISSING: &str = "No result was recorded for this tool call.";

/// Pairs calls and results, and puts results where they belong.
pub(super) fn pair<'a>(
    turns: &mut Vec<Turn<'a>>,
    target: &Target<'_>,
    replay: &dyn Replay,
    notes: &mut Notes,
) {
    let mut rest = mem::take(turns).into_iter().peekable();
    let mut ids = CallIds::default();
    let is_answer = |turn: &Turn<'_>| {
        !matches!(
            turn,
            Turn::Said {
                role: Role::Assistant,
                ..
            }
        )
    };
    while rest.peek().is_some() {
        let mut calls = Calls::default();
        let assistant = rest.next_if(|turn| !is_answer(turn));
        if let Some(Turn::Said {
            role,
            mut parts,
            place,
        }) = assistant
        {
            calls = calls::fit(&mut parts, turns.len(), &mut ids, target, notes);
            if let Some((first, id)) = &calls.first {
                opaque::restore(&mut parts, (*first, id), target, replay);
            }
            turns.push(Turn::Said { role, parts, place });
        }
        let run: Vec<_> = std::iter::from_fn(|| rest.next_if(is_answer)).collect();
        let run = answer(run, &calls, &mut ids, target, notes);
        turns.extend(match system::later(target) {
            LaterSystem::Behind => system::behind(run, notes),
            LaterSystem::Kept | LaterSystem::Folded => run,
        });
    }
}

fn has_results(turn: &Turn<'_>) -> bool {
    let is_result = |part: &Part<'_>| matches!(part.kind, PartKind::ToolResult(_));
    matches!(turn, Turn::Said { parts, .. } if parts.iter().any(is_result))
}

/// What stands between two turns of the assistant, the results first.
fn answer<'a>(
    run: Vec<Turn<'a>>,
    calls: &Calls<'a>,
    ids: &mut CallIds<'a>,
    target: &Target<'_>,
    notes: &mut Notes,
) -> Vec<Turn<'a>> {
    // Most turns: nothing to pair, and no part is moved for it.
    if calls.made.is_empty() && !run.iter().any(has_results) {
        return run;
    }
    let is_strict = target.options.strict_tools;
    let mut answers = assign(&run, calls, ids).into_iter();
    let mut found: Vec<Option<Part<'a>>> = calls.made.iter().map(|_| None).collect();
    // Of strict tools: what answers nothing, as it is.
    let mut unpaired = Vec::new();
    let mut others = Vec::with_capacity(run.len() + 1);
    for turn in run {
        let Turn::Said { role, parts, place } = turn else {
            others.push(turn);
            continue;
        };
        let mut kept = Vec::with_capacity(parts.len());
        for mut part in parts {
            let PartKind::ToolResult(result) = &mut part.kind else {
                kept.push(part);
                continue;
            };
            let slot = answers
                .next()
                .flatten()
                .and_then(|index| found.get_mut(index));
            match slot {
                Some(slot) if !is_strict || slot.is_none() => {
                    notes.repairs += u32::from(slot.is_some());
                    *slot = Some(part);
                }
                _ if is_strict => {
                    results::write_out(result);
                    result.id = calls::fit_id(mem::take(&mut result.id), target);
                    unpaired.push(part);
                }
                _ => {
                    notes.repairs += 1;
                    kept.extend(orphan(part));
                }
            }
        }
        others.push(Turn::Said {
            role,
            parts: kept,
            place,
        });
    }
    let mut hoisted = Vec::new();
    let paired = calls.made.iter().zip(found).filter_map(|(call, part)| {
        let part = part.or_else(|| {
            notes.repairs += u32::from(!is_strict);
            (!is_strict).then(|| missing(call))
        });
        Some(results::fit(part?, call, target, &mut hoisted))
    });
    let mut first: Vec<_> = paired.collect();
    first.extend(unpaired);
    first.append(&mut hoisted);
    put_first(first, &mut others);
    others
}

fn put_first<'a>(mut first: Vec<Part<'a>>, run: &mut Vec<Turn<'a>>) {
    if let Some(Turn::Said { parts, .. }) = run.first_mut() {
        first.append(parts);
        *parts = first;
    } else if let Some(part) = first.first() {
        let place = part.place;
        run.insert(
            0,
            Turn::Said {
                role: Role::User,
                parts: first,
                place,
            },
        );
    }
    run.retain(|turn| !matches!(turn, Turn::Said { parts, .. } if parts.is_empty()));
}

/// Which call each result answers, in the order of the results.
fn assign(run: &[Turn<'_>], calls: &Calls<'_>, ids: &mut CallIds<'_>) -> Vec<Option<usize>> {
    let made = calls.made.len();
    let mut answered = vec![false; made];
    let mut by_name: FxHashMap<&str, VecDeque<usize>> = FxHashMap::default();
    for (index, call) in calls.made.iter().enumerate() {
        by_name
            .entry(&call.received_name)
            .or_default()
            .push_back(index);
    }
    let mut assigned: Vec<_> = results(run)
        .map(|result| {
            let index = match &*result.id {
                "" => {
                    let queue = by_name.get_mut(result.name.as_deref()?)?;
                    loop {
                        let next = queue.pop_front()?;
                        if !answered[next] {
                            break next;
                        }
                    }
                }
                id => *calls.by_id.get(&ids.result(id)?)?,
            };
            answered[index] = true;
            Some(index)
        })
        .collect();
    let mut next = 0;
    for (at, (slot, result)) in assigned.iter_mut().zip(results(run)).enumerate() {
        let named = result
            .name
            .as_deref()
            .is_some_and(|name| by_name.contains_key(name));
        if slot.is_some() || named || !result.id.is_empty() {
            continue;
        }
        while answered.get(next) == Some(&true) {
            next += 1;
        }
        let index = if answered.get(at) == Some(&false) {
            at
        } else {
            next
        };
        if let Some(answered) = answered.get_mut(index) {
            *answered = true;
            *slot = Some(index);
        }
    }
    assigned
}

fn results<'r, 'a>(run: &'r [Turn<'a>]) -> impl Iterator<Item = &'r ToolResult<'a>> {
    let parts = run.iter().flat_map(|turn| match turn {
        Turn::Said { parts, .. } => parts.as_slice(),
        Turn::System(_) => &[],
    });
    parts.filter_map(|part| match &part.kind {
        PartKind::ToolResult(result) => Some(&**result),
        _ => None,
    })
}

fn missing<'a>(call: &Call<'a>) -> Part<'a> {
    let text = Part::text(JsonStr::escaped(MISSING), Place::NOWHERE);
    let result = ToolResult {
        id: call.id.clone(),
        name: None,
        content: vec![text],
        structured: None,
        is_error: true,
        is_freeform: call.is_freeform,
    };
    Part::new(PartKind::ToolResult(Box::new(result)), Place::NOWHERE)
}

/// What a result says that answers nothing.
fn orphan(part: Part<'_>) -> Vec<Part<'_>> {
    let PartKind::ToolResult(mut result) = part.kind else {
        return vec![part];
    };
    results::write_out(&mut result);
    let name = || result.name.as_deref().unwrap_or_default();
    let id = if result.id.is_empty() {
        name()
    } else {
        &result.id
    };
    let mut text = JsonStr::plain(&format!("[result of tool call {id}]"))
        .into_escaped()
        .into_owned();
    for piece in result.content.iter().filter_map(Part::as_text) {
        text.push_str("\\n");
        text.push_str(piece.as_escaped());
    }
    let mut said = Part::text(JsonStr::written(text), part.place);
    said.cache = part.cache;
    let is_text = |part: &Part<'_>| part.as_text().is_some();
    let media = result.content.into_iter().filter(|part| !is_text(part));
    std::iter::once(said).chain(media).collect()
}
