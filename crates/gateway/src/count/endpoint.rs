//! Whether an upstream has an endpoint that counts tokens.

use cliproxy_core::{ErrorKind, Scope};
use cliproxy_executors::UpstreamError;
use http::StatusCode;
use parking_lot::Mutex;
use std::{
    sync::Arc,
    time::{Duration, Instant},
};

/// How long a missing endpoint is not asked for again. Agents count before every turn, and a vendor that
/// gets one does not do so by the minute.
const REMEMBERED: Duration = Duration::from_secs(3600);

/// What is known of one entry's endpoint. Its credentials share it, and a reload forgets it.
#[derive(Clone, Debug, Default)]
pub(crate) struct CountEndpoint(Arc<Mutex<Option<Instant>>>);

impl CountEndpoint {
    /// It was asked for, and is not there.
    pub(crate) fn is_not_there(&self, now: Instant) {
        *self.0.lock() = Some(now);
    }

    /// What it would answer, without asking.
    pub(crate) fn known_answer(&self, now: Instant) -> Option<UpstreamError> {
        let missed = (*self.0.lock())?;
        (now.saturating_duration_since(missed) < REMEMBERED).then(|| UpstreamError {
            kind: ErrorKind::NotFound,
            scope: Scope::Request,
            status: StatusCode::NOT_FOUND,
            ..UpstreamError::malformed("the upstream has no endpoint that counts tokens")
        })
    }
}

#[cfg(test)]
mod tests {
    use super::{CountEndpoint, REMEMBERED};
    use crate::count::is_missing;
    use std::time::{Duration, Instant};

    #[test]
    fn a_missing_endpoint_is_asked_for_again_after_an_hour() {
        let (endpoint, now) = (CountEndpoint::default(), Instant::now());
        assert!(endpoint.known_answer(now).is_none());
        endpoint.is_not_there(now);
        let last = now + REMEMBERED - Duration::from_secs(1);
        assert!(is_missing(&endpoint.known_answer(last).unwrap()));
        assert!(endpoint.known_answer(now + REMEMBERED).is_none());
    }
}
