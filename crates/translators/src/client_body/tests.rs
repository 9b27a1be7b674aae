//! What holds for the decoders of all protocols.

pub(crate) mod conversations;
pub(crate) mod memory;
mod properties;
mod rendering;
mod shapes;
mod there_and_back;

pub(crate) use self::rendering::{conversation, settings, tools};

use crate::{
    hub::{self, ClientContext},
    rejection::Rejection,
    request_ir::Request,
};
use cliproxy_core::Protocol;
use cliproxy_json::Value;

/// A body that is read, rendered by `render`.
pub(crate) fn read(
    protocol: Protocol,
    body: &str,
    render: impl FnOnce(&Request<'_>) -> String,
) -> String {
    let value = Value::parse(body).unwrap_or_else(|error| panic!("{error}: {body}"));
    match hub::decode(protocol, value, &ClientContext::default()) {
        Ok(request) => render(&request),
        Err(rejection) => panic!("{rejection} at {:?}: {body}", rejection.param(value)),
    }
}

/// A body that is refused: where, and why.
pub(crate) fn refused(protocol: Protocol, body: &str) -> (Option<String>, String) {
    let value = Value::parse(body).unwrap();
    let rejection = hub::decode(protocol, value, &ClientContext::default()).unwrap_err();
    assert!(
        matches!(
            rejection,
            Rejection::Invalid { .. } | Rejection::Missing { .. }
        ),
        "{rejection:?}"
    );
    (rejection.param(value), rejection.to_string())
}

/// Checks `refused` for cases of body, path and message.
pub(crate) fn check_refused(protocol: Protocol, cases: &[(&str, &str, &str)]) {
    for (body, path, message) in cases {
        let (place, said) = refused(protocol, body);
        let place = place.unwrap_or_default();
        assert_eq!((&*place, &*said), (*path, *message), "{body}");
    }
}
