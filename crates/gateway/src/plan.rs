//! Which models a request is tried with: the one it asks for, then its fallbacks.

use crate::{
    failure::Failure,
    handle::route,
    snapshot::{Snapshot, place},
};
use cliproxy_core::{ModelId, Operation, Protocol, ProviderId};
use cliproxy_models::Route;
use cliproxy_scheduler::ShardId;

/// The models of one request, in order.
pub(crate) struct Plan<'a> {
    /// What it asks for, or why nobody can be asked.
    pub(crate) asked: Result<Step<'a>, Failure>,
    fallbacks: &'a [Fallback],
}

/// One model, and who serves it in the client's protocol.
#[derive(Clone, Copy)]
pub(crate) struct Step<'a> {
    pub(crate) route: &'a Route,
    pub(crate) shard: ShardId,
    /// Whether the client did not ask for it.
    pub(crate) is_fallback: bool,
    /// The only provider that may serve it.
    pub(crate) provider: Option<&'a ProviderId>,
}

/// What becomes of a fallback.
pub(crate) enum Next<'a> {
    /// It can be asked.
    Step(Step<'a>),
    /// It cannot, and why.
    PassedOver(&'a ModelId, String),
}

/// One model that stands in for an alias.
#[derive(Clone, Debug)]
pub(crate) struct Fallback {
    /// Its name in the file.
    pub(crate) model: ModelId,
    /// The only provider that may serve it.
    pub(crate) provider: Option<ProviderId>,
    /// Its route and, by protocol, who serves it; `None` if nobody offers it.
    pub(crate) serving: Option<(usize, [Option<ShardId>; 4])>,
}

impl<'a> Plan<'a> {
    /// Fallbacks are for what generates: another embedding model means other vectors, and another
    /// model counts other tokens.
    pub(crate) fn of(
        snapshot: &'a Snapshot,
        protocol: Protocol,
        operation: Operation,
        asked: &'a str,
    ) -> Self {
        let generates = matches!(operation, Operation::Generate | Operation::GenerateStream);
        let chain = match snapshot.fallbacks.is_empty() || !generates {
            true => None,
            // As names of models are looked up.
            false => {
                let name = asked.strip_prefix("models/").unwrap_or(asked);
                snapshot.fallbacks.get(&name.to_ascii_lowercase())
            }
        };
        Self {
            asked: route(snapshot, protocol, asked),
            fallbacks: chain.map_or(&[], Vec::as_slice),
        }
    }

    /// The fallbacks in order, with what becomes of each in this protocol.
    pub(crate) fn fallbacks(
        &self,
        snapshot: &'a Snapshot,
        protocol: Protocol,
    ) -> impl Iterator<Item = Next<'a>> + use<'a> {
        self.fallbacks.iter().map(move |fallback| {
            let step = fallback.step(snapshot, protocol);
            step.map_or_else(
                || Next::PassedOver(&fallback.model, fallback.passed_over()),
                Next::Step,
            )
        })
    }
}

impl Fallback {
    fn step<'a>(&'a self, snapshot: &'a Snapshot, protocol: Protocol) -> Option<Step<'a>> {
        let (route, shards) = self.serving?;
        Some(Step {
            route: snapshot.models().routes().nth(route)?,
            shard: shards[place(protocol)]?,
            is_fallback: true,
            provider: self.provider.as_ref(),
        })
    }

    fn passed_over(&self) -> String {
        let shards = self.serving.map_or([None; 4], |(_, shards)| shards);
        let served = Protocol::ALL
            .into_iter()
            .filter(|protocol| shards[place(*protocol)].is_some());
        let served: Vec<_> = served.map(Protocol::as_str).collect();
        match &*served {
            [] => "passed over: nobody serves it".to_owned(),
            [one] => format!("passed over: served in another protocol only, {one}"),
            all => format!(
                "passed over: served in other protocols only, {}",
                all.join(", ")
            ),
        }
    }
}
