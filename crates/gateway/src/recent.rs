//! The last requests, for those who ask why.

use crate::trace::Trace;
use cliproxy_usage::Record;
use parking_lot::Mutex;
use std::{collections::VecDeque, sync::Arc, time::Instant};

/// How many are kept. Together they are below 2 MiB.
const KEPT: usize = 512;

/// The last requests that are over, newest last.
#[derive(Debug, Default)]
pub(crate) struct Recent(Mutex<VecDeque<Arc<Decided>>>);

/// A request that is over, and how it was decided.
#[derive(Debug)]
pub(crate) struct Decided {
    pub(crate) record: Record,
    pub(crate) trace: Trace,
    pub(crate) begun: Instant,
}

impl Recent {
    pub(crate) fn push(&self, decided: Decided) {
        let mut kept = self.0.lock();
        let oldest = if kept.len() < KEPT {
            None
        } else {
            kept.pop_front()
        };
        kept.push_back(Arc::new(decided));
        // Freed without the lock.
        drop(kept);
        drop(oldest);
    }

    /// The newest with this id: clients may choose their ids, and may repeat themselves.
    pub(crate) fn find(&self, request_id: &str) -> Option<Arc<Decided>> {
        let kept = self.0.lock();
        let mut newest = kept.iter().rev();
        newest
            .find(|decided| &*decided.record.request_id == request_id)
            .map(Arc::clone)
    }

    /// The newest first.
    pub(crate) fn newest(&self, limit: usize) -> Vec<Arc<Decided>> {
        let kept = self.0.lock();
        kept.iter().rev().take(limit).map(Arc::clone).collect()
    }
}
