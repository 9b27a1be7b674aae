//! Attempts with the providers of the table.

use crate::hosts::{Host, KEY};
use bytes::Bytes;
use cliproxy_auth_store::{Credential, CredentialKind, UpstreamAccount};
use cliproxy_core::{Generation, ModelId, Operation, Protocol, Secret};
use cliproxy_executors::{Call, Endpoint, Response, UpstreamError, list_models, providers};
use cliproxy_json::Slices;
use cliproxy_proxyutil::{ClientPool, ClientSpec, HttpClient, ProxySetting};
use http::{HeaderMap, HeaderName};
use std::{
    sync::Arc,
    time::{Duration, SystemTime},
};

/// Friday, 8 May 2026, 10:00:00 GMT.
pub(crate) fn clock() -> SystemTime {
    SystemTime::UNIX_EPOCH + Duration::from_secs(1_778_234_400)
}

/// An attempt with one credential of one provider, to be changed and made.
#[derive(Debug)]
pub(crate) struct Attempt {
    pub(crate) endpoint: Endpoint,
    pub(crate) credential: Credential,
    pub(crate) token: Option<Secret>,
    pub(crate) operation: Operation,
    pub(crate) model: &'static str,
    pub(crate) headers: HeaderMap,
    pub(crate) conversation: Option<&'static str>,
    pub(crate) query: Option<&'static str>,
    pub(crate) body: Slices,
    name: &'static str,
    signs_in: bool,
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
        let kind = match host.signs_in {
            true => CredentialKind::Account(Arc::new(account())),
            false => CredentialKind::ApiKey(Secret::from(KEY)),
        };
        Self {
            endpoint,
            credential: credential(kind),
            token: host.signs_in.then(|| KEY.into()),
            operation: Operation::Generate,
            model: "m",
            headers: HeaderMap::new(),
            conversation: None,
            query: None,
            body: body(host.protocol, false),
            name: host.name,
            signs_in: host.signs_in,
            protocol: host.protocol,
            client: client(ProxySetting::Direct),
        }
    }

    pub(crate) fn streaming(mut self) -> Self {
        self.operation = Operation::GenerateStream;
        self.body = body(self.protocol, true);
        self
    }

    /// With another key, or token.
    pub(crate) fn key(mut self, key: &str) -> Self {
        if self.signs_in {
            self.token = Some(key.into());
        } else {
            self.credential.kind = CredentialKind::ApiKey(key.into());
        }
        self
    }

    /// With another account, under the same token.
    pub(crate) fn account(mut self, account: UpstreamAccount) -> Self {
        self.credential.kind = CredentialKind::Account(Arc::new(account));
        self
    }

    /// Where the vendor is, asked for through a proxy.
    pub(crate) fn at_the_vendor(mut self, proxy: &str) -> Self {
        self.endpoint.base_url = None;
        self.client = client(ProxySetting::parse(proxy).unwrap());
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
        let build = match self.signs_in {
            true => providers::build_for_account,
            false => providers::build,
        };
        let provider = build(self.name, self.endpoint.clone()).unwrap();
        let model = ModelId::from(self.model);
        let call = Call {
            credential: &self.credential,
            token: self.token.as_ref(),
            client: &self.client,
            protocol: self.protocol,
            operation: self.operation,
            model: &model,
            headers: &self.headers,
            is_translated: false,
            conversation: self.conversation,
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
fn client(proxy: ProxySetting) -> HttpClient {
    thread_local! {
        static POOL: ClientPool = ClientPool::new();
    }
    let spec = ClientSpec {
        proxy,
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
        project: Some("the-project".into()),
    }
}

/// What the accounts of all providers know, as if they were one.
fn account() -> UpstreamAccount {
    UpstreamAccount {
        account_id: Some("the-account".into()),
        location: Some("the-region".into()),
        device_id: Some("the-device".into()),
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
