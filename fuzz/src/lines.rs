//! Cases that consist of lines: a request or a reply, spelled so that a person can write one.

use http::{HeaderMap, HeaderName, HeaderValue};

/// The first line, and what follows its line feed.
pub(crate) fn first(data: &[u8]) -> (&[u8], &[u8]) {
    match data.iter().position(|&byte| byte == b'\n') {
        Some(end) => (&data[..end], &data[end + 1..]),
        None => (data, b""),
    }
}

/// The lines up to the first empty one, and what follows it.
pub(crate) fn head(data: &[u8]) -> (Vec<&[u8]>, &[u8]) {
    let (mut lines, mut rest) = (Vec::new(), data);
    while !rest.is_empty() {
        let (line, after) = first(rest);
        rest = after;
        if line.is_empty() {
            break;
        }
        lines.push(line);
    }
    (lines, rest)
}

/// `name: value` as the header it is, if a server would accept it as one.
pub(crate) fn header(line: &[u8]) -> Option<(HeaderName, HeaderValue)> {
    let colon = line.iter().position(|&byte| byte == b':')?;
    let name = HeaderName::from_bytes(&line[..colon]).ok()?;
    let value = HeaderValue::from_bytes(line[colon + 1..].trim_ascii()).ok()?;
    Some((name, value))
}

/// All headers among the lines, in order.
pub(crate) fn headers<'a>(lines: impl IntoIterator<Item = &'a [u8]>) -> HeaderMap {
    let mut headers = HeaderMap::new();
    // As much as a server takes; the map itself refuses more than 32,768.
    for (name, value) in lines.into_iter().filter_map(header).take(1_000) {
        headers.append(name, value);
    }
    headers
}

/// Whether a `Connection` header names this one, so that it ends at the next hop
/// (RFC 9110, section 7.6.1).
pub(crate) fn named_by_connection(headers: &HeaderMap, name: &HeaderName) -> bool {
    headers
        .get_all(http::header::CONNECTION)
        .iter()
        .flat_map(|value| value.as_bytes().split(|&byte| byte == b','))
        .any(|token| {
            token
                .trim_ascii()
                .eq_ignore_ascii_case(name.as_str().as_bytes())
        })
}
