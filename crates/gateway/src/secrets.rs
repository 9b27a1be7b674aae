//! Taking the gateway's own secrets out of what an upstream says.

use crate::credentials::Holdings;
use bytes::Bytes;
use cliproxy_auth_store::CredentialRecord;
use cliproxy_config::{Config, Entry, HeaderValueSpec};
use cliproxy_core::Secret;
use cliproxy_executors::find_secret;
use cliproxy_json::escape_into;
use cliproxy_proxyutil::ProxySetting;
use cliproxy_token_refresh::{Current, Tokens};
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, percent_decode_str, utf8_percent_encode};

/// From this length on a secret is taken out wherever it occurs, in bytes. Shorter keys are words
/// like `none`, given to servers that want none, and words occur in errors.
const ANYWHERE: usize = 8;

/// What stands for a secret.
const REDACTED: &[u8] = b"[redacted]";

/// What RFC 3986, section 2.3 leaves as it is in a URL.
const RESERVED: &AsciiSet = &NON_ALPHANUMERIC
    .remove(b'-')
    .remove(b'.')
    .remove(b'_')
    .remove(b'~');

/// What the gateway sends upstream and nobody else may read, in every spelling in which an upstream
/// may repeat it: keys and the passwords of proxies, and, where they are no mere words, the values
/// of headers and query parameters that entries add.
pub(crate) fn secrets(config: &Config, holdings: &Holdings) -> Vec<Secret> {
    let of_entry = |entry: &Entry| {
        let keys = entry.keys.iter().map(|key| key.api_key.clone());
        let headers = entry.headers.iter().filter_map(|(_, value)| match value {
            HeaderValueSpec::Literal(value) => Some(value.clone()),
            HeaderValueSpec::FromClient(_) => None,
        });
        let params = entry.query_params.iter();
        let query = params.map(|(_, value)| Secret::from(value.as_str()));
        let of_url = entry.base_url.iter().flat_map(|url| url.query_pairs());
        let of_url = of_url.map(|(_, value)| Secret::from(&*value));
        let added = headers.chain(query).chain(of_url);
        let added = added.filter(|value| value.expose().len() >= ANYWHERE);
        let of_keys = entry.keys.iter().map(|key| &key.proxy);
        let proxies = of_keys.chain([&entry.proxy]).filter_map(password);
        keys.chain(added).chain(proxies).collect::<Vec<_>>()
    };
    let of_entries = config.entries.iter().flat_map(of_entry);
    let records = holdings.iter().map(|held| &held.record);
    let of_accounts = records.flat_map(|record| of_account(record));
    let all = of_entries.chain(password(&config.proxy)).chain(of_accounts);
    let mut spelled: Vec<_> = all.flat_map(|secret| spellings(&secret)).collect();
    // The longest first: one secret may begin with another, and its rest would stay.
    spelled.sort_by(|a, b| {
        let falling = b.expose().len().cmp(&a.expose().len());
        falling.then_with(|| a.expose().cmp(b.expose()))
    });
    spelled.dedup();
    spelled
}

/// Tokens that an attempt was made with, and what stands beside them, in every spelling: they come and
/// go, so no snapshot has them.
pub(crate) fn of_tokens(current: &Current) -> Vec<Secret> {
    let Tokens {
        access,
        refresh,
        id,
        ..
    } = &current.tokens;
    let all = [Some(access), refresh.as_ref(), id.as_ref()];
    all.into_iter().flatten().flat_map(spellings).collect()
}

/// What a file adds to requests, besides its tokens.
fn of_account(record: &CredentialRecord) -> Vec<Secret> {
    let settings = &record.settings;
    let proxy = settings.proxy_url.as_ref();
    let proxy = proxy.and_then(|text| ProxySetting::parse(text.expose()).ok());
    let proxy = proxy.as_ref().and_then(password);
    let headers = settings.headers.iter().map(|(_, value)| value);
    let added = headers.filter(|value| value.expose().len() >= ANYWHERE);
    let added = added.filter(|value| !value.expose().starts_with('$'));
    let key = record.api_key.iter();
    added.chain(key).cloned().chain(proxy).collect()
}

