//! System messages, before the conversation and within it.
//!
//! | target | a later system message |
//! | --- | --- |
//! | Chat, Responses | stays in its place |
//! | Claude, a model that knows them, at Anthropic | behind the turn of the user that it stands before or after |
//! | Gemini, other Claude models, profiles that fold | a text of the user: `<system>`, the text, `</system>`, each on lines of its own |
//!
//! - Claude takes one only behind a turn of the user, and only as the last message or before one of the
//!   assistant. Those that have moved, and those that have become texts, are reported as changed.
//! - As a text it stands in the user's turn where it stood, behind the results of tools. Between two
//!   turns of the assistant it is a turn of its own.
//! - A text that is empty is none.
//! - Responses knows `developer` where Claude and Gemini say `system`. It is the higher rank of the
//!   two that applications may use.

use super::Notes;
use crate::{
    json_str::JsonStr,
    protocols::rules,
    request_ir::{Class, Part, PartKind, Request, Role, SystemMessage, Turn, Why},
    rules::LaterSystem,
    target::Target,
};
use cliproxy_core::Protocol;

/// What happens to system messages inside the conversation.
pub(super) fn later(target: &Target<'_>) -> LaterSystem {
    let known = target.capabilities.is_some_and(|it| it.mid_system);
    match target.rules().conversation.later_system {
        _ if target.profile.folds_system => LaterSystem::Folded,
        LaterSystem::Behind if !(known && target.profile.is_anthropic) => LaterSystem::Folded,
        place => place,
    }
}
/// The messages before the conversation.
pub(super) fn leading(request: &mut Request<'_>, target: &Target<'_>) {
    let source = request.source;
    request
        .system
        .retain_mut(|message| fit(message, source, target));
}

/// Fits one message; whether there is anything in it.
pub(super) fn fit(message: &mut SystemMessage<'_>, source: Protocol, target: &Target<'_>) -> bool {
    let is_plain = rules(source).conversation.has_one_system_role;
    if let Some(role) = target
        .rules()
        .conversation
        .application_role
        .filter(|_| is_plain)
    {
        message.role = role;
    }
    let says = |part: &Part<'_>| part.as_text().is_some_and(|text| !is_empty(text, target));
    message.parts.retain(says);
    !message.parts.is_empty()
}

/// Whether the target would call a text empty.
pub(super) fn is_empty(text: &JsonStr<'_>, target: &Target<'_>) -> bool {
    text.is_empty() || target.rules().conversation.refuses_blank && text.is_blank()
}

/// A message as a text of the user.
pub(super) fn folded<'a>(message: &SystemMessage<'a>, notes: &mut Notes) -> Part<'a> {
    notes
        .losses
        .change(message.place, Class::Quality, Why::SystemInside);
    let mut text = String::from("<system>");
    let texts = message.parts.iter().filter_map(Part::as_text);
    for (index, piece) in texts.enumerate() {
        text.push_str(if index == 0 { "\\n" } else { "\\n\\n" });
        text.push_str(piece.as_escaped());
    }
    text.push_str("\\n</system>");
    let mut part = Part::text(JsonStr::written(text), message.place);
    part.cache = message.parts.iter().rev().find_map(|part| part.cache);
    part
}

/// Puts the system messages of what stands between two turns of the assistant behind the user's parts,
/// as one.
pub(super) fn behind<'a>(run: Vec<Turn<'a>>, notes: &mut Notes) -> Vec<Turn<'a>> {
    if !run.iter().any(|turn| matches!(turn, Turn::System(_))) {
        return run;
    }
    let is_user = |turn: &Turn<'_>| matches!(turn, Turn::Said { .. });
    let last_user = run.iter().rposition(is_user);
    let mut said: Option<Turn<'a>> = None;
    let mut system: Option<SystemMessage<'a>> = None;
    for (index, turn) in run.into_iter().enumerate() {
        match (turn, &mut said, &mut system) {
            (Turn::System(message), _, system) => {
                if last_user.is_some_and(|last| index < last) {
                    notes
                        .losses
                        .change(message.place, Class::Quality, Why::SystemBefore);
                } else if last_user.is_none() {
                    // Nothing that it could stand behind.
                    let part = folded(&message, notes);
                    append(&mut said, part, message.place);
                    continue;
                }
                match system {
                    Some(one) => one.parts.extend(message.parts),
                    None => *system = Some(message),
                }
            }
            (Turn::Said { parts: more, .. }, Some(Turn::Said { parts, .. }), _) => {
                parts.extend(more);
            }
            (turn, said, _) => *said = Some(turn),
        }
    }
    said.into_iter().chain(system.map(Turn::System)).collect()
}

fn append<'a>(said: &mut Option<Turn<'a>>, part: Part<'a>, place: crate::request_ir::Place) {
    match said {
        Some(Turn::Said { parts, .. }) => parts.push(part),
        _ => {
            *said = Some(Turn::Said {
                role: Role::User,
                parts: vec![part],
                place,
            });
        }
    }
}

/// A message that becomes what the user says.
pub(super) fn as_user(message: SystemMessage<'_>) -> Turn<'_> {
    Turn::Said {
        role: Role::User,
        parts: message.parts,
        place: message.place,
    }
}

/// Whether a part is text that one side says.
pub(super) const fn is_said(part: &Part<'_>) -> bool {
    matches!(part.kind, PartKind::Text(_) | PartKind::Refusal(_))
}
