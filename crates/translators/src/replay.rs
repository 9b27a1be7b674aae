//! Reasoning that clients drop, kept for the request that follows.
//!
//! Providers miss it in the middle of a tool loop, and some refuse the request without it; plain Chat
//! clients have no place for it, and Claude clients that did not ask for reasoning never see it. So what
//! stood before a call is recorded while the reply is translated, and put back when the call turns up in
//! a request. This crate records and puts back; what keeps it between the two is somebody else's.
//!
//! | what | is recorded |
//! | --- | --- |
//! | for which calls | the first of a step: of the reply, and after further reasoning; of the first choice |
//! | under which name | the call's id as the client sees it |
//! | reasoning | what has closed since the call before, if its maker has sealed it |
//! | a signature | Gemini's of the call itself |
//! | reasoning in plain text | where the dialect of the upstream takes it back |
//! | when | the upstream has told the end; nothing of a reply that fails |
//!
//! Nothing is recorded if the request declared no tools, if its upstream takes no reasoning back, or if
//! the client speaks the upstream's protocol: such a client carries its own. A reply with more than 4 MiB
//! of reasoning is not recorded.
//!
//! Where it is put back is a rule of the conversation: before the first call of a turn that has nothing
//! sealed which the target takes.

use crate::request_ir::{Opaque, Thought};
use std::{fmt, mem::size_of, sync::Arc};

mod recorder;

#[cfg(test)]
mod tests;

pub(crate) use recorder::{Recorder, Remembers, Tapped};

/// What was recorded, as one request sees it.
///
/// Nothing of a request may depend on anything else: the same body and the same answers give the same
/// bytes.
pub trait Replay: fmt::Debug {
    /// The reasoning that stood before the call with this id.
    fn recall(&self, call: &str) -> Option<Arc<Remembered>>;
}

/// The reasoning before one call, and the call's own signature. Its maker's models alone can read it.
#[derive(Clone, Debug, Default)]
pub struct Remembered {
    pub(crate) thoughts: Vec<Thought<'static>>,
    pub(crate) signature: Option<Opaque<'static>>,
}

impl Remembered {
    /// What it takes of memory, in bytes.
    #[must_use]
    pub fn bytes(&self) -> usize {
        let opaque = |opaque: &Opaque<'_>| {
            let item = opaque.item.as_ref().map_or(0, |item| item.len());
            item + opaque.data.as_escaped().len()
        };
        let thought = |thought: &Thought<'_>| {
            let summary = thought.summary.iter().map(|text| text.as_escaped().len());
            let sealed = thought.opaque.as_ref().map_or(0, opaque);
            let texts = thought.text.as_escaped().len() + summary.sum::<usize>();
            size_of::<Thought<'_>>() + texts + sealed
        };
        let thoughts = self.thoughts.iter().map(thought).sum::<usize>();
        size_of::<Self>() + thoughts + self.signature.as_ref().map_or(0, opaque)
    }
}

/// Nothing was recorded.
#[derive(Debug)]
pub(crate) struct NoReplay;

impl Replay for NoReplay {
    fn recall(&self, _call: &str) -> Option<Arc<Remembered>> {
        None
    }
}
