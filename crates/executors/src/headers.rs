//! Which headers travel, in both directions.
//!
//! Both directions are allow-lists: what nobody named stays here. See `docs/headers.md`.

use crate::{AuthHeader, Call, Endpoint, HeaderSource};
use bytes::Bytes;
use cliproxy_auth_store::{Credential, CredentialKind};
use http::{HeaderMap, HeaderName, HeaderValue, header};

/// What the gateway calls itself to an upstream when the client did not say who it is.
const USER_AGENT: &str = concat!("cliproxy/", env!("CARGO_PKG_VERSION"));

/// The client headers a provider forwards: true statements of the client about itself and its
/// request, which the upstream's own protocol defines.
#[derive(Debug)]
pub(crate) struct Forward {
    /// Header names, lower-case.
    pub(crate) exact: &'static [&'static str],
    /// Beginnings of header names, lower-case.
    pub(crate) prefixes: &'static [&'static str],
}

impl Forward {
    fn allows(&self, name: &str) -> bool {
        self.exact.contains(&name) || self.prefixes.iter().any(|prefix| name.starts_with(prefix))
    }
}

/// How a provider wants to be given its key.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Key {
    /// In one of the headers every OpenAI- or Anthropic-compatible host knows.
    Header(AuthHeader),
    /// `x-goog-api-key`.
    Google,
}

/// The request headers of one attempt.
pub(crate) fn outgoing(
    call: &Call<'_>,
    endpoint: &Endpoint,
    forward: &Forward,
    key: Key,
) -> HeaderMap {
    let mut headers = HeaderMap::with_capacity(16);
    for (name, value) in call.headers {
        let text = name.as_str();
        if forward.allows(text) && !never_forwarded(text) && !ends_here(call.headers, text) {
            headers.append(name.clone(), value.clone());
        }
    }
    add_own(
        &mut headers,
        endpoint,
        call.headers,
        call.operation.streams(),
    );
    headers.insert(
        header::CONTENT_TYPE,
        HeaderValue::from_static("application/json"),
    );
    authenticate(&mut headers, call.credential, call.headers, key);
    headers
}

/// The request headers of a question that the gateway asks by itself, without a body.
pub(crate) fn unprompted(credential: &Credential, endpoint: &Endpoint, key: Key) -> HeaderMap {
    let nobody = HeaderMap::new();
    let mut headers = HeaderMap::new();
    add_own(&mut headers, endpoint, &nobody, false);
    authenticate(&mut headers, credential, &nobody, key);
    headers
}

/// Adds what the entry says, and how the reply may look.
fn add_own(headers: &mut HeaderMap, endpoint: &Endpoint, client: &HeaderMap, streams: bool) {
    let entry = endpoint.headers.iter();
    for extra in entry.filter(|extra| !frames_a_message(extra.name.as_str())) {
        let value = match &extra.value {
            HeaderSource::Literal(value) => Some(value),
            HeaderSource::Client(name) => {
                let travels = !never_forwarded(name.as_str()) && !ends_here(client, name.as_str());
                travels.then(|| client.get(name)).flatten()
            }
        };
        if let Some(value) = value {
            headers.insert(extra.name.clone(), value.clone());
        }
    }
    headers
        .entry(header::USER_AGENT)
        .or_insert(HeaderValue::from_static(USER_AGENT));
    let (accept, encoding) = if streams {
        // Compressed events would have to be flushed one by one to arrive in time.
        ("text/event-stream", "identity")
    } else {
        ("application/json", "gzip, br, zstd")
    };
    headers.insert(header::ACCEPT, HeaderValue::from_static(accept));
    headers.insert(header::ACCEPT_ENCODING, HeaderValue::from_static(encoding));
}

