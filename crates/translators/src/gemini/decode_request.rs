//! A client's request, read.

use crate::{
    hub::ClientContext,
    rejection::Rejection,
    request_ir::{Place, Request},
};
use cliproxy_json::Value;

/// Reads a request body.
///
/// # Errors
///
/// [`Rejection`] for a body that departs from the protocol.
pub(crate) fn decode<'a>(
    body: Value<'a>,
    _client: &ClientContext<'_>,
) -> Result<Request<'a>, Rejection> {
    Err(Rejection::Invalid {
        place: Place::of(body),
        message: "not read yet".into(),
    })
}
