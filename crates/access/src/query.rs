//! Client keys in query strings: reading them, hiding them, dropping them.

use crate::source::CREDENTIAL_QUERY_KEYS;
use std::borrow::Cow;

/// What stands for a hidden value.
const HIDDEN: &str = "***";

/// Parts of a parameter's name that mark its value as secret in a log.
const SECRET_PARTS: &[&str] = &["api-key", "api_key", "apikey", "secret", "token"];

/// The query as it may be logged: the values of credentials, and of parameters that are named like
/// one, are replaced.
///
/// ```
/// use cliproxy_access::redact_query;
///
/// assert_eq!(redact_query("alt=sse&key=AIza1"), "alt=sse&key=***");
/// assert_eq!(redact_query("beta=true"), "beta=true");
/// ```
#[must_use]
pub fn redact_query(query: &str) -> Cow<'_, str> {
    let hides = |pair: &str| pair.contains('=') && is_secret(name(pair));
    if !query.split('&').any(hides) {
        return Cow::Borrowed(query);
    }
    Cow::Owned(join(query.split('&').map(|pair| {
        if hides(pair) {
            [name(pair), "=", HIDDEN]
        } else {
            [pair, "", ""]
        }
    })))
}

/// The query as it may be forwarded: parameters that hold a client's credential are dropped, all
/// others stay as they were spelled. `None` if nothing is left.
///
/// ```
/// use cliproxy_access::strip_credentials_from_query;
///
/// assert_eq!(strip_credentials_from_query("key=AIza1&alt=sse").as_deref(), Some("alt=sse"));
/// assert_eq!(strip_credentials_from_query("key=AIza1"), None);
/// ```
#[must_use]
pub fn strip_credentials_from_query(query: &str) -> Option<Cow<'_, str>> {
    let stays = |pair: &&str| !is_credential(name(pair));
    let rest = if query.split('&').all(|pair| stays(&pair)) {
        Cow::Borrowed(query)
    } else {
        Cow::Owned(join(
            query.split('&').filter(stays).map(|pair| [pair, "", ""]),
        ))
    };
    (!rest.is_empty()).then_some(rest)
}

/// The first non-empty value of the parameter `wanted`, decoded and trimmed.
pub(crate) fn value<'a>(query: &'a str, wanted: &str) -> Option<Cow<'a, [u8]>> {
    query
        .split('&')
        .filter_map(|pair| pair.split_once('='))
        .filter(|(name, _)| *decode(name) == *wanted.as_bytes())
        .map(|(_, value)| match decode(value) {
            Cow::Borrowed(bytes) => Cow::Borrowed(bytes.trim_ascii()),
            Cow::Owned(bytes) => Cow::Owned(bytes.trim_ascii().to_vec()),
        })
        .find(|value| !value.is_empty())
}

fn name(pair: &str) -> &str {
    pair.split_once('=').map_or(pair, |(name, _)| name)
}

/// Decoded first, so that `k%65y` hides no better than it authenticates.
fn is_credential(name: &str) -> bool {
    let name = decode(name);
    CREDENTIAL_QUERY_KEYS
        .iter()
        .any(|key| name.eq_ignore_ascii_case(key.as_bytes()))
}

fn is_secret(name: &str) -> bool {
    let decoded = decode(name);
    let plain = decoded.strip_suffix(b"[]").unwrap_or(&decoded);
    plain.eq_ignore_ascii_case(b"key")
        || SECRET_PARTS.iter().any(|part| {
            decoded
                .windows(part.len())
                .any(|window| window.eq_ignore_ascii_case(part.as_bytes()))
        })
}

fn join<'a>(pairs: impl Iterator<Item = [&'a str; 3]>) -> String {
    let mut joined = String::new();
    for (at, pair) in pairs.enumerate() {
        if at > 0 {
            joined.push('&');
        }
        joined.extend(pair);
    }
    joined
}

/// Percent-decoding of RFC 3986: a plus stands for itself. Form decoding would turn it into a
/// blank, which no key contains, whereas keys made with base64 do contain a plus. An escape that
/// is none stays as it is.
fn decode(text: &str) -> Cow<'_, [u8]> {
    if !text.contains('%') {
        return Cow::Borrowed(text.as_bytes());
    }
    let mut decoded = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let Some((&first, after)) = rest.split_first() {
        let (byte, after) = match (first, after) {
            (b'%', [high, low, after @ ..]) => match (hex(*high), hex(*low)) {
                (Some(high), Some(low)) => (high << 4 | low, after),
                _ => (first, &rest[1..]),
            },
            _ => (first, after),
        };
        decoded.push(byte);
        rest = after;
    }
    Cow::Owned(decoded)
}

/// The value of a hexadecimal digit.
pub(crate) const fn hex(digit: u8) -> Option<u8> {
    match digit {
        b'0'..=b'9' => Some(digit - b'0'),
        b'a'..=b'f' => Some(digit - b'a' + 10),
        b'A'..=b'F' => Some(digit - b'A' + 10),
        _ => None,
    }
}

#[cfg(test)]
mod tests;
