//! Which tools may be called.
//!
//! | choice | becomes |
//! | --- | --- |
//! | a tool by its name | the same by its fitted name; nothing, if there is no such tool |
//! | a tool of the provider | the same where it can be named (Responses, Claude); a function that stands for it by its name; else nothing. Of those of no known kind, and of the servers of MCP, nothing says which is meant |
//! | some of the tools | those of them that are there. Claude has no such list: what is not allowed is not declared |
//! | anything, without tools that it can be about | nothing, and neither does the permission of parallel calls stand alone |
//!
//! A choice that forces a call, or that is about tools which were lost, is a loss of quality if it goes. One
//! that says what is done without tools anyway is none.

use super::{Notes, fit_name, hosted::NAMES};
use crate::{
    request_ir::{Choice, Class, HostedKind, Key, ReadyTool, Request, Tool, ToolName, Why},
    target::Target,
};

/// Fits the choice to the fitted tools.
pub(super) fn fit(request: &mut Request<'_>, target: &Target<'_>, notes: &mut Notes) {
    let choice = request.choice.take();
    if !has_callable(request, target) {
        request.settings.remove(Key::ParallelTools);
        if matches!(choice, None | Some(Choice::Auto | Choice::None)) {
            return;
        }
        notes
            .losses
            .drop(request.choice_place, Class::Quality, Why::NoChoice);
        return;
    }
    let Some(choice) = choice else {
        return;
    };
    request.choice = match choice {
        Choice::Auto | Choice::None | Choice::Required => Some(choice),
        Choice::Named(name) => named(name, request, target, notes),
        Choice::Hosted(kind) => hosted(kind, request, target, notes),
        Choice::Allowed {
            is_required,
            tools,
            hosted,
        } => allowed(is_required, tools, &hosted, request, target, notes),
    };
    if request.choice.is_none() {
        notes
            .losses
            .drop(request.choice_place, Class::Quality, Why::NoChoice);
    }
    if !has_callable(request, target) {
        request.choice = None;
        request.settings.remove(Key::ParallelTools);
    }
}

/// Whether there is a tool that a choice can be about. Not everybody can name those of the provider.
fn has_callable(request: &Request<'_>, target: &Target<'_>) -> bool {
    let takes_all = target.rules().hosted.choice_member.is_some();
    request.tools.iter().any(|tool| match tool {
        Tool::Function(_) | Tool::Freeform(_) => true,
        Tool::Ready(_) | Tool::Hosted(_) => takes_all,
    })
}

/// Whether the choice forces a call.
pub(super) fn is_forced(choice: Option<&Choice<'_>>) -> bool {
    match choice {
        Some(Choice::Required | Choice::Named(_) | Choice::Hosted(_)) => true,
        Some(Choice::Allowed { is_required, .. }) => *is_required,
        Some(Choice::Auto | Choice::None) | None => false,
    }
}

fn is_called(tool: &Tool<'_>, wanted: &str) -> bool {
    match tool {
        Tool::Function(tool) => tool.name.name == wanted,
        Tool::Freeform(tool) => tool.name.name == wanted,
        Tool::Hosted(_) | Tool::Ready(_) => false,
    }
}

fn named<'a>(
    mut name: ToolName<'a>,
    request: &Request<'a>,
    target: &Target<'_>,
    notes: &mut Notes,
) -> Option<Choice<'a>> {
    // Claude names the provider's tools like functions.
    let mut known = NAMES.iter();
    let kind = known.find_map(|(known, kind)| (*known == name.name).then_some(*kind));
    let kind = kind.unwrap_or(HostedKind::Other);
    fit_name(&mut name, target, notes);
    let mut tools = request.tools.iter();
    if tools.any(|tool| is_called(tool, &name.name)) {
        return Some(Choice::Named(name));
    }
    hosted(kind, request, target, notes)
}

fn hosted<'a>(
    kind: HostedKind,
    request: &Request<'_>,
    target: &Target<'_>,
    notes: &Notes,
) -> Option<Choice<'a>> {
    if ReadyTool::name_of(&request.tools, kind, target.protocol).is_some() {
        return Some(Choice::Hosted(kind));
    }
    let stands = notes.native_tools.iter();
    let mut stands = stands.filter(|(_, native)| **native == kind);
    let (name, _) = stands.next()?;
    let name = ToolName::bare(name.clone().into());
    Some(Choice::Named(name))
}

fn allowed<'a>(
    is_required: bool,
    mut tools: Vec<ToolName<'a>>,
    hosted: &[HostedKind],
    request: &mut Request<'a>,
    target: &Target<'_>,
    notes: &mut Notes,
) -> Option<Choice<'a>> {
    for name in &mut tools {
        fit_name(name, target, notes);
    }
    for (name, kind) in &notes.native_tools {
        if hosted.contains(kind) {
            tools.push(ToolName::bare(name.clone().into()));
        }
    }
    tools.retain(|name| request.tools.iter().any(|tool| is_called(tool, &name.name)));
    let mut hosted = hosted.to_vec();
    hosted.retain(|kind| ReadyTool::name_of(&request.tools, *kind, target.protocol).is_some());
    if !target.rules().tools.lists_allowed {
        request.tools.retain(|tool| match tool {
            Tool::Ready(tool) => hosted.contains(&tool.kind),
            _ => tools.iter().any(|name| is_called(tool, &name.name)),
        });
    }
    match (tools.is_empty() && hosted.is_empty(), is_required) {
        (true, true) => None,
        (true, false) => Some(Choice::None),
        (false, _) => Some(Choice::Allowed {
            is_required,
            tools,
            hosted,
        }),
    }
}
