//! The rules of conversations: one table of cases for each file, and what holds for any conversation.

mod notation;
mod part_rules;
mod properties;
mod rules;

use super::fit;
use crate::{
    normalise::Notes,
    profile::{Params, Profile},
    replay::{Remembered, Replay},
    target::{LossPolicy, Options, Target},
};
use cliproxy_core::{Capabilities, Modality, Protocol, ThoughtSignatures};
use notation::Script;
use std::{collections::HashMap, sync::Arc};

/// Who is asked, in a few words: a protocol, and what is special about profile, model and options.
#[derive(Debug)]
pub(super) struct To {
    protocol: Protocol,
    profile: Profile,
    capabilities: Capabilities,
    options: Options,
}

impl To {
    pub(super) fn new(words: &str) -> Self {
        let mut words = words.split(' ');
        let (protocol, profile) = match words.next().unwrap() {
            "chat" => (Protocol::Chat, Profile::COMPAT),
            "openai" => (Protocol::Chat, Profile::OPENAI_CHAT),
            "responses" => (Protocol::Responses, Profile::OPENAI_RESPONSES),
            "claude" => (Protocol::Claude, Profile::ANTHROPIC),
            "gemini" => (Protocol::Gemini, Profile::GEMINI),
            other => panic!("{other}"),
        };
        let mut to = Self {
            protocol,
            profile,
            capabilities: Capabilities::default(),
            options: Options::default(),
        };
        for word in words {
            match word {
                "fold" => to.profile.folds_system = true,
                "forget" => to.profile.reasoning_replay = false,
                "inline" => to.profile.inline_tool_images = true,
                "lenient" => to.options.policy = LossPolicy::Lenient,
                "mid" => to.capabilities.mid_system = true,
                "no-prefill" => to.capabilities.prefill = false,
                "parts" => to.capabilities.function_response_parts = true,
                "signed" => to.capabilities.thought_signatures = ThoughtSignatures::Required,
                "strict-tools" => to.options.strict_tools = true,
                "text-only" => to.capabilities.input = vec![Modality::Text],
                other => panic!("{other}"),
            }
        }
        to
    }

    pub(super) fn target(&self) -> Target<'_> {
        Target {
            protocol: self.protocol,
            model: "m",
            profile: &self.profile,
            params: Params::none(),
            capabilities: Some(&self.capabilities),
            max_output: None,
            is_own: false,
            counts: false,
            without_opaque: false,
            options: self.options,
        }
    }
}

/// What the gateway remembers, by the id of a call.
#[derive(Debug, Default)]
pub(super) struct Memory(pub(super) HashMap<&'static str, Remembered>);

impl Replay for Memory {
    fn recall(&self, call: &str) -> Option<Arc<Remembered>> {
        self.0.get(call).cloned().map(Arc::new)
    }
}

/// The conversation as `to` is given it, and what is said about it: a line per turn, then the places
/// that were dropped (`-1.0`) or changed (`~1`), or what was refused.
fn fitted(to: &str, conversation: &str, memory: &Memory) -> String {
    let to = To::new(to);
    let script = Script::new(conversation);
    let mut request = script.request();
    let mut notes = Notes::default();
    match fit(&mut request, &to.target(), memory, &mut notes) {
        Ok(()) => notation::render(&request) + &script.losses(&notes),
        Err(rejection) => format!("refused {}", script.path(&rejection)),
    }
}

fn check(to: &str, before: &str, after: &str) {
    check_with(&Memory::default(), to, before, after);
}

fn check_with(memory: &Memory, to: &str, before: &str, after: &str) {
    assert_eq!(fitted(to, before, memory), after, "{to}\n{before}");
}
