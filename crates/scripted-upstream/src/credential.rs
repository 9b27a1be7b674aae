//! Where a request says who it is.

use http::{HeaderMap, Uri, header::AUTHORIZATION};
use std::borrow::Cow;

/// The headers that hold a credential.
pub(crate) const HEADERS: [&str; 3] = ["authorization", "x-api-key", "x-goog-api-key"];

/// Every credential a request carries, in the order in which the headers are listed.
pub(crate) fn all<'a>(headers: &'a HeaderMap, uri: &'a Uri) -> impl Iterator<Item = Cow<'a, str>> {
    let in_headers = HEADERS
        .into_iter()
        .flat_map(|name| headers.get_all(name))
        .filter_map(|value| {
            let text = value.to_str().ok()?;
            let key = match text.split_once(' ') {
                Some((scheme, token)) if scheme.eq_ignore_ascii_case("bearer") => token.trim(),
                _ => text,
            };
            Some(Cow::Borrowed(key))
        });
    in_headers.chain(in_query(uri).map(Cow::Borrowed))
}

/// The token of an `Authorization: Bearer`.
pub(crate) fn bearer(headers: &HeaderMap) -> Option<&str> {
    let (scheme, token) = headers.get(AUTHORIZATION)?.to_str().ok()?.split_once(' ')?;
    scheme
        .eq_ignore_ascii_case("bearer")
        .then_some(token.trim())
}

/// Google's `?key=`.
pub(crate) fn in_query(uri: &Uri) -> Option<&str> {
    uri.query()?
        .split('&')
        .find_map(|pair| pair.strip_prefix("key="))
}

/// Whether the credential is an OAuth bearer rather than an API key header.
pub(crate) fn is_bearer(headers: &HeaderMap) -> bool {
    headers.contains_key(AUTHORIZATION) && !headers.contains_key("x-goog-api-key")
}
