//! Who gets in, and as whom.

mod hostile;

use crate::{
    Access, AccessError, AccessProvider, CREDENTIAL_HEADERS, CREDENTIAL_QUERY_KEYS, ClientKey,
    ConfigApiKeys, Denied, Identity, Presented, Principal, Source,
};
use cliproxy_core::{KeyDigest, Secret};
use futures_util::{
    FutureExt as _,
    future::{self, BoxFuture},
};
use http::{HeaderMap, HeaderName, StatusCode};
use std::sync::Arc;

/// The SHA-256 of `good`.
const GOOD: &str = "770e607624d689265ca6c44884d0807d9b054d23c473c106c72be9de08b7376c";

fn key(text: &str) -> Option<ClientKey> {
    ClientKey::from_secret(&Secret::from(text))
}

fn configured(keys: &[&str]) -> ConfigApiKeys {
    ConfigApiKeys::new(keys.iter().filter_map(|text| key(text)))
}

fn access(provider: impl AccessProvider) -> Access {
    Access::new(vec![Arc::new(provider)])
}

fn judge(
    access: &Access,
    headers: &[(&str, &str)],
    path_and_query: &str,
) -> Result<Principal, Denied> {
    let map: HeaderMap = headers
        .iter()
        .map(|(name, value)| {
            let name: HeaderName = name.parse().unwrap();
            (name, value.parse().unwrap())
        })
        .collect();
    let (path, query) = match path_and_query.split_once('?') {
        Some((path, query)) => (path, Some(query)),
        None => (path_and_query, None),
    };
    access
        .authenticate(&Presented {
            headers: &map,
            query,
            path,
        })
        .now_or_never()
        .expect("no provider of these tests waits")
}

/// What a request with these headers and this URL gets from a gateway whose one key is `good`.
fn check(headers: &[(&str, &str)], url: &str, expected: Result<Source, &str>) {
    let judged = judge(&access(configured(&["good"])), headers, url);
    let source = match &judged {
        Ok(principal) => Ok(principal.source().expect("configured keys have a place")),
        Err(denied) => {
            assert_eq!(denied.status(), StatusCode::UNAUTHORIZED);
            Err(denied.client_message())
        }
    };
    assert_eq!(source, expected, "{headers:?} {url}");
}

const MISSING: Result<Source, &str> = Err("Missing API key");
const INVALID: Result<Source, &str> = Err("Invalid API key");

#[test]
fn places_of_a_key() {
    check(
        &[("X-Gateway-Key", "good")],
        "/v1/messages",
        Ok(Source::GatewayKey),
    );
    check(
        &[("Authorization", "Bearer good")],
        "/v1/messages",
        Ok(Source::Authorization),
    );
    check(
        &[("X-Goog-Api-Key", "good")],
        "/v1beta/models",
        Ok(Source::GoogApiKey),
    );
    check(&[("X-Api-Key", "good")], "/v1/messages", Ok(Source::ApiKey));
    check(&[], "/v1beta/models?key=good", Ok(Source::QueryKey));
    check(
        &[],
        "/v1/models?auth_token=good",
        Ok(Source::QueryAuthToken),
    );
    check(&[], "/v1/models?key=g%6fod", Ok(Source::QueryKey));
    check(&[], "/v1/models?api_key=good", MISSING);
    check(&[("Api-Key", "good")], "/v1/models", MISSING);
    check(&[], "/v1/models", MISSING);
}

#[test]
fn schemes() {
    let check = |value: &str, expected| check(&[("authorization", value)], "/", expected);
    check("bEaReR good", Ok(Source::Authorization));
    check("Bearer   good", Ok(Source::Authorization));
    check("Bearer\tgood", Ok(Source::Authorization));
    check("good", Ok(Source::Authorization));
    check("Basic good", INVALID);
    check("Basic xyz", INVALID);
    check("Bearergood", INVALID);
    check("Bearer bad", INVALID);
    check("Bearer good good", INVALID);
    check("Bearer", MISSING);
    check("", MISSING);
}

#[test]
fn several_candidates() {
    check(
        &[("authorization", "Bearer bad"), ("x-api-key", "good")],
        "/",
        Ok(Source::ApiKey),
    );
    check(
        &[("authorization", "Bearer bad")],
        "/?key=good",
        Ok(Source::QueryKey),
    );
    check(&[("x-api-key", "good")], "/?key=good", Ok(Source::ApiKey));
    check(
        &[("x-api-key", " "), ("x-goog-api-key", "bad")],
        "/?key=",
        INVALID,
    );
    // The first value of a repeated header is the value.
    check(&[("x-api-key", "bad"), ("x-api-key", "good")], "/", INVALID);
}

