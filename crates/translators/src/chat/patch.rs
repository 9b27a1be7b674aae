//! A chat body that goes up as it is: history and reasoning.
//!
//! `reasoning_details` is what the gateway puts there, and no chat upstream has made. So is Google's
//! signature on a call, but for Google's own endpoint and for models that insist on it, wherever they run;
//! other vendors refuse the member. Of the members that carry a control, the form of the profile is written, and
//! the other vendors' forms go. An effort goes as well where the model takes functions or an effort.

use crate::{
    carrier::Carrier,
    patch::{Patch, object},
    rejection::Rejection,
    request_ir::{Class, Place, Why},
    splice::{Fate, Plan},
    thinking::{
        Written,
        read::{self, ChatMembers, Wish},
    },
};
use cliproxy_core::{Capabilities, ThoughtSignatures};
use cliproxy_json::{Value, quoted};
use memchr::memmem::Finder;
use std::sync::LazyLock;

/// Where Google signs a call, in `extra_content.google`.
const SIGNATURE: &str = "thought_signature";

/// What tells that a body may have such a signature.
pub(super) static SIGNED: LazyLock<Finder<'static>> = LazyLock::new(|| Finder::new(SIGNATURE));

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
            if let Some(details) = message.get("reasoning_details") {
                self.chat_details(message, details);
            }
            if !self.takes_signatures() {
                for call in message.get("tool_calls").iter().flat_map(Value::elements) {
                    self.chat_call(call);
                }
            }
        }
    }

    fn takes_signatures(&self) -> bool {
        let model = self.target.capabilities;
        let demands =
            |model: &Capabilities| model.thought_signatures == ThoughtSignatures::Required;
        self.target.profile.call_signatures || model.is_some_and(demands)
    }

    fn chat_details(&mut self, message: Value<'_>, details: Value<'_>) {
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

    fn chat_call(&mut self, call: Value<'_>) {
        let Some(extra) = call.get("extra_content") else {
            return;
        };
        let Some(signature) = extra.at(&["google", SIGNATURE]) else {
            return;
        };
        self.lose(signature);
        let mut google = Plan::default();
        google.cut(SIGNATURE);
        let (mut inner, mut plan) = (Plan::default(), Plan::default());
        inner.within("google", extra, &google, &mut self.splices);
        plan.within("extra_content", call, &inner, &mut self.splices);
        self.splices.members(call, &plan);
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

    pub(super) fn chat_reasoning(&mut self, mut written: Written) {
        if written.is_effort() && self.target.takes_either_effort_or_functions() && self.declares()
        {
            written = Written::Nothing;
            self.losses
                .drop(Place::MODEL, Class::Quality, Why::EffortBesideFunctions);
        }
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

impl Patch<'_> {
    /// Whether there are functions, or tools that become some.
    fn declares(&self) -> bool {
        let is_function = |tool: Value<'_>| {
            let kind = tool.get("type").and_then(|kind| kind.as_str());
            matches!(kind.as_deref(), None | Some("function" | "custom"))
        };
        let tools = self.root.get("tools");
        let functions = self.root.get("functions");
        let mut tools = tools.iter().flat_map(Value::elements);
        let mut functions = functions.iter().flat_map(Value::elements);
        tools.any(is_function) || functions.next().is_some()
    }
}

fn is_carrier(entry: Value<'_>, member: &str) -> bool {
    let text = entry.get(member).and_then(|text| text.as_str());
    text.is_some_and(|text| Carrier::parse(&text).is_some())
}
