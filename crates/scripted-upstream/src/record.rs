//! What was received, for tests to look at afterwards.

use crate::violation::Violation;
use bytes::Bytes;
use http::{HeaderMap, HeaderValue, Method, Uri};
use parking_lot::Mutex;
use serde_json::Value;
use std::{collections::VecDeque, mem};

/// Requests kept. Older ones are forgotten.
const REQUESTS: usize = 4096;
/// Bytes of bodies kept. Older requests are forgotten.
const BODY_BYTES: usize = 256 << 20;

/// A request as it was received.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Recorded {
    /// Counts all requests of the upstream from 1, together with the
    /// [calls](crate::oauth::Call::number) of its authorization server.
    pub number: u64,
    /// Counts all connections of the upstream from 1: two requests with the same number shared one.
    pub connection: u64,
    /// The label of the key or of the account whose token it came with, expired or not; `None` for
    /// a key the script does not know.
    pub label: Option<String>,
    /// The method.
    pub method: Method,
    /// Path and query.
    pub uri: Uri,
    /// The headers. The ones that hold credentials are not printed.
    pub headers: HeaderMap,
    /// The body, as it was sent.
    pub body: Bytes,
}

impl Recorded {
    /// A header as text, or the empty text.
    #[must_use]
    pub fn header(&self, name: &str) -> &str {
        self.headers
            .get(name)
            .and_then(|value| value.to_str().ok())
            .unwrap_or_default()
    }

    /// The body as JSON, or `null`.
    #[must_use]
    pub fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap_or_default()
    }
}

/// The last requests, within bounds.
#[derive(Debug, Default)]
pub(crate) struct Record(Mutex<Kept>);

#[derive(Debug, Default)]
struct Kept {
    requests: VecDeque<Recorded>,
    body_bytes: usize,
    violations: Vec<Violation>,
}

impl Record {
    pub(crate) fn add(&self, mut request: Recorded, violations: Vec<Violation>) {
        for name in crate::credential::HEADERS {
            if let Some(value) = request.headers.get_mut(name) {
                HeaderValue::set_sensitive(value, true);
            }
        }
        let mut kept = self.0.lock();
        kept.violations.extend(violations);
        kept.violations.truncate(REQUESTS);
        kept.body_bytes += request.body.len();
        kept.requests.push_back(request);
        while kept.requests.len() > REQUESTS || kept.body_bytes > BODY_BYTES {
            let Some(oldest) = kept.requests.pop_front() else {
                break;
            };
            kept.body_bytes -= oldest.body.len();
        }
    }

    /// Keeps what a call of the authorization server gives away; the call itself is kept there.
    pub(crate) fn violate(&self, violations: Vec<Violation>) {
        let mut kept = self.0.lock();
        kept.violations.extend(violations);
        kept.violations.truncate(REQUESTS);
    }

    pub(crate) fn requests(&self) -> Vec<Recorded> {
        self.0.lock().requests.iter().cloned().collect()
    }

    pub(crate) fn take_requests(&self) -> Vec<Recorded> {
        let mut kept = self.0.lock();
        kept.body_bytes = 0;
        mem::take(&mut kept.requests).into()
    }

    pub(crate) fn violations(&self) -> Vec<Violation> {
        self.0.lock().violations.clone()
    }
}
