//! What a client sees when its request cannot be served.

use crate::shape::error_of;
use cliproxy_core::Protocol::{self, Chat, Claude, Gemini, Responses};
use cliproxy_e2e::{Call, Entry, Gateway, MODEL, World, body, config, generate_path};
use cliproxy_scripted_upstream::{Behaviour, Derailment};
use http::{HeaderMap, Method, StatusCode};
use std::time::{Duration, Instant};

/// A gateway whose upstreams are never reached.
pub(crate) async fn alone(settings: &str) -> Gateway {
    let entry = |protocol: Protocol| {
        let models = format!("[{{name: {protocol}-1}}]");
        Entry::new(protocol, protocol.as_str(), "http://127.0.0.1:9").models(&models)
    };
    Gateway::start(&config(settings, &Protocol::ALL.map(entry))).await
}

/// Every refusal that the gateway itself makes: the call, its status, the type in the words of the
/// protocol, the code in OpenAI's, and a word of the message.
#[tokio::test]
async fn refusals_of_the_gateway() {
    let gateway = alone("").await;
    let check = async |protocol, call: Call, status, kind, code: Option<&str>, word: &str| {
        let reply = gateway.send(call).await;
        let error = error_of(protocol, status, &reply);
        assert_eq!(error.kind, kind, "{protocol}: {error:?}");
        if matches!(protocol, Chat | Responses) {
            assert_eq!(error.code.as_deref(), code, "{protocol}: {error:?}");
        }
        assert!(error.message.contains(word), "{word}: {error:?}");
        if protocol == Claude {
            let id = reply.json()["request_id"].as_str().unwrap().to_owned();
            assert_eq!(id, reply.header("request-id"), "{error:?}");
            assert_eq!(id, reply.header("x-cliproxy-request-id"), "{error:?}");
        }
        reply
    };
    for protocol in Protocol::ALL {
        let (invalid, unauthorised, missing) = match protocol {
            Chat | Responses => (
                "invalid_request_error",
                "invalid_request_error",
                "invalid_request_error",
            ),
            Claude => (
                "invalid_request_error",
                "authentication_error",
                "not_found_error",
            ),
            Gemini => ("INVALID_ARGUMENT", "UNAUTHENTICATED", "NOT_FOUND"),
        };
        let model = format!("{protocol}-1");
        for stream in [false, true] {
            let call = || Call::generate(protocol, &model, stream);
            let key = Some("invalid_api_key");
            let refused = check(
                protocol,
                call().anonymous(),
                401,
                unauthorised,
                key,
                "Missing API key",
            )
            .await;
            assert_eq!(refused.header("www-authenticate"), "Bearer");
            let wrong = call().anonymous().key(protocol, "wrong");
            check(protocol, wrong, 401, unauthorised, key, "Invalid API key").await;
            for text in ["", "{", "[]", "\"x\"", "{\"a\":1} x", "{\"a\":\u{7}1}"] {
                let call = call().body(text.to_owned());
                check(protocol, call, 400, invalid, Some("invalid_json"), "").await;
            }
            let unknown = Call::generate(protocol, "no-such-model", stream);
            check(
                protocol,
                unknown,
                404,
                missing,
                Some("model_not_found"),
                "unknown model `no-such-model`; GET /v1/models lists what is served",
            )
            .await;
            if protocol == Gemini {
                continue;
            }
            let text = body(protocol, &model, stream, "hi").to_string();
            let named = format!("\"model\":\"{model}\"");
            let twice = text.replace(&named, &format!("{named},\"mod\\u0065l\":\"x\""));
            check(protocol, call().body(twice), 400, invalid, None, "model").await;
            let none = text.replace(&named, "\"x\":1");
            check(protocol, call().body(none), 400, invalid, None, "model").await;
            for value in ["7", "\"\"", "null"] {
                let wrong = text.replace(&named, &format!("\"model\":{value}"));
                check(protocol, call().body(wrong), 400, invalid, None, "model").await;
            }
        }
        let path = generate_path(protocol, &model, false);
        let put = Call::unary(protocol).target(&path).method(Method::PUT);
        let refused = check(
            protocol,
            put,
            405,
            invalid,
            Some("method_not_allowed"),
            "PUT",
        )
        .await;
        assert!(
            refused.header("allow").contains("POST"),
            "{:?}",
            refused.headers
        );
    }
    let lost = |path: &str| Call::unary(Chat).target(path);
    let code = Some("not_found");
    check(
        Chat,
        lost("/v1/nothing"),
        404,
        "invalid_request_error",
        code,
        "/v1/nothing",
    )
    .await;
    check(
        Chat,
        lost("/nothing"),
        404,
        "invalid_request_error",
        code,
        "/nothing",
    )
    .await;
    check(
        Claude,
        lost("/v1/messages/x"),
        404,
        "not_found_error",
        code,
        "",
    )
    .await;
    check(
        Gemini,
        lost("/v1beta/models/m:frobnicate"),
        404,
        "NOT_FOUND",
        code,
        "",
    )
    .await;
}

#[tokio::test]
async fn web_sockets_are_not_there_yet() {
    let gateway = alone("").await;
    let upgrade = Call::get("/v1/responses")
        .header("connection", "upgrade")
        .header("upgrade", "websocket")
        .header("sec-websocket-version", "13")
        .header("sec-websocket-key", "dGhlIHNhbXBsZSBub25jZQ==");
    let reply = gateway.send(upgrade).await;
    let error = error_of(Responses, 426, &reply);
    assert!(error.message.contains("POST /v1/responses"), "{error:?}");
}

