//! Keys as people have them, and what is signed with them.

use super::{ServiceAccount, TokenEndpointError};
use crate::ServiceKey;
use base64::prelude::{BASE64_STANDARD, Engine as _};
use cliproxy_core::Secret;
use jsonwebtoken::{Algorithm, DecodingKey, Validation, decode};
use rcgen::{KeyPair, PKCS_ECDSA_P256_SHA256, PKCS_RSA_SHA256};
use serde_json::{Value, json};
use std::time::{Duration, SystemTime};

const NOW: u64 = 1_800_000_000;

fn key_pair() -> KeyPair {
    KeyPair::generate_for(&PKCS_RSA_SHA256).unwrap()
}

/// The same key in its older form, which stands whole in the newer one, behind 26 bytes.
fn pkcs1(pair: &KeyPair) -> String {
    let body = BASE64_STANDARD.encode(&pair.serialize_der()[26..]);
    let lines: Vec<&str> = body
        .as_bytes()
        .chunks(64)
        .map(|line| std::str::from_utf8(line).unwrap())
        .collect();
    let lines = lines.join("\n");
    format!("-----BEGIN RSA PRIVATE KEY-----\n{lines}\n-----END RSA PRIVATE KEY-----\n")
}

fn read(
    pem: &str,
    change: impl FnOnce(&mut ServiceKey<'_>),
) -> Result<ServiceAccount, TokenEndpointError> {
    let private_key = Secret::from(pem);
    let mut key = ServiceKey {
        client_email: "robot@p.iam.gserviceaccount.example",
        private_key: &private_key,
        private_key_id: Some("key-1"),
        token_uri: Some("https://oauth2.example/token"),
    };
    change(&mut key);
    ServiceAccount::of(&key)
}

fn refused(pem: &str, change: impl FnOnce(&mut ServiceKey<'_>)) -> String {
    let read = read(pem, change);
    read.err().expect("refused").to_string()
}

/// The header and the claims of an assertion whose signature is right.
fn verified(account: &ServiceAccount, pair: &KeyPair) -> (Value, Value) {
    let now = SystemTime::UNIX_EPOCH + Duration::from_secs(NOW);
    let assertion = account.assertion(now).unwrap();
    let key = DecodingKey::from_rsa_pem(pair.public_key_pem().as_bytes()).unwrap();
    let mut checks = Validation::new(Algorithm::RS256);
    checks.validate_exp = false;
    checks.set_audience(&["https://oauth2.example/token"]);
    checks.set_issuer(&["robot@p.iam.gserviceaccount.example"]);
    let decoded = decode::<Value>(assertion.expose(), &key, &checks).unwrap();
    let header = serde_json::to_value(decoded.header).unwrap();
    (header, decoded.claims)
}

#[test]
fn an_assertion_says_what_google_asks_for() {
    let pair = key_pair();
    let signer = read(&pair.serialize_pem(), |_| {}).unwrap();
    let (header, claims) = verified(&signer, &pair);
    assert_eq!(header["alg"], "RS256");
    assert_eq!(header["typ"], "JWT");
    assert_eq!(header["kid"], "key-1");
    let expected = json!({
        "iss": "robot@p.iam.gserviceaccount.example",
        "scope": "https://www.googleapis.com/auth/cloud-platform",
        "aud": "https://oauth2.example/token",
        "iat": NOW,
        "exp": NOW + 3600,
    });
    assert_eq!(claims, expected);
}

#[test]
fn a_key_in_every_form_that_people_have() {
    let pair = key_pair();
    let newer = pair.serialize_pem();
    for pem in [
        newer.clone(),
        pkcs1(&pair),
        newer.replace('\n', "\\n"),
        newer.replace('\n', "\r\n"),
        newer.replace("\r\n", "\n").replace('\n', "\\r\\n"),
        format!("\n  {newer}\n\n"),
        pkcs1(&pair).replace('\n', "\\n"),
    ] {
        let signer = read(&pem, |_| {}).unwrap_or_else(|error| panic!("{error}: {pem:?}"));
        verified(&signer, &pair);
    }
}

#[test]
fn a_key_that_cannot_sign() {
    let pair = key_pair();
    let pem = pair.serialize_pem();
    let check = |key: &str, problem: &str| {
        let error = refused(key, |_| {});
        let expected = format!("`service_account.private_key` in the credential file {problem}");
        assert_eq!(error, expected);
    };
    let curve = KeyPair::generate_for(&PKCS_ECDSA_P256_SHA256).unwrap();
    check(&curve.serialize_pem(), "is damaged, or not an RSA key");
    check(&pem.replace("\nM", "\n!"), "is damaged, or not an RSA key");
    check(&pem[..pem.len() / 2], "is damaged, or not an RSA key");
    check(&pem.replace("PRIVATE", "ENCRYPTED PRIVATE"), "is encrypted");
    let other = "is something else than an RSA private key";
    check(&pair.public_key_pem(), other);
    check(&pem.replace("PRIVATE", "EC PRIVATE"), other);
    let no_pem = "is not in PEM form (-----BEGIN PRIVATE KEY-----)";
    check("MIIEvQIBADANBgkq", no_pem);
    // What only shows when it is used: the shell of a key without a key in it.
    let hollow = "-----BEGIN RSA PRIVATE KEY-----\nMAMCAQA=\n-----END RSA PRIVATE KEY-----\n";
    let signer = read(hollow, |_| {}).unwrap();
    let error = signer.assertion(SystemTime::UNIX_EPOCH).unwrap_err();
    assert!(error.to_string().contains("is damaged"), "{error}");
}

#[test]
fn what_is_missing_is_named() {
    let pem = key_pair().serialize_pem();
    let missing = |member| format!("the credential file has no `service_account.{member}`");
    assert_eq!(refused("", |_| {}), missing("private_key"));
    let nobody = refused(&pem, |key| key.client_email = "");
    assert_eq!(nobody, missing("client_email"));
    let clear = refused(&pem, |key| {
        key.token_uri = Some("http://oauth2.example/token")
    });
    assert!(clear.contains("`service_account.token_uri`"), "{clear}");
    assert!(clear.contains("in the clear"), "{clear}");
    let least = read(&pem, |key| {
        (key.private_key_id, key.token_uri) = (None, None)
    })
    .unwrap();
    assert_eq!(
        least.token_uri().as_str(),
        "https://oauth2.googleapis.com/token"
    );
    let assertion = least.assertion(SystemTime::UNIX_EPOCH).unwrap();
    assert_eq!(
        jsonwebtoken::decode_header(assertion.expose()).unwrap().kid,
        None
    );
}
