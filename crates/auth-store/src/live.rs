//! The credentials of a directory, as they are at any time.

use crate::{Changes, CredentialRecord, FileStore, Look, Problem, Scanner, watch::Watch};
use parking_lot::Mutex;
use std::{
    sync::Arc,
    time::{Duration, SystemTime},
};
use tokio::task::{JoinHandle, spawn_blocking};

/// The credentials of a directory, followed while its files are edited, replaced, deleted and made again.
#[derive(Debug)]
pub struct LiveCredentials {
    state: Arc<Mutex<State>>,
    watch: Watch,
    /// A look that has been begun. It goes on if nobody waits for it any more.
    looking: Option<JoinHandle<()>>,
    poll: Option<Duration>,
}

#[derive(Debug)]
struct State {
    scanner: Scanner,
    /// What was found and nobody has been told.
    untold: Changes,
    /// Whether what killed writers have left behind has been looked for.
    is_tidy: bool,
}

impl State {
    fn look(&mut self, look: &Look, now: SystemTime) {
        if !std::mem::replace(&mut self.is_tidy, true) {
            self.scanner.store().remove_drafts(now);
        }
        let changes = self.scanner.look(look, now);
        self.untold.append(changes);
    }
}

impl LiveCredentials {
    /// Follows the files of a store. What is written through this store or a clone of it is recognised as
    /// ours. With `poll` they are looked at that often, in place of events. Nothing
    /// is read yet: the first [`changes`](Self::changes) are all there is.
    #[must_use]
    pub fn new(store: FileStore, poll: Option<Duration>) -> Self {
        Self {
            watch: Watch::new(store.directory().to_owned(), poll),
            looking: None,
            poll,
            state: Arc::new(Mutex::new(State {
                scanner: Scanner::new(store),
                untold: Changes::default(),
                is_tidy: false,
            })),
        }
    }

    /// Looks at all files now. For the start, and for whoever cannot wait for an event.
    pub async fn look(&mut self, now: SystemTime) -> Changes {
        self.rest().await;
        self.begin(Look::All, now);
        self.rest().await;
        self.untold()
    }

    /// Resolves when something has changed, once what writes the files has come to rest. May be dropped and
    /// called again without missing anything.
    pub async fn changes(&mut self, now: impl Fn() -> SystemTime) -> Changes {
        loop {
            self.rest().await;
            let untold = self.untold();
            if !untold.is_empty() {
                return untold;
            }
            let look = self.watch.changed().await;
            self.begin(look, now());
        }
    }

    /// From now on follows another directory: everything of the old one is removed, everything in the new
    /// one is added.
    pub async fn move_to(&mut self, store: FileStore, now: SystemTime) -> Changes {
        self.rest().await;
        self.watch = Watch::new(store.directory().to_owned(), self.poll);
        {
            let mut state = self.state.lock();
            let gone = state.scanner.clear();
            state.untold.append(gone);
            state.scanner = Scanner::new(store);
            state.is_tidy = false;
        }
        self.look(now).await
    }

    /// All records in service, in the order of the files.
    #[must_use]
    pub fn records(&self) -> Vec<Arc<CredentialRecord>> {
        let state = self.state.lock();
        state.scanner.records().iter().cloned().collect()
    }

    /// Everything that is wrong with the files now.
    #[must_use]
    pub fn problems(&self) -> Vec<Problem> {
        let state = self.state.lock();
        state.scanner.records().problems().cloned().collect()
    }

    fn begin(&mut self, look: Look, now: SystemTime) {
        let state = Arc::clone(&self.state);
        self.looking = Some(spawn_blocking(move || state.lock().look(&look, now)));
    }

    /// Waits for a look that has been begun.
    async fn rest(&mut self) {
        if let Some(looking) = &mut self.looking {
            // Only a program that is stopping does not look.
            drop(looking.await);
            self.looking = None;
        }
        self.watch.link(self.state.lock().scanner.links());
    }

    fn untold(&self) -> Changes {
        std::mem::take(&mut self.state.lock().untold)
    }
}
