//! Asking a token endpoint, again where that may help.

use crate::{Clock, Grant, RefreshError, TokenEndpoint, Tokens};
use futures_util::future::{FutureExt as _, Shared};
use std::{future::Future, pin::Pin, time::Duration};
use tokio_util::sync::CancellationToken;

/// All questions of one attempt together.
const DEADLINE: Duration = Duration::from_secs(30);

/// How long to wait before the second and the third question.
const PAUSES: [Duration; 2] = [Duration::from_secs(1), Duration::from_secs(2)];

/// Before a question whose predecessor brought no answer is asked once more.
const AFTER_SILENCE: Duration = Duration::from_secs(1);

/// What is asked, and what bounds the asking.
pub(crate) struct Question<'a> {
    pub(crate) endpoint: &'a dyn TokenEndpoint,
    pub(crate) tokens: &'a Tokens,
    pub(crate) clock: &'a dyn Clock,
    /// Ends waiting between questions. A question that is out is waited for.
    pub(crate) stop: &'a CancellationToken,
    /// Called for each question.
    pub(crate) counts: &'a (dyn Fn() + Sync),
}

type Deadline = Shared<Pin<Box<dyn Future<Output = ()> + Send>>>;

impl Question<'_> {
    /// Asks up to three times if nothing came of it, and once more after silence, unless this token
    /// has met with silence before (`doubted`): then it is asked with once. Says, beside the answer,
    /// whether a question is without one.
    pub(crate) async fn ask(&self, mut doubted: bool) -> (Result<Grant, RefreshError>, bool) {
        let once = doubted;
        let mut silent = false;
        let deadline: Deadline = self.clock.sleep(DEADLINE).shared();
        let mut pauses = PAUSES.into_iter();
        loop {
            (self.counts)();
            let answer = self.once(deadline.clone()).await;
            let pause = match &answer {
                Err(RefreshError::Ambiguous { .. }) => {
                    let again = !once && !silent;
                    (doubted, silent) = (true, true);
                    pauses.next().filter(|_| again).map(|_| AFTER_SILENCE)
                }
                Err(RefreshError::Transient { .. } | RefreshError::Proxy { .. }) => pauses.next(),
                _ => None,
            };
            let goes_on = match pause {
                Some(pause) => self.wait(pause, deadline.clone()).await,
                None => false,
            };
            if !goes_on {
                return (answer, doubted);
            }
        }
    }

    async fn once(&self, deadline: Deadline) -> Result<Grant, RefreshError> {
        let answer = tokio::select! {
            biased;
            answer = self.endpoint.refresh(self.tokens) => answer,
            () = deadline => return Err(RefreshError::Ambiguous {
                reason: "no answer within 30 s".into(),
            }),
        };
        match answer {
            Ok(grant) if grant.access.is_empty() => Err(RefreshError::Transient {
                reason: "the answer holds no access token".into(),
            }),
            answer => answer,
        }
    }

    async fn wait(&self, pause: Duration, deadline: Deadline) -> bool {
        tokio::select! {
            biased;
            () = self.stop.cancelled() => false,
            () = deadline => false,
            () = self.clock.sleep(pause) => true,
        }
    }
}
