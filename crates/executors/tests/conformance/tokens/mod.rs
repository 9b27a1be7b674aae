//! Token endpoints, over real connections.

mod answers;
mod connections;
mod leaks;
mod requests;
mod scripted;
mod setups;

use crate::{
    caller::clock,
    wire::{Step, Wire, soon},
};
use cliproxy_core::Secret;
use cliproxy_executors::{
    OauthClient, ServiceKey, TokenEndpointError, TokenSetup, TokenSource, WallClock, providers,
};
use cliproxy_proxyutil::{ClientPool, ClientSpec, HttpClient, ProxySetting};
use cliproxy_token_refresh::{Grant, RefreshError, TokenEndpoint, Tokens};
use rcgen::{KeyPair, PKCS_RSA_SHA256};
use std::{
    sync::{Arc, LazyLock},
    time::Duration,
};

/// Every provider whose tokens are refreshed, and one that only the configuration knows.
const PROVIDERS: [&str; 5] = ["codex", "gemini-cli", "kimi", "vertex", "configured"];

/// One credential, and how its token endpoint is reached.
struct Asked {
    provider: &'static str,
    client: OauthClient,
    /// What the credential says of its own client.
    id: Option<&'static str>,
    secret: Option<Secret>,
    token_uri: Option<String>,
    device_id: Option<&'static str>,
    label: Option<&'static str>,
    service_key: Option<Secret>,
    key_id: Option<String>,
    tokens: Tokens,
    proxy: ProxySetting,
    clock: WallClock,
}

impl Asked {
    /// A credential of this provider, whose endpoint is at `base`.
    fn new(provider: &'static str, base: &str) -> Self {
        let token_url = format!("{base}/token");
        let is = |name: &str| name == provider;
        Self {
            provider,
            client: OauthClient {
                client_id: Some("own-client".into()),
                client_secret: Some("canary-own-secret".into()),
                token_url: Some(token_url.parse().unwrap()),
                scopes: vec!["openid".into(), "offline_access".into()],
                json: false,
            },
            id: is("gemini-cli").then_some("installed-program"),
            secret: is("gemini-cli").then(|| secret("canary-installed")),
            token_uri: (is("gemini-cli") || is("vertex")).then_some(token_url),
            device_id: is("kimi").then_some("6f1c"),
            label: None,
            service_key: is("vertex").then(|| KEY.serialize_pem().into()),
            key_id: is("vertex").then(|| "key-1".to_owned()),
            tokens: tokens(),
            proxy: ProxySetting::Direct,
            clock,
        }
    }

    /// What the credential says, but for its key.
    fn source(&self) -> TokenSource<'_> {
        TokenSource {
            client_id: self.id,
            client_secret: self.secret.as_ref(),
            token_uri: self.token_uri.as_deref(),
            device_id: self.device_id,
            service_key: None,
            label: self.label,
        }
    }

    fn try_endpoint(&self) -> Result<Arc<dyn TokenEndpoint>, TokenEndpointError> {
        let token_uri = self.token_uri.as_deref();
        let service_key = self.service_key.as_ref().map(|private_key| ServiceKey {
            client_email: "robot@p.example",
            private_key,
            private_key_id: self.key_id.as_deref(),
            token_uri,
        });
        let setup = TokenSetup {
            client: &self.client,
            source: TokenSource {
                service_key,
                ..self.source()
            },
            http: http(&self.proxy),
            clock: self.clock,
        };
        providers::token_endpoint(self.provider, &setup)
    }

    fn endpoint(&self) -> Arc<dyn TokenEndpoint> {
        self.try_endpoint().unwrap()
    }

    async fn refresh(&self) -> Result<Grant, RefreshError> {
        let endpoint = self.endpoint();
        soon(endpoint.refresh(&self.tokens)).await
    }
}

/// The key of the service account; making one takes a while.
static KEY: LazyLock<KeyPair> = LazyLock::new(|| KeyPair::generate_for(&PKCS_RSA_SHA256).unwrap());

fn tokens() -> Tokens {
    Tokens {
        access: "canary-access".into(),
        refresh: Some("canary/refresh+token".into()),
        id: None,
        expires_at: None,
        refreshed_at: None,
    }
}

fn http(proxy: &ProxySetting) -> HttpClient {
    let spec = ClientSpec {
        proxy: proxy.clone(),
        connect_timeout: Duration::from_secs(10),
        ca: None,
    };
    ClientPool::new().client(&spec).unwrap()
}

fn secret(text: &str) -> Secret {
    text.into()
}

/// A server that answers one request, and what a credential of `provider` makes of it.
async fn answered(provider: &'static str, head: &str, body: &[u8]) -> Result<Grant, RefreshError> {
    let wire = Wire::start([Step::reply(head, body)]).await;
    Asked::new(provider, &wire.base()).refresh().await
}
