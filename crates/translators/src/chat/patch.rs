//! A chat body that goes up as it is: history and reasoning.
//!
//! `reasoning_details` is what the gateway puts there, and no chat upstream has made. Of the members that
//! carry a control, the form of the profile is written, and the other vendors' forms go.

use crate::{
    carrier::Carrier,
    patch::{Patch, object},
    rejection::Rejection,
    splice::{Fate, Plan},
    thinking::{
        Written,
        read::{self, ChatMembers, Wish},
    },
};
use cliproxy_json::{Value, quoted};

/// The members of chat bodies that say how much is reasoned.
const CHAT: [&str; 4] = [
    "reasoning_effort",
    "thinking",
    "enable_thinking",
    "thinking_budget",
];

impl Patch<'_> {
    pub(super) fn chat_history(&mut self) {
        let messages = self.root.get("messages").into_iter();
        for message in messages.flat_map(|messages| messages.elements()) {
            let Some(details) = message.get("reasoning_details") else {
                continue;
            };
            let mut fates = Vec::new();
            for entry in details.elements() {
                let is_carried = is_carrier(entry, "signature") || is_carrier(entry, "data");
                if is_carried {
                    self.lose(entry);
                }
                fates.push(if is_carried { Fate::Cut } else { Fate::Keep });
            }
            if !fates.is_empty() && !self.settle(details, fates) {
                let mut plan = Plan::default();
                plan.cut("reasoning_details");
                self.splices.members(message, &plan);
            }
        }
    }

    pub(super) fn chat_wish(&self) -> Result<Wish, Rejection> {
        let get = |key| self.root.get(key);
        read::chat(&ChatMembers {
            reasoning_effort: get("reasoning_effort"),
            reasoning: get("reasoning"),
            thinking: get("thinking"),
            include_reasoning: get("include_reasoning"),
            extra_body: get("extra_body"),
        })
    }

    pub(super) fn chat_reasoning(&mut self, written: Written) {
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
}

fn is_carrier(entry: Value<'_>, member: &str) -> bool {
    let text = entry.get(member).and_then(|text| text.as_str());
    text.is_some_and(|text| Carrier::parse(&text).is_some())
}
