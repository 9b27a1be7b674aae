//! What a hostile client cannot do.

use super::client::{
    BRIEF, CONTINUATION, Case, DATA, END_HEADERS, END_STREAM, HEADERS, PING, PRIORITY, RST_STREAM,
    SETTINGS, fields, frame, get, message_request,
};
use crate::rig::{KEY, message, soon};
use cliproxy_scripted_upstream::Behaviour;
use std::time::Duration;
#[tokio::test]
async fn floods_close_the_connection_and_nobody_elses() {
    let case = Case::new(Behaviour::Answer, |_| {}).await;
    let mut bystander = case.client().await;
    let opened = frame(HEADERS, END_HEADERS, 1, &get("/v1/models"));
    let floods: [(&str, Vec<u8>, Vec<u8>); 6] = [
        ("pings", Vec::new(), frame(PING, 0, 0, &[0; 8])),
        ("settings", Vec::new(), frame(SETTINGS, 0, 0, &[])),
        (
            "priorities",
            Vec::new(),
            frame(PRIORITY, 0, 3, &[0, 0, 0, 0, 9]),
        ),
        ("empty data", opened.clone(), frame(DATA, 0, 1, &[])),
        ("unknown frames", Vec::new(), frame(0xbe, 0, 0, b"hello")),
        (
            "empty continuations",
            frame(HEADERS, 0, 1, &get("/v1/models")),
            frame(CONTINUATION, 0, 1, &[]),
        ),
    ];
    for (name, before, one) in floods {
        let mut raw = case.raw(&[]).await;
        raw.write(&before).await;
        // Written until the server has had enough, and at most so often.
        let batch = one.repeat(500);
        for _ in 0..100 {
            if !raw.write(&batch).await {
                break;
            }
        }
        raw.closed().await;
        let (status, _) = bystander.ask(message_request(false, KEY)).await;
        assert_eq!(status, 200, "{name}");
    }
}

#[tokio::test]
async fn requests_that_are_reset_at_once_close_the_connection() {
    let case = Case::new(Behaviour::HeaderDelay(Duration::MAX), |_| {}).await;
    let mut raw = case.raw(&[]).await;
    let mut flood = Vec::new();
    for stream in (1..20_000).step_by(2) {
        flood.extend(frame(
            HEADERS,
            END_HEADERS | END_STREAM,
            stream,
            &get("/v1/models"),
        ));
        flood.extend(frame(RST_STREAM, 0, stream, &8_u32.to_be_bytes()));
    }
    raw.write(&flood).await;
    raw.closed().await;
    // Nothing of it is left behind.
    soon(case.rig.upstream.wait_for(|stats| stats.active == 0)).await;
    case.rig.upstream.rewrite("a", [Behaviour::Answer]);
    case.still_serves().await;
}

#[tokio::test]
async fn a_head_without_end() {
    let case = Case::new(Behaviour::Answer, |_| {}).await;
    let mut raw = case.raw(&[]).await;
    raw.frame(HEADERS, 0, 1, &get("/v1/models")).await;
    let name = "x".repeat(100);
    let more = fields(&[(&name, &name)]).repeat(50);
    let mut written = 0;
    while raw.frame(CONTINUATION, 0, 1, &more).await {
        written += more.len();
        // What is written and not read fills the buffers of two sockets.
        assert!(written < 16 << 20, "it is read for ever");
    }
    raw.closed().await;
    case.still_serves().await;
}

#[tokio::test]
async fn there_are_only_so_many_requests_at_a_time() {
    let case = Case::new(Behaviour::HeaderDelay(Duration::MAX), |_| {}).await;
    let mut raw = case.raw(&[]).await;
    for number in 0..270 {
        raw.post(number * 2 + 1, &message(false)).await;
    }
    let mut refused = 0;
    while refused < 270 - 256 {
        let (kind, _, _, payload) = raw.next().await.expect("the connection stays");
        // REFUSED_STREAM: it may be sent again.
        if kind == RST_STREAM && payload == 7_u32.to_be_bytes() {
            refused += 1;
        }
    }
    let upstream = &case.rig.upstream;
    assert_eq!(
        soon(upstream.wait_for(|stats| stats.active == 256))
            .await
            .received,
        256
    );
    drop(raw);
    soon(upstream.wait_for(|stats| stats.active == 0)).await;
}

#[tokio::test]
async fn a_client_that_opens_no_window_is_left() {
    for stream in [false, true] {
        let case = Case::new(Behaviour::Answer, |params| {
            params.limits.idle_timeout = BRIEF;
            params.limits.write_timeout = BRIEF;
        })
        .await;
        // SETTINGS_INITIAL_WINDOW_SIZE 0: the reply's head can be sent and none of its body.
        let mut raw = case.raw(&[0, 4, 0, 0, 0, 0]).await;
        raw.post(1, &message(stream)).await;
        let mut data = 0;
        while let Some((kind, _, _, payload)) = raw.next().await {
            if kind == DATA {
                data += payload.len();
            }
            // It is there, and takes nothing. Answers to its own pings are not pinged again: that
            // would be a flood, which ends the connection for another reason.
            if kind != PING {
                raw.frame(PING, 0, 0, &[0; 8]).await;
            }
        }
        assert_eq!(data, 0);
        soon(case.rig.upstream.wait_for(|stats| stats.active == 0)).await;
        case.still_serves().await;
    }
}
