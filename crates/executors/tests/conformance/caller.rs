//! The providers as a table, and attempts with them.

use bytes::Bytes;
use cliproxy_auth_store::{Credential, CredentialKind};
use cliproxy_core::{Generation, ModelId, Operation, Protocol, Secret};
use cliproxy_executors::{
    Call, ChatApi, Endpoint, Response, UpstreamError, list_models, providers,
};
use cliproxy_json::Slices;
use cliproxy_proxyutil::{ClientPool, ClientSpec, HttpClient, ProxySetting};
use http::{HeaderMap, HeaderName};
use std::{
    future::Future,
    time::{Duration, SystemTime},
};

pub(crate) const KEY: &str = "the-key";

/// Friday, 8 May 2026, 10:00:00 GMT.
pub(crate) fn clock() -> SystemTime {
    SystemTime::UNIX_EPOCH + Duration::from_secs(1_778_234_400)
}

/// One provider folder, in one of its shapes, as its documentation describes it.
#[derive(Debug)]
pub(crate) struct Host {
    pub(crate) name: &'static str,
    pub(crate) api: ChatApi,
    pub(crate) protocol: Protocol,
    /// The path of a request that does not stream, and of one that does, below a bare host.
    pub(crate) unary: &'static str,
    pub(crate) stream: &'static str,
    /// The header that carries [`KEY`], and all of its value.
    pub(crate) auth: (&'static str, &'static str),
    /// Client headers that this upstream understands.
    pub(crate) forwards: &'static [&'static str],
}

const BEARER: (&str, &str) = ("authorization", "Bearer the-key");
const GOOGLE: (&str, &str) = ("x-goog-api-key", "the-key");
const CHAT: &[&str] = &["openai-beta", "x-stainless-lang", "http-referer", "x-title"];
const RESPONSES: &[&str] = &[
    "originator",
    "openai-beta",
    "session_id",
    "thread-id",
    "x-codex-turn-state",
    "x-openai-subagent",
];
const GEMINI: &[&str] = &["x-goog-api-client", "x-gemini-future"];

pub(crate) const HOSTS: [Host; 8] = [
    Host {
        name: "claude",
        api: ChatApi::Chat,
        protocol: Protocol::Claude,
        unary: "/v1/messages",
        stream: "/v1/messages",
        auth: BEARER,
        forwards: &[
            "anthropic-beta",
            "anthropic-future",
            "x-app",
            "x-stainless-lang",
        ],
    },
    Host {
        name: "codex",
        api: ChatApi::Chat,
        protocol: Protocol::Responses,
        unary: "/responses",
        stream: "/responses",
        auth: BEARER,
        forwards: RESPONSES,
    },
    Host {
        name: "gemini",
        api: ChatApi::Chat,
        protocol: Protocol::Gemini,
        unary: "/v1beta/models/m:generateContent",
        stream: "/v1beta/models/m:streamGenerateContent?alt=sse",
        auth: GOOGLE,
        forwards: GEMINI,
    },
    Host {
        name: "openai-compatibility",
        api: ChatApi::Chat,
        protocol: Protocol::Chat,
        unary: "/chat/completions",
        stream: "/chat/completions",
        auth: BEARER,
        forwards: CHAT,
    },
    Host {
        name: "openai-compatibility",
        api: ChatApi::Responses,
        protocol: Protocol::Responses,
        unary: "/responses",
        stream: "/responses",
        auth: BEARER,
        forwards: RESPONSES,
    },
    Host {
        name: "openai-compatibility",
        api: ChatApi::Both,
        protocol: Protocol::Chat,
        unary: "/chat/completions",
        stream: "/chat/completions",
        auth: BEARER,
        forwards: CHAT,
    },
    Host {
        name: "openai-compatibility",
        api: ChatApi::Both,
        protocol: Protocol::Responses,
        unary: "/responses",
        stream: "/responses",
        auth: BEARER,
        forwards: &["openai-beta", "x-stainless-lang"],
    },
    Host {
        name: "vertex",
        api: ChatApi::Chat,
        protocol: Protocol::Gemini,
        unary: "/v1/publishers/google/models/m:generateContent",
        stream: "/v1/publishers/google/models/m:streamGenerateContent?alt=sse",
        auth: GOOGLE,
        forwards: GEMINI,
    },
];

