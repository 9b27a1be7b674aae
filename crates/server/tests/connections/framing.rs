//! Where a message ends, and what comes after it.

use crate::rig::{Rig, message, request, soon};
use cliproxy_scripted_upstream::Behaviour;

#[tokio::test]
async fn a_connection_serves_one_request_after_another() {
    let rig = Rig::new(Behaviour::Answer).await;
    let mut connection = rig.connect().await;
    for stream in [false, true, false] {
        connection.write(&message(stream)).await;
        let answer = connection.response().await;
        assert_eq!(answer.status, 200, "{answer:?}");
        assert_eq!(answer.body.contains("message_stop"), stream);
    }
    connection.write(&request(&["GET /v1/nothing"], "")).await;
    assert_eq!(connection.response().await.status, 404);
    connection.write(&request(&["GET /healthz"], "")).await;
    assert_eq!(connection.response().await.status, 200);
}

#[tokio::test]
async fn pipelined_requests_are_answered_in_order() {
    let rig = Rig::new(Behaviour::Answer).await;
    let mut connection = rig.connect().await;
    let three = message(true) + &message(false) + &request(&["GET /healthz"], "");
    connection.write(&three).await;
    let first = connection.response().await;
    assert!(first.body.contains("message_stop"), "{first:?}");
    let second = connection.response().await;
    assert!(second.body.starts_with(r#"{"id":"#), "{second:?}");
    assert_eq!(connection.response().await.status, 200);
}

#[tokio::test]
async fn two_lengths_close_the_connection() {
    let rig = Rig::new(Behaviour::Answer).await;
    // The second request hides in what one reading takes for the first one's body.
    let hidden = request(&["GET /healthz"], "");
    let both = ["transfer-encoding: chunked", "content-length: 5"];
    for [one, other] in [both, [both[1], both[0]]] {
        let mut connection = rig.connect().await;
        let head = request(&["POST /v1/messages", one, other], "");
        connection.write(&format!("{head}0\r\n\r\n{hidden}")).await;
        let rest = connection.rest().await;
        assert_eq!(
            rest.matches("HTTP/1.1 ").count(),
            1,
            "{one}, {other}: {rest}"
        );
        assert!(rest.starts_with("HTTP/1.1 400"), "{rest}");
    }
    let mut connection = rig.connect().await;
    let lengths = [
        "POST /v1/messages",
        "content-length: 5",
        "content-length: 6",
    ];
    connection.write(&request(&lengths, "")).await;
    assert!(connection.rest().await.starts_with("HTTP/1.1 400"));
    assert_eq!(rig.upstream.stats().requests, 0);
}

#[tokio::test]
async fn a_head_over_the_limit() {
    let rig = Rig::new(Behaviour::Answer).await;
    let check = async |header: &str, status: &str| {
        let mut connection = rig.connect().await;
        let close = ["GET /healthz", header, "connection: close"];
        connection.write(&request(&close, "")).await;
        let rest = connection.rest().await;
        assert!(rest.starts_with(status), "{rest}");
    };
    check(&format!("x: {}", "y".repeat(60 << 10)), "HTTP/1.1 200").await;
    check(&format!("x: {}", "y".repeat(64 << 10)), "HTTP/1.1 431").await;
    let many: Vec<_> = (0..130).map(|n| format!("x-{n}: y")).collect();
    check(&many.join("\r\n"), "HTTP/1.1 431").await;
}

#[tokio::test]
async fn what_is_not_http() {
    let rig = Rig::new(Behaviour::Answer).await;
    for text in [
        "\x16\x03\x01\x02",
        "GET /\r\n\r\n",
        "GET / HTTP/1.1\r\nbad header\r\n\r\n",
    ] {
        let mut connection = rig.connect().await;
        connection.write(text).await;
        connection.write("\r\n\r\n").await;
        let rest = connection.rest().await;
        assert!(
            rest.starts_with("HTTP/1.1 400") || rest.is_empty(),
            "{text:?}: {rest}"
        );
    }
    assert_eq!(rig.ask(&request(&["GET /healthz"], "")).await.status, 200);
}

#[tokio::test]
async fn a_client_that_leaves_ends_the_upstream_call() {
    let rig = Rig::new(Behaviour::StallAfter(3)).await;
    let mut connection = rig.connect().await;
    connection.write(&message(true)).await;
    connection.until(b"content_block_start").await;
    drop(connection);
    soon(rig.upstream.wait_for(|stats| stats.cancelled == 1)).await;

    rig.upstream
        .rewrite("a", [Behaviour::HeaderDelay(std::time::Duration::MAX)]);
    let mut connection = rig.connect().await;
    connection.write(&message(false)).await;
    soon(rig.upstream.wait_for(|stats| stats.received == 2)).await;
    drop(connection);
    soon(rig.upstream.wait_for(|stats| stats.cancelled == 2)).await;
}
