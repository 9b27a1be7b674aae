//! Streams: when they are believed, and how they break.

use crate::rig::{Ask, Rig, entries, in_order, soon, upstream};
use cliproxy_core::Protocol;
use cliproxy_scripted_upstream::{
    Behaviour, Failure, Script, Upstream,
    grammar::{Outcome, check},
};
use cliproxy_usage::Ending;
use http::{HeaderMap, StatusCode, header};
use http_body_util::BodyExt as _;
use std::time::{Duration, Instant};
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::TcpListener,
    task::JoinSet,
};

/// A stream of exactly these bytes.
fn events(text: impl Into<bytes::Bytes>) -> Behaviour {
    let mut headers = HeaderMap::new();
    headers.insert(header::CONTENT_TYPE, "text/event-stream".parse().unwrap());
    Behaviour::Status {
        status: StatusCode::OK,
        headers,
        body: text.into(),
    }
}

fn one(upstream: &Upstream, protocol: Protocol) -> Rig {
    let entries = entries(upstream, protocol, "a");
    Rig::new(&format!("request-retry: 0\n{entries}"))
}

/// The stream's last event is its protocol's error, and there is one.
#[track_caller]
fn failed(protocol: Protocol, stream: &str) {
    let error = match protocol {
        Protocol::Chat | Protocol::Gemini => "data: {\"error\":",
        Protocol::Claude => "event: error\n",
        Protocol::Responses => "event: response.failed\n",
    };
    assert_eq!(stream.matches(error).count(), 1, "{protocol}: {stream}");
    let last = stream.trim_end().rsplit("\n\n").next().unwrap();
    let last = last.rsplit("\r\n\r\n").next().unwrap();
    assert!(last.starts_with(error), "{protocol}: {stream}");
    assert_eq!(
        check(protocol, stream.as_bytes()),
        Ok(Outcome::Failed),
        "{stream}"
    );
}

#[tokio::test]
async fn a_stream_arrives_as_it_was_sent() {
    for protocol in Protocol::ALL {
        let upstream = upstream([Behaviour::Answer]);
        let rig = one(&upstream, protocol);
        let answer = rig.send(&Ask::new(protocol, "m", true)).await;
        assert_eq!(
            check(protocol, &answer.body),
            Ok(Outcome::Completed),
            "{protocol}"
        );
        assert_eq!(
            answer.header("content-type"),
            "text/event-stream; charset=utf-8"
        );
        assert_eq!(answer.header("cache-control"), "no-cache");
    }
    // Comments, line ends and frame boundaries included, and no `[DONE]` is added.
    let odd = ": hi\r\n\r\ndata:{\"choices\":[{\"index\":0,\"delta\":{\"content\":\"x\"},\"finish_reason\":\"stop\"}]}\r\n\r\n:\n\n";
    let upstream = upstream([events(odd)]);
    let rig = one(&upstream, Protocol::Chat);
    assert_eq!(
        rig.send(&Ask::new(Protocol::Chat, "m", true)).await.text(),
        odd
    );
    assert_eq!(rig.record().await.ending, Ending::Complete);
}

#[tokio::test]
async fn a_stream_that_breaks_ends_with_an_error() {
    for protocol in Protocol::ALL {
        for behaviour in [
            Behaviour::TruncateAfter(4),
            Behaviour::ResetAfter(4),
            Behaviour::ErrorEventAt(4),
        ] {
            let name = format!("{protocol} {behaviour:?}");
            let upstream = upstream([behaviour]);
            let rig = one(&upstream, protocol);
            let ask = Ask::new(protocol, "m", true);
            let answer = rig.send(&ask).await;
            assert_eq!(answer.status, 200, "{name}");
            let text = answer.text();
            failed(protocol, &text);
            let record = rig.record().await;
            assert_eq!(record.ending, Ending::Interrupted, "{name}");
            assert_eq!(record.attempts.len(), 1, "{name}: never begun anew");
        }
    }
}

