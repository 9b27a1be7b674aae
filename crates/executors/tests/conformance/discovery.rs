//! Asking an upstream for its models.

use crate::{
    caller::Attempt,
    hosts::{HOSTS, KEY},
    requests::extra,
    wire::{Received, Step, Wire, soon},
};
use cliproxy_auth_store::CredentialKind;
use cliproxy_executors::{AuthHeader, HeaderSource};
use http::{HeaderName, HeaderValue};

/// The request for the list of a host whose base URL ends so.
async fn asked(base: &str, change: impl FnOnce(&mut Attempt)) -> Received {
    let list = br#"{"object":"list","data":[{"id":"a"},{"id":"b"}]}"#;
    let wire = Wire::start([Step::reply("200 OK", list)]).await;
    let mut attempt = Attempt::new(&HOSTS[3], &(wire.base() + base));
    change(&mut attempt);
    assert_eq!(soon(attempt.list()).await.unwrap(), ["a", "b"]);
    wire.requests().remove(0)
}

#[tokio::test]
async fn addresses() {
    let check = async |base: &str, entry: &[(&str, &str)], target: &str| {
        let entry = entry.iter().map(|(k, v)| ((*k).into(), (*v).into()));
        let asked = asked(base, |attempt| attempt.endpoint.query = entry.collect()).await;
        assert_eq!(asked.line, format!("GET {target} HTTP/1.1"));
    };
    check("", &[], "/models").await;
    check("/v1/", &[], "/v1/models").await;
    check("/v1?a=1", &[], "/v1/models?a=1").await;
    let version = [("api-version", "2024-10-21")];
    let target = "/openai/models?a=1&api-version=2024-10-21";
    check("/openai?a=1", &version, target).await;
}

#[tokio::test]
async fn authentication() {
    let check = async |auth, key: &str, x_api_key: &[&str], bearer: &[&str]| {
        let asked = asked("", |attempt| {
            attempt.endpoint.auth = auth;
            attempt.credential.kind = CredentialKind::ApiKey(key.into());
        })
        .await;
        assert_eq!(asked.all("x-api-key"), x_api_key, "{auth:?}");
        assert_eq!(asked.all("authorization"), bearer, "{auth:?}");
    };
    let bearer = ["Bearer the-key"];
    check(None, KEY, &[], &bearer).await;
    check(Some(AuthHeader::Bearer), KEY, &[], &bearer).await;
    check(Some(AuthHeader::XApiKey), KEY, &[KEY], &[]).await;
    check(Some(AuthHeader::Both), KEY, &[KEY], &bearer).await;
    check(Some(AuthHeader::Both), "", &[], &[]).await;
}

#[tokio::test]
async fn headers_of_the_entry() {
    let literal = |text| HeaderSource::Literal(HeaderValue::from_static(text));
    let client = HeaderSource::Client(HeaderName::from_static("user-agent"));
    let asked = asked("", |attempt| {
        attempt.endpoint.headers = vec![
            extra("x-team", literal("platform")),
            extra("x-copied", client),
            extra("authorization", literal("entry's")),
            extra("content-length", literal("3")),
        ];
    })
    .await;
    assert_eq!(asked.all("x-team"), ["platform"]);
    assert!(asked.all("x-copied").is_empty(), "no client asked");
    assert_eq!(asked.all("authorization"), ["Bearer the-key"]);
    assert_ne!(asked.all("content-length"), ["3"]);
    assert_eq!(asked.all("accept"), ["application/json"]);
    assert!(asked.all("user-agent")[0].starts_with("cliproxy/"));
}
