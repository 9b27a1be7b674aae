//! Which headers of a reply go on to the client.
//!
//! An allow-list too: what nobody named stays here. See `docs/headers.md`.

use crate::{
    Endpoint, HeaderSource, find_secret,
    headers::{is_plain, named_by_connection},
    quoted::ANYWHERE,
};
use cliproxy_core::Secret;
use http::{HeaderMap, HeaderValue};

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
        if travels && !named_by_connection(upstream, text) && !to.contains_key(name) {
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

/// What belongs to one connection or one body, speaks for the origin that the client thinks it talks
/// to, or gives orders to a proxy between the gateway and the client.
fn may_travel(name: &str) -> bool {
    const STAYS: &[&str] = &[
        "alt-svc",
        "clear-site-data",
        "connection",
        "content-encoding",
        "content-length",
        "content-type",
        "keep-alive",
        "nel",
        "report-to",
        "set-cookie",
        "set-cookie2",
        "strict-transport-security",
        "te",
        "trailer",
        "transfer-encoding",
        "upgrade",
        "www-authenticate",
        "x-sendfile",
    ];
    const STAYS_FROM: &[&str] = &["access-control-", "proxy-", "x-accel-", "x-cliproxy-"];
    !STAYS.contains(&name) && !STAYS_FROM.iter().any(|prefix| name.starts_with(prefix))
}

/// The response headers that are kept at all: plain text that repeats nothing of what the gateway
/// sent up as its own.
pub(crate) fn presentable(
    received: HeaderMap,
    secret: Option<&Secret>,
    endpoint: &Endpoint,
) -> HeaderMap {
    let good =
        |value: &HeaderValue| is_plain(value) && !repeats(value.as_bytes(), secret, endpoint);
    if received.values().all(good) {
        return received;
    }
    let mut kept = HeaderMap::with_capacity(received.len());
    for (name, value) in received.iter().filter(|(_, value)| good(value)) {
        kept.append(name.clone(), value.clone());
    }
    kept
}

/// Whether an upstream's text repeats what the gateway authenticated with, or the value of a header
/// that the entry adds.
pub(crate) fn repeats(text: &[u8], secret: Option<&Secret>, endpoint: &Endpoint) -> bool {
    let own = secret.map(|secret| secret.expose().as_bytes());
    let added = endpoint
        .headers
        .iter()
        .filter_map(|extra| match &extra.value {
            // Shorter ones are words, such as the name of a team.
            HeaderSource::Literal(value) if value.len() >= ANYWHERE => Some(value.as_bytes()),
            HeaderSource::Literal(_) | HeaderSource::Client(_) => None,
        });
    added
        .chain(own)
        .any(|secret| find_secret(text, secret, 0).is_some())
}

#[cfg(test)]
mod tests {
    use super::{UpstreamHeaders, for_client};
    use http::{HeaderMap, HeaderName, HeaderValue};

    #[test]
    fn response_headers() {
        let upstream = [
            ("set-cookie", "a=b"),
            ("connection", "X-Foo, x-models-etag"),
            ("x-models-etag", "of that hop"),
            ("x-foo", "1"),
            ("x-bar", "2"),
            ("x-bar", "twice"),
            ("retry-after", "3"),
            ("request-id", "req_1"),
            ("x-ratelimit-remaining-requests", "4"),
            ("access-control-allow-origin", "*"),
            ("content-length", "5"),
            ("x-cliproxy-served-by", "spoof"),
            ("x-accel-redirect", "/internal"),
            ("alt-svc", "h2=\"elsewhere:443\""),
            ("strict-transport-security", "max-age=1"),
            ("proxy-authenticate", "Basic"),
            ("www-authenticate", "Basic"),
            ("transfer-encoding", "chunked"),
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

        // What the gateway says itself stays, and nothing of a repeated header is lost.
        let mut to = HeaderMap::new();
        to.insert("retry-after", HeaderValue::from_static("9"));
        for_client(&upstream, UpstreamHeaders::new(true, true), &mut to);
        let all = |name: &str| -> Vec<_> { to.get_all(name).iter().collect() };
        assert_eq!(all("retry-after"), ["9"]);
        assert_eq!(all("x-bar"), ["2", "twice"]);
    }
}