#[test]
fn the_gateway_key_is_judged_alone() {
    check(
        &[
            ("x-gateway-key", "good"),
            ("authorization", "Bearer sk-ant-oat-1"),
        ],
        "/v1/messages",
        Ok(Source::GatewayKey),
    );
    check(
        &[("x-gateway-key", "bad"), ("authorization", "Bearer good")],
        "/v1/messages?key=good",
        INVALID,
    );
    check(
        &[("x-gateway-key", " "), ("authorization", "Bearer good")],
        "/",
        MISSING,
    );
}

#[test]
fn websocket_protocols() {
    let check = |value: &str, path: &str, expected| {
        check(&[("sec-websocket-protocol", value)], path, expected);
    };
    let offered = "realtime, openai-insecure-api-key.good, openai-beta.realtime-v1";
    check(offered, "/v1/responses", Ok(Source::WebSocketProtocol));
    check(offered, "/v1/realtime/", Ok(Source::WebSocketProtocol));
    check(offered, "/v1/messages", MISSING);
    check("openai-insecure-api-key.bad", "/v1/responses", INVALID);
    check("openai-insecure-api-key.", "/v1/responses", MISSING);
    check("realtime", "/v1/responses", MISSING);
}

#[test]
fn every_place_is_listed_as_a_credential() {
    for source in Source::ALL {
        let listed = match source {
            Source::QueryKey => CREDENTIAL_QUERY_KEYS.contains(&"key"),
            Source::QueryAuthToken => CREDENTIAL_QUERY_KEYS.contains(&"auth_token"),
            Source::WebSocketProtocol => CREDENTIAL_HEADERS.contains(&"sec-websocket-protocol"),
            Source::GatewayKey | Source::Authorization | Source::GoogApiKey | Source::ApiKey => {
                CREDENTIAL_HEADERS.contains(&source.as_str())
            }
        };
        assert!(listed, "{source:?}");
        assert_eq!(source.is_query(), source.as_str().starts_with("query-"));
    }
}

#[test]
fn query_keys_can_be_switched_off() {
    let access = access(configured(&["good"]).accept_query_keys(false));
    assert!(matches!(
        judge(&access, &[], "/?key=good"),
        Err(Denied::Missing)
    ));
    assert!(judge(&access, &[("x-api-key", "good")], "/?key=good").is_ok());
}

#[test]
fn keys_are_normalised() {
    let keys = configured(&[" a ", "a", "", "b"]);
    assert_eq!(keys.len(), 2);
    let access = access(keys);
    assert!(judge(&access, &[("x-api-key", "a")], "/").is_ok());
    assert!(judge(&access, &[("x-api-key", " b ")], "/").is_ok());
}

#[test]
fn keys_given_as_hashes() {
    let check = |text: &str, valid: bool| {
        assert_eq!(ClientKey::from_hash(text).is_some(), valid, "{text:?}");
    };
    check(&format!("sha256:{GOOD}"), true);
    check(&format!(" sha256:{} ", GOOD.to_uppercase()), true);
    check(GOOD, false);
    check("sha256:", false);
    check(&format!("sha256:{}", &GOOD[2..]), false);
    check(&format!("sha256:{}", &GOOD[1..]), false);
    check(&format!("sha256:{GOOD}0"), false);
    check(&format!("sha256:{GOOD}00"), false);
    check(&format!("sha256:g{}", &GOOD[1..]), false);
    check(&format!("sha512:{GOOD}"), false);

    let hashed = ClientKey::from_hash(&format!("sha256:{GOOD}"));
    assert_eq!(hashed, key("good"));
    // The hash itself opens nothing.
    let access = access(ConfigApiKeys::new(hashed));
    assert!(judge(&access, &[("x-api-key", "good")], "/").is_ok());
    assert!(judge(&access, &[("x-api-key", GOOD)], "/").is_err());
}

#[test]
fn principals() {
    let check = |keys: Vec<ClientKey>, label: &str| {
        let principal = judge(
            &access(ConfigApiKeys::new(keys)),
            &[("x-api-key", "good")],
            "/",
        );
        let principal = principal.unwrap();
        assert_eq!(&**principal.label(), label);
        assert_eq!(principal.digest(), Identity::of_key(b"good").digest());
    };
    let good = || key("good").unwrap();
    check(vec![good()], "key:770e6076");
    check(vec![good().named("ci")], "ci");
    check(vec![good().named("  ")], "key:770e6076");
    check(vec![good().named("first"), good().named("second")], "first");
}

