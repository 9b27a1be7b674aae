//! What an attempt may do to its credential.

use crate::{
    Fingerprint, Grant, Tokens, VaultError,
    ask::Question,
    engine::Shared,
    ready::Life,
    record::{Ended, Found},
    registry::Held,
};
use std::{
    sync::Arc,
    time::{Duration, SystemTime},
};

/// One worker's turn with one credential. It ends exactly once, also if the task is dropped.
pub(crate) struct Turn {
    shared: Arc<Shared>,
    life: Life,
    began: SystemTime,
    over: bool,
}

impl Turn {
    pub(crate) fn new(shared: Arc<Shared>, life: Life, began: SystemTime) -> Self {
        Self {
            shared,
            life,
            began,
            over: false,
        }
    }

    pub(crate) fn held(&self) -> Option<Held> {
        self.shared.look(|r, now| r.held(&self.life, now))
    }

    pub(crate) fn found(&self, tokens: &Tokens) -> Option<Found> {
        self.shared.look(|r, _| r.found(&self.life, tokens))
    }

    pub(crate) fn granted(&self, tokens: Tokens) -> Option<bool> {
        self.shared
            .look(|r, now| r.granted(&self.life, tokens, now))
    }

    pub(crate) fn at_risk(
        &self,
        tokens: Tokens,
        base: (Fingerprint, Fingerprint),
        grant: (Grant, &VaultError),
    ) -> bool {
        self.shared
            .look(|r, now| r.at_risk_now(&self.life, tokens, base, grant, now))
    }

    pub(crate) fn written(&self) {
        self.shared.look(|r, _| r.written(&self.life));
    }

    pub(crate) fn now(&self) -> SystemTime {
        self.shared.clock.now()
    }

    /// The refresh token in use may have been used up by somebody else.
    pub(crate) fn doubts(&self, token: Fingerprint) {
        self.shared.look(|r, _| r.doubts(&self.life, token));
    }

    /// Asks the endpoint of `held`, with its current tokens: once, if they are doubted.
    pub(crate) async fn ask(
        &self,
        held: &Held,
        doubted: bool,
    ) -> (Result<Grant, crate::RefreshError>, bool) {
        let counts = || self.shared.look(|r, _| r.counts.asks());
        let question = Question {
            endpoint: &*held.endpoint,
            tokens: &held.current.tokens,
            clock: &*self.shared.clock,
            stop: &self.shared.stop,
            counts: &counts,
        };
        question.ask(doubted).await
    }

    /// Resolves when it is not worth waiting for a lock any longer; at a shutdown, where somebody
    /// else counts the time, never.
    pub(crate) async fn too_long(&self, patience: Duration, closing: bool) -> Ended {
        let stopped = async {
            if closing {
                std::future::pending::<()>().await;
            }
            self.shared.stop.cancelled().await;
        };
        tokio::select! {
            () = stopped => Ended::Interrupted,
            () = self.shared.clock.sleep(patience) => Ended::Storage(VaultError::Busy),
        }
    }

    /// The end: others are told, and the next one begins.
    pub(crate) fn end(mut self, ended: Ended) {
        self.over = true;
        let took = self.took();
        self.shared
            .act(|r, now| r.ended(&self.life, ended, took, now));
    }

    fn took(&self) -> Duration {
        self.now().duration_since(self.began).unwrap_or_default()
    }
}

impl Drop for Turn {
    fn drop(&mut self) {
        if !self.over {
            let took = self.took();
            // The next one is begun by the timer, if that still runs: a runtime that is torn down
            // would drop it like this one.
            self.shared
                .look(|r, now| r.ended(&self.life, Ended::Interrupted, took, now));
            self.shared.look_again();
        }
    }
}
