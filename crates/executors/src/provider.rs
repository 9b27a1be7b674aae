//! What a provider is made of.

use crate::{Call, Response, UpstreamError};
use cliproxy_core::Protocol;
use futures_util::future::BoxFuture;
use std::sync::Arc;

/// Makes one attempt against one upstream.
pub trait Executor: Send + Sync + 'static {
    /// The protocols this upstream speaks itself, so that nothing needs translating.
    fn protocols(&self) -> &[Protocol];

    /// One attempt. Resolves when a successful response head has arrived; the body is always a
    /// stream. Dropping the future, or that body, cancels the upstream call.
    ///
    /// # Errors
    ///
    /// Everything that is not a 2xx response, classified. No executor retries on its own.
    fn execute<'a>(&'a self, call: Call<'a>)
    -> BoxFuture<'a, Result<Response, Box<UpstreamError>>>;
}

/// One upstream, ready to be called.
#[derive(Clone)]
pub struct Provider {
    /// How requests are executed.
    pub executor: Arc<dyn Executor>,
}

impl std::fmt::Debug for Provider {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Provider")
            .field("protocols", &self.executor.protocols())
            .finish()
    }
}
