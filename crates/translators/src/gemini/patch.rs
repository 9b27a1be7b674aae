//! A Gemini body that goes up as it is: signatures of parts, what Code Assist wants repaired, reasoning.

use crate::{
    carrier::{Family, Kind},
    patch::{
        Patch,
        history::{Found, read_base64},
    },
    rejection::Rejection,
    splice::{Fate, Plan},
    thinking::{
        Resolved, Written,
        read::{self, Wish},
    },
};
use cliproxy_core::ThoughtSignatures;
use cliproxy_json::{Kind as JsonKind, Value, quoted};
use std::borrow::Cow;

/// What Google documents for calls that another model has made.
const BYPASS: &str = "skip_thought_signature_validator";

const OWN: [Kind; 3] = [Kind::FunctionCall, Kind::Text, Kind::Thought];

impl Patch<'_> {
    pub(super) fn gemini_history(&mut self) {
        let counted = self.root.at(&["generateContentRequest", "contents"]);
        let Some(contents) = self.root.get("contents").or(counted) else {
            return;
        };
        let repairs = self.target.profile.is_code_assist;
        let mut fates = Vec::new();
        // The calls before, whose names their results may lack.
        let mut called = Vec::new();
        for content in contents.elements() {
            let mut plan = Plan::default();
            if repairs && content.get("role").is_none_or(|role| role.is_null()) {
                plan.set("role", quoted("user"));
            }
            let parts = content.get("parts");
            let is_left = match parts {
                Some(parts) => self.parts(parts, &called),
                None => true,
            };
            let is_empty = parts.is_none_or(|parts| parts.elements().next().is_none());
            let gone = !is_left || repairs && is_empty;
            fates.push(if gone { Fate::Cut } else { Fate::Keep });
            if !gone && !plan.is_empty() {
                self.splices.members(content, &plan);
            }
            if repairs && let Some(parts) = parts {
                let calls = parts.elements().filter_map(|part| either(part, CALL));
                let calls: Vec<_> = calls.map(Call::of).collect();
                if !calls.is_empty() {
                    called = calls;
                }
            }
        }
        self.settle_all(contents, fates);
    }

    /// Says whether anything is left of parts that were some.
    fn parts(&mut self, parts: Value<'_>, called: &[Call<'_>]) -> bool {
        let mut fates = Vec::new();
        let (mut calls, mut results) = (0, 0);
        for part in parts.elements() {
            let is_call = either(part, CALL).is_some();
            fates.push(self.part(part, is_call.then_some(calls)));
            calls += usize::from(is_call);
            if self.target.profile.is_code_assist
                && let Some(result) = either(part, RESULT)
            {
                self.name(result, called.get(results), called);
                results += 1;
            }
        }
        fates.is_empty() || self.settle(parts, fates)
    }

    /// `call`: how many calls there were before in its content, for a call.
    fn part(&mut self, part: Value<'_>, call: Option<usize>) -> Fate {
        let demands = self
            .target
            .capabilities
            .is_some_and(|it| it.thought_signatures == ThoughtSignatures::Required);
        let stands_in = demands && call == Some(0);
        let Some(signature) = either(part, SIGNATURE) else {
            if stands_in && self.target.profile.is_code_assist {
                let mut plan = Plan::default();
                plan.set("thoughtSignature", quoted(BYPASS));
                self.splices.members(part, &plan);
            }
            return Fate::Keep;
        };
        match read_base64(signature, Family::Gemini, &OWN) {
            Found::Plain => {}
            Found::Own { data, .. } => self.splices.replace(signature.span(), data),
            Found::Foreign if stands_in => {
                self.lose(signature);
                self.splices.replace(signature.span(), quoted(BYPASS));
            }
            Found::Foreign => {
                let thought = part.get("thought").and_then(|it| it.as_bool()) == Some(true);
                if thought {
                    self.lose(part);
                    return Fate::Cut;
                }
                self.lose(signature);
                let mut plan = Plan::default();
                SIGNATURE.iter().for_each(|name| plan.cut(name));
                self.splices.members(part, &plan);
            }
        }
        Fate::Keep
    }

    /// A result without a name gets that of its call: the one with its id, else the one at its place.
    fn name(&mut self, result: Value<'_>, at_place: Option<&Call<'_>>, called: &[Call<'_>]) {
        let text = |name| text(result, name);
        if text("name").is_some() {
            return;
        }
        let id = text("id");
        let same = called.iter().find(|call| id.is_some() && call.id == id);
        let call = same.or_else(|| at_place.filter(|_| id.is_none()));
        if let Some(name) = call.and_then(|call| call.name.as_deref()) {
            let mut plan = Plan::default();
            plan.set("name", quoted(name));
            self.splices.members(result, &plan);
        }
    }

    pub(super) fn gemini_wish(&self) -> Result<Wish, Rejection> {
        let (_, config) = either_of(self.root, CONFIG);
        let thinking = config.and_then(|config| either_of(config, THINKING).1);
        thinking.map_or_else(|| Ok(Wish::default()), read::gemini)
    }

    pub(super) fn gemini_reasoning(&mut self, written: Written, resolved: &Resolved<'_>) {
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
        match config.filter(|config| config.kind() == JsonKind::Object) {
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

const CALL: [&str; 2] = ["functionCall", "function_call"];
const RESULT: [&str; 2] = ["functionResponse", "function_response"];
const SIGNATURE: [&str; 2] = ["thoughtSignature", "thought_signature"];

fn either<'a>(object: Value<'a>, names: [&str; 2]) -> Option<Value<'a>> {
    names.iter().find_map(|name| object.get(name))
}

fn text<'a>(object: Value<'a>, name: &str) -> Option<Cow<'a, str>> {
    let text = object.get(name).and_then(|text| text.as_str());
    text.filter(|text| !text.is_empty())
}

struct Call<'a> {
    id: Option<Cow<'a, str>>,
    name: Option<Cow<'a, str>>,
}

impl<'a> Call<'a> {
    fn of(call: Value<'a>) -> Self {
        Self {
            id: text(call, "id"),
            name: text(call, "name"),
        }
    }
}