#[test]
fn subjects_are_apart_from_keys_and_from_each_other() {
    let identities = [
        Identity::of_key(b"ada"),
        Identity::of_subject("ldap", "ada"),
        Identity::of_subject("oidc", "ada"),
        Identity::of_subject("oidca", "da"),
    ];
    for (at, one) in identities.iter().enumerate() {
        for other in &identities[at + 1..] {
            assert_ne!(one.digest(), other.digest());
        }
    }
}

#[test]
fn an_open_gateway_is_opened_by_name() {
    let anonymous = judge(&Access::open(), &[("x-api-key", "whatever")], "/").unwrap();
    assert_eq!(anonymous.digest(), &KeyDigest::ANONYMOUS);
    assert_eq!(&**anonymous.label(), "anonymous");
    assert!(Access::open().is_open());

    let empty = Access::new(Vec::new());
    assert!(!empty.is_open());
    assert!(matches!(judge(&empty, &[], "/"), Err(Denied::Missing)));
    let no_keys = access(configured(&["", " "]));
    assert!(matches!(
        judge(&no_keys, &[("x-api-key", "k")], "/"),
        Err(Denied::Invalid)
    ));
}

/// What a provider of these tests answers.
#[derive(Clone, Copy)]
enum Answer {
    Internal,
    Invalid,
    Missing,
    NotHandled,
    Known,
}

struct Scripted {
    answer: Answer,
    /// Whether it answers through the boxed future.
    waits: bool,
}

impl Scripted {
    fn answer(&self) -> Result<Identity, AccessError> {
        match self.answer {
            Answer::Internal => Err(AccessError::Internal {
                status: StatusCode::INTERNAL_SERVER_ERROR,
                cause: "canary: directory is down".into(),
            }),
            Answer::Invalid => Err(AccessError::Invalid),
            Answer::Missing => Err(AccessError::Missing),
            Answer::NotHandled => Err(AccessError::NotHandled),
            Answer::Known => Ok(Identity::of_subject("scripted", "ada").named("ada")),
        }
    }
}

impl AccessProvider for Scripted {
    fn id(&self) -> &'static str {
        "scripted"
    }

    fn authenticate<'a>(
        &'a self,
        _presented: &'a Presented<'a>,
    ) -> BoxFuture<'a, Result<Identity, AccessError>> {
        future::ready(self.answer()).boxed()
    }

    fn authenticate_now(
        &self,
        _presented: &Presented<'_>,
    ) -> Option<Result<Identity, AccessError>> {
        (!self.waits).then(|| self.answer())
    }
}

#[test]
fn order_of_providers() {
    use Answer::{Internal, Invalid, Known, Missing, NotHandled};

    let check = |answers: &[Answer], expected: Result<&str, &str>| {
        for waits in [false, true] {
            let providers = answers
                .iter()
                .map(|&answer| Arc::new(Scripted { answer, waits }) as Arc<dyn AccessProvider>);
            let judged = judge(&Access::new(providers.collect()), &[], "/");
            let judged = match &judged {
                Ok(principal) => Ok(&**principal.label()),
                Err(denied) => Err(denied.client_message()),
            };
            assert_eq!(judged, expected);
        }
    };
    check(&[NotHandled, Known], Ok("ada"));
    check(&[Missing, Known], Ok("ada"));
    check(&[Invalid, Known], Ok("ada"));
    check(&[Invalid, Missing], Err("Invalid API key"));
    check(&[Missing, Invalid, NotHandled], Err("Invalid API key"));
    check(&[Missing, Missing], Err("Missing API key"));
    check(&[NotHandled], Err("Missing API key"));
    check(&[Internal, Known], Err("Authentication service error"));
    check(&[Invalid, Internal], Err("Authentication service error"));
    check(&[Known, Internal], Ok("ada"));
}

#[test]
fn a_failed_provider_is_named_and_its_cause_kept_from_the_client() {
    let failing = Scripted {
        answer: Answer::Internal,
        waits: false,
    };
    let denied = judge(&access(failing), &[], "/").unwrap_err();
    assert_eq!(denied.status(), StatusCode::INTERNAL_SERVER_ERROR);
    assert_eq!(denied.to_string(), "access provider scripted failed");
    assert!(!denied.client_message().contains("canary"));
}

#[test]
fn nothing_prints_a_key() {
    let secret = "canary-0123456789";
    let keys = configured(&[secret]);
    let one = key(secret);
    let printed = format!("{keys:?} {one:?}");
    let access = access(keys);
    let known = judge(&access, &[("x-api-key", secret)], "/");
    let unknown = judge(&access, &[("x-api-key", "canary-9")], "/");
    let printed = format!("{printed} {access:?} {known:?} {unknown:?}");
    assert!(!printed.contains("canary"), "{printed}");
}