/// Puts the credential in; whatever the client or the entry had put there goes.
fn authenticate(headers: &mut HeaderMap, credential: &Credential, client: &HeaderMap, key: Key) {
    const X_API_KEY: HeaderName = HeaderName::from_static("x-api-key");
    const X_GOOG_API_KEY: HeaderName = HeaderName::from_static("x-goog-api-key");
    match &credential.kind {
        CredentialKind::Passthrough => {
            if let Some(own) = client.get(header::AUTHORIZATION) {
                headers.insert(header::AUTHORIZATION, own.clone());
            }
        }
        CredentialKind::ApiKey(secret) if secret.is_empty() => {}
        CredentialKind::ApiKey(secret) => {
            // The text becomes the header's own buffer: no second copy of the secret is made.
            let mut put = |name: HeaderName, scheme: &str| {
                let text = Bytes::from([scheme, secret.expose()].concat());
                // A key with a line break cannot be sent; the upstream will answer 401.
                if let Ok(mut value) = HeaderValue::from_maybe_shared(text) {
                    value.set_sensitive(true);
                    headers.insert(name, value);
                }
            };
            match key {
                Key::Google => put(X_GOOG_API_KEY, ""),
                Key::Header(AuthHeader::XApiKey) => put(X_API_KEY, ""),
                Key::Header(AuthHeader::Bearer) => put(header::AUTHORIZATION, "Bearer "),
                Key::Header(AuthHeader::Both) => {
                    put(X_API_KEY, "");
                    put(header::AUTHORIZATION, "Bearer ");
                }
            }
        }
        _ => {}
    }
}

/// What authenticates the client to the gateway, tells where it is, or belongs to one connection
/// (RFC 9110 section 7.6.1). Wins over every allow-list.
fn never_forwarded(name: &str) -> bool {
    matches!(
        name,
        "authorization"
            | "x-api-key"
            | "x-goog-api-key"
            | "api-key"
            | "x-gateway-key"
            // A browser's WebSocket names its key as a sub-protocol.
            | "sec-websocket-protocol"
            | "cookie"
            | "host"
            | "accept-encoding"
            | "forwarded"
            | "x-real-ip"
    ) || frames_a_message(name)
        || name.starts_with("x-forwarded-")
        || name.starts_with("cf-")
        || name.starts_with("proxy-")
}

/// What says where a message ends and how its connection goes on: the transport's own business,
/// and no entry's either.
fn frames_a_message(name: &str) -> bool {
    matches!(
        name,
        "connection"
            | "content-encoding"
            | "content-length"
            | "expect"
            | "keep-alive"
            | "te"
            | "trailer"
            | "transfer-encoding"
            | "upgrade"
    )
}

/// Whether the sender says, by naming it in `Connection`, that this header is for the next hop only
/// (RFC 9110 section 7.6.1). Bytes are compared: a value that is not ASCII names headers as well.
fn ends_here(headers: &HeaderMap, name: &str) -> bool {
    headers
        .get_all(header::CONNECTION)
        .iter()
        .flat_map(|value| value.as_bytes().split(|&byte| byte == b','))
        .any(|token| token.trim_ascii().eq_ignore_ascii_case(name.as_bytes()))
}

/// How much of an upstream's response head the client may see.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub struct UpstreamHeaders {
    /// Everything but what belongs to a connection, not only the allow-list.
    pub all: bool,
    /// The account's rate limit headers, which describe one account of a pool.
    pub account_limits: bool,
}

impl UpstreamHeaders {
    /// As the configuration says (`passthrough-headers`, `expose-account-limits`).
    #[must_use]
    pub const fn new(all: bool, account_limits: bool) -> Self {
        Self {
            all,
            account_limits,
        }
    }
}

