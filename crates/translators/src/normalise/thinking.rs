//! How much the model is asked to reason, fitted to the model and to the rest of the request.
//!
//! `crate::thinking` has the rules of levels and budgets. What depends on the request is decided here, all of
//! it for Claude, whose manual budgets are refused in three cases; reasoning is switched off then:
//!
//! - the choice of tools forces a call;
//! - the last assistant turn calls tools and has lost its reasoning;
//! - the upstream has refused the reasoning of the history, which stays out.
//!
//! Newer models of OpenAI take either functions or an effort in Chat, and both in Responses. Beside
//! functions the effort is dropped.

use super::{Notes, choice};
use crate::{
    rejection::Rejection,
    request_ir::{Class, Key, PartKind, Place, Request, Role, Tool, Turn, Why},
    target::Target,
    thinking::{self, OutputLimit, Resolved, Written},
};

/// Fits the control, and writes it into the request.
///
/// # Errors
///
/// [`Rejection`] for a level or budget that a client asks its own vendor for and the model lacks.
pub(super) fn fit<'t>(
    request: &mut Request<'_>,
    target: &Target<'t>,
    limit: Option<OutputLimit>,
    notes: &mut Notes,
) -> Result<Resolved<'t>, Rejection> {
    let place = request.control_place;
    let mut resolved = thinking::fit(request.source, request.control, place, target)?;
    if target.rules().settings.needs_limit {
        if target.without_opaque
            || choice::is_forced(request.choice.as_ref())
            || lacks_reasoning(request)
        {
            resolved = resolved.without_budget();
        }
        if let Some(limit) = limit {
            let (limited, raised) = resolved.limited(limit, target.max_output);
            if limited.control() != resolved.control() {
                notes.losses.change(place, Class::Quality, Why::Budget);
            }
            resolved = limited;
            if raised != limit {
                let tokens = raised.tokens().to_string();
                request.settings.set(Key::MaxOutput, tokens, Place::NOWHERE);
            }
        }
    }
    resolved.report(place, &mut notes.losses);
    let form = target.profile.thinking;
    request.reasoning = thinking::write(&resolved, request.show, request.source, form);
    let has_functions = || request.tools.iter().any(is_function);
    if request.reasoning.is_effort() && target.takes_either_effort_or_functions() && has_functions()
    {
        request.reasoning = Written::Nothing;
        notes
            .losses
            .drop(place, Class::Quality, Why::EffortBesideFunctions);
    }
    Ok(resolved)
}

const fn is_function(tool: &Tool<'_>) -> bool {
    matches!(tool, Tool::Function(_) | Tool::Freeform(_))
}

/// Whether the last assistant turn calls tools and has no reasoning, as the target gets it.
fn lacks_reasoning(request: &Request<'_>) -> bool {
    let last = request.turns.iter().rev().find_map(|turn| match turn {
        Turn::Said {
            role: Role::Assistant,
            parts,
            ..
        } => Some(parts),
        _ => None,
    });
    let has = |wanted: fn(&PartKind<'_>) -> bool| {
        last.is_some_and(|parts| parts.iter().any(|part| wanted(&part.kind)))
    };
    has(|kind| matches!(kind, PartKind::ToolUse(_)))
        && !has(|kind| matches!(kind, PartKind::Thinking(_) | PartKind::Redacted(_)))
}
