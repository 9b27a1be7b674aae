//! Which models a request is tried with: the one it asks for, then its fallbacks.

use crate::{
    failure::Failure,
    handle::{other_protocol, route},
    snapshot::Snapshot,
};
use cliproxy_core::{ModelId, Operation, Protocol, ProviderId, canonical, parse_suffix};
use cliproxy_models::Route;
use cliproxy_scheduler::ShardId;

/// The models of one request, in order.
pub(crate) struct Plan<'a> {
    /// What it asks for, or why nobody can be asked.
    pub(crate) asked: Result<Step<'a>, Failure>,
    fallbacks: &'a [Fallback],
}

/// One model, and who serves it.
#[derive(Clone, Copy)]
pub(crate) struct Step<'a> {
    pub(crate) route: &'a Route,
    pub(crate) shard: ShardId,
    /// Whether the client did not ask for it.
    pub(crate) is_fallback: bool,
    /// The thinking suffix of a fallback. The client's own wins.
    pub(crate) suffix: Option<&'a str>,
    /// The only provider that may serve it.
    pub(crate) provider: Option<&'a ProviderId>,
}

/// What becomes of a fallback.
pub(crate) enum Next<'a> {
    /// It can be asked.
    Step(Step<'a>),
    /// It cannot, and why.
    PassedOver(&'a ModelId, &'static str),
}

/// One model that stands in for an alias.
#[derive(Clone, Debug)]
pub(crate) struct Fallback {
    /// Its name in the file.
    pub(crate) model: ModelId,
    /// The only provider that may serve it.
    pub(crate) provider: Option<ProviderId>,
    /// Its route, `None` if nobody offers it; and who of its one provider serves it, if that is named.
    pub(crate) serving: Option<(usize, Option<Option<ShardId>>)>,
}

impl<'a> Plan<'a> {
    /// Fallbacks are for what generates: another embedding model means other vectors, and another
    /// model counts other tokens. Only a name that has nothing but fallbacks is counted for the first of
    /// them that somebody serves, since that one would answer.
    pub(crate) fn of(
        snapshot: &'a Snapshot,
        protocol: Protocol,
        operation: Operation,
        asked: &'a str,
    ) -> Self {
        let asking = (protocol, operation);
        let mut route = route(snapshot, asking, asked);
        if operation == Operation::CountTokens
            && let Err(Failure::UnknownModel(_)) = route
        {
            let mut chain = chain(snapshot, asked).iter();
            let answering = chain.find_map(|fallback| fallback.counted(snapshot, asking));
            route = answering.unwrap_or(route);
        }
        Self {
            asked: route,
            fallbacks: match operation.generates() {
                true => chain(snapshot, asked),
                false => &[],
            },
        }
    }

    /// The fallbacks in order, with what becomes of each.
    pub(crate) fn fallbacks(
        &self,
        snapshot: &'a Snapshot,
        asking: (Protocol, Operation),
    ) -> impl Iterator<Item = Next<'a>> + use<'a> {
        self.fallbacks.iter().map(move |fallback| {
            let step = fallback.step(snapshot, asking);
            step.map_or_else(
                || Next::PassedOver(&fallback.model, "passed over: nobody serves it"),
                Next::Step,
            )
        })
    }
}

/// The fallbacks of a name, as names of models are looked up.
fn chain<'a>(snapshot: &'a Snapshot, asked: &str) -> &'a [Fallback] {
    if snapshot.fallbacks.is_empty() {
        return &[];
    }
    let name = asked.strip_prefix("models/").unwrap_or(asked);
    let chain = |name: &str| snapshot.fallbacks.get(&name.to_ascii_lowercase());
    let chain = chain(name).or_else(|| chain(canonical(name)));
    chain.map_or(&[], Vec::as_slice)
}

impl Fallback {
    /// Who counts for it, or why nobody can; `None` if nobody serves it.
    fn counted<'a>(
        &'a self,
        snapshot: &'a Snapshot,
        asking: (Protocol, Operation),
    ) -> Option<Result<Step<'a>, Failure>> {
        if let Some(step) = self.step(snapshot, asking) {
            return Some(Ok(step));
        }
        let (route, _) = self.serving?;
        let route = snapshot.models().routes().nth(route)?;
        Some(Err(other_protocol(route, asking)))
    }

    fn step<'a>(
        &'a self,
        snapshot: &'a Snapshot,
        asking: (Protocol, Operation),
    ) -> Option<Step<'a>> {
        let (route, only) = self.serving?;
        let route = snapshot.models().routes().nth(route)?;
        Some(Step {
            route,
            shard: only.unwrap_or_else(|| snapshot.shard(route, asking))?,
            is_fallback: true,
            suffix: parse_suffix(self.model.as_str()).suffix,
            provider: self.provider.as_ref(),
        })
    }
}
