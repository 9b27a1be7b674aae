//! The first turn, and the last one.
//!
//! | in the body | target | becomes |
//! | --- | --- | --- |
//! | nothing but system messages | Claude, Gemini | the last of them is the user's, reported as changed |
//! | the assistant begins | Claude, Gemini | `Continue.` of the user before it |
//! | the assistant ends, the model goes on with that | any | stays; for Claude without the blanks at its end, which it refuses |
//! | the assistant ends, the model does not | any | `Continue.` of the user behind it, reported as changed |

use super::{Notes, system};
use crate::{
    json_str::JsonStr,
    rejection::Rejection,
    request_ir::{Class, Part, PartKind, Place, Request, Role, Turn, Why},
    target::Target,
};

const CONTINUE: &str = "Continue.";

pub(super) fn fit(request: &mut Request<'_>, target: &Target<'_>, notes: &mut Notes) {
    let rules = &target.rules().conversation;
    let continues = target.capabilities.is_none_or(|it| it.prefill);
    let ending = request.turns.last_mut().and_then(assistant);
    if let Some((place, parts)) = ending {
        if !continues {
            notes
                .losses
                .change(place, Class::Quality, Why::NotContinued);
            request.turns.push(go_on());
        } else if rules.refuses_blank_end {
            trim(parts);
            if parts.is_empty() {
                request.turns.pop();
            }
        }
    }
    if !rules.user_begins {
        return;
    }
    if request.turns.is_empty()
        && let Some(message) = request.system.pop()
    {
        notes
            .losses
            .change(message.place, Class::Quality, Why::OnlySystem);
        request.turns.push(system::as_user(message));
    }
    if request.turns.first_mut().and_then(assistant).is_some() {
        request.turns.insert(0, go_on());
    }
}

/// Refuses a conversation without a message: no upstream takes an empty list.
///
/// # Errors
///
/// [`Rejection`] if there is none, or none that says anything to the target.
pub(in crate::normalise) fn refuse_none(request: &Request<'_>) -> Result<(), Rejection> {
    if request.turns.is_empty() && request.system.is_empty() {
        return Err(Rejection::Invalid {
            place: request.conversation,
            message: "there is no message that says anything".into(),
        });
    }
    Ok(())
}

fn assistant<'t, 'a>(turn: &'t mut Turn<'a>) -> Option<(Place, &'t mut Vec<Part<'a>>)> {
    match turn {
        Turn::Said {
            role: Role::Assistant,
            parts,
            place,
        } => Some((*place, parts)),
        _ => None,
    }
}

fn go_on<'a>() -> Turn<'a> {
    Turn::Said {
        role: Role::User,
        parts: vec![Part::text(JsonStr::escaped(CONTINUE), Place::NOWHERE)],
        place: Place::NOWHERE,
    }
}

fn trim(parts: &mut Vec<Part<'_>>) {
    let Some(PartKind::Text(last)) = parts.last_mut().map(|part| &mut part.kind) else {
        return;
    };
    last.text = std::mem::take(&mut last.text).trim_end();
    if last.text.is_empty() {
        parts.pop();
    }
}
