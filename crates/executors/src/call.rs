//! One attempt, and what comes back.

use crate::UpstreamBody;
use cliproxy_auth_store::Credential;
use cliproxy_core::{Deadlines, ModelId, Operation, Protocol, Secret};
use cliproxy_json::Slices;
use cliproxy_proxyutil::HttpClient;
use http::{HeaderMap, StatusCode};
use std::{fmt, time::SystemTime};

/// Reads the wall clock: dates in an upstream's retry hints are compared with it.
pub type WallClock = fn() -> SystemTime;

/// One attempt of one request with one credential.
#[derive(Clone)]
pub struct Call<'a> {
    /// Who pays.
    pub credential: &'a Credential,
    /// What authenticates an account now; `None` for every other kind of credential.
    pub token: Option<&'a Secret>,
    /// The client for this credential's proxy setting.
    pub client: &'a HttpClient,
    /// The protocol of `body`, one of [`crate::Executor::protocols`].
    pub protocol: Protocol,
    /// What is asked for.
    pub operation: Operation,
    /// The model as the upstream knows it.
    pub model: &'a ModelId,
    /// The client's request headers. Each provider forwards the ones it names.
    pub headers: &'a HeaderMap,
    /// The client speaks another protocol: of its headers only those go up that the entry names, and
    /// its query means nothing here.
    pub is_translated: bool,
    /// What `body` calls the conversation, if it was the gateway that gave it a name: `None` where the
    /// client did.
    pub conversation: Option<&'a str>,
    /// The client's query, without anything that authenticates it to the gateway.
    pub query: Option<&'a str>,
    /// The body as it goes up. Cheap to clone: attempts share it.
    pub body: Slices,
    /// The wall clock.
    pub clock: WallClock,
    /// In `[0, 1)`: how far a date that the upstream tells many is spread, so that not all of them
    /// come back at once.
    pub spread: f64,
}

impl fmt::Debug for Call<'_> {
    /// Leaves out what the client sent: its headers authenticate it, and the rest is its own.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Call")
            .field("credential", &self.credential)
            .field("protocol", &self.protocol)
            .field("operation", &self.operation)
            .field("model", &self.model)
            .field("body", &self.body.len())
            .finish_non_exhaustive()
    }
}

/// A successful response whose body has yet to arrive.
#[derive(Debug)]
pub struct Response {
    /// 2xx.
    pub status: StatusCode,
    /// As the upstream sent them; [`crate::for_client`] says which may travel on.
    pub headers: HeaderMap,
    /// The body, decompressed.
    pub body: UpstreamBody,
    /// The deadlines that still apply.
    pub deadlines: Deadlines,
}

#[cfg(test)]
mod tests {
    use super::Call;
    use crate::{Endpoint, ExtraHeader, HeaderSource};
    use cliproxy_auth_store::{Credential, CredentialKind};
    use cliproxy_core::{Generation, Operation, Protocol};
    use cliproxy_proxyutil::{ClientPool, ClientSpec, ProxySetting};
    use http::{HeaderMap, HeaderName, HeaderValue};
    use std::time::{Duration, SystemTime};

    #[test]
    fn nothing_that_is_printed_holds_a_secret() {
        let mut value = HeaderValue::from_static("canary-header");
        let mut headers = HeaderMap::new();
        headers.insert("authorization", value.clone());
        value.set_sensitive(true);
        let endpoint = Endpoint {
            base_url: "https://h/?key=canary-base".parse().ok(),
            headers: vec![ExtraHeader {
                name: HeaderName::from_static("x-secret"),
                value: HeaderSource::Literal(value),
            }],
            query: vec![("sig".to_owned(), "canary-query".to_owned())],
            ..Endpoint::default()
        };
        let spec = ClientSpec {
            proxy: ProxySetting::parse("http://u:canary-proxy@p:1").unwrap(),
            connect_timeout: Duration::from_secs(1),
            ca: None,
        };
        let pool = ClientPool::new();
        let client = pool.client(&spec).unwrap();
        let credential = Credential {
            id: "id".into(),
            generation: Generation::default(),
            provider: "provider".into(),
            kind: CredentialKind::ApiKey("canary-key".into()),
            label: "label".into(),
            project: None,
        };
        let call = Call {
            credential: &credential,
            token: Some(&"canary-token".into()),
            client: &client,
            protocol: Protocol::Chat,
            operation: Operation::Generate,
            model: &"m".into(),
            headers: &headers,
            is_translated: false,
            conversation: Some("canary-conversation"),
            query: Some("key=canary-own"),
            body: bytes::Bytes::from_static(b"canary-body").into(),
            clock: || SystemTime::UNIX_EPOCH,
            spread: 0.0,
        };
        let shown = format!(
            "{call:?} {call:#?} {endpoint:?} {endpoint:#?} {:?}",
            endpoint.headers
        );
        let shown = format!("{shown} {pool:?} {pool:#?} {client:#?} {spec:#?} {credential:#?}");
        assert!(!shown.contains("canary"), "{shown}");
        assert!(!shown.contains("Y2FuYXJ5"), "not in Base64 either: {shown}");
    }
}
