//! What a test waits for: connections, streams and requests as they come and go.

use std::collections::BTreeMap;
use tokio::sync::watch;

/// Counts of an upstream since it was started.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Stats {
    /// Connections that are open now.
    pub connections: u64,
    /// Connections ever accepted.
    pub accepted: u64,
    /// Requests whose head has arrived.
    pub requests: u64,
    /// Requests whose body has arrived; they are recorded by then.
    pub received: u64,
    /// Requests that are being answered now.
    pub active: u64,
    /// Streaming replies whose head has been sent and whose body has not ended.
    pub streams: u64,
    /// Requests whose reply was delivered as scripted, errors and resets included.
    pub completed: u64,
    /// Requests whose peer left before the reply was complete.
    pub cancelled: u64,
    /// Calls of the authorization server that have been decided; they are recorded by then. They
    /// do not count as requests.
    pub calls: u64,
    /// Calls that are being answered now.
    pub calls_active: u64,
    /// Calls whose answer was delivered as scripted, errors and resets included.
    pub calls_completed: u64,
    /// Calls whose peer left before the answer was complete.
    pub calls_cancelled: u64,
    hits: BTreeMap<String, u64>,
    refreshes: BTreeMap<String, u64>,
}

impl Stats {
    /// Requests that came with the key of this label, or with a token of this account.
    #[must_use]
    pub fn hits(&self, label: &str) -> u64 {
        self.hits.get(label).copied().unwrap_or_default()
    }

    /// Calls that ask for new tokens for this account, with a refresh token of it, good or not, or
    /// an assertion.
    #[must_use]
    pub fn refreshes(&self, label: &str) -> u64 {
        self.refreshes.get(label).copied().unwrap_or_default()
    }
}

/// Where the counts are kept.
#[derive(Debug)]
pub(crate) struct Counters(watch::Sender<Stats>);

impl Counters {
    pub(crate) fn new<'a>(labels: impl IntoIterator<Item = &'a str>) -> Self {
        let hits = labels
            .into_iter()
            .map(|label| (label.to_owned(), 0))
            .collect();
        Self(watch::Sender::new(Stats {
            hits,
            ..Stats::default()
        }))
    }

    pub(crate) fn snapshot(&self) -> Stats {
        self.0.borrow().clone()
    }

    pub(crate) fn subscribe(&self) -> watch::Receiver<Stats> {
        self.0.subscribe()
    }

    pub(crate) fn update(&self, change: impl FnOnce(&mut Stats)) {
        self.0.send_modify(change);
    }

    /// A call was decided, and asks for new tokens for the account of this label.
    pub(crate) fn call(&self, refreshed: Option<&str>) {
        self.0.send_modify(|stats| {
            stats.calls += 1;
            if let Some(label) = refreshed {
                *stats.refreshes.entry(label.to_owned()).or_default() += 1;
            }
        });
    }

    pub(crate) fn hit(&self, label: &str) {
        self.0.send_modify(|stats| {
            if let Some(count) = stats.hits.get_mut(label) {
                *count += 1;
            }
        });
    }
}
