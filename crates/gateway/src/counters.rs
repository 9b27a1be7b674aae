//! What is counted since the process began: what translations have cost, by pair of protocols.
//!
//! | counter | counts |
//! |---|---|
//! | `cliproxy_translation_dropped_total` | pieces of a body that left no trace in the other protocol's: of requests `from` the client's `to` the upstream's, of replies `from` the upstream's `to` the client's |
//! | `cliproxy_translation_repairs_total` | repairs of damaged histories in requests |
//!
//! A request counts once, as it went to the upstream that was asked last.

use crate::{report::CounterView, snapshot::place};
use cliproxy_core::Protocol;
use cliproxy_usage::Record;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};

#[cfg(test)]
mod tests;

#[derive(Debug, Default)]
pub(crate) struct Counters {
    dropped: Pairs,
    repairs: Pairs,
}

/// One number for each pair of protocols, in the order of [`Protocol::ALL`].
#[derive(Debug, Default)]
struct Pairs([[AtomicU64; 4]; 4]);

impl Counters {
    /// Takes note of a request that is over.
    pub(crate) fn count(&self, record: &Record) {
        let Some(translation) = record.translation() else {
            return;
        };
        let (client, upstream) = (record.protocol, translation.upstream);
        self.dropped.add(client, upstream, translation.dropped);
        self.repairs
            .add(client, upstream, translation.repairs as usize);
        if let Some(lost) = &record.reply_losses {
            self.dropped.add(upstream, client, lost.count());
        }
    }

    /// Everything that is not 0.
    pub(crate) fn views(&self) -> Vec<CounterView> {
        let named = [
            ("cliproxy_translation_dropped_total", &self.dropped),
            ("cliproxy_translation_repairs_total", &self.repairs),
        ];
        let views = named
            .into_iter()
            .flat_map(|(name, pairs)| pairs.views(name));
        views.collect()
    }
}

impl Pairs {
    fn add(&self, from: Protocol, to: Protocol, count: usize) {
        if count > 0 {
            self.0[place(from)][place(to)].fetch_add(count as u64, Relaxed);
        }
    }

    fn views(&self, name: &'static str) -> impl Iterator<Item = CounterView> {
        let pairs = Protocol::ALL
            .into_iter()
            .flat_map(|from| Protocol::ALL.into_iter().map(move |to| (from, to)));
        pairs.filter_map(move |(from, to)| {
            let value = self.0[place(from)][place(to)].load(Relaxed);
            let label = |name: &str, protocol: Protocol| (name.to_owned(), protocol.to_string());
            (value > 0).then(|| CounterView {
                name: name.to_owned(),
                labels: [label("from", from), label("to", to)].into(),
                value,
            })
        })
    }
}