/// Some clients of Responses wait for the older event.
#[tokio::test]
async fn a_failed_response_is_announced_where_that_is_asked_for() {
    for speaks in [Protocol::Responses, Protocol::Claude] {
        let upstream = upstream([Behaviour::TruncateAfter(4)]);
        let entries = entries(&upstream, speaks, "a");
        let compat = "compat: {responses-error-event: true}";
        let rig = Rig::new(&format!("request-retry: 0\n{compat}\n{entries}"));
        let answer = rig.send(&Ask::new(Protocol::Responses, "m", true)).await;
        let text = answer.text();
        let events = text.split("\n\n").filter_map(|event| {
            let data = event.split("data: ").nth(1)?;
            serde_json::from_str::<serde_json::Value>(data).ok()
        });
        let told = events.map(|event| {
            let kind = event["type"].as_str().unwrap_or_default().to_owned();
            (kind, event["sequence_number"].as_u64().unwrap_or_default())
        });
        let told: Vec<_> = told.collect();
        let [.., (before, at), (announced, first), (end, second)] = &told[..] else {
            panic!("{text}");
        };
        assert_eq!([announced.as_str(), end], ["error", "response.failed"]);
        assert_eq!([*first, *second], [at + 1, at + 2], "{before}: {text}");
    }
}

#[tokio::test]
async fn a_failure_inside_a_stream_rests_the_credential() {
    let failed = "event: message_start\ndata: {\"type\":\"message_start\",\"message\":{\"usage\":{\"input_tokens\":7}}}\n\n\
                  event: content_block_start\ndata: {\"type\":\"content_block_start\",\"index\":0,\"content_block\":{\"type\":\"text\",\"text\":\"\"}}\n\n\
                  event: error\ndata: {\"type\":\"error\",\"error\":{\"type\":\"rate_limit_error\",\"message\":\"Please try again in 20s\"}}\n\n";
    let upstream = upstream([events(failed)]);
    let rig = one(&upstream, Protocol::Claude);
    let ask = Ask::new(Protocol::Claude, "m", true);
    assert_eq!(rig.send(&ask).await.text(), failed);
    let record = rig.record().await;
    assert_eq!(
        (record.ending, record.usage.input),
        (Ending::Interrupted, 7)
    );
    let resting = rig.send(&ask).await;
    assert_eq!(resting.status, 429);
    assert_eq!(
        resting.header("retry-after"),
        "20",
        "what the upstream said"
    );
}

#[tokio::test]
async fn a_stream_that_falls_silent() {
    for protocol in Protocol::ALL {
        let upstream = upstream([Behaviour::StallAfter(4)]);
        let yaml = entries(&upstream, protocol, "a");
        let rig = Rig::new(&format!(
            "request-retry: 0\nupstream: {{idle-timeout: 100ms}}\n{yaml}"
        ));
        let answer = rig.send(&Ask::new(protocol, "m", true)).await;
        let text = answer.text();
        failed(protocol, &text);
        assert_eq!(rig.record().await.ending, Ending::Interrupted);
        soon(upstream.wait_for(|stats| stats.active == 0)).await;
    }
}

#[tokio::test]
async fn a_handshake_is_waited_through() {
    let start =
        "data: {\"type\":\"message_start\",\"message\":{\"usage\":{\"input_tokens\":7}}}\n\n";
    let ping = "data: {\"type\":\"ping\"}\n\n";
    let overloaded = "data: {\"type\":\"error\",\"error\":{\"type\":\"overloaded_error\",\"message\":\"x\"}}\n\n";
    // How an upstream begins before it says that it is overloaded, and who serves then.
    let check = async |beginning: String, served: &str| {
        let script = Script::new()
            .key("a", "a", events(beginning + overloaded))
            .key("b", "b", Behaviour::Answer);
        let upstream = Upstream::start(script).unwrap();
        let entries = entries(&upstream, Protocol::Claude, "ab");
        let rig = Rig::new(&in_order(&entries));
        let answer = rig.send(&Ask::new(Protocol::Claude, "m", true)).await;
        assert_eq!(
            answer.header("x-cliproxy-served-by"),
            served,
            "{}",
            answer.text()
        );
    };
    check(String::new(), "b").await;
    check(start.to_owned(), "b").await;
    check(": comment\n\n".repeat(40) + start + &ping.repeat(14), "b").await;
    let delta = "data: {\"type\":\"content_block_start\",\"index\":0,\"content_block\":{\"type\":\"text\",\"text\":\"\"}}\n\n";
    check(start.to_owned() + delta, "a").await;
}

