//! Which models a request is tried with: the one it asks for, then its fallbacks.

use crate::{
    failure::Failure,
    handle::route,
    snapshot::{Snapshot, place},
};
use cliproxy_core::{Operation, Protocol};
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
}

/// One model that stands in for an alias.
#[derive(Clone, Debug)]
pub(crate) struct Fallback {
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

    /// The fallbacks that can be asked in this protocol, in order.
    pub(crate) fn fallbacks(
        &self,
        snapshot: &'a Snapshot,
        protocol: Protocol,
    ) -> impl Iterator<Item = Step<'a>> + use<'a> {
        self.fallbacks.iter().filter_map(move |fallback| {
            let (route, shards) = fallback.serving?;
            Some(Step {
                route: snapshot.models().routes().nth(route)?,
                shard: shards[place(protocol)]?,
                is_fallback: true,
            })
        })
    }
}
