//! Where journals come from and where they are handed in.

use crate::{counters::Counters, curfew::Curfew, recent::Recent};
use cliproxy_usage::Sink;
use std::sync::Arc;

/// What every journal of a gateway shares.
pub(crate) struct Desk {
    pub(crate) sinks: Vec<Arc<dyn Sink>>,
    pub(crate) recent: Recent,
    pub(crate) counters: Counters,
    pub(crate) curfew: Arc<Curfew>,
    /// `-`, which stands for a client that is not known yet.
    pub(crate) nobody: Arc<str>,
}
