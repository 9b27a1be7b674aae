//! What the operator's policy makes of losses: see the table of `normalise`.

use crate::{
    rejection::Rejection,
    request_ir::{Class, Losses},
    target::LossPolicy,
};

/// # Errors
///
/// [`Rejection`] under a strict policy if quality is lost; it names the first loss in the body.
pub(crate) fn check(losses: &Losses, policy: LossPolicy) -> Result<(), Rejection> {
    if policy != LossPolicy::Strict {
        return Ok(());
    }
    let lost = losses.dropped.iter().chain(&losses.changed);
    let lost = lost.filter(|lost| matches!(lost.class, Class::Semantic | Class::Quality));
    match lost.map(|lost| lost.place).min() {
        None => Ok(()),
        Some(place) => Err(Rejection::UnsupportedParameter {
            place,
            message: "the provider of this model cannot take this as it is".into(),
        }),
    }
}
