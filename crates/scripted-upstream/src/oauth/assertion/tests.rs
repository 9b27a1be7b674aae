//! Assertions, good and not quite.

use super::{Assertion, Expected};
use crate::oauth::{ServiceKey, TokenFailure, signing::sign};
use serde_json::{Map, Value, json};

const NOW: i64 = 1_000_000;

fn patched(mut value: Value, patch: &Value) -> Value {
    let none = Map::new();
    for (name, change) in patch.as_object().unwrap_or(&none) {
        value[name] = change.clone();
    }
    value
}

#[test]
fn an_assertion_is_checked_claim_by_claim() {
    let key = ServiceKey::generate().expect("a key pair");
    let other = ServiceKey::generate().expect("a key pair");
    let check = |signer: &ServiceKey, header: &Value, claims: &Value, expected| {
        let good_header = json!({"alg": "RS256", "typ": "JWT", "kid": key.id()});
        let good_claims = json!({
            "iss": "robot", "aud": "http://here/token", "scope": "a",
            "iat": NOW, "exp": NOW + 3600,
        });
        let header = patched(good_header, header);
        let claims = patched(good_claims, claims);
        let text = sign(signer, &header, &claims);
        let assertion = Assertion::parse(&text).expect("three parts");
        let verdict = assertion.check(&Expected {
            key: &key,
            scope: "a b",
            audience: "http://here/token",
            now: NOW,
        });
        let verdict = verdict.map_err(|refused| refused.failure);
        assert_eq!(verdict, expected, "{header} {claims}");
    };
    let none = json!({});
    let bad = Err(TokenFailure::InvalidGrant);
    check(&key, &none, &none, Ok(()));
    check(
        &key,
        &none,
        &json!({"aud": "https://oauth2.googleapis.com/token"}),
        Ok(()),
    );
    check(&key, &none, &json!({"scope": "b a"}), Ok(()));
    check(&key, &none, &json!({"iat": NOW - 3600, "exp": NOW}), Ok(()));
    check(&other, &none, &none, bad);
    check(&key, &json!({"kid": other.id()}), &none, bad);
    check(&key, &json!({"kid": null}), &none, bad);
    check(&key, &json!({"alg": "none"}), &none, bad);
    check(&key, &none, &json!({"aud": "http://there/token"}), bad);
    check(&key, &none, &json!({"exp": NOW + 3601}), bad);
    check(&key, &none, &json!({"exp": NOW}), bad);
    check(&key, &none, &json!({"iat": NOW + 60, "exp": NOW + 70}), bad);
    check(
        &key,
        &none,
        &json!({"iat": NOW - 100, "exp": NOW - 60}),
        bad,
    );
    check(&key, &none, &json!({"iat": "1", "exp": "2"}), bad);
    for scope in [json!("a c"), json!(""), Value::Null] {
        let claims = json!({"scope": scope});
        check(&key, &none, &claims, Err(TokenFailure::InvalidScope));
    }
}

#[test]
fn what_is_no_jwt_is_no_assertion() {
    for text in ["", "a", "a.b", "a.b.c", "e30.e30.?", "e30.bm8.AAAA"] {
        assert!(Assertion::parse(text).is_none(), "{text}");
    }
    assert!(Assertion::parse("e30.e30.AAAA").is_some());
}

#[test]
fn the_private_key_is_what_it_is_checked_against() {
    let key = ServiceKey::generate().expect("a key pair");
    let file = key.file("robot", "project", "http://here/token");
    let pem = file["private_key"].as_str().expect("text");
    assert!(pem.starts_with("-----BEGIN PRIVATE KEY-----\n"));
    assert!(pem.ends_with("\n-----END PRIVATE KEY-----\n"));
    assert!(pem.lines().all(|line| line.len() <= 64));
    let private = pem.lines().nth(1).expect("a line");
    assert!(!format!("{key:?}").contains(private), "it is not printed");
    assert_eq!(file["private_key_id"], key.id());
}
