//! The request head that an upstream really gets, read off a connection, for every provider.
//!
//! A case consists of lines: `name: value` is a header of the client, `+name: value` one that the
//! entry adds (`$Name` copies the client's), `?query` the client's query, `/model` the model.

mod wire;

use self::wire::{Received, Wire};
use crate::lines;
use bytes::Bytes;
use cliproxy_access::{CREDENTIAL_HEADERS, strip_credentials_from_query};
use cliproxy_auth_store::{Credential, CredentialKind};
use cliproxy_core::{Generation, ModelId, Operation, Protocol, Secret};
use cliproxy_executors::{Call, ChatApi, Endpoint, ExtraHeader, HeaderSource, providers};
use cliproxy_json::Slices;
use http::{HeaderMap, HeaderName, HeaderValue};
use std::{cell::OnceCell, time::SystemTime};

/// In every credential that the client of a case presents.
const CANARY: &str = "canary-of-the-client";
const KEY: &str = "key-of-the-gateway";
const BODY: &str = r#"{"model":"m"}"#;

/// Every provider, and in which protocols and shapes it is called.
const HOSTS: [(&str, ChatApi, Protocol); 7] = [
    ("claude", ChatApi::Chat, Protocol::Claude),
    ("codex", ChatApi::Chat, Protocol::Responses),
    ("gemini", ChatApi::Chat, Protocol::Gemini),
    ("openai-compatibility", ChatApi::Chat, Protocol::Chat),
    ("openai-compatibility", ChatApi::Both, Protocol::Chat),
    ("openai-compatibility", ChatApi::Both, Protocol::Responses),
    ("vertex", ChatApi::Chat, Protocol::Gemini),
];

/// What the gateway says itself, whatever the client said.
const OWN: [&str; 9] = [
    "accept",
    "accept-encoding",
    "anthropic-version",
    "authorization",
    "content-length",
    "content-type",
    "host",
    "user-agent",
    "x-goog-api-key",
];

/// What belongs to one connection or tells where the client is; no entry can copy it either.
const NEVER: [&str; 15] = [
    "connection",
    "content-encoding",
    "cookie",
    "expect",
    "forwarded",
    "keep-alive",
    "proxy-authenticate",
    "proxy-authorization",
    "proxy-connection",
    "te",
    "trailer",
    "transfer-encoding",
    "upgrade",
    "x-gateway-key",
    "x-real-ip",
];

/// Checks one request.
pub fn check(data: &[u8]) {
    thread_local! {
        static WIRE: OnceCell<Wire> = const { OnceCell::new() };
    }
    let Some(case) = Case::read(data) else { return };
    WIRE.with(|wire| {
        let wire = wire.get_or_init(Wire::start);
        for (name, api, protocol) in HOSTS {
            for operation in [Operation::Generate, Operation::GenerateStream] {
                let mut attempt = case.endpoint.clone();
                attempt.api = api;
                attempt.base_url = wire.base.parse().ok();
                let provider = providers::build(name, attempt).unwrap();
                let call = Call {
                    credential: &case.credential,
                    token: None,
                    conversation: None,
                    client: &wire.client,
                    protocol,
                    operation,
                    model: &case.model,
                    headers: &case.client,
                    is_translated: false,
                    query: case.query.as_deref(),
                    body: Slices::from(Bytes::from_static(BODY.as_bytes())),
                    clock: || SystemTime::UNIX_EPOCH,
                    spread: 0.0,
                };
                let Some(sent) = wire.sent(provider.executor.execute(call)) else {
                    panic!("{name} sent nothing");
                };
                case.holds(&sent, &wire.host);
            }
        }
    });
}

/// One request of a client, and what the entry adds to it.
struct Case {
    client: HeaderMap,
    endpoint: Endpoint,
    query: Option<String>,
    model: ModelId,
    credential: Credential,
}

impl Case {
    /// `None` if it already holds what is looked for afterwards.
    fn read(data: &[u8]) -> Option<Self> {
        let (head, _) = lines::head(data);
        let is_own = |line: &&[u8]| matches!(line.first(), Some(b'+' | b'?' | b'/'));
        let mut client = lines::headers(head.iter().copied().filter(|line| !is_own(line)).take(64));
        let mut endpoint = Endpoint::default();
        let mut query = format!("key={CANARY}");
        let mut model = "m";
        for line in head.iter().copied().filter(is_own).take(64) {
            let rest = &line[1..];
            match (line[0], str::from_utf8(rest)) {
                (b'+', _) => endpoint.headers.extend(lines::header(rest).map(extra)),
                // As a server takes it: a target in which nothing has to be escaped.
                (b'?', Ok(text))
                    if rest.iter().all(u8::is_ascii_graphic) && !text.contains('#') =>
                {
                    query.push('&');
                    query.push_str(text);
                }
                (b'/', Ok(text)) if !text.is_empty() => model = text,
                _ => {}
            }
        }
        if data
            .windows(CANARY.len())
            .any(|window| window == CANARY.as_bytes())
        {
            return None;
        }
        for name in CREDENTIAL_HEADERS
            .iter()
            .chain(&["cookie", "proxy-authorization"])
        {
            client.insert(*name, HeaderValue::from_static(CANARY));
        }
        Some(Self {
            client,
            endpoint,
            query: strip_credentials_from_query(&query).map(std::borrow::Cow::into_owned),
            model: ModelId::from(model),
            credential: Credential {
                id: "id".into(),
                generation: Generation::default(),
                provider: "provider".into(),
                kind: CredentialKind::ApiKey(Secret::from(KEY)),
                label: "label".into(),
                project: None,
            },
        })
    }

