//! The body as it goes up: made once per upstream model, shared by every attempt.

#[cfg(test)]
mod tests;

use crate::{
    failure::Failure,
    member::Dialect,
    replay::{Key, View},
};
use cliproxy_core::{ModelId, Protocol};
use cliproxy_json::{Body, Edit, Path, Raw, Slices, apply, quoted};
use cliproxy_models::Route;
use cliproxy_translators::{
    Asked, Options, Refused, Translated, Upstream, include_usage_edit, translate_request,
    without_reasoning,
};
use std::{ops::Range, sync::Arc};

/// The bodies of one request.
#[derive(Debug)]
pub(crate) struct Bodies<'a> {
    body: &'a Body,
    protocol: Protocol,
    /// Where the body names the model, quotes included; `None` where the address does.
    model: Option<(&'a str, Range<usize>)>,
    /// Sealed reasoning does not go along any more.
    is_unsealed: bool,
    /// What takes it out of the body; empty as long as it goes along.
    unsealing: Vec<Edit>,
    made: Vec<Made>,
    translated: Vec<InDialect>,
}

/// A translation, or why there is none.
#[derive(Debug)]
struct InDialect {
    upstream: ModelId,
    dialect: Dialect,
    result: Result<Arc<Translated>, Refused>,
    /// Reasoning that the client had dropped and was put back.
    recalled: Vec<Key>,
}

#[derive(Debug)]
struct Made {
    upstream: ModelId,
    usage: bool,
    slices: Slices,
}

impl<'a> Bodies<'a> {
    pub(crate) const fn new(
        body: &'a Body,
        protocol: Protocol,
        model: Option<(&'a str, Range<usize>)>,
    ) -> Self {
        Self {
            body,
            protocol,
            model,
            is_unsealed: false,
            unsealing: Vec::new(),
            made: Vec::new(),
            translated: Vec::new(),
        }
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
        self.unsealing = without_reasoning(self.protocol, self.body);
        self.made.clear();
        let translated = self.translated.drain(..);
        translated.flat_map(|made| made.recalled).collect()
    }

    /// The body that asks `upstream`; `usage` adds the request for a stream's usage figures.
    ///
    /// Nothing is copied: the result shares the received bytes around the replaced spans.
    pub(crate) fn for_model(&mut self, upstream: &ModelId, usage: bool) -> Result<Slices, Failure> {
        let usage = usage && self.can_ask_for_usage();
        let known = |made: &&Made| made.upstream == *upstream && made.usage == usage;
        if let Some(made) = self.made.iter().find(known) {
            return Ok(made.slices.clone());
        }
        let slices = self.make(upstream, usage)?;
        self.made.push(Made {
            upstream: upstream.clone(),
            usage,
            slices: slices.clone(),
        });
        Ok(slices)
    }

    /// The body in another protocol.
    pub(crate) fn in_dialect<'v>(
        &mut self,
        asked: &Asked<'_>,
        dialect: &Dialect,
        route: &Route,
        upstream: &ModelId,
        options: &Options,
        view: impl FnOnce() -> View<'v>,
    ) -> Result<Arc<Translated>, Refused> {
        let known = |made: &&InDialect| made.upstream == *upstream && made.dialect == *dialect;
        if let Some(made) = self.translated.iter().find(known) {
            return made.result.clone();
        }
        let target = Upstream {
            protocol: dialect.protocol,
            profile: &dialect.profile,
            params: &dialect.params,
            model: upstream.as_str(),
            suffix: None,
            capabilities: route.info.capabilities.as_ref(),
            max_output: route.info.max_output,
            without_opaque: self.is_unsealed,
        };
        let view = view();
        let result =
            translate_request(self.body, asked, &target, options, Some(&view)).map(Arc::new);
        self.translated.push(InDialect {
            upstream: upstream.clone(),
            dialect: dialect.clone(),
            result: result.clone(),
            recalled: view.into_recalled(),
        });
        result
    }

    fn make(&self, upstream: &ModelId, usage: bool) -> Result<Slices, Failure> {
        let renamed = self
            .model
            .as_ref()
            .filter(|(asked, _)| *asked != upstream.as_str());
        Ok(match (renamed, usage || !self.unsealing.is_empty()) {
            (None, false) => Slices::from(self.body.raw().clone()),
            (Some((_, span)), false) => self.body.replace(span.clone(), quoted(upstream.as_str())),
            (renamed, true) => {
                let mut edits = self.unsealing.clone();
                if usage {
                    let include = Path::keys(&["stream_options", "include_usage"]);
                    edits.push(Edit::Set(include, Raw::from(true)));
                }
                if renamed.is_some() {
                    let model = Raw::from(upstream.as_str());
                    edits.push(Edit::Set(Path::keys(&["model"]), model));
                }
                apply(self.body, &edits)?
            }
        })
    }
}
