//! How a reply differs from what the upstream sent.

use cliproxy_translators::NativeReply;
use std::sync::Arc;

/// What is done to a stream besides forwarding it.
#[derive(Clone, Debug, Default)]
pub(crate) struct Edits {
    /// What a dialect wants different; comes first.
    pub(crate) native: Option<NativeReply>,
    /// The name the client used, where the upstream knows the model by another.
    pub(crate) model: Option<Arc<str>>,
    /// Leave out the usage chunk that only the gateway asked for.
    pub(crate) hide_usage: bool,
}

impl Edits {
    pub(crate) const fn is_empty(&self) -> bool {
        self.native.is_none() && self.model.is_none() && !self.hide_usage
    }
}