    fn holds(&self, sent: &Received, host: &str) {
        let head = String::from_utf8_lossy(&sent.head);
        assert!(
            !head.contains(CANARY),
            "the client's credential went up:\n{head}"
        );
        assert_eq!(sent.body, BODY.as_bytes());
        assert!(!sent.more, "more than one request:\n{head}");
        let mut headers = sent.lines();
        let line: Vec<_> = headers
            .next()
            .unwrap()
            .split(|&byte| byte == b' ')
            .collect();
        assert!(
            line.len() == 3 && line[0] == b"POST" && line[2] == b"HTTP/1.1",
            "{head}"
        );
        assert!(line[1].iter().all(u8::is_ascii_graphic), "{head}");
        let mut seen = Vec::new();
        for line in headers {
            assert!(
                line.iter().all(|byte| !matches!(byte, b'\r' | b'\n' | 0)),
                "{head}"
            );
            let (name, value) = lines::header(line).unwrap_or_else(|| panic!("{head}"));
            self.may_go_up(&name, &value, &head);
            seen.push(name);
        }
        let count = |name: &str| seen.iter().filter(|seen| **seen == name).count();
        // Two that a client may say, and says twice if it likes.
        let of_client = |name: &&str| !matches!(*name, "anthropic-version" | "user-agent");
        for name in OWN.into_iter().filter(of_client) {
            assert!(count(name) <= 1, "{name} twice:\n{head}");
        }
        assert_eq!((count("host"), count("content-length")), (1, 1), "{head}");
        // An entry may name another host, for a name-based one behind an address; a client may not.
        if !self
            .endpoint
            .headers
            .iter()
            .any(|extra| extra.name == "host")
        {
            assert_eq!(sent.header("host"), Some(host.as_bytes()));
        }
        let length = BODY.len().to_string();
        assert_eq!(sent.header("content-length"), Some(length.as_bytes()));
        assert_eq!(sent.header("content-type"), Some(&b"application/json"[..]));
    }

    /// A header on the wire is the gateway's own, the entry's, or one that the client may send on.
    fn may_go_up(&self, name: &HeaderName, value: &HeaderValue, head: &str) {
        let text = name.as_str();
        let by_entry = self
            .endpoint
            .headers
            .iter()
            .rev()
            .find(|extra| extra.name == name);
        if OWN.contains(&text) {
            return;
        }
        if let Some(extra) = by_entry {
            let framing = [
                "connection",
                "content-encoding",
                "te",
                "transfer-encoding",
                "upgrade",
            ];
            assert!(!framing.contains(&text), "{name}:\n{head}");
            match &extra.value {
                HeaderSource::Literal(literal) if literal == value => return,
                HeaderSource::Client(source) if self.client.get(source) == Some(value) => {
                    let source = source.as_str();
                    assert!(!NEVER.contains(&source), "{source} was copied:\n{head}");
                    return;
                }
                // An earlier line of the same name, or the client's own.
                _ => {}
            }
            if self
                .endpoint
                .headers
                .iter()
                .filter(|extra| extra.name == name)
                .count()
                > 1
            {
                return;
            }
        }
        assert!(!NEVER.contains(&text), "{name}:\n{head}");
        let of_client = self.client.get_all(name).iter().any(|sent| sent == value);
        assert!(of_client, "nobody said {name}:\n{head}");
        let ends_here = lines::named_by_connection(&self.client, name);
        assert!(!ends_here, "{name} is named by `connection`:\n{head}");
    }
}

/// A header of the entry; `$Name` copies.
fn extra((name, value): (HeaderName, HeaderValue)) -> ExtraHeader {
    let copied = value
        .as_bytes()
        .strip_prefix(b"$")
        .and_then(|source| HeaderName::from_bytes(source).ok());
    ExtraHeader {
        name,
        value: match copied {
            Some(source) => HeaderSource::Client(source),
            None => HeaderSource::Literal(value),
        },
    }
}
