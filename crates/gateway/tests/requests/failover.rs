//! What one failing credential means for a request, and for the next ones.

use crate::rig::{Ask, Rig, calls, entries, limited, ordered, refusing, s, upstream};
use cliproxy_core::Protocol;
use cliproxy_scripted_upstream::{Behaviour, Failure, Script, Upstream};
use http::{HeaderMap, StatusCode};

/// `b` serves what `a` fails at, and afterwards `a` is left alone, or not.
async fn switches(protocol: Protocol, stream: bool, behaviour: Behaviour, rests: bool) {
    let name = format!("{protocol} {stream} {behaviour:?}");
    let upstream = upstream([behaviour, Behaviour::Answer]);
    let rig = ordered(&upstream, protocol, "ab");
    let ask = Ask::new(protocol, "m", stream);
    let answer = rig.send(&ask).await;
    assert_eq!(answer.status, 200, "{name}: {}", answer.text());
    assert_eq!(answer.header("x-cliproxy-served-by"), "b", "{name}");
    assert_eq!(answer.header("x-cliproxy-attempts"), "2", "{name}");
    assert_eq!(calls(&upstream, "ab"), [1, 1], "{name}");
    rig.send(&ask).await;
    let again = if rests { 1 } else { 2 };
    assert_eq!(calls(&upstream, "ab"), [again, 2], "{name}");
}

/// The first failure is the last word.
async fn stops(protocol: Protocol, stream: bool, behaviour: Behaviour, expected: u16) {
    let name = format!("{protocol} {stream} {behaviour:?}");
    let upstream = upstream([behaviour, Behaviour::Answer]);
    let rig = ordered(&upstream, protocol, "ab");
    let ask = Ask::new(protocol, "m", stream);
    for visits in 1..3 {
        let answer = rig.send(&ask).await;
        assert_eq!(answer.status, expected, "{name}: {}", answer.text());
        // Still asked first: nothing was held against it.
        assert_eq!(calls(&upstream, "ab"), [visits, 0], "{name}");
    }
}

#[tokio::test]
async fn failures_before_the_first_byte_switch() {
    for protocol in Protocol::ALL {
        for stream in [false, true] {
            let check = async |behaviour: Behaviour, rests| {
                switches(protocol, stream, behaviour, rests).await;
            };
            check(Failure::Unauthorized.into(), true).await;
            check(Failure::InvalidKey.into(), true).await;
            check(Failure::Billing.into(), true).await;
            check(Failure::Forbidden.into(), true).await;
            check(Failure::ModelNotFound.into(), true).await;
            for status in [400, 422] {
                let lacking = r#"{"error":{"message":"The requested model is not supported."}}"#;
                check(refusing(status, lacking), true).await;
            }
            check(limited(s(30)), true).await;
            check(Failure::UsageLimit { resets_in: s(60) }.into(), true).await;
            for failure in [Failure::Internal, Failure::Overloaded, Failure::Unavailable] {
                check(failure.into(), true).await;
            }
            check(Behaviour::ResetAfter(0), false).await;
            check(Behaviour::Empty, true).await;
            check(Behaviour::Html, true).await;
            check(Behaviour::JsonErrorIn200, true).await;
            check(Behaviour::ErrorEventFirst, true).await;
            check(Behaviour::MalformedAt(0), true).await;
            if stream {
                check(Behaviour::TruncateAfter(0), true).await;
            } else {
                check(Behaviour::TruncateAfter(1), false).await;
            }
        }
    }
}

#[tokio::test]
async fn a_refused_request_is_not_tried_elsewhere() {
    for protocol in Protocol::ALL {
        for stream in [false, true] {
            let bad = r#"{"error":{"message":"no","type":"invalid_request_error"}}"#;
            for code in [400, 413, 422] {
                stops(protocol, stream, refusing(code, bad), code).await;
            }
            let gone = r#"{"error":{"message":"Item with id 'rs_1' not found. Items are not persisted when `store` is set to false."}}"#;
            stops(protocol, stream, refusing(404, gone), 404).await;
        }
    }
}

