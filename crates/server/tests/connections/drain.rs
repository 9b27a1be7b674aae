//! Stopping.

use crate::rig::{Rig, message, request, soon};
use cliproxy_scripted_upstream::Behaviour;
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
async fn what_does_not_end_is_ended() {
    let mut rig = Rig::with_grace(Behaviour::StallAfter(3), Duration::from_millis(50)).await;
    let mut running = rig.connect().await;
    running.write(&message(true)).await;
    running.until(b"content_block_start").await;
    rig.stop();
    assert!(!rig.stopped().await);
    running.rest().await;
    soon(rig.upstream.wait_for(|stats| stats.cancelled == 1)).await;
}
