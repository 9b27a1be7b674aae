//! What goes up: address, key, body.

use crate::{
    caller::Attempt,
    hosts::{HOSTS, Host, KEY, for_every_host},
    wire::{Received, Step, Wire},
};
use cliproxy_core::Operation;
use cliproxy_executors::{AuthHeader, ExtraHeader, HeaderSource};
use http::HeaderName;

const OK: &[u8] = b"{}";

/// The request that an attempt sends.
pub(crate) async fn sent(host: &Host, change: impl FnOnce(Attempt) -> Attempt) -> Received {
    sent_to(host, "", change).await
}

async fn sent_to(host: &Host, base: &str, change: impl FnOnce(Attempt) -> Attempt) -> Received {
    let wire = Wire::start([Step::reply("200 OK", OK)]).await;
    let attempt = change(Attempt::new(host, &(wire.base() + base)));
    attempt.send().await.unwrap();
    wire.requests().remove(0)
}

pub(crate) fn extra(name: &'static str, value: HeaderSource) -> ExtraHeader {
    ExtraHeader {
        name: HeaderName::from_static(name),
        value,
    }
}

#[tokio::test]
async fn addresses() {
    for_every_host(async |host| {
        let unary = sent(host, |attempt| attempt).await;
        assert_eq!(unary.line, format!("POST {} HTTP/1.1", host.unary));
        let stream = sent(host, Attempt::streaming).await;
        assert_eq!(stream.line, format!("POST {} HTTP/1.1", host.stream));
    })
    .await;
}

#[tokio::test]
async fn bases_queries_and_models() {
    let [claude, codex, gemini, chat, _, _, _, vertex, ..] = &HOSTS;
    let check = async |host, base, query, model, operation, target: &str| {
        let sent = sent_to(host, base, |mut attempt| {
            (attempt.query, attempt.model, attempt.operation) = (query, model, operation);
            attempt
        })
        .await;
        assert_eq!(sent.line, format!("POST {target} HTTP/1.1"));
    };
    let (unary, stream) = (Operation::Generate, Operation::GenerateStream);
    check(
        claude,
        "",
        Some("beta=true"),
        "m",
        unary,
        "/v1/messages?beta=true",
    )
    .await;
    check(claude, "/v1/", None, "m", unary, "/v1/messages").await;
    check(
        claude,
        "",
        None,
        "m",
        Operation::CountTokens,
        "/v1/messages/count_tokens",
    )
    .await;
    check(
        codex,
        "/v1",
        None,
        "m",
        Operation::CountTokens,
        "/v1/responses/input_tokens",
    )
    .await;
    check(
        chat,
        "/v1?api-version=7",
        None,
        "m",
        unary,
        "/v1/chat/completions?api-version=7",
    )
    .await;
    check(chat, "/v1", None, "m", Operation::Embed, "/v1/embeddings").await;

    let at = |rest: &str| format!("/v1beta/models/{rest}");
    check(
        gemini,
        "",
        Some("alt=json"),
        "m",
        stream,
        &at("m:streamGenerateContent?alt=json"),
    )
    .await;
    check(
        gemini,
        "",
        Some("$alt=sse"),
        "m",
        stream,
        &at("m:streamGenerateContent?$alt=sse"),
    )
    .await;
    check(
        gemini,
        "",
        Some("x=1"),
        "m",
        stream,
        &at("m:streamGenerateContent?alt=sse&x=1"),
    )
    .await;
    check(
        gemini,
        "",
        None,
        "a/../b?c#d%2F",
        unary,
        &at("a%2F..%2Fb%3Fc%23d%252F:generateContent"),
    )
    .await;
    check(gemini, "", None, "..", unary, &at("%2E%2E:generateContent")).await;
    check(
        gemini,
        "/v1beta",
        None,
        "m",
        Operation::EmbedBatch,
        &at("m:batchEmbedContents"),
    )
    .await;
    let at = "/v1/publishers/google/models/gemini@1:countTokens";
    check(vertex, "", None, "gemini@1", Operation::CountTokens, at).await;
}

#[tokio::test]
async fn the_entrys_query_comes_last() {
    for_every_host(async |host| {
        let sent = sent(host, |mut attempt| {
            attempt.query = Some("v=client");
            attempt.endpoint.query = vec![("v".to_owned(), "entry".to_owned())];
            attempt
        })
        .await;
        // The parameters of Code Assist are not those of the API that its clients speak.
        let expected = match host.name {
            "gemini-cli" => "?v=entry ",
            _ => "?v=client&v=entry ",
        };
        assert!(sent.line.contains(expected), "{}", sent.line);
    })
    .await;
}

#[tokio::test]
async fn authentication() {
    for_every_host(async |host| {
        let (name, value) = host.auth;
        let sent_key = sent(host, |attempt| {
            attempt
                .header("authorization", "Bearer gateway-key")
                .header("x-api-key", "gateway-key")
                .header("x-goog-api-key", "gateway-key")
                .header("api-key", "gateway-key")
                .header("x-gateway-key", "gateway-key")
                .header("cookie", "a=gateway-key")
        })
        .await;
        assert_eq!(sent_key.all(name), [value], "{}", host.name);
        let text = format!("{sent_key:?}");
        assert!(!text.contains("gateway-key"), "{}: {text}", host.name);

        let open = sent(host, |attempt| {
            let attempt = attempt.key("");
            attempt.header("authorization", "Bearer gateway-key")
        })
        .await;
        assert!(
            open.all(name).is_empty(),
            "{}: a host without keys",
            host.name
        );
        assert!(open.all("authorization").is_empty());
    })
    .await;
}

#[tokio::test]
async fn authentication_as_the_entry_says() {
    let check = async |auth, x_api_key: &[&str], bearer: &[&str]| {
        let keys = HOSTS.iter().filter(|host| !host.signs_in);
        for host in keys.filter(|host| host.auth.0 == "authorization") {
            let sent = sent(host, |mut attempt| {
                attempt.endpoint.auth = Some(auth);
                attempt
            })
            .await;
            assert_eq!(sent.all("x-api-key"), x_api_key, "{}", host.name);
            assert_eq!(sent.all("authorization"), bearer, "{}", host.name);
        }
    };
    check(AuthHeader::XApiKey, &[KEY], &[]).await;
    check(AuthHeader::Bearer, &[], &["Bearer the-key"]).await;
    check(AuthHeader::Both, &[KEY], &["Bearer the-key"]).await;
}

#[tokio::test]
async fn a_clients_own_bearer_goes_up_as_it_came() {
    let sent = sent(&HOSTS[0], |attempt| {
        let own = attempt.passthrough();
        own.header("authorization", "Bearer sk-ant-oat-own")
            .header("x-gateway-key", "gateway-key")
    })
    .await;
    assert_eq!(sent.all("authorization"), ["Bearer sk-ant-oat-own"]);
    assert!(sent.all("x-api-key").is_empty() && sent.all("x-gateway-key").is_empty());
}

#[tokio::test]
async fn bodies_go_up_as_they_are() {
    for_every_host(async |host| {
        let wire = Wire::start([Step::reply("200 OK", OK)]).await;
        let mut attempt = Attempt::new(host, &wire.base());
        for piece in [" {\"odd\" :1.0e2,", "\"\\u0041\":", "[ ]}\n"] {
            attempt.body.push(piece.into());
        }
        attempt.send().await.unwrap();
        let expected = attempt.body.to_bytes();
        assert_eq!(wire.requests()[0].body, expected, "{}", host.name);
    })
    .await;
}
