//! What an entry says its upstream does not take: `drop-params`.
//!
//! The member itself is taken out of the finished body by [`Params::apply`](crate::profile::Params); here is said what the
//! client loses with it. A member that was made here, and not of anything of the client's, is no loss.

use super::Notes;
use crate::{
    request_ir::{Class, Place, Request, Tool, Why, row},
    target::Target,
};

pub(super) fn note(request: &Request<'_>, target: &Target<'_>, notes: &mut Notes) {
    for name in target.params.dropped() {
        settings(request, target, name, notes);
        for place in places(request, target, name) {
            notes.losses.drop(place, Class::Quality, Why::Entry);
        }
    }
}

fn settings(request: &Request<'_>, target: &Target<'_>, member: &str, notes: &mut Notes) {
    for (name, setting) in request.settings.named(target.protocol) {
        let name = match target.rules().settings.follows_profile {
            true => target.profile.chat_name(setting.key, name),
            false => name,
        };
        let top = name.split_once('.').map_or(name, |(top, _)| top);
        if top == member {
            notes
                .losses
                .drop(setting.place, row(setting.key).class, Why::Entry);
        }
    }
}

/// What else a member is made of.
fn places(request: &Request<'_>, target: &Target<'_>, member: &str) -> Vec<Place> {
    let rules = target.rules();
    match member {
        "tool_choice" | "toolConfig" => vec![request.choice_place],
        "reasoning" | "reasoning_effort" | "thinking" | "enable_thinking" => {
            vec![request.control_place]
        }
        _ if member == "tools" || rules.hosted.member == Some(member) => {
            request.tools.iter().map(Tool::place).collect()
        }
        _ if rules.answer.member == Some(member) => {
            request.format.iter().map(|format| format.place).collect()
        }
        _ => Vec::new(),
    }
}

#[cfg(test)]
mod tests;