#[tokio::test]
async fn a_closed_port_is_left_for_another_base() {
    let closed = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let nowhere = format!("http://{}", closed.local_addr().unwrap());
    drop(closed);
    let upstream = upstream([Behaviour::Answer]);
    let mut yaml = entries(&upstream, Protocol::Claude, "a");
    yaml.push_str(&format!(
        "  - {{name: b, api-key: b, base-url: \"{nowhere}\", priority: 1, \
         models: [{{name: m, alias: m}}]}}\n"
    ));
    let rig = Rig::new(&yaml);
    let answer = rig.send(&Ask::new(Protocol::Claude, "m", false)).await;
    assert_eq!(answer.header("x-cliproxy-served-by"), "a");
    let attempts = rig.record().await.attempts;
    assert_eq!(&*attempts[0].outcome, "transport");
}

#[tokio::test]
async fn the_last_refusal_goes_to_the_client_as_it_came() {
    for protocol in Protocol::ALL {
        let upstream = upstream([Failure::Unauthorized.into(), Failure::Forbidden.into()]);
        let rig = ordered(&upstream, protocol, "ab");
        let answer = rig.send(&Ask::new(protocol, "m", false)).await;
        assert_eq!(answer.status, 403, "{protocol}");
        assert!(answer.json()["error"].is_object(), "{protocol}: {answer:?}");
        assert_eq!(answer.header("x-cliproxy-served-by"), "b");
        assert_eq!(answer.header("x-cliproxy-attempts"), "2");
    }
}

/// An error inside a stream that has not begun is an error like any other, with its headers.
#[tokio::test]
async fn the_last_error_keeps_its_headers() {
    for (protocol, name) in [
        (Protocol::Chat, "x-request-id"),
        (Protocol::Claude, "request-id"),
        (Protocol::Responses, "x-request-id"),
    ] {
        let upstream = upstream([Behaviour::ErrorEventFirst]);
        let rig = ordered(&upstream, protocol, "a");
        let answer = rig.send(&Ask::new(protocol, "m", true)).await;
        assert!(answer.status.is_server_error(), "{}", answer.text());
        assert_eq!(answer.header("content-type"), "application/json");
        assert!(answer.header(name).starts_with("req_"), "{answer:?}");
    }
    let upstream = upstream([limited(s(7))]);
    let rig = ordered(&upstream, Protocol::Claude, "a");
    let answer = rig.send(&Ask::new(Protocol::Claude, "m", true)).await;
    assert_eq!(answer.status, 429);
    assert_eq!(answer.header("retry-after"), "7");
}

#[tokio::test]
async fn secrets_that_an_upstream_quotes_are_replaced() {
    let secret = "canary-value";
    for quoted in [
        &br#"{"error":{"message":"key canary-value is bad","type":"t"}}"#[..],
        b"key canary-value is bad",
        b"proxy key proxy-canary is bad",
    ] {
        let behaviour = Behaviour::Status {
            status: StatusCode::UNAUTHORIZED,
            headers: HeaderMap::new(),
            body: quoted.into(),
        };
        let script = Script::new().key(secret, "a", behaviour);
        let upstream = Upstream::start(script).unwrap();
        let yaml = entries(&upstream, Protocol::Claude, "a");
        let own = format!("api-key: {secret}, proxy-url: direct,");
        let yaml = yaml.replace("api-key: a,", &own);
        let rig = Rig::new(&format!(
            "proxy-url: http://u:proxy-canary@127.0.0.1:9\n{yaml}"
        ));
        for stream in [false, true] {
            let answer = rig.send(&Ask::new(Protocol::Claude, "m", stream)).await;
            let text = answer.text();
            assert!(!text.contains("canary"), "{text}");
            if answer.header("x-cliproxy-attempts") == "1" {
                assert!(text.contains("[redacted] is bad"), "{text}");
            }
            assert!(!format!("{:?}", rig.record().await).contains("canary"));
        }
    }
}

#[tokio::test]
async fn an_upstreams_words_are_in_no_record() {
    for behaviour in [
        Behaviour::JsonErrorIn200,
        Behaviour::ErrorEventFirst,
        Behaviour::ErrorEventAt(3),
    ] {
        for protocol in Protocol::ALL {
            let upstream = upstream([behaviour.clone()]);
            let rig = ordered(&upstream, protocol, "a");
            let answer = rig.send(&Ask::new(protocol, "m", true)).await.text();
            assert!(
                answer.contains("verload"),
                "{protocol} {behaviour:?}: {answer}"
            );
            let record = format!("{:?}", rig.record().await.error);
            assert!(record.contains("the upstream sent an error"), "{record}");
            // Its code is a name, and may be told.
            for words in ["Overloaded", "overloaded.", "try again"] {
                assert!(!record.contains(words), "{record}");
            }
        }
    }
}
