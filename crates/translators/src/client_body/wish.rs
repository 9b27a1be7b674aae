//! How much the model is to think: a suffix of its name beats what the body says.

use crate::{
    hub::ClientContext,
    rejection::Rejection,
    request_ir::{Place, Request},
    thinking::{Control, read::Wish},
};
use cliproxy_json::Value;
use std::borrow::Cow;

/// Sets what is to be thought and shown. Under a suffix the body cannot be wrong about it.
///
/// # Errors
///
/// What reading the body has found wrong.
pub(crate) fn set(
    request: &mut Request<'_>,
    client: &ClientContext<'_>,
    said: Result<Wish, Rejection>,
) -> Result<(), Rejection> {
    let suffix = client.suffix.filter(|suffix| *suffix != Control::Unset);
    let said = match suffix {
        Some(control) => Wish {
            control,
            place: Place::MODEL,
            show: said.map(|wish| wish.show).unwrap_or_default(),
        },
        None => said?,
    };
    request.control = said.control;
    request.control_place = said.place;
    request.show = said.show;
    Ok(())
}

/// Notes what nobody knows in an object of wishes.
pub(crate) fn note_unknown<'a>(
    request: &mut Request<'a>,
    wishes: impl Iterator<Item = (Cow<'a, str>, Value<'a>)>,
    known: &[&str],
) {
    super::members::note_others(&mut request.unknown, wishes, known);
}
