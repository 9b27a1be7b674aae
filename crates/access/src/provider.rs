//! The seam for other ways to know a client: a directory, signed tokens, a policy service.

use crate::{presented::Presented, principal::Identity};
use futures_util::future::BoxFuture;
use http::StatusCode;
use std::error::Error;

/// Knows some clients.
pub trait AccessProvider: Send + Sync + 'static {
    /// A name for logs, unique among the providers of a gateway.
    fn id(&self) -> &str;

    /// Judges a request.
    fn authenticate<'a>(
        &'a self,
        presented: &'a Presented<'a>,
    ) -> BoxFuture<'a, Result<Identity, AccessError>>;

    /// Judges a request without waiting; `None` (the default) means that this takes
    /// [`authenticate`](Self::authenticate). It saves the boxed future on every request.
    fn authenticate_now(&self, presented: &Presented<'_>) -> Option<Result<Identity, AccessError>> {
        let _ = presented;
        None
    }
}

/// Why a provider did not name a client.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum AccessError {
    /// The provider itself failed. No other provider is asked: a failure must not turn into a
    /// weaker check.
    #[error("the access provider failed")]
    Internal {
        /// The answer to the client, usually 500 or 503.
        status: StatusCode,
        /// What happened; logged, never shown to the client.
        #[source]
        cause: Box<dyn Error + Send + Sync>,
    },
    /// A key was presented, and it is not known.
    #[error("the client key is not known")]
    Invalid,
    /// No key was presented.
    #[error("no client key was presented")]
    Missing,
    /// Requests like this are not this provider's business.
    #[error("not handled by this provider")]
    NotHandled,
}
