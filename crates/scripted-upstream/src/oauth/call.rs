//! What the authorization server was asked, for tests to look at and wait for.

use parking_lot::Mutex;
use std::{collections::VecDeque, time::SystemTime};

/// Calls kept. Older ones are forgotten.
const CALLS: usize = 4096;

/// A call of the authorization server. No token is kept, only
/// [digests](crate::oauth::token_digest).
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Call {
    /// Counts calls and [requests](crate::Recorded::number) together, in the order in which they
    /// arrived.
    pub number: u64,
    /// From the same counting, taken when the answer was about to be sent: whatever made use of the
    /// answer has a greater number. `None` while the answer is held.
    pub answered: Option<u64>,
    /// Counts all connections of the upstream from 1, as [`Recorded`](crate::Recorded) does.
    pub connection: u64,
    /// When it had arrived.
    pub at: SystemTime,
    /// The path, without a query.
    pub path: String,
    /// The account, as far as the call says whose it is.
    pub label: Option<String>,
    /// The client, as the call names it.
    pub client_id: Option<String>,
    /// The grant type, as the call names it.
    pub grant_type: Option<String>,
    /// The digest of the refresh token that came.
    pub refresh_token: Option<String>,
    /// What was decided.
    pub outcome: Outcome,
}

impl Call {
    /// Whether it asks for new tokens for somebody who has signed in before: by a refresh token or
    /// an assertion.
    #[must_use]
    pub fn is_refresh(&self) -> bool {
        matches!(
            self.grant_type.as_deref(),
            Some("refresh_token" | "urn:ietf:params:oauth:grant-type:jwt-bearer")
        )
    }

    /// Whether tokens were made.
    #[must_use]
    pub const fn is_granted(&self) -> bool {
        matches!(self.outcome, Outcome::Granted { .. })
    }
}

/// What a call came to on the server's side. Whether its answer arrived is another matter.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Outcome {
    /// Tokens were made.
    Granted {
        /// The digest of the access token.
        access_token: String,
        /// The digest of the refresh token in the answer.
        refresh_token: Option<String>,
    },
    /// It was refused, by a check or by the script.
    Refused {
        /// The status.
        status: u16,
        /// The error code of the answer.
        code: String,
    },
    /// The script had something else happen: nothing was made and nothing refused.
    Scripted,
    /// Something other than tokens was asked for, and given.
    Served,
}

/// The last calls.
#[derive(Debug, Default)]
pub(crate) struct CallLog(Mutex<VecDeque<Call>>);

impl CallLog {
    pub(crate) fn add(&self, call: Call) {
        let mut calls = self.0.lock();
        if calls.len() == CALLS {
            calls.pop_front();
        }
        calls.push_back(call);
    }

    /// The answer to call `number` is about to be sent.
    pub(crate) fn answered(&self, number: u64, at: u64) {
        let mut calls = self.0.lock();
        if let Some(call) = calls.iter_mut().rev().find(|call| call.number == number) {
            call.answered = Some(at);
        }
    }

    pub(crate) fn calls(&self) -> Vec<Call> {
        self.0.lock().iter().cloned().collect()
    }
}
