//! The body as it goes up: made once per upstream model, shared by every attempt.

#[cfg(test)]
mod tests;

use crate::{
    member::{Dialect, Member},
    plan::Step,
    replay::{Key, View},
};
use cliproxy_core::{ModelId, Operation, Protocol};
use cliproxy_json::{Body, Head, apply};
use cliproxy_models::ModelInfo;
use cliproxy_translators::{
    Asked, LossPolicy, Native, Options, Patched, Profile, Refused, Replay, Translated, Upstream,
    include_usage_edit, is_responses_body, patch_request, translate_request, without_reasoning,
};
use std::sync::Arc;

/// The bodies of one request.
#[derive(Debug)]
pub(crate) struct Bodies<'a> {
    body: &'a Body,
    protocol: Protocol,
    /// The model as the client named it.
    asked: &'a str,
    /// It has to be translated for an upstream of the client's own protocol too.
    is_foreign: bool,
    /// Sealed reasoning does not go along any more.
    is_unsealed: bool,
    /// The body without it, where it has some.
    unsealed: Option<Body>,
    /// How many pieces of it that body has lost.
    unsealed_cut: usize,
    made: Vec<Made>,
    translated: Vec<InDialect>,
}

/// Whom a body is for.
#[derive(Clone, Debug)]
pub(crate) struct Goal<'a> {
    pub(crate) dialect: Dialect,
    pub(crate) model: &'a ModelId,
    pub(crate) info: Option<&'a ModelInfo>,
    /// The configured thinking suffix; the client's own wins.
    pub(crate) suffix: Option<&'a str>,
    pub(crate) operation: Operation,
}

/// What tells one body of a request from another.
#[derive(Debug, PartialEq, Eq)]
struct Name {
    upstream: ModelId,
    /// With the entry's own switches.
    dialect: Dialect,
    suffix: Option<Box<str>>,
    /// The facts about the model: where they stand, which is the same for the same route.
    info: Option<usize>,
}

/// A translation, or why there is none.
#[derive(Debug)]
struct InDialect {
    name: Name,
    result: Result<Arc<Translated>, Refused>,
    /// Reasoning that the client had dropped and was put back.
    recalled: Vec<Key>,
}

#[derive(Debug)]
struct Made {
    name: Name,
    usage: bool,
    patched: Patched,
}

impl<'a> Bodies<'a> {
    pub(crate) fn new(
        body: &'a Body,
        (protocol, operation): (Protocol, Operation),
        asked: &'a str,
    ) -> Self {
        Self {
            body,
            protocol,
            asked,
            // What is embedded is an `input` as well.
            is_foreign: operation.generates() && is_responses_body(protocol, &body.head()),
            is_unsealed: false,
            unsealed: None,
            unsealed_cut: 0,
            made: Vec::new(),
            translated: Vec::new(),
        }
    }

    /// Whether it goes to such an upstream as it is, but for spans.
    pub(crate) fn is_native_to(&self, goal: &Goal<'_>) -> bool {
        let dialect = &goal.dialect;
        let is_repaired = dialect.repairs && goal.operation.generates();
        dialect.protocol == self.protocol && !self.is_foreign && !is_repaired
    }

