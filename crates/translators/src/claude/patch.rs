//! A Claude body that goes up as it is: thinking blocks, searches and citations that the gateway told as
//! Claude's own, and reasoning.

use crate::{
    carrier::{Family, Kind},
    patch::{
        Patch,
        history::{Found, GATEWAY, read as sealed_by},
        object,
    },
    rejection::Rejection,
    request_ir::{Class, Place, Why},
    splice::{Fate, Plan},
    thinking::{
        OutputLimit, Resolved, Written,
        read::{self, Wish},
        sampled,
    },
};
use cliproxy_core::Sampling;
use cliproxy_json::{Value, quoted};

impl Patch<'_> {
    pub(super) fn claude_history(&mut self) {
        let Some(messages) = self.root.get("messages") else {
            return;
        };
        let mut fates = Vec::new();
        for message in messages.elements() {
            let content = message.get("content");
            let is_left = content.is_none_or(|content| self.claude_content(content));
            fates.push(if is_left { Fate::Keep } else { Fate::Cut });
        }
        self.settle_all(messages, fates);
    }

    /// Says whether anything is left of a content that had something.
    fn claude_content(&mut self, content: Value<'_>) -> bool {
        let mut fates = Vec::new();
        for block in content.elements() {
            fates.push(self.claude_block(block));
        }
        fates.is_empty() || self.settle(content, fates)
    }

    fn claude_block(&mut self, block: Value<'_>) -> Fate {
        let kind = block.get("type").and_then(|kind| kind.as_str());
        let (member, own) = match kind.as_deref() {
            Some("thinking") => ("signature", Kind::Signature),
            Some("redacted_thinking") => ("data", Kind::Redacted),
            Some("server_tool_use") => return search(block, "id"),
            Some(name) if name.ends_with("_tool_result") => return search(block, "tool_use_id"),
            Some("text") => {
                self.citations(block);
                return Fate::Keep;
            }
            _ => return Fate::Keep,
        };
        let Some(sealed) = block.get(member) else {
            return Fate::Keep;
        };
        match sealed_by(sealed, Family::Anthropic, &[own]) {
            Found::Plain => Fate::Keep,
            Found::Own { data, .. } => {
                self.splices.replace(sealed.span(), data);
                Fate::Keep
            }
            Found::Foreign => {
                self.lose(block);
                Fate::Cut
            }
        }
    }

    /// Cuts what the gateway has cited of a page: Claude's own citations have an index.
    fn citations(&mut self, block: Value<'_>) {
        let Some(list) = block.get("citations") else {
            return;
        };
        let is_made = |citation: Value<'_>| {
            let index = citation.get("encrypted_index");
            index.is_some_and(|index| index.as_str().as_deref() == Some(""))
        };
        let fate = |citation| match is_made(citation) {
            true => Fate::Cut,
            false => Fate::Keep,
        };
        let fates: Vec<_> = list.elements().map(fate).collect();
        if !fates.is_empty() && !self.settle(list, fates) {
            let mut plan = Plan::default();
            plan.cut("citations");
            self.splices.members(block, &plan);
        }
    }

    pub(super) fn claude_wish(&self) -> Result<Wish, Rejection> {
        let get = |key| self.root.get(key);
        read::claude(get("thinking"), get("output_config"), false)
    }

    pub(super) fn claude_reasoning(&mut self, written: Written, resolved: &Resolved<'_>) {
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
                self.losses
                    .drop(Place::of(value), Class::Quality, Why::Sampling);
            }
        }
    }

    /// Claude: a budget and the rest of the request.
    pub(super) fn limited<'t>(&self, resolved: Resolved<'t>) -> Resolved<'t> {
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
}

fn search(block: Value<'_>, member: &str) -> Fate {
    let id = block.get(member).and_then(|id| id.as_str());
    let minted = id.is_some_and(|id| {
        let tail = id.strip_prefix("srvtoolu");
        tail.is_some_and(|tail| tail.starts_with(GATEWAY))
    });
    if minted { Fate::Cut } else { Fate::Keep }
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
            Some("thinking") => reasons |= is_own_thinking(block, "signature"),
            Some("redacted_thinking") => {
                reasons |= is_own_thinking(block, "data");
            }
            _ => {}
        }
    }
    calls && !reasons
}

/// Whether a sealed member is the vendor's own, once the carriers are settled.
fn is_own_thinking(block: Value<'_>, member: &str) -> bool {
    let own = [Kind::Signature, Kind::Redacted];
    let sealed = block.get(member);
    !matches!(
        sealed.map(|sealed| sealed_by(sealed, Family::Anthropic, &own)),
        None | Some(Found::Foreign)
    )
}