/// Copies into `to` the response headers that travel on to the client. `content-type` is left to
/// the caller.
pub fn for_client(upstream: &HeaderMap, policy: UpstreamHeaders, to: &mut HeaderMap) {
    // Name by name: a repeated header must not take its own first value for the gateway's.
    for name in upstream.keys() {
        let text = name.as_str();
        let travels = if is_account_limit(text) {
            policy.account_limits
        } else {
            is_allowed(text) || policy.all && may_travel(text)
        };
        if travels && !ends_here(upstream, text) && !to.contains_key(name) {
            for value in upstream.get_all(name) {
                to.append(name.clone(), value.clone());
            }
        }
    }
}

fn is_account_limit(name: &str) -> bool {
    name.starts_with("anthropic-ratelimit-")
        || name.starts_with("x-ratelimit-")
        || name.starts_with("x-codex-primary-")
        || name.starts_with("x-codex-secondary-")
        || name.starts_with("x-codex-credits-")
}

fn is_allowed(name: &str) -> bool {
    matches!(
        name,
        "request-id"
            | "x-request-id"
            | "x-oai-request-id"
            | "retry-after"
            | "retry-after-ms"
            | "x-models-etag"
            | "openai-processing-ms"
            | "openai-model"
            | "x-reasoning-included"
    ) || name.starts_with("x-codex-")
}

fn may_travel(name: &str) -> bool {
    let of_this_hop = matches!(
        name,
        "connection"
            | "keep-alive"
            | "te"
            | "trailer"
            | "transfer-encoding"
            | "upgrade"
            | "set-cookie"
            | "content-length"
            | "content-encoding"
            | "content-type"
    ) || name.starts_with("proxy-")
        || name.starts_with("access-control-")
        || name.starts_with("x-cliproxy-");
    !of_this_hop
}

#[cfg(test)]
mod tests {
    use super::{UpstreamHeaders, for_client};
    use http::{HeaderMap, HeaderName, HeaderValue};

    #[test]
    fn response_headers() {
        let upstream = [
            ("set-cookie", "a=b"),
            ("connection", "X-Foo"),
            ("x-foo", "1"),
            ("x-bar", "2"),
            ("x-bar", "twice"),
            ("retry-after", "3"),
            ("request-id", "req_1"),
            ("x-ratelimit-remaining-requests", "4"),
            ("access-control-allow-origin", "*"),
            ("content-length", "5"),
            ("x-cliproxy-served-by", "spoof"),
        ];
        let upstream: HeaderMap = upstream
            .iter()
            .map(|(k, v)| (HeaderName::from_static(k), HeaderValue::from_static(v)))
            .collect();
        let check = |all, limits, expected: &[&str]| {
            let mut to = HeaderMap::new();
            for_client(&upstream, UpstreamHeaders::new(all, limits), &mut to);
            let mut names: Vec<_> = to.keys().map(HeaderName::as_str).collect();
            names.sort_unstable();
            assert_eq!(names, expected);
        };
        let limits = "x-ratelimit-remaining-requests";
        check(false, true, &["request-id", "retry-after", limits]);
        check(false, false, &["request-id", "retry-after"]);
        check(true, true, &["request-id", "retry-after", "x-bar", limits]);

        // Naming a header in `connection` ends it here, whoever would let it through.
        let mut named = upstream.clone();
        let names = HeaderValue::from_bytes(b"retry-after, \xff,X-Bar").unwrap();
        named.append("connection", names);
        named.append("proxy-connection", HeaderValue::from_static("close"));
        let mut to = HeaderMap::new();
        for_client(&named, UpstreamHeaders::new(true, false), &mut to);
        assert!(to.keys().eq(["request-id"]), "{to:?}");

        // What the gateway says itself stays, and nothing of a repeated header is lost.
        let mut to = HeaderMap::new();
        to.insert("retry-after", HeaderValue::from_static("9"));
        for_client(&upstream, UpstreamHeaders::new(true, true), &mut to);
        let all = |name: &str| -> Vec<_> { to.get_all(name).iter().collect() };
        assert_eq!(all("retry-after"), ["9"]);
        assert_eq!(all("x-bar"), ["2", "twice"]);
    }
}
