//! Which of an upstream's response headers reach the client.
//!
//! A case consists of header lines.

use crate::lines;
use cliproxy_executors::{UpstreamHeaders, for_client};
use http::{HeaderMap, HeaderName, HeaderValue};

/// What describes one connection or one body, or is the gateway's own to say.
const NEVER: [&str; 13] = [
    "connection",
    "content-encoding",
    "content-length",
    "content-type",
    "keep-alive",
    "proxy-authenticate",
    "proxy-authorization",
    "proxy-connection",
    "set-cookie",
    "te",
    "trailer",
    "transfer-encoding",
    "upgrade",
];

/// What travels without being asked for.
const ALWAYS: [&str; 9] = [
    "openai-model",
    "openai-processing-ms",
    "request-id",
    "retry-after",
    "retry-after-ms",
    "x-models-etag",
    "x-oai-request-id",
    "x-reasoning-included",
    "x-request-id",
];

const LIMITS: [&str; 5] = [
    "anthropic-ratelimit-",
    "x-codex-credits-",
    "x-codex-primary-",
    "x-codex-secondary-",
    "x-ratelimit-",
];

/// Checks one response head under every policy.
pub fn check(data: &[u8]) {
    let (head, _) = lines::head(data);
    let upstream = lines::headers(head);
    for (all, limits) in [(false, false), (false, true), (true, false), (true, true)] {
        let own = HeaderName::from_static("x-request-id");
        let mut to = HeaderMap::new();
        to.insert(own.clone(), HeaderValue::from_static("of the gateway"));
        for_client(&upstream, UpstreamHeaders::new(all, limits), &mut to);
        assert_eq!(to.get_all(&own).iter().count(), 1);
        assert_eq!(to[&own], "of the gateway");
        for name in to.keys().filter(|name| **name != own) {
            let (before, after) = (upstream.get_all(name), to.get_all(name));
            assert!(before.iter().eq(after.iter()), "{name} was changed");
            let text = name.as_str();
            assert!(!NEVER.contains(&text), "{name}");
            assert!(!text.starts_with("access-control-"), "{name}");
            assert!(!text.starts_with("x-cliproxy-"), "{name}");
            assert!(!lines::named_by_connection(&upstream, name), "{name}");
            let is_limit = LIMITS.iter().any(|prefix| text.starts_with(prefix));
            assert!(limits || !is_limit, "{name}");
            let listed = is_limit || ALWAYS.contains(&text) || text.starts_with("x-codex-");
            assert!(all || listed, "{name}");
        }
    }
}