fn password(proxy: &ProxySetting) -> Option<Secret> {
    let written = percent_decode_str(proxy.password()?);
    Some(Secret::from(&*written.decode_utf8_lossy()))
}

/// The text, and how it looks in JSON and in a URL.
fn spellings(secret: &Secret) -> Vec<Secret> {
    let text = secret.expose();
    if text.is_empty() {
        return Vec::new();
    }
    let mut all = vec![secret.clone()];
    let mut add = |spelled: String| {
        let spelled = Secret::from(spelled);
        if !spelled.is_empty() && !all.contains(&spelled) {
            all.push(spelled);
        }
    };
    let mut escaped = Vec::new();
    escape_into(&mut escaped, text);
    // Escaping leaves UTF-8 as it is.
    add(String::from_utf8(escaped).unwrap_or_default());
    // Some languages escape this as well.
    add(text.replace('/', "\\/"));
    add(utf8_percent_encode(text, RESERVED).to_string());
    all
}

/// Replaces each secret where it is repeated. What is short is replaced where it stands alone, and
/// never as a name, a number or a literal of a JSON document: without those a client could not read
/// the error at all.
pub(crate) fn without(body: &Bytes, secrets: &[Secret]) -> Bytes {
    let mut body = body.clone();
    for secret in secrets.iter().map(|secret| secret.expose().as_bytes()) {
        let mut clean = Vec::new();
        let (mut copied, mut from) = (0, 0);
        while let Some(at) = find_secret(&body, secret, from) {
            from = at + secret.len();
            if secret.len() >= ANYWHERE || is_prose(&body, at, from) {
                clean.extend_from_slice(&body[copied..at]);
                clean.extend_from_slice(REDACTED);
                copied = from;
            }
        }
        if copied > 0 {
            clean.extend_from_slice(&body[copied..]);
            body = clean.into();
        }
    }
    body
}

/// Whether a place is in running text: anywhere in what is not JSON, and inside the strings of what
/// is, unless they are names of members. Events count as JSON for their data's sake.
fn is_prose(text: &[u8], at: usize, end: usize) -> bool {
    let begin = text.trim_ascii_start();
    let json = matches!(begin.first(), Some(b'{' | b'['))
        || begin.starts_with(b"data:")
        || begin.starts_with(b"event:");
    if !json {
        return true;
    }
    // No string of JSON goes over a line's end.
    let line = memchr::memrchr(b'\n', &text[..at]).map_or(0, |end| end + 1);
    if quotes(&text[line..at]).count().is_multiple_of(2) {
        return false;
    }
    let rest = &text[end..];
    let after = quotes(rest)
        .next()
        .map_or(&[][..], |close| &rest[close + 1..]);
    after.trim_ascii_start().first() != Some(&b':')
}

/// Where strings begin and end. The first byte is not behind a backslash.
fn quotes(text: &[u8]) -> impl Iterator<Item = usize> {
    let mut escaped = false;
    text.iter().enumerate().filter_map(move |(at, byte)| {
        let counts = *byte == b'"' && !escaped;
        escaped = *byte == b'\\' && !escaped;
        counts.then_some(at)
    })
}

#[cfg(test)]
mod tests {
    use super::{secrets, spellings, without};
    use bytes::Bytes;
    use cliproxy_config::{Env, Overrides, load_text};
    use cliproxy_core::Secret;
    use std::path::Path;

    #[track_caller]
    fn check(body: &'static str, held: &[&str], expected: &str) {
        let held: Vec<_> = held.iter().map(|&text| Secret::from(text)).collect();
        let clean = without(&Bytes::from_static(body.as_bytes()), &held);
        assert_eq!(clean, expected, "{held:?}");
        let untouched = clean.as_ptr() == body.as_ptr();
        assert_eq!(untouched, body == expected, "nothing is copied in vain");
    }