    /// The members of the body, as it was received.
    pub(crate) fn head(&self) -> Head<'_> {
        self.body.head()
    }

    /// Whether this is a stream whose usage figures the client did not ask for, but could have.
    pub(crate) fn can_ask_for_usage(&self) -> bool {
        self.protocol == Protocol::Chat && include_usage_edit(self.body).is_some()
    }

    /// Leaves out, from now on, reasoning that only its maker can read. Says which of it was put back
    /// where the client had dropped it.
    pub(crate) fn leave_out_reasoning(&mut self) -> Vec<Key> {
        if self.is_unsealed {
            return Vec::new();
        }
        self.is_unsealed = true;
        let edits = without_reasoning(self.protocol, self.body);
        if !edits.is_empty() {
            // Rare enough to be copied. What does not become a body stays what it was.
            let unsealed = apply(self.body, &edits);
            let unsealed = unsealed.and_then(|slices| Body::new(slices.to_bytes()));
            self.unsealed = unsealed.ok();
            self.unsealed_cut = self.unsealed.as_ref().map_or(0, |_| edits.len());
        }
        self.made.clear();
        let translated = self.translated.drain(..);
        translated.flat_map(|made| made.recalled).collect()
    }

    /// How many pieces of sealed reasoning the native body goes up without, because it was asked to.
    pub(crate) const fn unsealed_cut(&self) -> usize {
        self.unsealed_cut
    }

    /// The body in the client's own protocol; `usage` adds the request for a stream's usage figures.
    ///
    /// Nothing is copied: the result shares the received bytes around the replaced spans.
    pub(crate) fn native(
        &mut self,
        goal: &Goal<'_>,
        usage: bool,
        policy: LossPolicy,
    ) -> Result<&Patched, Refused> {
        let usage = usage && self.can_ask_for_usage();
        let name = goal.name();
        let known = |made: &Made| made.name == name && made.usage == usage;
        if let Some(at) = self.made.iter().position(known) {
            return Ok(&self.made[at].patched);
        }
        let native = Native {
            upstream: goal.upstream(false),
            asked: self.asked,
            operation: goal.operation,
            asks_for_usage: usage,
            policy,
        };
        let patched = patch_request(self.unsealed.as_ref().unwrap_or(self.body), &native)?;
        let at = self.made.len();
        self.made.push(Made {
            name,
            usage,
            patched,
        });
        Ok(&self.made[at].patched)
    }

    /// The body in another protocol.
    pub(crate) fn in_dialect<'v>(
        &mut self,
        asked: &Asked<'_>,
        goal: &Goal<'_>,
        options: &Options,
        view: impl FnOnce() -> Option<View<'v>>,
    ) -> Result<Arc<Translated>, Refused> {
        let name = goal.name();
        if let Some(made) = self.translated.iter().find(|made| made.name == name) {
            return made.result.clone();
        }
        let upstream = goal.upstream(self.is_unsealed);
        let view = view();
        let replay = view.as_ref().map(|view| view as &dyn Replay);
        let result = translate_request(self.body, asked, &upstream, options, replay);
        let result = result.map(Arc::new);
        self.translated.push(InDialect {
            name,
            result: result.clone(),
            recalled: view.map_or_else(Vec::new, View::into_recalled),
        });
        result
    }
}

impl<'a> Goal<'a> {
    /// One credential's way of serving a model.
    pub(crate) fn of(
        step: &Step<'a>,
        member: &Member,
        client: Protocol,
        model: &'a ModelId,
        operation: Operation,
    ) -> Self {
        let mut serving = step.route.serving.iter();
        let serving = serving.find(|serving| serving.source == member.source);
        let place = serving.and_then(|serving| {
            let target = serving.targets.iter().position(|target| target == model)?;
            Some((serving, target))
        });
        let configured = place.and_then(|(serving, target)| serving.suffix(target));
        Self {
            dialect: member.dialect(client).cloned().unwrap_or_else(|| Dialect {
                protocol: client,
                profile: *Profile::for_host(client, ""),
                params: Arc::default(),
                repairs: false,
            }),
            model,
            info: place.and_then(|(serving, target)| serving.record(target)),
            suffix: step.suffix.or(configured),
            operation,
        }
    }

    fn name(&self) -> Name {
        Name {
            upstream: self.model.clone(),
            dialect: self.dialect.clone(),
            suffix: self.suffix.map(Box::from),
            info: self.info.map(|info| std::ptr::from_ref(info).addr()),
        }
    }

    fn upstream(&self, without_opaque: bool) -> Upstream<'_> {
        Upstream {
            protocol: self.dialect.protocol,
            profile: &self.dialect.profile,
            params: &self.dialect.params,
            model: self.model.as_str(),
            suffix: self.suffix,
            capabilities: self.info.and_then(|info| info.capabilities.as_ref()),
            max_output: self.info.and_then(|info| info.max_output),
            without_opaque,
        }
    }
}
