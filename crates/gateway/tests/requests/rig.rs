//! A gateway of a configuration, its records, and requests to it.

use bytes::Bytes;
use cliproxy_access::{Presented, Principal};
use cliproxy_config::{Config, Env, Overrides, load_text};
use cliproxy_core::{Operation, Protocol};
use cliproxy_gateway::{Custom, Disk, Environment, Gateway, Reply, Request};
use cliproxy_scripted_upstream::{Behaviour, Failure, Script, Upstream};
use cliproxy_usage::{Record, Sink};
use http::{HeaderMap, HeaderName, StatusCode};
use http_body_util::BodyExt as _;
use serde_json::{Value, json};
use std::{
    future::Future,
    path::Path,
    sync::Arc,
    time::{Duration, SystemTime},
};
use tokio::{sync::watch, time::timeout};

/// Long enough for a slow machine; nothing waits for it to pass.
const PATIENCE: Duration = Duration::from_secs(20);

/// What is awaited, in good time.
pub(crate) async fn soon<T>(future: impl Future<Output = T>) -> T {
    timeout(PATIENCE, future).await.expect("it happens")
}

#[derive(Debug)]
struct Records(watch::Sender<Vec<Record>>);

impl Sink for Records {
    fn record(&self, record: &Record) {
        self.0.send_modify(|records| records.push(record.clone()));
    }
}

/// A gateway and what it wrote down.
pub(crate) struct Rig {
    pub(crate) gateway: Arc<Gateway>,
    records: Arc<Records>,
}

impl Rig {
    pub(crate) fn new(yaml: &str) -> Self {
        Self::choosing(yaml, None)
    }

    /// With an embedding program's own strategy.
    pub(crate) fn choosing(yaml: &str, selector: Option<Custom>) -> Self {
        let clock = || SystemTime::UNIX_EPOCH + Duration::from_secs(1_778_234_400);
        Self::with(yaml, selector, clock)
    }

    /// With the time of the machine.
    pub(crate) fn of_config(yaml: &str) -> Self {
        Self::with(yaml, None, now)
    }

    /// With the time of the machine, and the credential files of its `auth-dir`.
    pub(crate) async fn of_accounts(yaml: &str) -> Self {
        let rig = Self::of_config(yaml);
        rig.gateway.open_credentials().await;
        rig
    }

    /// The same, with files that are written to this disk.
    pub(crate) async fn on_disk(yaml: &str, disk: Arc<dyn Disk>) -> Self {
        let mut environment = Environment::new(now, [7; 32]);
        environment.disk = Some(disk);
        let rig = Self::in_environment(yaml, environment);
        rig.gateway.open_credentials().await;
        rig
    }

    fn with(yaml: &str, selector: Option<Custom>, clock: fn() -> SystemTime) -> Self {
        let mut environment = Environment::new(clock, [7; 32]);
        environment.selector = selector;
        Self::in_environment(yaml, environment)
    }

    fn in_environment(yaml: &str, mut environment: Environment) -> Self {
        let records = Arc::new(Records(watch::Sender::new(Vec::new())));
        environment.random = || 0.0;
        environment
            .sinks
            .push(Arc::clone(&records) as Arc<dyn Sink>);
        let gateway = Gateway::new(&config(yaml), environment).unwrap();
        Self {
            gateway: Arc::new(gateway),
            records,
        }
    }

    /// The next `count` records since the last look.
    pub(crate) async fn records(&self, count: usize) -> Vec<Record> {
        let mut changes = self.records.0.subscribe();
        soon(changes.wait_for(|records| records.len() >= count))
            .await
            .unwrap();
        let mut records = Vec::new();
        self.records
            .0
            .send_modify(|kept| records = std::mem::take(kept));
        assert_eq!(records.len(), count, "{records:?}");
        records
    }

    pub(crate) async fn record(&self) -> Record {
        self.records(1).await.remove(0)
    }

    /// Records written since the last look.
    pub(crate) fn written(&self) -> usize {
        self.records.0.borrow().len()
    }

