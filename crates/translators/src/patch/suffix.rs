//! A thinking suffix on a native body: the members that carry a control are overwritten, all of them.
//!
//! | protocol | written | taken away |
//! |---|---|---|
//! | chat | the form of the profile | the other vendors' forms |
//! | responses | `reasoning.effort` | |
//! | claude | `thinking`, `output_config.effort` | |
//! | gemini | `generationConfig.thinkingConfig` | the other spelling |
//!
//! - What a suffix asks for is fitted to the model and never refused. What the client says about showing
//!   reasoning stays, unless there is none to show.
//! - A suffix that says nothing is only taken off the name.
//! - A control in the body is read only for the two dialects, where one that the model lacks is refused.
//! - Claude: a budget stays below `max_tokens`; reasoning is off where a call is forced, or where the last
//!   assistant turn calls tools and has lost its reasoning; with reasoning on, sampling that it
//!   forbids is taken away.
//! - Embeddings have no reasoning, and Gemini's endpoint for counting has no place for it.

use super::Patch;
use crate::{
    rejection::Rejection,
    request_ir::{Class, Place},
    splice::Plan,
    thinking::{
        self, Control, OutputLimit, Resolved, Show, Written,
        read::{self, ChatMembers, Wish},
        sampled,
    },
};
use cliproxy_core::{Operation, Protocol, Sampling};
use cliproxy_json::{Kind, ObjectWriter, Value, quoted};

/// The members of chat bodies that say how much is reasoned.
const CHAT: [&str; 4] = [
    "reasoning_effort",
    "thinking",
    "enable_thinking",
    "thinking_budget",
];

