//! What the operator's policy makes of losses: see the table of `normalise`.

use crate::{
    rejection::Rejection,
    request_ir::{Class, Losses, Lost},
    target::LossPolicy,
};

/// # Errors
///
/// [`Rejection`] under a strict policy if quality is lost; it names the first loss in the body.
pub(crate) fn check(losses: &Losses, policy: LossPolicy) -> Result<(), Rejection> {
    if policy != LossPolicy::Strict {
        return Ok(());
    }
    let tagged = |is_dropped| move |lost: &Lost| (*lost, is_dropped);
    let dropped = losses.dropped.iter().map(tagged(true));
    let lost = dropped.chain(losses.changed.iter().map(tagged(false)));
    let lost = lost.filter(|(lost, _)| matches!(lost.class, Class::Semantic | Class::Quality));
    match lost.min_by_key(|&(lost, is_dropped)| (lost.place, !is_dropped, lost)) {
        None => Ok(()),
        Some((Lost { place, why, .. }, is_dropped)) => Err(Rejection::Policy {
            place,
            is_dropped,
            why,
        }),
    }
}
