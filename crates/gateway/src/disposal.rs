//! Freeing snapshots away from the threads that serve.
//!
//! Whoever lets go of a snapshot last frees it, and that is a request that outlived it. With ten
//! thousand credentials freeing takes tens of milliseconds, which every other stream of that thread
//! would have to wait.

use crate::{derive::Idle, member::Member};
use cliproxy_core::{CredentialId, Secret};
use cliproxy_scheduler::Roster;
use rustc_hash::FxHashMap;
use std::sync::{Arc, OnceLock};
use tokio::{runtime::Handle, sync::mpsc, task::spawn_blocking};

/// Where the parts of a snapshot go that nobody needs any more. Clones are the same place.
#[derive(Clone, Debug, Default)]
pub(crate) struct Disposal(Arc<OnceLock<mpsc::UnboundedSender<Remains>>>);

/// What is big in a snapshot. Nothing is done with it but to drop it.
#[derive(Debug)]
pub(crate) struct Remains {
    pub(crate) _roster: Arc<Roster>,
    pub(crate) _members: FxHashMap<CredentialId, Arc<Member>>,
    pub(crate) _idle: Vec<Idle>,
    pub(crate) _secrets: Vec<Secret>,
}

impl Disposal {
    /// From now on what comes here is freed by threads of this runtime that may block. A second call
    /// does nothing.
    pub(crate) fn open(&self, runtime: &Handle) {
        let (sender, mut receiver) = mpsc::unbounded_channel::<Remains>();
        if self.0.set(sender).is_err() {
            return;
        }
        // Ends with the last snapshot, or with its runtime. A stop need not wait for it.
        runtime.spawn(async move {
            while let Some(remains) = receiver.recv().await {
                drop(spawn_blocking(move || drop(remains)).await);
            }
        });
    }

    /// Takes what is to be freed. Where nobody is there to do it, it is freed here and now.
    pub(crate) fn take(&self, remains: Remains) {
        if let Some(sender) = self.0.get() {
            drop(sender.send(remains));
        }
    }
}