/// An upstream that begins a stream like this, goes on like that, and never ends it.
async fn endless(begins: String, goes_on: &'static str) -> (String, JoinSet<()>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let base = format!("http://{}", listener.local_addr().unwrap());
    let mut tasks = JoinSet::new();
    tasks.spawn(async move {
        let (mut peer, _) = listener.accept().await.unwrap();
        let head = "HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\n\r\n";
        let mut request = [0; 4096];
        assert!(peer.read(&mut request).await.unwrap() > 0);
        peer.write_all((head.to_owned() + &begins).as_bytes())
            .await
            .unwrap();
        let mut every = tokio::time::interval(Duration::from_millis(10));
        while peer.write_all(goes_on.as_bytes()).await.is_ok() {
            every.tick().await;
        }
    });
    let entry = format!("{{api-key: a, base-url: \"{base}\", models: [{{name: m, alias: m}}]}}");
    (format!("claude-api-key: [{entry}]\n"), tasks)
}

#[tokio::test]
async fn a_handshake_without_end_is_shown() {
    let ping = "data: {\"type\":\"ping\"}\n\n";
    let check = async |begins: String| {
        let (yaml, mut tasks) = endless(begins, ": wait\n\n").await;
        let rig = Rig::new(&yaml);
        let begun = Instant::now();
        let reply = rig.open(&Ask::new(Protocol::Claude, "m", true)).await;
        assert_eq!(reply.status, 200);
        let took = begun.elapsed();
        drop(reply);
        soon(tasks.join_next()).await;
        took
    };
    let two = Duration::from_secs(2);
    assert!(check(ping.repeat(16)).await < two);
    let pad = "x".repeat(64 << 10);
    assert!(check(format!("data: {{\"type\":\"ping\",\"pad\":\"{pad}\"}}\n\n")).await < two);
    assert!(check(ping.repeat(15)).await >= two);
}

#[tokio::test]
async fn comments_alone_are_no_progress() {
    let (yaml, mut tasks) = endless(String::new(), ": wait\n\n").await;
    let rig = Rig::new(&format!(
        "request-retry: 0\nupstream: {{idle-timeout: 10s, progress-timeout: 100ms}}\n{yaml}"
    ));
    let answer = rig.send(&Ask::new(Protocol::Claude, "m", true)).await;
    assert_eq!(answer.status, 504, "{}", answer.text());
    soon(tasks.join_next()).await;
}

/// An event larger than `limits.max-event-bytes`, as the first one and after another.
#[tokio::test]
async fn an_event_beyond_its_limit() {
    let delta = |text: &str| {
        format!("data: {{\"choices\":[{{\"index\":0,\"delta\":{{\"content\":\"{text}\"}}}}]}}\n\n")
    };
    let (small, large) = (delta("hello"), delta(&"x".repeat(2_000)));
    for (before, limit, refused) in [
        ("", 1024, true),
        (&*small, 1024, true),
        (&*small, 4096, false),
    ] {
        let upstream = upstream([events(format!("{before}{large}data: [DONE]\n\n"))]);
        let entries = entries(&upstream, Protocol::Chat, "a");
        let rig = Rig::new(&format!(
            "request-retry: 0\nlimits: {{max-event-bytes: {limit}}}\n{entries}"
        ));
        let answer = rig.send(&Ask::new(Protocol::Chat, "m", true)).await.text();
        let told = answer.contains("limits.max-event-bytes");
        assert_eq!(told, refused, "{limit}: {answer}");
        assert_eq!(answer.contains("xxx"), !refused, "{limit}: {answer}");
        assert_eq!(answer.contains("hello"), !before.is_empty(), "{answer}");
    }
}