impl Patch<'_> {
    pub(super) fn suffix(&mut self, asked: Control) -> Result<(), Rejection> {
        let client = self.target.protocol;
        if !has_place(client, self.operation) {
            return Ok(());
        }
        let (control, place) = match asked {
            Control::Unset if !self.is_dialect() => return Ok(()),
            Control::Unset => {
                let wish = self.wish()?;
                (wish.control, wish.place)
            }
            asked => (asked, Place::MODEL),
        };
        if control == Control::Unset {
            return Ok(());
        }
        // A control that is none is overwritten with the rest.
        let show = self.wish().map_or(Show::Unset, |wish| wish.show);
        let mut resolved = thinking::fit(client, control, place, &self.target)?;
        if client == Protocol::Claude {
            resolved = self.limited(resolved);
        }
        resolved.report(place, &mut self.losses);
        if place != Place::MODEL && resolved.control() == control {
            return Ok(());
        }
        let form = self.target.profile.thinking;
        let written = thinking::write(&resolved, show, client, form);
        match client {
            Protocol::Chat => self.chat(written),
            Protocol::Responses => self.responses(written, &resolved),
            Protocol::Claude => self.claude(written, &resolved),
            Protocol::Gemini => self.gemini(written, &resolved),
        }
        Ok(())
    }

    /// What the body says itself.
    fn wish(&self) -> Result<Wish, Rejection> {
        let get = |key| self.root.get(key);
        match self.target.protocol {
            Protocol::Chat => read::chat(&ChatMembers {
                reasoning_effort: get("reasoning_effort"),
                reasoning: get("reasoning"),
                thinking: get("thinking"),
                include_reasoning: get("include_reasoning"),
                extra_body: get("extra_body"),
            }),
            Protocol::Responses => {
                get("reasoning").map_or_else(|| Ok(Wish::default()), read::responses)
            }
            Protocol::Claude => read::claude(get("thinking"), get("output_config"), false),
            Protocol::Gemini => {
                let (_, config) = either_of(self.root, CONFIG);
                let thinking = config.and_then(|config| either_of(config, THINKING).1);
                thinking.map_or_else(|| Ok(Wish::default()), read::gemini)
            }
        }
    }

    fn chat(&mut self, written: Written) {
        for name in CHAT {
            self.plan.cut(name);
        }
        let mut reasoning = Plan::default();
        for name in ["effort", "max_tokens", "enabled"] {
            reasoning.cut(name);
        }
        match written {
            Written::ReasoningEffort(effort) => {
                self.plan.set("reasoning_effort", quoted(effort));
            }
            Written::Thinking { kind, effort } => {
                self.plan.set(
                    "thinking",
                    object(|out| {
                        out.text("type", kind);
                        if let Some(effort) = effort {
                            out.text("effort", effort);
                        }
                    }),
                );
            }
            Written::OpenRouter {
                effort,
                max_tokens,
                enabled,
                exclude,
            } => {
                if let Some(effort) = effort {
                    reasoning.set("effort", quoted(effort));
                }
                if let Some(tokens) = max_tokens {
                    reasoning.set("max_tokens", tokens.to_string());
                }
                if enabled {
                    reasoning.set("enabled", "true");
                }
                if exclude {
                    reasoning.set("exclude", "true");
                }
            }
            Written::EnableThinking { on, budget } => {
                self.plan
                    .set("enable_thinking", if on { "true" } else { "false" });
                if let Some(budget) = budget {
                    self.plan.set("thinking_budget", budget.to_string());
                }
            }
            _ => {}
        }
        let mut google = Plan::default();
        google.cut("thinking_config");
        let (plan, splices) = (&mut self.plan, &mut self.splices);
        plan.within("reasoning", self.root, &reasoning, splices);
        if let Some(extra) = self.root.get("extra_body") {
            let mut inner = Plan::default();
            inner.within("google", extra, &google, splices);
            plan.within("extra_body", self.root, &inner, splices);
        }
    }

    fn responses(&mut self, written: Written, resolved: &Resolved<'_>) {
        let mut reasoning = Plan::default();
        reasoning.cut("effort");
        if !resolved.reasons() || !resolved.control().is_on() {
            reasoning.cut("summary");
            reasoning.cut("generate_summary");
        }
        if let Written::Responses {
            effort: Some(effort),
            ..
        } = written
        {
            reasoning.set("effort", quoted(effort));
        }
        let (plan, splices) = (&mut self.plan, &mut self.splices);
        plan.within("reasoning", self.root, &reasoning, splices);
    }

    fn claude(&mut self, written: Written, resolved: &Resolved<'_>) {
        let mut config = Plan::default();
        config.cut("effort");
        self.plan.cut("thinking");
        if let Written::Claude {
            kind,
            budget,
            display,
            effort,
        } = written
        {
            self.plan.set(
                "thinking",
                object(|out| {
                    out.text("type", kind);
                    if let Some(budget) = budget {
                        out.number("budget_tokens", budget.into());
                    }
                    if let Some(display) = display {
                        out.text("display", display);
                    }
                }),
            );
            if let Some(effort) = effort {
                config.set("effort", quoted(effort));
            }
        }
        let (plan, splices) = (&mut self.plan, &mut self.splices);
        plan.within("output_config", self.root, &config, splices);
        if resolved.control().is_on() {
            self.sampling(resolved);
        }
    }

    /// Claude refuses most sampling while it reasons, and the client did not ask for reasoning in the
    /// body that has it.
    fn sampling(&mut self, resolved: &Resolved<'_>) {
        let number = |name| self.root.get(name).and_then(|value| value.as_f64());
        let form = self.target.profile.thinking;
        let (temperature, top_p) = (number("temperature"), number("top_p"));
        let stays = sampled(Sampling::Full, resolved, form, temperature, top_p);
        for (name, stays) in [
            ("temperature", stays.temperature),
            ("top_p", stays.top_p),
            ("top_k", stays.top_k),
        ] {
            if let (Some(value), false) = (self.root.get(name), stays) {
                self.plan.cut(name);
                self.losses.drop(Place::of(value), Class::Quality);
            }
        }
    }

    /// Claude: a budget and the rest of the request.
    fn limited<'t>(&self, resolved: Resolved<'t>) -> Resolved<'t> {
        let choice = self.root.at(&["tool_choice", "type"]);
        let is_forced = choice
            .and_then(|kind| kind.as_str())
            .is_some_and(|kind| kind == "any" || kind == "tool");
        let resolved = match is_forced || lacks_reasoning(self.root) {
            true => resolved.without_budget(),
            false => resolved,
        };
        match self.root.get("max_tokens").and_then(|limit| limit.as_u64()) {
            Some(limit) => resolved.limited(OutputLimit::Set(limit), None).0,
            None => resolved,
        }
    }

    fn gemini(&mut self, written: Written, resolved: &Resolved<'_>) {
        let (config_name, config) = either_of(self.root, CONFIG);
        let (name, _) = config.map_or((THINKING[0], None), |config| either_of(config, THINKING));
        let mut thinking = Plan::default();
        for name in [
            "thinkingLevel",
            "thinking_level",
            "thinkingBudget",
            "thinking_budget",
        ] {
            thinking.cut(name);
        }
        if !resolved.reasons() || !resolved.control().is_on() {
            thinking.cut("includeThoughts");
            thinking.cut("include_thoughts");
        }
        if let Written::Gemini { level, budget, .. } = written {
            if let Some(level) = level {
                thinking.set("thinkingLevel", quoted(level));
            }
            if let Some(budget) = budget {
                thinking.set("thinkingBudget", budget.to_string());
            }
        }
        let mut inner = Plan::default();
        match config.filter(|config| config.kind() == Kind::Object) {
            Some(config) => inner.within(name, config, &thinking, &mut self.splices),
            None if thinking.sets() => inner.set(name, thinking.as_object()),
            None => {}
        }
        let (plan, splices) = (&mut self.plan, &mut self.splices);
        plan.within(config_name, self.root, &inner, splices);
    }
}

