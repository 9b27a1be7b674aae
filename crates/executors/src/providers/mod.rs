//! The providers: one folder each, and one line in the table.

mod claude;
mod codex;
mod gemini;
mod gemini_cli;
mod kimi;
mod openai_compat;
mod vertex;

use crate::{
    AuthHeader, Call, Endpoint, Executor, Provider, Response, UpstreamError,
    address::{Base, add_query},
    headers::{Forward, Key, outgoing},
    oauth::{
        Dialect, Manners, OauthClient, Proof, TokenEndpointError, TokenSetup, TokenSource,
        refresh_token,
    },
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

/// Every provider that accounts sign in to, by name. What they call is another host, or another
/// dialect, than what the provider's keys are for.
const ACCOUNTS: &[(&str, Build)] = &[
    ("codex", codex::account::provider),
    ("gemini-cli", gemini_cli::provider),
    ("kimi", kimi::provider),
    ("vertex", vertex::account::provider),
];

/// Builds the provider of this name; `None` if there is none.
#[must_use]
pub fn build(name: &str, endpoint: Endpoint) -> Option<Provider> {
    find(TABLE, name).map(|provider| provider(endpoint))
}

/// Builds what an account of this provider calls; `None` if nobody can sign in to it.
#[must_use]
pub fn build_for_account(name: &str, endpoint: Endpoint) -> Option<Provider> {
    find(ACCOUNTS, name).map(|provider| provider(endpoint))
}

fn find(table: &[(&str, Build)], name: &str) -> Option<Build> {
    let row = table.iter().find(|(known, _)| *known == name);
    row.map(|(_, provider)| *provider)
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

/// Whether the tokens of a credential of this provider would be asked for without a secret that the
/// provider wants: the first refresh would fail.
#[must_use]
pub fn lacks_secret(name: &str, client: &OauthClient, source: &TokenSource<'_>) -> bool {
    name == "gemini-cli" && gemini_cli::lacks_secret(client, source)
}

/// Whether requests of a Vertex account can be made at this location: whether it could be one of Google's.
#[must_use]
pub fn is_vertex_location(text: &str) -> bool {
    vertex::account::is_label(text)
}

/// What one provider differs in from the next.
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
    /// How it is given a key. An account's token is a bearer everywhere.
    fn key(&self, endpoint: &Endpoint, _base: &Url) -> Key {
        Key::Header(endpoint.auth.unwrap_or(AuthHeader::Bearer))
    }
    /// What of the client's query it may see.
    fn query<'a>(&self, call: &Call<'a>) -> Option<&'a str> {
        call.query
    }
    /// Which client headers it is sent.
    fn forward(&self, protocol: Protocol) -> &'static Forward;
    /// What else the provider asks for, whatever client and entry say.
    fn require(&self, _call: &Call<'_>, _headers: &mut http::HeaderMap) {}
}

/// The shared execution over one [`Host`].
struct HostExecutor<H> {
    host: H,
    endpoint: Endpoint,
    base: Option<Base>,
}

fn host_provider(host: impl Host, endpoint: Endpoint) -> Provider {
    let base = endpoint
        .base_url
        .clone()
        .or_else(|| Url::parse(host.default_base()?).ok())
        .map(|url| Base::new(url, host.paths()));
    Provider {
        executor: Arc::new(HostExecutor {
            host,
            endpoint,
            base,
        }),
    }
}

impl<H: Host> Executor for HostExecutor<H> {
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
            add_query(&mut url, self.host.query(&call), &self.endpoint.query);
            let key = self.host.key(&self.endpoint, &base.url);
            let mut headers =
                outgoing(&call, &self.endpoint, self.host.forward(call.protocol), key);
            self.host.require(&call, &mut headers);
            send(call, &self.endpoint, url, headers).await
        })
    }
}

/// This host counts no tokens. Told as a missing endpoint, in whose place there are estimates.
fn counts_nothing(what: &'static str) -> Box<UpstreamError> {
    Box::new(UpstreamError {
        kind: cliproxy_core::ErrorKind::NotFound,
        scope: cliproxy_core::Scope::Request,
        status: http::StatusCode::NOT_FOUND,
        ..UpstreamError::malformed(what)
    })
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
