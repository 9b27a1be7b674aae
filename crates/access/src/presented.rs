//! The parts of a request that may carry a client key, and reading it from them.

use crate::{query, source::Source};
use http::HeaderMap;
use std::borrow::Cow;

/// WebSocket handshakes that may name their key as a sub-protocol.
const WEBSOCKET_PATHS: &[&str] = &[
    "/backend-api/codex/responses",
    "/v1/realtime",
    "/v1/responses",
];

/// The sub-protocol OpenAI's browser examples carry a key in.
const WEBSOCKET_KEY: &[u8] = b"openai-insecure-api-key.";

/// The parts of a request that say who asks.
#[derive(Clone, Copy)]
pub struct Presented<'a> {
    /// All request headers.
    pub headers: &'a HeaderMap,
    /// The query as received, without `?`, still percent-encoded.
    pub query: Option<&'a str>,
    /// The path as received.
    pub path: &'a str,
}

impl<'a> Presented<'a> {
    /// The keys that were presented, with their places, in the order in which they are judged.
    ///
    /// They are trimmed, percent-decoded where they come from the query, and never empty. Where
    /// `X-Gateway-Key` is present, even blank, no other place is looked at.
    pub fn candidates(&self) -> impl Iterator<Item = (Source, Cow<'a, [u8]>)> {
        let places = if self.headers.contains_key(Source::GatewayKey.as_str()) {
            &Source::ALL[..1]
        } else {
            &Source::ALL[1..]
        };
        let this = *self;
        places
            .iter()
            .filter_map(move |&source| this.candidate(source).map(|key| (source, key)))
            .filter(|(_, key)| !key.is_empty())
    }

    fn candidate(&self, source: Source) -> Option<Cow<'a, [u8]>> {
        match source {
            Source::Authorization => self.header(source).map(without_bearer),
            Source::GatewayKey | Source::GoogApiKey | Source::ApiKey => self.header(source),
            Source::QueryKey => return query::value(self.query?, "key"),
            Source::QueryAuthToken => return query::value(self.query?, "auth_token"),
            Source::WebSocketProtocol => self.websocket_protocol(),
        }
        .map(Cow::Borrowed)
    }

    /// The first value only: a repeated credential header has no meaning to agree on.
    fn header(&self, source: Source) -> Option<&'a [u8]> {
        let value = self.headers.get(source.as_str())?;
        Some(value.as_bytes().trim_ascii())
    }

    fn websocket_protocol(&self) -> Option<&'a [u8]> {
        if !WEBSOCKET_PATHS.contains(&self.path.trim_end_matches('/')) {
            return None;
        }
        self.headers
            .get_all(http::header::SEC_WEBSOCKET_PROTOCOL)
            .iter()
            .flat_map(|value| value.as_bytes().split(|&byte| byte == b','))
            .find_map(|protocol| protocol.trim_ascii().strip_prefix(WEBSOCKET_KEY))
    }
}

/// Strips the scheme, which is compared without case (RFC 9110, section 11.1).
///
/// A value without it is a candidate as a whole, as some clients send the bare key; this also
/// makes another scheme (`Basic …`) an unknown key rather than a missing one.
fn without_bearer(value: &[u8]) -> &[u8] {
    const SCHEME: &[u8] = b"bearer";
    match value.split_at_checked(SCHEME.len()) {
        Some((scheme, rest)) if scheme.eq_ignore_ascii_case(SCHEME) => match rest.first() {
            None => rest,
            Some(byte) if byte.is_ascii_whitespace() => rest.trim_ascii_start(),
            Some(_) => value,
        },
        _ => value,
    }
}
