//! What one failing credential means for a request, and for the next ones.

use crate::rig::{Ask, Rig, entries, in_order, upstream};
use cliproxy_core::Protocol;
use cliproxy_scripted_upstream::{Behaviour, Failure, Script, Upstream};
use http::{HeaderMap, StatusCode};
use std::time::Duration;

const fn s(seconds: u64) -> Duration {
    Duration::from_secs(seconds)
}

fn status(status: u16, body: &'static str) -> Behaviour {
    Behaviour::Status {
        status: StatusCode::from_u16(status).unwrap(),
        headers: HeaderMap::new(),
        body: body.into(),
    }
}

fn limited(retry_after: Duration) -> Behaviour {
    Failure::RateLimit { retry_after }.into()
}

/// `a` is asked first, then `b`, in one round.
fn ordered(upstream: &Upstream, protocol: Protocol, keys: &str) -> Rig {
    let entries = in_order(&entries(upstream, protocol, keys));
    Rig::new(&format!("request-retry: 0\n{entries}"))
}

fn calls(upstream: &Upstream, labels: &str) -> Vec<u64> {
    let stats = upstream.stats();
    let hits = labels.chars().map(|label| stats.hits(&label.to_string()));
    hits.collect()
}

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
                stops(protocol, stream, status(code, bad), code).await;
            }
            let gone = r#"{"error":{"message":"Item with id 'rs_1' not found. Items are not persisted when `store` is set to false."}}"#;
            stops(protocol, stream, status(404, gone), 404).await;
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

#[tokio::test]
async fn rounds_are_those_of_each_entry() {
    let check = async |global: u32, limits: &[Option<u32>], stream, expected: &[u64]| {
        let keys = &"abcd"[..limits.len()];
        let upstream = upstream(limits.iter().map(|_| Failure::Internal.into()));
        let mut yaml = entries(&upstream, Protocol::Claude, keys);
        for (key, limit) in keys.chars().zip(limits) {
            if let Some(limit) = limit {
                let named = format!("name: {key},");
                yaml = yaml.replace(&named, &format!("{named} request-retry: {limit},"));
            }
        }
        let head = format!("disable-cooling: true\nrequest-retry: {global}\n");
        let rig = Rig::new(&(head + &yaml));
        let answer = rig.send(&Ask::new(Protocol::Claude, "m", stream)).await;
        assert_eq!(answer.status, 500, "{}", answer.text());
        assert_eq!(calls(&upstream, keys), expected, "{global} {limits:?}");
        let attempts = usize::try_from(expected.iter().sum::<u64>()).unwrap();
        assert_eq!(rig.record().await.attempts.len(), attempts);
    };
    for stream in [false, true] {
        check(3, &[Some(3), Some(2), Some(2)], stream, &[4, 3, 3]).await;
        check(
            2,
            &[Some(1), Some(1), Some(1), Some(2)],
            stream,
            &[2, 2, 2, 3],
        )
        .await;
        check(3, &[None], stream, &[4]).await;
        // The entries' own numbers count, whatever the general one says.
        check(3, &[Some(1), Some(1)], stream, &[2, 2]).await;
        check(3, &[Some(0)], stream, &[1]).await;
        check(0, &[Some(2), None], stream, &[3, 1]).await;
    }
}

#[tokio::test]
async fn what_does_not_pass_gets_one_round() {
    let upstream = upstream([Failure::Unauthorized.into()]);
    let entries = entries(&upstream, Protocol::Claude, "a");
    let rig = Rig::new(&format!(
        "disable-cooling: true\nrequest-retry: 3\n{entries}"
    ));
    let answer = rig.send(&Ask::new(Protocol::Claude, "m", false)).await;
    assert_eq!(
        (answer.status.as_u16(), calls(&upstream, "a")),
        (401, vec![1])
    );
}

#[tokio::test]
async fn a_stream_begins_again() {
    let check = async |first: Behaviour, shown: u16, expected: u64| {
        let script = Script::new().queue("a", "a", [first, Behaviour::Answer]);
        let upstream = Upstream::start(script).unwrap();
        let entries = entries(&upstream, Protocol::Chat, "a");
        let rig = Rig::new(&format!(
            "disable-cooling: true\nrequest-retry: 0\nstreaming: {{bootstrap-retries: 1}}\n{entries}"
        ));
        let answer = rig.send(&Ask::new(Protocol::Chat, "m", true)).await;
        assert_eq!(answer.status, shown, "{}", answer.text());
        assert_eq!(calls(&upstream, "a"), [expected]);
    };
    check(Failure::Unavailable.into(), 200, 2).await;
    check(Failure::Unauthorized.into(), 200, 2).await;
    let bad = r#"{"error":{"message":"no","type":"invalid_request_error"}}"#;
    check(status(400, bad), 400, 1).await;
}