    #[test]
    fn held_secrets_are_replaced_where_they_occur_exactly() {
        let body = "key sk-00001 is wrong: sk-00001, not sk-00002";
        let expected = "key [redacted] is wrong: [redacted], not sk-00002";
        check(body, &["sk-00001", ""], expected);
        check(body, &["sk-00003"], body);
        check("xsk-00001y", &["sk-00001"], "x[redacted]y");
    }

    #[test]
    fn short_ones_only_where_they_stand_alone() {
        for (key, other) in [
            ("k", "ok"),
            ("k1", "k12"),
            ("none", "nonetheless"),
            ("abc-123", "xabc-123"),
        ] {
            let body = format!("the key {key} is not {other}: '{key}'");
            let held = [Secret::from(key)];
            let clean = without(&body.into(), &held);
            let expected = format!("the key [redacted] is not {other}: '[redacted]'");
            assert_eq!(clean, expected);
        }
    }

    #[test]
    fn short_ones_leave_a_document_readable() {
        check(
            r#"{"error":{"code":1,"error":null,"message":"error 1: null","n":[1]}}"#,
            &["error", "1", "null"],
            r#"{"error":{"code":1,"error":null,"message":"[redacted] [redacted]: [redacted]","n":[1]}}"#,
        );
        check(
            "[{\n  \"error\" : {\n    \"message\": \"an \\\"error\\\": no\"\n  }\n}]",
            &["error"],
            "[{\n  \"error\" : {\n    \"message\": \"an \\\"[redacted]\\\": no\"\n  }\n}]",
        );
        check(
            "event: error\ndata: {\"error\":\"error\"}\n\n",
            &["error"],
            "event: error\ndata: {\"error\":\"[redacted]\"}\n\n",
        );
        check("<b>error</b>", &["error"], "<b>[redacted]</b>");
        // Long ones go wherever they are: the secret matters more than the document.
        check(r#"{"sk-00001":1}"#, &["sk-00001"], r#"{"[redacted]":1}"#);
    }

    #[test]
    fn spellings_of_one_secret() {
        let check = |secret: &str, expected: &[&str]| {
            let got = spellings(&Secret::from(secret));
            let got: Vec<_> = got.iter().map(Secret::expose).collect();
            assert_eq!(got, expected);
        };
        check("sk-00001", &["sk-00001"]);
        check("", &[]);
        check("a/b+c=", &["a/b+c=", "a\\/b+c=", "a%2Fb%2Bc%3D"]);
        check("a\"b", &["a\"b", "a\\\"b", "a%22b"]);
    }

    #[test]
    fn what_is_held() {
        let yaml = "api-keys: [client-key-0001]\n\
            proxy-url: http://u:pass%2Fword@p:1\n\
            claude-api-key:\n  - api-key: k1\n    base-url: https://h/?token=in-the-base-url\n    \
            proxy-url: http://u:own-password@p:1\n    \
            headers: {X-Team: team, X-Secret: header-secret, X-Copy: $X-Client}\n\
            openai-compatibility:\n  - name: o\n    base-url: https://o/v1\n    \
            api-key-entries: [{api-key: key-of-o}, {api-key: ''}]\n    \
            query-params: {version: '1', sig: query-secret}\n";
        let loaded = load_text(
            yaml,
            Path::new("config.yaml"),
            &Env::default(),
            &Overrides::default(),
        );
        let held = secrets(
            &loaded.unwrap().config,
            &crate::credentials::Holdings::default(),
        );
        let mut held: Vec<_> = held.iter().map(Secret::expose).collect();
        held.sort_unstable();
        let expected = [
            "header-secret",
            "in-the-base-url",
            "k1",
            "key-of-o",
            "own-password",
            "pass%2Fword",
            "pass/word",
            "pass\\/word",
            "query-secret",
        ];
        assert_eq!(held, expected);
    }
}
