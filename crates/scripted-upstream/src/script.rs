//! What an upstream is started with.

use crate::{Behaviour, demo, oauth::Account};
use cliproxy_core::Secret;
use http::HeaderMap;
use std::time::Duration;

/// Says which keys an upstream knows and what it does to their requests.
#[derive(Clone, Debug, Default)]
#[must_use]
pub struct Script {
    pub(crate) keys: Vec<ScriptedKey>,
    pub(crate) accounts: Vec<Account>,
    pub(crate) models: Vec<String>,
    pub(crate) shape: Shape,
    pub(crate) lenient: bool,
    pub(crate) unrecorded: bool,
    pub(crate) port: u16,
}

/// A key and its behaviours, in the order in which they are used.
#[derive(Clone, Debug)]
pub(crate) struct ScriptedKey {
    pub(crate) key: Secret,
    pub(crate) label: String,
    pub(crate) behaviours: Vec<Behaviour>,
}

/// The size and pace of streamed text. What is not set is as long as the reply and as fast as can
/// be.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub(crate) struct Shape {
    /// Text events per stream.
    pub(crate) events: Option<usize>,
    /// Bytes of text per event.
    pub(crate) event_bytes: Option<usize>,
    /// The time between two events.
    pub(crate) interval: Option<Duration>,
}

impl Script {
    /// A script without keys, which serves every model.
    pub fn new() -> Self {
        Self::default()
    }

    /// The script of the demo: the keys of [`DEMO_KEYS`](crate::DEMO_KEYS), the account
    /// [`DEMO_ACCOUNT`](crate::DEMO_ACCOUNT) and the models of [`DEMO_MODELS`](crate::DEMO_MODELS). It records nothing: a demo is somebody's program, and
    /// nobody looks at the record.
    pub fn demo() -> Self {
        let script = demo::KEYS.iter().fold(Self::new(), |script, key| {
            script.key(key.key, key.label, key.behaviour.clone())
        });
        let script = script.account(demo::signed_in());
        script.models(demo::MODELS.iter().copied()).record(false)
    }

    /// Adds a key that always behaves in one way. `label` names it in replies, records and
    /// statistics.
    pub fn key(self, key: &str, label: &str, behaviour: impl Into<Behaviour>) -> Self {
        self.queue(key, label, [behaviour.into()])
    }

    /// Adds a key with one behaviour per request; the last one stays.
    pub fn queue(
        mut self,
        key: &str,
        label: &str,
        behaviours: impl IntoIterator<Item = Behaviour>,
    ) -> Self {
        self.keys.push(ScriptedKey {
            key: Secret::from(key),
            label: label.to_owned(),
            behaviours: behaviours.into_iter().collect(),
        });
        self
    }

    /// Adds an account that signs in, and whose access tokens are keys.
    pub fn account(mut self, account: Account) -> Self {
        self.accounts.push(account);
        self
    }

    /// Serves these models only; any other is not found.
    pub fn models<M: Into<String>>(mut self, models: impl IntoIterator<Item = M>) -> Self {
        self.models = models.into_iter().map(Into::into).collect();
        self
    }

    /// Text events per stream. A request may say otherwise in `x-scripted-events`.
    pub fn events(mut self, events: usize) -> Self {
        self.shape.events = Some(events);
        self
    }

    /// Bytes of text per event of a stream whose number of events is set. A request may say
    /// otherwise in `x-scripted-event-bytes`.
    pub fn event_bytes(mut self, bytes: usize) -> Self {
        self.shape.event_bytes = Some(bytes);
        self
    }

    /// The time between two events. A request may say otherwise in `x-scripted-interval-ms`.
    pub fn interval(mut self, interval: Duration) -> Self {
        self.shape.interval = Some(interval);
        self
    }

    /// For benchmarks: requests are neither checked nor recorded, generation requests are not
    /// parsed, and replies are prepared once.
    pub fn lenient(mut self, lenient: bool) -> Self {
        self.lenient = lenient;
        self
    }

    /// Whether requests are recorded; they are unless this says otherwise.
    pub fn record(mut self, record: bool) -> Self {
        self.unrecorded = !record;
        self
    }

    /// Listens on this port of 127.0.0.1 instead of any free one.
    pub fn port(mut self, port: u16) -> Self {
        self.port = port;
        self
    }
}

impl Shape {
    /// The shape a request asks for itself.
    pub(crate) fn overridden(self, headers: &HeaderMap) -> Self {
        let number = |name: &str| -> Option<u64> { headers.get(name)?.to_str().ok()?.parse().ok() };
        let size = |name: &str| number(name).and_then(|number| usize::try_from(number).ok());
        Self {
            events: size("x-scripted-events").or(self.events),
            event_bytes: size("x-scripted-event-bytes").or(self.event_bytes),
            interval: number("x-scripted-interval-ms")
                .map(Duration::from_millis)
                .or(self.interval),
        }
    }
}
