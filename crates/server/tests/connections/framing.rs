//! Where a message ends, and what comes after it.

use crate::rig::{KEY, Rig, message, request, soon};
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

/// The statuses of all answers on a connection, until it is closed. `text` goes out as it is, and a
/// request after it that wants no other one.
async fn statuses(rig: &Rig, text: &str) -> Vec<u16> {
    let last = request(&["GET /livez", "connection: close"], "");
    let mut connection = rig.connect().await;
    connection.write(&(text.to_owned() + &last)).await;
    let rest = connection.rest().await;
    let answers = rest.split("HTTP/1.1 ").skip(1);
    answers.map(|answer| answer[..3].parse().unwrap()).collect()
}

#[tokio::test]
async fn what_can_be_read_in_two_ways_is_refused() {
    let rig = Rig::new(Behaviour::Answer).await;
    let check = async |head: &[&str], body: &str, expected: &[u16]| {
        let text = request(head, "") + body;
        assert_eq!(statuses(&rig, &text).await, expected, "{text:?}");
    };
    let (post, chunked) = ("POST /v1/messages", "transfer-encoding: chunked");
    // A body that ends where everybody sees it is read, and what follows is the next request.
    check(&[post, chunked], "2\r\n{}\r\n0\r\n\r\n", &[400, 200]).await;
    check(&[post, "content-length: 2"], "{}", &[400, 200]).await;
    let twice = [post, "content-length: 2", "content-length: 2"];
    check(&twice, "{}", &[400, 200]).await;
    check(
        &[post, chunked],
        "2;a=b;c=\"d\"\r\n{}\r\n0\r\nx: y\r\n\r\n",
        &[400, 200],
    )
    .await;
    check(&["GET /livez", "content-length: 2"], "{}", &[200, 200]).await;
    // Lengths that are none.
    for length in [
        "-2",
        "+2",
        "0x2",
        "2, 2",
        "2 2",
        "2,",
        "",
        "18446744073709551616",
    ] {
        let header = format!("content-length: {length}");
        check(&[post, &header], "{}", &[400]).await;
    }
    // Codings that do not end in the one that shows where a body ends, or not visibly so.
    for coding in [
        "chunked, identity",
        "chunked, gzip",
        "gzip",
        "identity",
        "xchunked",
        "chunked;q=1",
        "\"chunked\"",
        "",
    ] {
        let header = format!("transfer-encoding: {coding}");
        check(&[post, &header], "2\r\n{}\r\n0\r\n\r\n", &[400]).await;
    }
    let other = [post, chunked, "transfer-encoding: identity"];
    check(&other, "2\r\n{}\r\n0\r\n\r\n", &[400]).await;
    // Chunks that are none.
    for chunk in [
        "-2\r\n{}",
        "+2\r\n{}",
        "0x2\r\n{}",
        " 2\r\n{}",
        "2;a\nb\r\n{}",
        "2\n{}",
        "2\r\n{}x",
        "\r\n{}",
        "10000000000000002\r\n{}",
    ] {
        let body = format!("{chunk}\r\n0\r\n\r\n");
        check(&[post, chunked], &body, &[400]).await;
    }
    // One that never ends takes what follows for its own, and is waited for only so long.
    check(&[post, chunked], "fffffffffffffff0\r\n{}", &[408]).await;
    // Lines that others may take for a part of the one before, or for another one.
    for line in [
        "content-length : 2",
        "x: y\r\n content-length: 2",
        "x: y\r\n\tfolded",
        "x: a\rcontent-length: 2",
        "x: a\0b",
        " x: y",
        "content-length\t: 2",
        "x y: z",
        ": y",
        "x",
    ] {
        check(&["GET /livez", line], "", &[400]).await;
    }
    assert_eq!(rig.upstream.stats().requests, 0);
}

#[tokio::test]
async fn versions_and_line_ends() {
    let rig = Rig::new(Behaviour::Answer).await;
    let check = async |text: &str, expected: &[u16]| {
        assert_eq!(statuses(&rig, text).await, expected, "{text:?}");
    };
    let old = request(&["POST /v1/messages", "transfer-encoding: chunked"], "");
    let old = old.replace("HTTP/1.1", "HTTP/1.0") + "2\r\n{}\r\n0\r\n\r\n";
    check(&old, &[400]).await;
    // RFC 9112 section 2.2 lets a line feed alone end a line, of a head and nowhere else.
    let bare = request(&["GET /livez"], "").replace("\r\n", "\n");
    check(&bare, &[200, 200]).await;
    check(
        "\r\n\r\nGET /livez HTTP/1.1\r\nhost: localhost\r\n\r\n",
        &[200, 200],
    )
    .await;
    for line in [
        "GET /livez HTTP/1.2",
        "GET /livez HTTP/2.0",
        "GET /livez http/1.1",
        "GET  /livez HTTP/1.1",
        "GET /livez HTTP/1.1 ",
        "GET /li vez HTTP/1.1",
        "GET /livez\tHTTP/1.1",
        "G(T /livez HTTP/1.1",
        "PRI * HTTP/2.0",
    ] {
        check(&format!("{line}\r\nhost: localhost\r\n\r\n"), &[400]).await;
    }
}

/// Whatever is refused before its body was read: what lies in the body is no request.
#[tokio::test]
async fn a_body_that_was_not_read_is_no_request() {
    let rig = Rig::new(Behaviour::Answer).await;
    let hidden = request(&["GET /hidden"], "");
    let sized = format!("content-length: {}", hidden.len());
    let in_chunks = format!("{:x}\r\n{hidden}\r\n0\r\n\r\n", hidden.len());
    let large = hidden.repeat((2 << 20) / hidden.len());
    let oversized = format!("content-length: {}", large.len());
    let chunked = "transfer-encoding: chunked";
    let check = async |head: &[&str], body: &str, refused: u16| {
        let right = request(head, "");
        let key = if refused == 401 { "wrong" } else { KEY };
        let text = right.replace(KEY, key) + body;
        let seen = statuses(&rig, &text).await;
        // The connection goes on behind the body, or ends.
        assert!(
            seen == [refused] || seen == [refused, 200],
            "{head:?}: {seen:?}"
        );
    };
    for post in ["POST /v1/messages", "POST /v1/chat/completions"] {
        for status in [401, 400] {
            check(&[post, &sized], &hidden, status).await;
            check(&[post, chunked], &in_chunks, status).await;
        }
        check(&[post, &oversized], &large, 413).await;
        check(&[post, &oversized], &large, 401).await;
        check(&[post, &sized, "content-encoding: lzma"], &hidden, 415).await;
        check(
            &[post, &sized, "origin: https://evil.example"],
            &hidden,
            403,
        )
        .await;
        check(&[post, &sized, "host: localhost"], &hidden, 400).await;
    }
    check(&["POST /nowhere", &sized], &hidden, 404).await;
    check(&["PUT /v1/messages", chunked], &in_chunks, 405).await;
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
    for (lines, status) in [(120, "200"), (130, "431"), (1_000, "431")] {
        let many: Vec<_> = (0..lines).map(|n| format!("x-{n}: y")).collect();
        check(&many.join("\r\n"), &format!("HTTP/1.1 {status}")).await;
    }
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