#[tokio::test]
async fn so_many_credentials_per_round() {
    for (limit, expected) in [(2, [1, 1, 0, 0, 0]), (0, [1; 5])] {
        let upstream = upstream((0..5).map(|_| Failure::Internal.into()));
        let entries = in_order(&entries(&upstream, Protocol::Claude, "abcde"));
        let rig = Rig::new(&format!(
            "request-retry: 0\n\
             max-retry-credentials: {limit}\n{entries}"
        ));
        rig.send(&Ask::new(Protocol::Claude, "m", false)).await;
        assert_eq!(calls(&upstream, "abcde"), expected);
    }
}

#[tokio::test]
async fn everybody_rests() {
    for protocol in Protocol::ALL {
        let upstream = upstream([limited(s(9)), limited(s(5))]);
        let rig = ordered(&upstream, protocol, "ab");
        let ask = Ask::new(protocol, "m", false);
        let limited = rig.send(&ask).await;
        assert_eq!(
            (limited.status.as_u16(), limited.header("retry-after")),
            (429, "5")
        );
        let resting = rig.send(&ask).await;
        assert_eq!(
            calls(&upstream, "ab"),
            [1, 1],
            "{protocol}: nobody is asked"
        );
        assert_eq!(
            (resting.status.as_u16(), resting.header("retry-after")),
            (429, "5")
        );
        let text = resting.text();
        assert!(text.contains("cooling down"), "{protocol}: {text}");
        if protocol == Protocol::Chat {
            assert_eq!(resting.json()["error"]["code"], "model_cooldown", "{text}");
        }
    }
}

#[tokio::test]
async fn a_short_rest_is_waited_for() {
    let script = Script::new().queue("a", "a", [limited(s(1)), Behaviour::Answer]);
    let upstream = Upstream::start(script).unwrap();
    let entries = entries(&upstream, Protocol::Claude, "a");
    let rig = Rig::new(&format!("max-retry-interval: 3\n{entries}"));
    let answer = rig.send(&Ask::new(Protocol::Claude, "m", false)).await;
    assert_eq!(
        (answer.status.as_u16(), calls(&upstream, "a")),
        (200, vec![2])
    );
}

#[tokio::test]
async fn pools() {
    let broken = r#"{"error":{"message":"no","type":"invalid_request_error"}}"#;
    let unknown = r#"{"error":{"message":"The requested model is not supported."}}"#;
    // What the one key answers to each request, and the models it was asked for.
    let check = async |answers: Vec<Behaviour>, requests: usize, expected: &[&str]| {
        let upstream = Upstream::start(Script::new().queue("a", "a", answers)).unwrap();
        let rig = Rig::new(&format!(
            "request-retry: 0\nopenai-compatibility:\n  - {{name: e, base-url: \"{}/v1\", \
             api-key-entries: [{{api-key: a}}], \
             models: [{{name: x, alias: pool}}, {{name: y, alias: pool}}]}}\n",
            upstream.base_url()
        ));
        for _ in 0..requests {
            let answer = rig.send(&Ask::chat("pool")).await;
            if answer.status == 200 {
                assert_eq!(answer.json()["model"], "pool");
            }
        }
        let asked: Vec<_> = upstream
            .requests()
            .iter()
            .map(|request| request.json()["model"].as_str().unwrap().to_owned())
            .collect();
        assert_eq!(asked, expected);
    };
    let ok = || Behaviour::Answer;
    check(vec![ok()], 3, &["x", "y", "x"]).await;
    check(
        vec![Failure::Internal.into(), ok()],
        3,
        &["x", "y", "y", "y"],
    )
    .await;
    check(vec![status(400, broken), ok()], 1, &["x"]).await;
    check(vec![status(400, unknown), ok()], 1, &["x", "y"]).await;
    check(vec![Failure::Unauthorized.into(), ok()], 2, &["x"]).await;
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
            assert!(!record.contains("verload"), "{record}");
        }
    }
}
