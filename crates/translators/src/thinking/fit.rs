//! A request's control, fitted to the target it is encoded for.

use super::{Control, Origin, Outcome, Refusal, Resolved, Upstream, resolve};
use crate::{
    rejection::Rejection,
    request_ir::{Class, Losses, Place, Why},
    target::Target,
};
use cliproxy_core::Protocol;

/// Fits what `client` asks for at `place` to the target's model.
///
/// # Errors
///
/// [`Rejection::Thinking`], see [`resolve()`].
pub(crate) fn fit<'t>(
    client: Protocol,
    asked: Control,
    place: Place,
    target: &Target<'t>,
) -> Result<Resolved<'t>, Rejection> {
    let upstream = Upstream {
        form: target.profile.thinking,
        own: target.is_own,
        model: target.capabilities,
    };
    let origin = if place == Place::MODEL {
        Origin::Suffix
    } else {
        Origin::Body
    };
    resolve(asked, origin, client, &upstream).map_err(|refusal| refusal.at(place))
}

impl Refusal {
    /// The same as the refusal of a request.
    pub(crate) fn at(&self, place: Place) -> Rejection {
        Rejection::Thinking {
            place,
            code: self.code(),
            message: self.to_string().into(),
        }
    }
}

impl Resolved<'_> {
    /// Reports what became of the control, once nothing about it changes any more.
    pub(crate) fn report(&self, place: Place, losses: &mut Losses) {
        match self.outcome() {
            Outcome::Kept => {}
            Outcome::Changed => losses.change(place, Class::Quality, Why::Reasoning),
            Outcome::Dropped => losses.drop(place, Class::Quality, Why::NoReasoning),
        }
    }
}
