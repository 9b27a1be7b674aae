//! Cases of `query`.

use super::{decode, redact_query, strip_credentials_from_query, value};
use proptest::prelude::*;

fn check(query: &str, redacted: &str, stripped: Option<&str>) {
    assert_eq!(redact_query(query), redacted, "{query:?}");
    assert_eq!(
        strip_credentials_from_query(query).as_deref(),
        stripped,
        "{query:?}"
    );
}

#[test]
fn credentials_are_hidden_and_dropped() {
    check("", "", None);
    check("beta=true", "beta=true", Some("beta=true"));
    check("key=canary", "key=***", None);
    check("alt=sse&key=canary", "alt=sse&key=***", Some("alt=sse"));
    check("key=canary&alt=sse", "key=***&alt=sse", Some("alt=sse"));
    check("a=1&key=canary&b=2", "a=1&key=***&b=2", Some("a=1&b=2"));
    check("auth_token=canary", "auth_token=***", None);
    check("api_key=canary", "api_key=***", None);
    check("key=canary&key=canary", "key=***&key=***", None);
    check("KEY=canary", "KEY=***", None);
    check("k%65y=canary", "k%65y=***", None);
    check("key=a=b", "key=***", None);
    check("key=", "key=***", None);
    check("key", "key", None);
}

#[test]
fn other_secrets_are_hidden_and_stay() {
    check("key[]=canary", "key[]=***", Some("key[]=canary"));
    check(
        "client_secret=canary&x-api-key=canary&id_token=canary",
        "client_secret=***&x-api-key=***&id_token=***",
        Some("client_secret=canary&x-api-key=canary&id_token=canary"),
    );
    check(
        "keyboard=qwerty",
        "keyboard=qwerty",
        Some("keyboard=qwerty"),
    );
}

#[test]
fn spelling_of_the_rest_is_kept() {
    check("&&a=%7e+&key=k&", "&&a=%7e+&key=***&", Some("&&a=%7e+&"));
}

#[test]
fn values() {
    let check = |query: &str, expected: Option<&str>| {
        let found = value(query, "key");
        assert_eq!(found.as_deref(), expected.map(str::as_bytes), "{query:?}");
    };
    check("key=k", Some("k"));
    check("a=b&key=k&c", Some("k"));
    check("key=a%2Fb%3d", Some("a/b="));
    check("key=a+b", Some("a+b"));
    check("key=%20k%20", Some("k"));
    check("key=100%", Some("100%"));
    check("key=%zz%4", Some("%zz%4"));
    check("key=%25%36", Some("%6"));
    check("%6Bey=k", Some("k"));
    check("key=&key=second", Some("second"));
    check("key=first&key=second", Some("first"));
    check("key=", None);
    check("key", None);
    check("Key=k", None);
    check("monkey=k", None);
}

proptest! {
    #[test]
    fn no_credential_survives(pairs in prop::collection::vec("[a-z_%0-9]{0,6}=[A-Z]{0,3}|key=canary|api_key=canary", 0..6)) {
        let query = pairs.join("&");
        prop_assert!(!redact_query(&query).contains("canary"));
        let stripped = strip_credentials_from_query(&query).unwrap_or_default();
        prop_assert!(!stripped.contains("canary"));
        prop_assert_eq!(value(&stripped, "key"), None);
    }

    #[test]
    fn decoding_undoes_encoding(bytes in prop::collection::vec(any::<u8>(), 0..40)) {
        let encoded: String = bytes.iter().map(|byte| format!("%{byte:02X}")).collect();
        let decoded = decode(&encoded);
        prop_assert_eq!(&*decoded, &*bytes);
    }

    /// Whatever the query looks like, what is forwarded is a part of it that authenticates nobody.
    #[test]
    fn what_is_left_is_the_rest(query in "([k%6bey=&A_+;]|key|auth_token|api%5fkey|\\PC){0,30}") {
        let stripped = strip_credentials_from_query(&query).unwrap_or_default();
        let mut pairs = query.split('&');
        prop_assert!(stripped.is_empty() || stripped.split('&').all(|left| pairs.any(|pair| pair == left)));
        for wanted in ["key", "auth_token", "api_key"] {
            prop_assert_eq!(value(&stripped, wanted), None);
        }
        prop_assert_eq!(strip_credentials_from_query(&stripped).unwrap_or_default(), &*stripped);
        prop_assert_eq!(redact_query(&query).split('&').count(), query.split('&').count());
    }
}
