//! Makes of a decoded request what its target can take.
//!
//! The same pass for every pair of protocols. After it an encoder only writes: what the target has no
//! member for is gone, and noted in [`Notes`]; names and ids are fitted; turns alternate; calls and
//! results are paired.
//!
//! The order of the steps matters: the conversation uses the names that declared tools have claimed;
//! reasoning looks at the fitted conversation and at the choice of tools; which sampling parameters stay
//! depends on reasoning; instructions in words come last, so that they never become the only turn.
//!
//! # Losses
//!
//! | class | what belongs to it | `report` | `strict` | `lenient` |
//! | --- | --- | --- | --- | --- |
//! | semantic | what the request is about: several answers, state that only another server holds, a part that the target cannot take | refused | refused | a part becomes a note, the rest is refused |
//! | quality | what shapes the answer: sampling, limits, hosted tools, tiers, members nobody knows, every value changed by fitting | reported | refused | reported |
//! | bookkeeping | what labels or files the request | – | – | – |
//! | opaque | reasoning of the history that the target cannot take | reported | reported | reported |
//!
//! No loss is another notation of the same thing, or a member that says what its protocol does anyway.

mod cache;
mod choice;
mod conversation;
mod format;
mod hosted;
mod params;
mod policy;
mod schemas;
mod settings;
mod thinking;
mod tools;

#[cfg(test)]
mod tests;

pub(crate) use conversation::remembers;
pub(crate) use policy::check as refuse_losses;
pub(crate) use tools::fit_name;

use crate::{
    protocols::rules,
    rejection::Rejection,
    replay::Replay,
    reply::NameMap,
    request_ir::{HostedKind, Losses, Request},
    target::Target,
};
use rustc_hash::{FxHashMap, FxHashSet};

/// What the pass has to say.
#[derive(Debug, Default)]
pub(crate) struct Notes {
    pub(crate) losses: Losses,
    /// For the reply: names that were fitted.
    pub(crate) names: NameMap,
    /// For the reply: freeform tools that the target knows as functions, by the name it knows.
    pub(crate) freeform: FxHashSet<String>,
    /// For the reply: functions that stand for tools of the client which have items of their own.
    pub(crate) native_tools: FxHashMap<String, HostedKind>,
    /// Calls without a result and results without a call that were put right, to be counted.
    pub(crate) repairs: u32,
}

/// Fits `request` to `target`.
///
/// # Errors
///
/// [`Rejection`] if it is about something that the target cannot express.
pub(crate) fn normalise<'a>(
    request: &mut Request<'a>,
    target: &Target<'_>,
    replay: &dyn Replay,
    notes: &mut Notes,
) -> Result<(), Rejection> {
    let asks_for_usage = !rules(request.source).reply.usage_is_optional || request.include_usage;
    request.include_usage = asks_for_usage && target.profile.stream_usage;
    settings::refuse(request, target)?;
    tools::fit(request, target, notes)?;
    choice::fit(request, target, notes);
    conversation::fit(request, target, replay, notes)?;
    conversation::refuse_none(request)?;
    if let Some(settle) = target.rules().media.settle_details {
        settle(request, target, notes);
    }
    let limit = settings::output_limit(request, target, notes);
    let resolved = thinking::fit(request, target, limit, notes)?;
    settings::fit(request, target, &resolved, notes);
    format::fit(request, target, notes);
    cache::fit(request, target);
    params::note(request, target, notes);
    policy::check(&notes.losses, target.options.policy)
}
