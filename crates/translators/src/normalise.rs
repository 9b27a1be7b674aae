//! Makes of a decoded request what its target can take.
//!
//! The same pass for every pair of protocols. After it an encoder only writes: what the target has no
//! member for is gone, and noted in [`Notes`]; names and ids are fitted; turns alternate; calls and
//! results are paired.

use crate::{
    hub::Replay,
    rejection::Rejection,
    reply::NameMap,
    request_ir::{Losses, Request},
    target::Target,
};
use rustc_hash::FxHashSet;

/// What the pass has to say.
#[derive(Debug, Default)]
pub(crate) struct Notes {
    pub(crate) losses: Losses,
    /// For the reply: names that were fitted.
    pub(crate) names: NameMap,
    /// For the reply: freeform tools that the target knows as functions, by the name it knows.
    pub(crate) freeform: FxHashSet<String>,
}

/// Fits `request` to `target`.
///
/// # Errors
///
/// [`Rejection`] if it is about something that the target cannot express.
pub(crate) fn normalise<'a>(
    _request: &mut Request<'a>,
    _target: &Target<'_>,
    _replay: &'a dyn Replay,
    _notes: &mut Notes,
) -> Result<(), Rejection> {
    Ok(())
}
