//! The last requests, for those who ask why.

mod plain;

use self::plain::Plain;
use crate::trace::Trace;
use cliproxy_usage::Record;
use parking_lot::Mutex;
use std::{collections::VecDeque, sync::Arc, time::Instant};

/// How many are kept. Together they are below 2 MiB.
const KEPT: usize = 512;

/// The last requests that are over, newest last.
#[derive(Debug, Default)]
pub(crate) struct Recent(Mutex<VecDeque<Entry>>);

/// A request that is over, and how it was decided.
#[derive(Clone, Debug)]
pub(crate) struct Decided {
    pub(crate) record: Record,
    pub(crate) trace: Trace,
    pub(crate) begun: Instant,
}

/// Nearly every request is plain. What is kept long is cold when it is freed, and its place in
/// memory is cold when it is given out again; so a plain one keeps nothing that it had allocated.
#[expect(
    clippy::large_enum_variant,
    reason = "the large one is the usual one, and the ring is never copied"
)]
#[derive(Debug)]
enum Entry {
    Plain(Plain),
    Whole(Arc<Decided>),
}

impl Recent {
    pub(crate) fn push(&self, record: &Record, trace: &mut Trace, begun: Instant) {
        let entry = Plain::of(record, trace, begun).map_or_else(
            || {
                Entry::Whole(Arc::new(Decided {
                    record: record.clone(),
                    trace: std::mem::take(trace),
                    begun,
                }))
            },
            Entry::Plain,
        );
        let mut kept = self.0.lock();
        let oldest = if kept.len() < KEPT {
            None
        } else {
            kept.pop_front()
        };
        kept.push_back(entry);
        // Freed without the lock.
        drop(kept);
        drop(oldest);
    }

    /// The newest with this id: clients may choose their ids, and may repeat themselves.
    pub(crate) fn find(&self, request_id: &str) -> Option<Arc<Decided>> {
        let kept = self.0.lock();
        let mut newest = kept.iter().rev();
        newest
            .find(|entry| entry.request_id() == request_id)
            .map(Entry::decided)
    }

    /// The newest first.
    pub(crate) fn newest(&self, limit: usize) -> Vec<Arc<Decided>> {
        let kept = self.0.lock();
        kept.iter().rev().take(limit).map(Entry::decided).collect()
    }
}

impl Entry {
    fn request_id(&self) -> &str {
        match self {
            Self::Plain(plain) => plain.request_id(),
            Self::Whole(decided) => &decided.record.request_id,
        }
    }

    fn decided(&self) -> Arc<Decided> {
        match self {
            Self::Plain(plain) => Arc::new(plain.decided()),
            Self::Whole(decided) => Arc::clone(decided),
        }
    }
}

#[cfg(test)]
mod tests;
