//! Anthropic Messages with an API key, or with the client's own bearer passed through.
//!
//! <https://docs.anthropic.com/en/api/messages>, and for what a gateway must carry
//! <https://docs.anthropic.com/en/docs/claude-code/llm-gateway>. `README.md` beside this file has
//! the quirks.

use super::{Host, host_provider, unsupported};
use crate::{
    AuthHeader, Call, Endpoint, Provider, UpstreamError,
    address::Base,
    headers::{Forward, Key},
};
use cliproxy_core::{Operation, Protocol};
use cliproxy_json::Slices;
use http::{HeaderMap, HeaderName, HeaderValue};
use url::Url;

const VENDOR: &str = "https://api.anthropic.com";
const BETA: HeaderName = HeaderName::from_static("anthropic-beta");
const MCP: HeaderValue = HeaderValue::from_static("mcp-client-2025-11-20");
const VERSION: HeaderName = HeaderName::from_static("anthropic-version");

pub(super) static FORWARD: Forward = Forward {
    exact: &[
        "user-agent",
        "x-app",
        "x-client-app",
        "x-client-request-id",
        "accept-language",
        "idempotency-key",
    ],
    // An open list: a header and the body field it enables must travel together.
    prefixes: &[
        "anthropic-",
        "x-stainless-",
        "x-claude-code-",
        "x-claude-remote-",
    ],
};

pub(super) fn provider(endpoint: Endpoint) -> Provider {
    host_provider(Claude, endpoint)
}

struct Claude;

impl Host for Claude {
    fn protocols(&self) -> &[Protocol] {
        &[Protocol::Claude]
    }

    fn paths(&self) -> &'static [&'static str] {
        &["v1/messages", "v1/messages/count_tokens"]
    }

    fn url(&self, base: &Base, call: &Call<'_>) -> Result<Url, Box<UpstreamError>> {
        let path = match call.operation {
            Operation::Generate | Operation::GenerateStream => "v1/messages",
            Operation::CountTokens => "v1/messages/count_tokens",
            Operation::Embed | Operation::EmbedBatch => {
                return Err(unsupported("the Messages API has no embeddings"));
            }
        };
        Ok(base.at(path))
    }

    fn default_base(&self) -> Option<&'static str> {
        Some(VENDOR)
    }

    /// Compatible hosts mostly know the bearer only.
    fn key(&self, endpoint: &Endpoint, base: &Url) -> Key {
        let vendor = base.host_str() == Some("api.anthropic.com");
        Key::Header(endpoint.auth.unwrap_or(if vendor {
            AuthHeader::XApiKey
        } else {
            AuthHeader::Bearer
        }))
    }

    fn forward(&self, _protocol: Protocol) -> &'static Forward {
        &FORWARD
    }

    /// The API refuses members of a beta that is not named: a client of another protocol cannot have
    /// named any.
    fn require(&self, call: &Call<'_>, headers: &mut HeaderMap) {
        require_version(headers);
        if call.is_translated && declares_servers(&call.body) {
            headers.append(BETA, MCP);
        }
    }
}

/// The Messages API refuses a request without a version; this is the one every model answers in.
pub(super) fn require_version(headers: &mut HeaderMap) {
    headers
        .entry(VERSION)
        .or_insert(HeaderValue::from_static("2023-06-01"));
}

/// Whether a translated body has servers of tools. In a text the quotes would be escaped.
fn declares_servers(body: &Slices) -> bool {
    let mut slices = body.iter();
    slices.any(|slice| memchr::memmem::find(slice, br#""mcp_servers":["#).is_some())
}

#[cfg(test)]
mod tests {
    use super::{AuthHeader, Claude, Endpoint, Host as _, Key, Slices, declares_servers};

    #[test]
    fn servers_of_tools_are_known_by_their_member() {
        let check = |body: &'static str, expected| {
            let mut slices = Slices::default();
            slices.push(body.into());
            assert_eq!(declares_servers(&slices), expected, "{body}");
        };
        check(r#"{"model":"m","mcp_servers":[{"type":"url"}]}"#, true);
        check(r#"{"model":"m","tools":[]}"#, false);
        check(r#"{"messages":[{"content":"\"mcp_servers\":["}]}"#, false);
    }

    #[test]
    fn the_vendor_has_a_header_of_its_own() {
        let check = |base: &str, auth, expected: AuthHeader| {
            let endpoint = Endpoint {
                auth,
                ..Endpoint::default()
            };
            let key = Claude.key(&endpoint, &base.parse().unwrap());
            assert!(
                matches!(key, Key::Header(header) if header == expected),
                "{base}: {key:?}"
            );
        };
        let vendor = "https://api.anthropic.com";
        check(vendor, None, AuthHeader::XApiKey);
        check(
            "https://api.anthropic.com.evil.example",
            None,
            AuthHeader::Bearer,
        );
        check("https://compatible.example", None, AuthHeader::Bearer);
        check(vendor, Some(AuthHeader::Bearer), AuthHeader::Bearer);
        check(
            "https://h.example",
            Some(AuthHeader::Both),
            AuthHeader::Both,
        );
    }
}
