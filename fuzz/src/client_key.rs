//! Client keys: reading them wherever they may be presented, and taking them out of the query.
//!
//! A case is a line with the path, a line with the query, and header lines.

use crate::lines;
use cliproxy_access::{
    Access, CREDENTIAL_QUERY_KEYS, ClientKey, ConfigApiKeys, Presented, redact_query,
    strip_credentials_from_query,
};
use cliproxy_core::Secret;
use futures_util::FutureExt as _;
use http::HeaderMap;
use std::sync::Arc;

/// The one key that is known here.
const KNOWN: &str = "sk-known";

/// Checks one request.
pub fn check(data: &[u8]) {
    let (path, rest) = lines::first(data);
    let (query, rest) = lines::first(rest);
    let (head, _) = lines::head(rest);
    let headers = lines::headers(head);
    let (Ok(path), Ok(query)) = (str::from_utf8(path), str::from_utf8(query)) else {
        return;
    };
    let presented = Presented {
        headers: &headers,
        query: Some(query),
        path,
    };
    candidates(&presented);
    stripped(query);
    redacted(query);
}

fn candidates(presented: &Presented<'_>) {
    let candidates: Vec<_> = presented.candidates().collect();
    for (source, key) in &candidates {
        assert!(!key.is_empty() && key.trim_ascii() == &**key, "{source:?}");
    }
    if presented.headers.contains_key("x-gateway-key") {
        assert!(candidates.len() <= 1, "one place is enough");
    }
    let known = ClientKey::from_secret(&Secret::from(KNOWN));
    let access = Access::new(vec![Arc::new(ConfigApiKeys::new(known))]);
    let judged = access.authenticate(presented).now_or_never().unwrap();
    let shown = candidates.iter().any(|(_, key)| **key == *KNOWN.as_bytes());
    assert_eq!(judged.is_ok(), shown, "who is let in is who shows the key");
}

/// What is forwarded authenticates nobody, and is the rest as it was spelled.
fn stripped(query: &str) {
    let stripped = strip_credentials_from_query(query).unwrap_or_default();
    let mut rest = query.split('&');
    for pair in stripped.split('&').filter(|_| !stripped.is_empty()) {
        assert!(!is_credential(pair), "{pair:?} is left of {query:?}");
        assert!(rest.any(|original| original == pair), "{pair:?} is new");
    }
    let kept = query.split('&').filter(|pair| !is_credential(pair));
    assert!(stripped.is_empty() || kept.eq(stripped.split('&')));
    let presented = Presented {
        headers: &HeaderMap::new(),
        query: Some(&stripped),
        path: "/",
    };
    assert!(presented.candidates().next().is_none());
    let again = strip_credentials_from_query(&stripped).unwrap_or_default();
    assert_eq!(again, stripped);
}

/// What is logged has the same parameters, and no value of a credential.
fn redacted(query: &str) {
    let redacted = redact_query(query);
    assert_eq!(redacted.split('&').count(), query.split('&').count());
    for (shown, original) in redacted.split('&').zip(query.split('&')) {
        match shown.split_once('=') {
            Some((_, value)) if is_credential(original) => assert_eq!(value, "***"),
            _ => {}
        }
        assert!(shown == original || shown.ends_with("=***"));
    }
    assert_eq!(redact_query(&redacted), redacted);
}

/// By the definition: the name, percent-decoded and without case, is one of three.
fn is_credential(pair: &str) -> bool {
    let name = pair.split('=').next().unwrap_or_default().as_bytes();
    let mut decoded = Vec::new();
    let mut at = 0;
    while at < name.len() {
        let digits = name.get(at + 1..at + 3).filter(|_| name[at] == b'%');
        let hex = digits
            .filter(|digits| digits.iter().all(u8::is_ascii_hexdigit))
            .and_then(|digits| str::from_utf8(digits).ok())
            .and_then(|digits| u8::from_str_radix(digits, 16).ok());
        decoded.push(hex.unwrap_or(name[at]));
        at += if hex.is_some() { 3 } else { 1 };
    }
    CREDENTIAL_QUERY_KEYS
        .iter()
        .any(|key| decoded.eq_ignore_ascii_case(key.as_bytes()))
}
