//! The places where a client key may travel.

/// Header names (lower case) that authenticate a client to the gateway.
///
/// They are never forwarded to an upstream, with one exception that its owner states (a client's
/// own bearer), and never logged. `api-key` is not accepted as a client key, but SDKs made for
/// Azure send their key in it.
pub const CREDENTIAL_HEADERS: &[&str] = &[
    "api-key",
    "authorization",
    "sec-websocket-protocol",
    "x-api-key",
    "x-gateway-key",
    "x-goog-api-key",
];

/// Names of query parameters that hold a client's secret; see [`redact_query`] and
/// [`strip_credentials_from_query`].
///
/// [`redact_query`]: crate::redact_query
/// [`strip_credentials_from_query`]: crate::strip_credentials_from_query
pub const CREDENTIAL_QUERY_KEYS: &[&str] = &["api_key", "auth_token", "key"];

/// Where a client key was found.
#[expect(
    clippy::exhaustive_enums,
    reason = "whoever warns about a place or forwards a header must decide about a new one"
)]
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Source {
    /// `X-Gateway-Key`. Where it is present, nothing else is judged: it is how a client that needs
    /// its `Authorization` header for the upstream identifies itself here.
    GatewayKey,
    /// `Authorization`, with or without the `Bearer` scheme.
    Authorization,
    /// `X-Goog-Api-Key`, what Gemini SDKs send.
    GoogApiKey,
    /// `X-Api-Key`, what Anthropic SDKs send.
    ApiKey,
    /// The query parameter `key`, what Gemini clients without header support send.
    QueryKey,
    /// The query parameter `auth_token`.
    QueryAuthToken,
    /// A WebSocket sub-protocol `openai-insecure-api-key.<key>`: browsers cannot set headers on a
    /// WebSocket handshake.
    WebSocketProtocol,
}

impl Source {
    /// In the order in which they are judged.
    pub(crate) const ALL: [Self; 7] = [
        Self::GatewayKey,
        Self::Authorization,
        Self::GoogApiKey,
        Self::ApiKey,
        Self::QueryKey,
        Self::QueryAuthToken,
        Self::WebSocketProtocol,
    ];

    /// The name used in logs.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::GatewayKey => "x-gateway-key",
            Self::Authorization => "authorization",
            Self::GoogApiKey => "x-goog-api-key",
            Self::ApiKey => "x-api-key",
            Self::QueryKey => "query-key",
            Self::QueryAuthToken => "query-auth-token",
            Self::WebSocketProtocol => "websocket-protocol",
        }
    }

    /// Whether the key was part of the URL, where logs of every hop before this one have it too.
    #[must_use]
    pub const fn is_query(self) -> bool {
        matches!(self, Self::QueryKey | Self::QueryAuthToken)
    }
}