#[tokio::test]
async fn the_total_deadline() {
    let check = async |behaviour: Behaviour, stream, status: u16| {
        let upstream = upstream([behaviour]);
        let entries = entries(&upstream, Protocol::Claude, "a");
        let rig = Rig::new(&format!(
            "request-retry: 0\nupstream: {{total-timeout: 150ms}}\n{entries}"
        ));
        let answer = rig.send(&Ask::new(Protocol::Claude, "m", stream)).await;
        assert_eq!(answer.status, status, "{}", answer.text());
        soon(upstream.wait_for(|stats| stats.active == 0)).await;
    };
    check(Behaviour::HeaderDelay(Duration::MAX), false, 504).await;
    check(Behaviour::HeaderDelay(Duration::MAX), true, 504).await;
    check(Behaviour::StallAfter(0), false, 504).await;
    check(Behaviour::StallAfter(1), true, 504).await;
    check(Behaviour::StallAfter(4), true, 200).await;
}

#[tokio::test]
async fn a_silent_stream_is_kept_alive() {
    let upstream = upstream([Behaviour::StallAfter(4)]);
    let entries = entries(&upstream, Protocol::Claude, "a");
    let rig = Rig::new(&format!("streaming: {{keepalive-seconds: 1}}\n{entries}"));
    let mut reply = rig.open(&Ask::new(Protocol::Claude, "m", true)).await;
    let comment = async {
        loop {
            let data = reply
                .body
                .frame()
                .await
                .unwrap()
                .unwrap()
                .into_data()
                .unwrap();
            if data.starts_with(b":") {
                return data;
            }
        }
    };
    assert!(soon(comment).await.ends_with(b"\n\n"));
}

#[tokio::test]
async fn a_whole_reply_to_a_stream_is_forwarded_and_an_error_is_not() {
    let mut headers = HeaderMap::new();
    headers.insert(header::CONTENT_TYPE, "application/json".parse().unwrap());
    let json = |body: &'static str| Behaviour::Status {
        status: StatusCode::OK,
        headers: headers.clone(),
        body: body.into(),
    };
    let whole = r#"{"id":"x","choices":[{"index":0,"finish_reason":"stop"}]}"#;
    let error = r#"{"error":{"message":"Rate limited","code":429}}"#;
    let check = async |behaviour: Behaviour, status: u16, text: &str| {
        let upstream = upstream([behaviour]);
        let rig = one(&upstream, Protocol::Chat);
        let answer = rig.send(&Ask::new(Protocol::Chat, "m", true)).await;
        assert_eq!(
            (answer.status.as_u16(), answer.text().as_str()),
            (status, text)
        );
    };
    check(json(whole), 200, whole).await;
    check(json(error), 429, error).await;
}

#[tokio::test]
async fn an_error_without_a_body_is_worded() {
    for protocol in Protocol::ALL {
        let behaviour = Behaviour::Status {
            status: StatusCode::INTERNAL_SERVER_ERROR,
            headers: HeaderMap::new(),
            body: bytes::Bytes::new(),
        };
        let upstream = upstream([behaviour]);
        let rig = one(&upstream, protocol);
        let answer = rig.send(&Ask::new(protocol, "m", true)).await;
        assert_eq!(answer.status, 500);
        let message = answer.json()["error"]["message"].to_string();
        assert!(message.len() > 5, "{protocol}: {message}");
    }
}

#[tokio::test]
async fn limits_of_an_account_are_shown_or_not() {
    let limited = Failure::RateLimit {
        retry_after: Duration::from_secs(30),
    };
    for (exposed, shown) in [("true", true), ("false", false)] {
        let upstream = upstream([limited.into()]);
        let entries = entries(&upstream, Protocol::Chat, "a");
        let rig = Rig::new(&format!("expose-account-limits: {exposed}\n{entries}"));
        let answer = rig.send(&Ask::chat("m")).await;
        assert_eq!(answer.header("retry-after"), "30");
        let limits = answer
            .headers
            .keys()
            .any(|name| name.as_str().starts_with("x-ratelimit-"));
        assert_eq!(limits, shown, "{:?}", answer.headers);
    }
}
