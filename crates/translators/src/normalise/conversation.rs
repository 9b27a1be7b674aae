//! What the target can take of a conversation.
//!
//! After this pass, for every target:
//!
//! 1. Turns of the user and of the assistant alternate; only a system message that the target keeps in
//!    its place stands between them.
//! 2. Results of tools are in turns of the user only, before everything else, in the order of the calls.
//! 3. Every call is answered in the turn that follows, and every result answers such a call.
//! 4. Every call has an id of its own, which the target can take.
//! 5. Reasoning keeps its place between texts and calls, or is gone.
//! 6. No text is empty.
//!
//! | file | its rules |
//! | --- | --- |
//! | `system` | system messages before and within the conversation |
//! | `turns` | whose turn a part belongs to, what is merged, what is empty |
//! | `parts` | parts by their kind: tools of providers, parts that only one protocol knows |
//! | `media` | which images, files and recordings a target takes |
//! | `document` | a document as a text |
//! | `opaque` | signatures and encrypted reasoning: whose goes where |
//! | `calls` | ids, names and arguments of calls |
//! | `pairing` | which result answers which call, and what is missing |
//! | `results` | the content of a result |
//! | `ends` | the first turn and the last one |
//!
//! Every rule depends on what came before a turn, at most on the turn of the user that answers it.
//! Hence a conversation that grows by a turn is encoded to the same bytes up to there, which is what
//! providers' caches look at. What moves with the end are caching marks and the rules of `ends`. A
//! turn that says nothing to the target, such as reasoning of another vendor alone, is no turn: what
//! stands around it is merged.

mod calls;
mod document;
mod ends;
mod media;
mod opaque;
mod pairing;
mod parts;
mod results;
mod system;
mod turns;

#[cfg(test)]
mod tests;

use super::Notes;
use crate::{rejection::Rejection, replay::Replay, request_ir::Request, target::Target};

pub(super) use ends::refuse_none;
pub(crate) use opaque::remembers;

/// Fits system messages and turns to `target`.
///
/// # Errors
///
/// [`Rejection`] for a part that the target cannot take and the conversation is about.
pub(super) fn fit<'a>(
    request: &mut Request<'a>,
    target: &Target<'_>,
    replay: &dyn Replay,
    notes: &mut Notes,
) -> Result<(), Rejection> {
    system::leading(request, target);
    turns::build(request, target, notes)?;
    pairing::pair(&mut request.turns, target, replay, notes);
    ends::fit(request, target, notes);
    Ok(())
}
