//! The runtimes that connections live on.

use std::sync::{
    Arc,
    atomic::{AtomicUsize, Ordering},
};
use tokio::runtime::Handle;

/// A runtime that connections live on.
pub(crate) struct Worker {
    pub(crate) handle: Handle,
    connections: Arc<AtomicUsize>,
}

impl Worker {
    pub(crate) fn new(handle: Handle) -> Self {
        Self {
            handle,
            connections: Arc::default(),
        }
    }

    /// The one with the fewest connections.
    pub(crate) fn least(workers: &[Self]) -> Option<&Self> {
        workers
            .iter()
            .min_by_key(|worker| worker.connections.load(Ordering::Relaxed))
    }

    /// Counts one connection more.
    pub(crate) fn count(&self) -> Counted {
        self.connections.fetch_add(1, Ordering::Relaxed);
        Counted(Arc::clone(&self.connections))
    }
}

/// A connection that counts for as long as it lives.
pub(crate) struct Counted(Arc<AtomicUsize>);

impl Drop for Counted {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::Relaxed);
    }
}
