//! The providers: one folder each, and one line in the table.

mod claude;
mod codex;
mod gemini;
mod gemini_cli;
mod kimi;
mod openai_compat;
mod vertex;

use crate::{
    Call, Endpoint, Executor, Provider, Response, UpstreamError,
    address::{Base, add_query},
    headers::{Forward, Key, outgoing},
    oauth::{Dialect, Manners, Proof, TokenEndpointError, TokenSetup, refresh_token},
    send::send,
};
use cliproxy_core::Protocol;
use cliproxy_token_refresh::TokenEndpoint;
use futures_util::future::BoxFuture;
use std::sync::Arc;
use url::Url;

/// Builds a provider from an entry's endpoint.
type Build = fn(Endpoint) -> Provider;

/// Every provider, by name.
const TABLE: &[(&str, Build)] = &[
    ("claude", claude::provider),
    ("codex", codex::provider),
    ("gemini", gemini::provider),
    ("openai-compatibility", openai_compat::provider),
    ("vertex", vertex::provider),
];

/// Builds the provider of this name; `None` if there is none.
#[must_use]
pub fn build(name: &str, endpoint: Endpoint) -> Option<Provider> {
    TABLE
        .iter()
        .find(|(known, _)| *known == name)
        .map(|(_, provider)| provider(endpoint))
}

/// Builds what refreshes the tokens of one credential.
type BuildTokens = fn(&TokenSetup<'_>) -> Result<Arc<dyn TokenEndpoint>, TokenEndpointError>;

/// The providers whose tokens are refreshed, by name.
const TOKENS: &[(&str, BuildTokens)] = &[
    ("codex", codex::token_endpoint),
    ("gemini-cli", gemini_cli::token_endpoint),
    ("kimi", kimi::token_endpoint),
    ("vertex", vertex::token_endpoint),
];

/// Providers that let only their own programs sign in.
const OWN_PROGRAMS_ONLY: [&str; 2] = ["antigravity", "claude"];

/// What refreshes the tokens of one credential of this provider. A provider that nothing is known
/// about is refreshed as RFC 6749 has it, if the configuration names its client and its address.
///
/// # Errors
///
/// What is missing, or cannot be used.
pub fn token_endpoint(
    name: &str,
    setup: &TokenSetup<'_>,
) -> Result<Arc<dyn TokenEndpoint>, TokenEndpointError> {
    if OWN_PROGRAMS_ONLY.contains(&name) {
        return Err(TokenEndpointError::Unsupported {
            provider: name.into(),
        });
    }
    match TOKENS.iter().find(|(known, _)| *known == name) {
        Some((_, build)) => build(setup),
        None => {
            let dialect = Dialect {
                provider: name,
                token_url: None,
                scopes: setup.client.scopes.clone(),
                manners: Manners::of(Proof::RefreshToken),
            };
            refresh_token(dialect, setup)
        }
    }
}

/// What one API-key provider differs in from the next.
trait Host: Send + Sync + 'static {
    /// The protocols this host speaks.
    fn protocols(&self) -> &[Protocol];
    /// The paths below the base URL that are the same for every call.
    fn paths(&self) -> &'static [&'static str] {
        &[]
    }
    /// The address of a call.
    fn url(&self, base: &Base, call: &Call<'_>) -> Result<Url, Box<UpstreamError>>;
    /// Where it is when the entry does not say.
    fn default_base(&self) -> Option<&'static str>;
    /// How it is given its key.
    fn key(&self, endpoint: &Endpoint, base: &Url) -> Key;
    /// Which client headers it is sent.
    fn forward(&self, protocol: Protocol) -> &'static Forward;
    /// What else the provider's own documentation asks for.
    fn require(&self, _call: &Call<'_>, _headers: &mut http::HeaderMap) {}
}

/// An API-key provider: the shared execution over one [`Host`].
struct ApiKeyHost<H> {
    host: H,
    endpoint: Endpoint,
    base: Option<Base>,
}

fn api_key_provider(host: impl Host, endpoint: Endpoint) -> Provider {
    let base = endpoint
        .base_url
        .clone()
        .or_else(|| Url::parse(host.default_base()?).ok())
        .map(|url| Base::new(url, host.paths()));
    Provider {
        executor: Arc::new(ApiKeyHost {
            host,
            endpoint,
            base,
        }),
    }
}

impl<H: Host> Executor for ApiKeyHost<H> {
    fn protocols(&self) -> &[Protocol] {
        self.host.protocols()
    }

    fn execute<'a>(
        &'a self,
        call: Call<'a>,
    ) -> BoxFuture<'a, Result<Response, Box<UpstreamError>>> {
        Box::pin(async move {
            let base = self.base.as_ref().ok_or_else(|| {
                Box::new(UpstreamError {
                    kind: cliproxy_core::ErrorKind::Internal,
                    ..UpstreamError::malformed("the entry has no base-url")
                })
            })?;
            let mut url = self.host.url(base, &call)?;
            add_query(&mut url, call.query, &self.endpoint.query);
            let key = self.host.key(&self.endpoint, &base.url);
            let mut headers =
                outgoing(&call, &self.endpoint, self.host.forward(call.protocol), key);
            self.host.require(&call, &mut headers);
            send(call, &self.endpoint, url, headers).await
        })
    }
}

/// An operation this host has no path for.
fn unsupported(what: &'static str) -> Box<UpstreamError> {
    Box::new(UpstreamError {
        kind: cliproxy_core::ErrorKind::BadRequest,
        scope: cliproxy_core::Scope::Request,
        status: http::StatusCode::BAD_REQUEST,
        ..UpstreamError::malformed(what)
    })
}