    /// Begins a request; the reply's body is unread.
    pub(crate) async fn open(&self, ask: &Ask) -> Reply {
        let snapshot = self.gateway.snapshot();
        let presented = Presented {
            headers: &ask.headers,
            query: None,
            path: "/",
        };
        let judged = snapshot.access().authenticate(&presented).await;
        let principal: Principal = judged.unwrap();
        let journal = {
            let id = self.gateway.request_id(ask.id.as_deref());
            self.gateway.begin(ask.protocol, id)
        };
        let request = Request {
            protocol: ask.protocol,
            operation: ask.operation,
            model: ask.address.clone(),
            body: ask.body.clone(),
            headers: ask.headers.clone(),
            query: ask.query.map(str::to_owned),
            principal,
        };
        soon(self.gateway.handle(snapshot, request, journal)).await
    }

    pub(crate) async fn send(&self, ask: &Ask) -> Answer {
        let reply = self.open(ask).await;
        Answer {
            status: reply.status,
            headers: reply.headers,
            body: soon(reply.body.collect()).await.unwrap().to_bytes(),
        }
    }

    /// A credential serves nothing for this reason and for so many seconds, or it rests not at all.
    #[track_caller]
    pub(crate) fn assert_rests(&self, label: &str, expected: Option<(&str, u64)>, name: &str) {
        let status = self.gateway.status();
        let mut all = status.credentials.iter();
        let one = all.find(|one| one.credential == label).unwrap();
        let reason = expected.map(|(reason, _)| reason);
        assert_eq!(one.reason.as_deref(), reason, "{name}: {one:?}");
        let left = one.back_in_ms.unwrap_or_default();
        let whole = expected.map_or(0, |(_, seconds)| seconds * 1_000);
        let patience = u64::try_from(PATIENCE.as_millis()).unwrap();
        let since = whole.checked_sub(left).expect("not longer");
        assert!(since < patience.min(whole.max(1)), "{name}: {one:?}");
    }

    /// The labels of the credentials that served `count` requests.
    pub(crate) async fn served(&self, ask: &Ask, count: usize) -> Vec<String> {
        let mut served = Vec::new();
        for _ in 0..count {
            let answer = self.send(ask).await;
            assert_eq!(answer.status, 200, "{answer:?}");
            served.push(answer.header("x-cliproxy-served-by").to_owned());
        }
        served
    }
}

#[expect(
    clippy::disallowed_methods,
    reason = "the authorization server looks at the clock as well"
)]
pub(crate) fn now() -> SystemTime {
    SystemTime::now()
}

/// A configuration without a mistake in it.
pub(crate) fn config(yaml: &str) -> Config {
    let loaded = load_text(yaml, Path::new("."), &Env::default(), &Overrides::default());
    loaded
        .unwrap_or_else(|problems| panic!("{problems}"))
        .config
}

#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Bytes,
}

impl Answer {
    pub(crate) fn header(&self, name: &str) -> &str {
        let value = self.headers.get(name);
        value.map_or("", |value| value.to_str().unwrap())
    }

    pub(crate) fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap_or_else(|_| panic!("{self:?}"))
    }

    pub(crate) fn text(&self) -> String {
        String::from_utf8(self.body.to_vec()).unwrap()
    }
}

/// What a client asks, to be changed and sent.
#[derive(Clone, Debug)]
pub(crate) struct Ask {
    pub(crate) protocol: Protocol,
    pub(crate) operation: Operation,
    pub(crate) body: Bytes,
    pub(crate) headers: HeaderMap,
    pub(crate) query: Option<&'static str>,
    address: Option<String>,
    id: Option<String>,
}

impl Ask {
    /// "hello" to this model.
    pub(crate) fn new(protocol: Protocol, model: &str, stream: bool) -> Self {
        let turns = json!([{"role": "user", "content": "hello"}]);
        let body = match protocol {
            Protocol::Chat => json!({"model": model, "stream": stream, "messages": turns}),
            Protocol::Claude => {
                json!({"model": model, "stream": stream, "max_tokens": 99, "messages": turns})
            }
            Protocol::Gemini => {
                json!({"contents": [{"role": "user", "parts": [{"text": "hello"}]}]})
            }
            Protocol::Responses => json!({"model": model, "stream": stream, "input": "hello"}),
        };
        let gemini = protocol == Protocol::Gemini;
        Self {
            protocol,
            operation: if gemini && stream {
                Operation::GenerateStream
            } else {
                Operation::Generate
            },
            body: body.to_string().into(),
            headers: HeaderMap::new(),
            query: None,
            id: None,
            address: gemini.then(|| model.to_owned()),
        }
    }

    pub(crate) fn chat(model: &str) -> Self {
        Self::new(Protocol::Chat, model, false)
    }