/// Runs a check for every provider.
pub(crate) async fn for_every_host<F: Future<Output = ()>>(check: impl Fn(&'static Host) -> F) {
    static TABLE: [Host; 8] = HOSTS;
    for host in &TABLE {
        check(host).await;
    }
}

/// An attempt with one credential of one provider, to be changed and made.
#[derive(Debug)]
pub(crate) struct Attempt {
    pub(crate) endpoint: Endpoint,
    pub(crate) credential: Credential,
    pub(crate) operation: Operation,
    pub(crate) model: &'static str,
    pub(crate) headers: HeaderMap,
    pub(crate) query: Option<&'static str>,
    pub(crate) body: Slices,
    name: &'static str,
    protocol: Protocol,
    client: HttpClient,
}

impl Attempt {
    pub(crate) fn new(host: &Host, base: &str) -> Self {
        let endpoint = Endpoint {
            base_url: Some(base.parse().unwrap()),
            api: host.api,
            ..Endpoint::default()
        };
        Self {
            endpoint,
            credential: credential(CredentialKind::ApiKey(Secret::from(KEY))),
            operation: Operation::Generate,
            model: "m",
            headers: HeaderMap::new(),
            query: None,
            body: body(host.protocol, false),
            name: host.name,
            protocol: host.protocol,
            client: client(),
        }
    }

    pub(crate) fn streaming(mut self) -> Self {
        self.operation = Operation::GenerateStream;
        self.body = body(self.protocol, true);
        self
    }

    pub(crate) fn passthrough(mut self) -> Self {
        self.credential = credential(CredentialKind::Passthrough);
        self
    }

    pub(crate) fn header(mut self, name: &'static str, value: &'static str) -> Self {
        self.headers
            .append(HeaderName::from_static(name), value.parse().unwrap());
        self
    }

    pub(crate) async fn send(&self) -> Result<Response, Box<UpstreamError>> {
        let provider = providers::build(self.name, self.endpoint.clone()).unwrap();
        let model = ModelId::from(self.model);
        let call = Call {
            credential: &self.credential,
            client: &self.client,
            protocol: self.protocol,
            operation: self.operation,
            model: &model,
            headers: &self.headers,
            is_translated: false,
            query: self.query,
            body: self.body.clone(),
            clock,
            spread: 0.0,
        };
        provider.executor.execute(call).await
    }

    /// Asks the same upstream for its models.
    pub(crate) async fn list(&self) -> Result<Vec<String>, Box<UpstreamError>> {
        list_models(&self.endpoint, &self.credential, &self.client).await
    }

    /// Sends, and reads the reply to its end.
    pub(crate) async fn whole(&self) -> Result<Bytes, Box<UpstreamError>> {
        self.send()
            .await?
            .body
            .collect(Duration::from_secs(10))
            .await
    }
}

/// One client per test, each of which has a thread: building one reads the platform's certificates.
fn client() -> HttpClient {
    thread_local! {
        static POOL: ClientPool = ClientPool::new();
    }
    let spec = ClientSpec {
        proxy: ProxySetting::Direct,
        connect_timeout: Duration::from_secs(10),
        ca: None,
    };
    POOL.with(|pool| pool.client(&spec)).unwrap()
}

fn credential(kind: CredentialKind) -> Credential {
    Credential {
        id: "id".into(),
        generation: Generation::default(),
        provider: "provider".into(),
        kind,
        label: "label".into(),
        project: None,
    }
}

/// A body that every provider accepts.
fn body(protocol: Protocol, stream: bool) -> Slices {
    let turn = r#"[{"role":"user","content":"hello"}]"#;
    let text = match protocol {
        Protocol::Chat => format!(r#"{{"model":"m","stream":{stream},"messages":{turn}}}"#),
        Protocol::Claude => {
            format!(r#"{{"model":"m","stream":{stream},"max_tokens":99,"messages":{turn}}}"#)
        }
        Protocol::Gemini => r#"{"contents":[{"role":"user","parts":[{"text":"hello"}]}]}"#.into(),
        Protocol::Responses => format!(r#"{{"model":"m","stream":{stream},"input":"hello"}}"#),
    };
    Slices::from(Bytes::from(text))
}
