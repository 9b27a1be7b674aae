//! What it means that there was no whole answer.

use cliproxy_proxyutil::{TransportError, TransportFailure};
use cliproxy_token_refresh::RefreshError;

/// Classifies a connection that failed. `spent`: a token may have been used up, since the HTTP stack
/// had the request's body; what it still held back is counted as sent, because nobody can tell.
pub(super) fn unanswered(error: &TransportError, spent: bool, host: &str) -> RefreshError {
    let what = match error.failure() {
        TransportFailure::Closed => "the connection broke",
        TransportFailure::Connect => "no connection",
        TransportFailure::ConnectTimeout => "connecting took too long",
        TransportFailure::Protocol => "it does not speak HTTP as it should",
        TransportFailure::Proxy => "no connection through the proxy",
        TransportFailure::Tls => "the TLS handshake failed",
    };
    let reason = match error.cause() {
        "" => format!("{host}: {what}"),
        cause => format!("{host}: {what}: {cause}"),
    };
    let reason = reason.into();
    match error.failure() {
        TransportFailure::Proxy => RefreshError::Proxy { reason },
        // Nothing was asked on a connection that was not made.
        TransportFailure::Connect | TransportFailure::ConnectTimeout | TransportFailure::Tls => {
            RefreshError::Transient { reason }
        }
        TransportFailure::Closed | TransportFailure::Protocol if spent => {
            RefreshError::Ambiguous { reason }
        }
        TransportFailure::Closed | TransportFailure::Protocol => RefreshError::Transient { reason },
    }
}