    /// With a request id of the client's own.
    pub(crate) fn called(mut self, id: &str) -> Self {
        self.id = Some(id.to_owned());
        self
    }

    pub(crate) const fn to(mut self, operation: Operation) -> Self {
        self.operation = operation;
        self
    }

    pub(crate) fn with_body(mut self, body: impl Into<Bytes>) -> Self {
        self.body = body.into();
        self
    }

    pub(crate) fn header(mut self, name: &'static str, value: &str) -> Self {
        let value = value.parse().unwrap();
        self.headers.insert(HeaderName::from_static(name), value);
        self
    }
}

/// So many seconds.
pub(crate) const fn s(seconds: u64) -> Duration {
    Duration::from_secs(seconds)
}

/// Refuses with exactly this.
pub(crate) fn refusing(status: u16, body: &'static str) -> Behaviour {
    Behaviour::Status {
        status: StatusCode::from_u16(status).unwrap(),
        headers: HeaderMap::new(),
        body: body.into(),
    }
}

/// Refuses with the protocol's rate limit error.
pub(crate) fn limited(retry_after: Duration) -> Behaviour {
    Failure::RateLimit { retry_after }.into()
}

/// How many requests came with each of these keys.
pub(crate) fn calls(upstream: &Upstream, labels: &str) -> Vec<u64> {
    let stats = upstream.stats();
    let hits = labels.chars().map(|label| stats.hits(&label.to_string()));
    hits.collect()
}

/// One entry per key, asked in this order and in one round.
pub(crate) fn ordered(upstream: &Upstream, protocol: Protocol, keys: &str) -> Rig {
    let entries = in_order(&entries(upstream, protocol, keys));
    Rig::new(&format!("request-retry: 0\n{entries}"))
}

/// An upstream with keys `a`, `b`, … that behave so.
pub(crate) fn upstream(behaviours: impl IntoIterator<Item = Behaviour>) -> Upstream {
    let script =
        "abcdefgh"
            .chars()
            .zip(behaviours)
            .fold(Script::new(), |script, (key, behaviour)| {
                let key = key.to_string();
                script.key(&key, &key, behaviour)
            });
    Upstream::start(script).unwrap()
}

/// The same entries, of which the first is asked first.
pub(crate) fn in_order(entries: &str) -> String {
    let mut priority = 9;
    let mut ordered = String::new();
    for line in entries.lines() {
        let ranked = line.replacen("{name: ", &format!("{{priority: {priority}, name: "), 1);
        let entry = line.starts_with("  - ");
        ordered.push_str(if entry { &ranked } else { line });
        ordered.push('\n');
        priority -= i32::from(entry);
    }
    ordered
}

/// Where entries of this protocol stand in the file.
pub(crate) const fn section(protocol: Protocol) -> &'static str {
    match protocol {
        Protocol::Chat => "openai-compatibility",
        Protocol::Claude => "claude-api-key",
        Protocol::Gemini => "gemini-api-key",
        Protocol::Responses => "codex-api-key",
    }
}

/// One entry, called like its key. `models` are names, or `alias=name`; `more` are further settings.
pub(crate) fn entry(protocol: Protocol, base: &str, key: &str, models: &str, more: &str) -> String {
    let base = match protocol {
        Protocol::Chat | Protocol::Responses => format!("{base}/v1"),
        Protocol::Claude | Protocol::Gemini => base.to_owned(),
    };
    let credential = match protocol {
        Protocol::Chat => format!("api-key-entries: [{{api-key: {key}}}]"),
        _ => format!("api-key: {key}"),
    };
    let models = models.split(' ').map(|model| {
        let (alias, name) = model.split_once('=').unwrap_or((model, model));
        format!("{{name: {name}, alias: {alias}}}")
    });
    let models = models.collect::<Vec<_>>().join(", ");
    let more = if more.is_empty() {
        String::new()
    } else {
        format!(", {more}")
    };
    format!("  - {{name: {key}, {credential}, base-url: \"{base}\", models: [{models}]{more}}}\n")
}

/// A configuration with one entry per key of `upstream`, all of them for the model `m`.
pub(crate) fn entries(upstream: &Upstream, protocol: Protocol, keys: &str) -> String {
    let base = upstream.base_url();
    let entries = keys
        .chars()
        .map(|key| entry(protocol, &base, &key.to_string(), "m", ""));
    format!("{}:\n{}", section(protocol), entries.collect::<String>())
}
