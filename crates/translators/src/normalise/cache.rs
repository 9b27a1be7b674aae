//! Marks for the provider's prompt cache.
//!
//! | target | keeps |
//! | --- | --- |
//! | Claude | `cache_control`; of more than four the last four, in the order tools, system, conversation |
//! | Chat and Responses of OpenAI | `prompt_cache_breakpoint` |
//! | any other | none |
//!
//! Clients of other protocols cannot mark anything for Claude. If the operator wants it and there is no
//! mark, Anthropic is asked to find the places itself, and other hosts get two marks: on the last tool, or
//! else the last system text, and on the last part of the last user turn.

use crate::{
    request_ir::{CacheMark, Key, Part, PartKind, Place, Request, Role, Tool, Turn},
    rules::CacheMarks,
    target::Target,
};

pub(super) fn fit(request: &mut Request<'_>, target: &Target<'_>) {
    let marks = target.rules().cache;
    let most = match marks {
        CacheMarks::Ephemeral(most) => Some(most),
        CacheMarks::None | CacheMarks::Breakpoints => None,
    };
    let takes_breakpoints =
        marks == CacheMarks::Breakpoints && target.profile.labels && !target.profile.is_codex;
    let mut count = 0_usize;
    each(request, &mut |mark| {
        let stays = match mark {
            None => false,
            Some(CacheMark::Breakpoint) => takes_breakpoints,
            Some(CacheMark::Ephemeral | CacheMark::EphemeralHour) => most.is_some(),
        };
        if stays {
            count += 1;
        } else {
            *mark = None;
        }
    });
    let Some(most) = most else {
        return;
    };
    let mut too_many = count.saturating_sub(most);
    each(request, &mut |mark| {
        if mark.is_some() && too_many > 0 {
            too_many -= 1;
            *mark = None;
        }
    });
    let has_own = count > 0 || request.settings.get(Key::CacheControl).is_some();
    if target.options.auto_cache && !has_own && !target.counts {
        mark_for(request, target);
    }
}

/// For a client that cannot.
fn mark_for(request: &mut Request<'_>, target: &Target<'_>) {
    if target.profile.is_anthropic {
        let mark = r#"{"type":"ephemeral"}"#.to_owned();
        request
            .settings
            .set(Key::CacheControl, mark, Place::NOWHERE);
        return;
    }
    let mark = Some(CacheMark::Ephemeral);
    if let Some(Tool::Function(tool)) = request.tools.last_mut() {
        tool.cache = mark;
    } else if let Some(part) = request
        .system
        .iter_mut()
        .rev()
        .find_map(|one| one.parts.last_mut())
    {
        part.cache = mark;
    }
    let users = request.turns.iter_mut().rev().find_map(|turn| match turn {
        Turn::Said {
            role: Role::User,
            parts,
            ..
        } => parts.last_mut(),
        _ => None,
    });
    if let Some(part) = users {
        part.cache = mark;
    }
}

/// Every place of a mark, in the order in which Claude reads them.
fn each(request: &mut Request<'_>, visit: &mut dyn FnMut(&mut Option<CacheMark>)) {
    for tool in &mut request.tools {
        if let Tool::Function(tool) = tool {
            visit(&mut tool.cache);
        }
    }
    for message in &mut request.system {
        in_parts(&mut message.parts, visit);
    }
    for turn in &mut request.turns {
        match turn {
            Turn::Said { parts, .. } => in_parts(parts, visit),
            Turn::System(message) => in_parts(&mut message.parts, visit),
        }
    }
}

fn in_parts(parts: &mut [Part<'_>], visit: &mut dyn FnMut(&mut Option<CacheMark>)) {
    for part in parts {
        if let PartKind::ToolResult(result) = &mut part.kind {
            in_parts(&mut result.content, visit);
        }
        visit(&mut part.cache);
    }
}
