//! Which headers go up with a request.
//!
//! An allow-list: what nobody named stays here. See `docs/headers.md`.

use crate::{AuthHeader, Call, Endpoint, HeaderSource};
use bytes::Bytes;
use cliproxy_auth_store::{Credential, CredentialKind};
use cliproxy_core::Secret;
use http::{HeaderMap, HeaderName, HeaderValue, header};

/// What the gateway calls itself to an upstream when the client did not say who it is.
pub(crate) const USER_AGENT: &str = concat!("cliproxy/", env!("CARGO_PKG_VERSION"));

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
        let is_ours = !call.is_translated && forward.allows(text);
        if is_ours && may_leave(call.headers, text, value) {
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
    authenticate(&mut headers, call.credential, call.token, call.headers, key);
    headers
}

/// The request headers of a question that the gateway asks by itself, without a body.
pub(crate) fn unprompted(credential: &Credential, endpoint: &Endpoint, key: Key) -> HeaderMap {
    let nobody = HeaderMap::new();
    let mut headers = HeaderMap::new();
    add_own(&mut headers, endpoint, &nobody, false);
    authenticate(&mut headers, credential, None, &nobody, key);
    headers
}

/// Adds what the entry says, and how the reply may look.
fn add_own(headers: &mut HeaderMap, endpoint: &Endpoint, client: &HeaderMap, streams: bool) {
    let entry = endpoint.headers.iter();
    for extra in entry.filter(|extra| !frames_a_message(extra.name.as_str())) {
        let value = match &extra.value {
            HeaderSource::Literal(value) => Some(value).filter(|value| is_plain(value)),
            HeaderSource::Client(name) => {
                let copied = client.get(name);
                copied.filter(|value| may_leave(client, name.as_str(), value))
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
fn authenticate(
    headers: &mut HeaderMap,
    credential: &Credential,
    token: Option<&Secret>,
    client: &HeaderMap,
    key: Key,
) {
    const X_API_KEY: HeaderName = HeaderName::from_static("x-api-key");
    const X_GOOG_API_KEY: HeaderName = HeaderName::from_static("x-goog-api-key");
    if let CredentialKind::Passthrough = &credential.kind {
        if let Some(own) = client.get(header::AUTHORIZATION) {
            headers.insert(header::AUTHORIZATION, own.clone());
        }
        return;
    }
    let Some(secret) = own_secret(credential, token).filter(|secret| !secret.is_empty()) else {
        return;
    };
    let mut put = |name, scheme| put(headers, name, scheme, secret);
    match key {
        // However a host takes keys, an access token is a bearer (RFC 6750).
        _ if credential.account().is_some() => put(header::AUTHORIZATION, "Bearer "),
        Key::Google => put(X_GOOG_API_KEY, ""),
        Key::Header(AuthHeader::XApiKey) => put(X_API_KEY, ""),
        Key::Header(AuthHeader::Bearer) => put(header::AUTHORIZATION, "Bearer "),
        Key::Header(AuthHeader::Both) => {
            put(X_API_KEY, "");
            put(header::AUTHORIZATION, "Bearer ");
        }
    }
}

/// What the gateway itself authenticates with: a key, or an account's token of the moment.
pub(crate) fn own_secret<'a>(
    credential: &'a Credential,
    token: Option<&'a Secret>,
) -> Option<&'a Secret> {
    match &credential.kind {
        CredentialKind::ApiKey(key) => Some(key),
        CredentialKind::Account(_) => token,
        _ => None,
    }
}

/// The text becomes the header's own buffer: no second copy of the secret is made.
fn put(headers: &mut HeaderMap, name: HeaderName, scheme: &str, secret: &Secret) {
    let text = Bytes::from([scheme, secret.expose()].concat());
    // One with a line break cannot be sent; the upstream will answer 401.
    if let Ok(mut value) = HeaderValue::from_maybe_shared(text) {
        value.set_sensitive(true);
        headers.insert(name, value);
    }
}

/// Whether a header of the client may go up at all, whoever asks for it.
fn may_leave(client: &HeaderMap, name: &str, value: &HeaderValue) -> bool {
    !never_forwarded(name) && is_plain(value) && !named_by_connection(client, name)
}

/// A text as a header's value, unless it is none that everybody reads alike.
pub(crate) fn plain(text: &str) -> Option<HeaderValue> {
    HeaderValue::from_str(text).ok().filter(is_plain)
}

/// Whether a value is text that everybody reads alike: visible ASCII, blanks and tabs. Bytes beyond
/// it are opaque (RFC 9110, section 5.5), and a hop that takes them for another encoding may see a
/// line end in them.
pub(crate) fn is_plain(value: &HeaderValue) -> bool {
    value.to_str().is_ok()
}

/// Whether `Connection` makes a header one of this hop only (RFC 9110, section 7.6.1).
pub(crate) fn named_by_connection(headers: &HeaderMap, name: &str) -> bool {
    headers
        .get_all(header::CONNECTION)
        .iter()
        .flat_map(|value| value.as_bytes().split(|byte| *byte == b','))
        .any(|token| token.trim_ascii().eq_ignore_ascii_case(name.as_bytes()))
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
            | "x-management-key"
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