const CONFIG: [&str; 2] = ["generationConfig", "generation_config"];
const THINKING: [&str; 2] = ["thinkingConfig", "thinking_config"];

/// A member in the spelling that is there; in camel case if neither is.
fn either_of<'a>(object: Value<'a>, names: [&'static str; 2]) -> (&'static str, Option<Value<'a>>) {
    let found = names.map(|name| object.get(name));
    match found {
        [None, Some(snake)] => (names[1], Some(snake)),
        [camel, _] => (names[0], camel),
    }
}

const fn has_place(protocol: Protocol, operation: Operation) -> bool {
    match operation {
        Operation::Generate | Operation::GenerateStream => true,
        Operation::CountTokens => !matches!(protocol, Protocol::Gemini),
        Operation::Embed | Operation::EmbedBatch => false,
    }
}

/// Whether the last assistant message calls tools and has no reasoning of its own.
fn lacks_reasoning(root: Value<'_>) -> bool {
    let messages = root.get("messages").into_iter();
    let messages = messages.flat_map(|messages| messages.elements());
    let is_said = |message: &Value<'_>| {
        let role = message.get("role").and_then(|role| role.as_str());
        role.as_deref() == Some("assistant")
    };
    let Some(last) = messages.filter(is_said).last() else {
        return false;
    };
    let blocks = last.get("content").into_iter();
    let (mut calls, mut reasons) = (false, false);
    for block in blocks.flat_map(|content| content.elements()) {
        match block.get("type").and_then(|kind| kind.as_str()).as_deref() {
            Some("tool_use") => calls = true,
            Some("thinking") => reasons |= super::history::is_own_thinking(block, "signature"),
            Some("redacted_thinking") => {
                reasons |= super::history::is_own_thinking(block, "data");
            }
            _ => {}
        }
    }
    calls && !reasons
}

fn object(members: impl FnOnce(&mut ObjectWriter<'_>)) -> Vec<u8> {
    let mut out = Vec::new();
    ObjectWriter::write(&mut out, members);
    out
}
