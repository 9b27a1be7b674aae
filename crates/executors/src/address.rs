//! Joining a base URL, a path and a query.

use std::fmt::Write as _;
use url::Url;

/// An entry's base URL, with the paths that are the same for every call joined once.
pub(crate) struct Base {
    pub(crate) url: Url,
    joined: Vec<(&'static str, Url)>,
}

impl Base {
    pub(crate) fn new(url: Url, paths: &'static [&'static str]) -> Self {
        let joined = paths.iter().map(|path| (*path, join(&url, path))).collect();
        Self { url, joined }
    }

    /// The address of `path`, which need not be one of those that were joined.
    pub(crate) fn at(&self, path: &str) -> Url {
        let mut joined = self.joined.iter();
        match joined.find(|(known, _)| *known == path) {
            Some((_, url)) => url.clone(),
            None => join(&self.url, path),
        }
    }
}

/// Appends `path` to the base, whatever slashes it ends with, keeping the base's query.
///
/// A base that already ends with the path's first segment (`…/v1` and `v1/messages`) is not given
/// it twice: users copy base URLs from every SDK's documentation.
pub(crate) fn join(base: &Url, path: &str) -> Url {
    let mut url = base.clone();
    let trimmed = base.path().trim_end_matches('/');
    let rest = match path.split_once('/') {
        Some((version, rest)) if ends_with_segment(trimmed, version) => rest,
        _ => path,
    };
    url.set_path(&format!("{trimmed}/{rest}"));
    url
}

fn ends_with_segment(path: &str, segment: &str) -> bool {
    path.strip_suffix(segment)
        .is_some_and(|before| before.ends_with('/'))
}

/// Adds the client's query and the entry's own parameters; the entry's come last and win.
pub(crate) fn add_query(url: &mut Url, client: Option<&str>, entry: &[(String, String)]) {
    if let Some(client) = client.filter(|query| !query.is_empty()) {
        let joined = match url.query() {
            Some(own) if !own.is_empty() => format!("{own}&{client}"),
            _ => client.to_owned(),
        };
        url.set_query(Some(&joined));
    }
    if !entry.is_empty() {
        url.query_pairs_mut().extend_pairs(entry);
    }
}

/// A model name as one path segment: nothing in it can end the segment or climb out of it.
///
/// RFC 3986 section 3.3 lists what a segment may hold; `/`, `?`, `#` and `%` are escaped, and a
/// name that consists of dots is escaped too, since clients and servers resolve those.
pub(crate) fn segment(model: &str) -> String {
    if model.bytes().all(|b| b == b'.') {
        return model.replace('.', "%2E");
    }
    let mut out = String::with_capacity(model.len());
    for byte in model.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~@:!$&'()*+,;=".contains(&byte) {
            out.push(char::from(byte));
        } else {
            // Writing to a `String` cannot fail.
            let _ = write!(out, "%{byte:02X}");
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::{Base, add_query, join, segment};
    use url::Url;

    #[test]
    fn base_and_path() {
        let check = |base: &str, path: &str, url: &str| {
            let base = Url::parse(base).unwrap();
            assert_eq!(join(&base, path).as_str(), url);
            // The same whether it was joined before or not.
            let base = Base::new(base, &["v1/messages"]);
            assert_eq!(base.at(path).as_str(), url);
        };
        check("https://h", "v1/messages", "https://h/v1/messages");
        check("https://h/", "v1/messages", "https://h/v1/messages");
        check("https://h/v1", "v1/messages", "https://h/v1/messages");
        check("https://h/v1/", "v1/messages", "https://h/v1/messages");
        check("https://h/av1", "v1/messages", "https://h/av1/v1/messages");
        check(
            "https://h/a/v1?k=v",
            "chat/completions",
            "https://h/a/v1/chat/completions?k=v",
        );
        check(
            "https://h/v1beta",
            "v1beta/models/m:x",
            "https://h/v1beta/models/m:x",
        );
    }

    #[test]
    fn query_of_client_and_entry() {
        let check = |base: &str, client: Option<&str>, entry: &[(&str, &str)], url: &str| {
            let mut got = Url::parse(base).unwrap();
            let entry: Vec<_> = entry
                .iter()
                .map(|(k, v)| ((*k).to_owned(), (*v).to_owned()))
                .collect();
            add_query(&mut got, client, &entry);
            assert_eq!(got.as_str(), url);
        };
        check("https://h/p", None, &[], "https://h/p");
        check("https://h/p", Some(""), &[], "https://h/p");
        check(
            "https://h/p?a=1",
            Some("beta=true"),
            &[("v", "2 3")],
            "https://h/p?a=1&beta=true&v=2+3",
        );
    }

    #[test]
    fn models_stay_in_their_segment() {
        let check = |model: &str, path: &str| assert_eq!(segment(model), path);
        check("gemini-2.5-pro", "gemini-2.5-pro");
        check("claude@20250929", "claude@20250929");
        check("org/m:tag", "org%2Fm:tag");
        check("../../secret", "..%2F..%2Fsecret");
        check("..", "%2E%2E");
        check("a?b#c%2f", "a%3Fb%23c%252f");
        check("ü", "%C3%BC");
    }
}