/// An upstream's own words reach the client as they are.
#[tokio::test]
async fn upstream_errors_are_verbatim() {
    let text =
        "{ \"error\" : {\"message\":\"sk-account is \\u0062ad\",\"type\":\"x\",\"odd\":1.50} }\n";
    let mut headers = HeaderMap::new();
    headers.insert(
        "content-type",
        "application/json; charset=utf-16".parse().unwrap(),
    );
    headers.insert("x-request-id", "theirs".parse().unwrap());
    for status in [400, 401, 403, 404, 409, 413, 418, 422, 429, 500, 503] {
        let status = StatusCode::from_u16(status).unwrap();
        for protocol in Protocol::ALL {
            let behaviour = Behaviour::Status {
                status,
                headers: headers.clone(),
                body: text.into(),
            };
            let settings = "request-retry: 0\ndisable-cooling: true";
            let world = World::start(protocol, settings, [("account", behaviour)]).await;
            for call in [Call::unary(protocol), Call::stream(protocol)] {
                let reply = world.gateway.send(call).await;
                assert_eq!(
                    reply.status,
                    status.as_u16(),
                    "{protocol}: {}",
                    reply.text()
                );
                // The key that the upstream repeats is the gateway's own.
                assert_eq!(
                    reply.text(),
                    text.replace("sk-account", "[redacted]"),
                    "{protocol}"
                );
                assert_eq!(
                    reply.header("content-type"),
                    "application/json; charset=utf-16"
                );
                assert_eq!(reply.header("x-request-id"), "theirs");
            }
        }
    }
}

/// What is no JSON is worded anew, in the client's protocol.
#[tokio::test]
async fn pages_are_not_errors() {
    let page = "<html><body>oops sk-live-0123456789abcdefghij</body></html>";
    for protocol in Protocol::ALL {
        let mut headers = HeaderMap::new();
        headers.insert("content-type", "text/html".parse().unwrap());
        let behaviour = Behaviour::Status {
            status: StatusCode::INTERNAL_SERVER_ERROR,
            headers,
            body: page.into(),
        };
        let world = World::start(protocol, "request-retry: 0", [("a", behaviour)]).await;
        let error = error_of(
            protocol,
            500,
            &world.gateway.send(Call::unary(protocol)).await,
        );
        assert!(!error.message.contains("sk-live"), "{error:?}");
    }
}

#[tokio::test]
async fn redirects_are_not_followed() {
    for protocol in Protocol::ALL {
        let target = World::start(protocol, "", [("a", Behaviour::Answer)]).await;
        let url = target.upstream.base_url();
        let redirect =
            Behaviour::Redirect(format!("{url}{}", generate_path(protocol, MODEL, false)));
        let world = World::start(protocol, "request-retry: 0", [("a", redirect)]).await;
        let reply = world.gateway.send(Call::unary(protocol)).await;
        error_of(protocol, 502, &reply);
        assert!(
            !reply.headers.contains_key("location"),
            "{:?}",
            reply.headers
        );
        assert_eq!(target.upstream.stats().requests, 0);
    }
}

/// Vendors' refusals of a request reach the client as they are, and name what is wrong.
#[tokio::test]
async fn the_upstreams_own_checks() {
    for protocol in Protocol::ALL {
        let world = World::start(protocol, "", [("a", Behaviour::Answer)]).await;
        let mut wrong = body(protocol, MODEL, false, "hi");
        wrong["frobnicate"] = true.into();
        let reply = world.gateway.send(Call::unary(protocol).json(&wrong)).await;
        assert_eq!(reply.status, 400, "{}", reply.text());
        assert!(reply.text().contains("frobnicate"), "{}", reply.text());
        assert_eq!(
            world.hits("a"),
            1,
            "{protocol}: a wrong request is tried once"
        );
    }
}

/// An upstream that is slow to answer is given up after the configured time.
#[tokio::test]
async fn header_timeout() {
    let settings =
        "request-retry: 0\nupstream: {header-timeout: 300ms, unary-header-timeout: 300ms}";
    for protocol in Protocol::ALL {
        let delay = Behaviour::HeaderDelay(Duration::MAX);
        let world = World::start(protocol, settings, [("a", delay)]).await;
        error_of(
            protocol,
            504,
            &world.gateway.send(Call::stream(protocol)).await,
        );
        world
            .wait_for("a cancelled call", |stats| stats.cancelled == 1)
            .await;
    }
}

/// The time for a whole attempt also ends the wait for the rest of an error's text.
#[tokio::test]
async fn an_error_whose_text_stalls() {
    let settings = "request-retry: 0\nupstream: {total-timeout: 500ms}";
    let half = "HTTP/1.1 500 Oops\r\ncontent-type: text/plain\r\ncontent-length: 99\r\n\r\nhalf";
    for protocol in Protocol::ALL {
        let stall = Behaviour::Derail {
            after: 0,
            then: Derailment::SayAndStall(half.into()),
        };
        let world = World::start(protocol, settings, [("a", stall)]).await;
        let begun = Instant::now();
        let reply = world.gateway.send(Call::stream(protocol)).await;
        error_of(protocol, 500, &reply);
        // Without that deadline it is ten seconds.
        let took = begun.elapsed();
        assert!(took < Duration::from_secs(8), "{protocol}: {took:?}");
    }
}
