//! Stopping.

use crate::{
    limits::huge,
    rig::{Rig, message, request, soon},
};
use cliproxy_scripted_upstream::Behaviour;
use cliproxy_server::ServerParams;
use std::time::Duration;
use tokio::net::TcpStream;

#[tokio::test]
async fn a_running_stream_goes_on_to_its_end() {
    let paced = Behaviour::Paced {
        interval: Duration::from_millis(10),
    };
    let mut rig = Rig::new(paced).await;
    let idle = rig.connect().await;
    let mut used = rig.connect().await;
    used.write(&request(&["GET /readyz"], "")).await;
    assert_eq!(used.response().await.status, 200);
    let mut running = rig.connect().await;
    running.write(&message(true)).await;
    running.until(b"message_start").await;
    rig.stop();
    // Idle connections are closed.
    assert_eq!(used.rest().await, "");
    assert_eq!(idle.rest().await, "");
    let rest = running.rest().await;
    assert!(rest.contains("message_stop"), "{rest}");
    assert!(rig.stopped().await, "everything ended by itself");
    assert!(TcpStream::connect(rig.address).await.is_err());
}

#[tokio::test]
async fn what_asks_whether_it_is_ready_hears_that_it_is_not() {
    let mut rig = Rig::new(Behaviour::Answer).await;
    // A request that has begun when the stop comes, and is no idle connection.
    let mut asking = rig.connect().await;
    asking.write("GET /readyz HTTP/1.1\r\nhost: local").await;
    let mut other = rig.connect().await;
    other.write(request(&["GET /readyz"], "")).await;
    assert_eq!(other.response().await.status, 200);
    rig.stop();
    assert_eq!(other.rest().await, "");
    asking.write("host\r\n\r\n").await;
    let answer = asking.response().await;
    assert_eq!(answer.status, 503, "{answer:?}");
    assert!(answer.body.contains("draining"), "{answer:?}");
    assert!(rig.stopped().await);
}

#[tokio::test]
async fn what_does_not_end_is_ended() {
    let mut rig = Rig::with(Behaviour::StallAfter(3), brief).await;
    let mut running = rig.connect().await;
    running.write(&message(true)).await;
    running.until(b"content_block_start").await;
    rig.stop();
    assert!(!rig.stopped().await);
    // The client is told so in the words of its protocol, and the body ends as HTTP wants.
    let rest = running.rest().await;
    assert!(
        rest.contains("event: error\r\ndata: ") || rest.contains("event: error\ndata: "),
        "{rest}"
    );
    assert!(rest.contains("shutting down"), "{rest}");
    assert!(rest.ends_with("0\r\n\r\n"), "{rest}");
    soon(rig.upstream.wait_for(|stats| stats.cancelled == 1)).await;
}

#[tokio::test]
async fn whoever_does_not_read_the_end_is_not_waited_for() {
    let whole = ["{\"x\":\"", "0123456789abcdef", "\"}"];
    let mut rig = Rig::with(huge("application/json", whole), brief).await;
    let mut stuck = rig.connect().await;
    stuck.write(&message(false)).await;
    stuck.until(b"HTTP/1.1 200").await;
    rig.stop();
    assert!(!rig.stopped().await);
    assert!(stuck.rest().await.len() < 30 << 20);
}

#[tokio::test]
async fn a_reply_that_has_not_begun_is_refused() {
    let mut rig = Rig::with(Behaviour::HeaderDelay(Duration::MAX), brief).await;
    let mut waiting = rig.connect().await;
    waiting.write(&message(false)).await;
    soon(rig.upstream.wait_for(|stats| stats.received == 1)).await;
    rig.stop();
    let answer = waiting.response().await;
    assert!(!rig.stopped().await);
    assert_eq!(answer.status, 503, "{answer:?}");
    assert!(answer.body.contains("shutting down"), "{answer:?}");
    assert!(answer.has("retry-after: 1"), "{answer:?}");
    assert!(answer.has("connection: close"), "{answer:?}");
    soon(rig.upstream.wait_for(|stats| stats.cancelled == 1)).await;
}

/// What runs gets hardly any time to end.
const fn brief(params: &mut ServerParams) {
    params.limits.drain_timeout = Duration::from_millis(50);
}
