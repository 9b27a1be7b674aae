//! Snapshots: what a new one takes over, and what the lists say.

use crate::rig::{Ask, Rig, config, entries, in_order, soon, upstream};
use cliproxy_core::{Operation, Protocol};
use cliproxy_scripted_upstream::{Behaviour, Failure};
use http_body_util::BodyExt as _;
use std::time::Duration;

const CLAUDE: Protocol = Protocol::Claude;

#[tokio::test]
async fn health_and_rotation_survive_a_reload() {
    let upstream = upstream([
        Failure::Internal.into(),
        Behaviour::Answer,
        Behaviour::Answer,
    ]);
    let yaml = in_order(&entries(&upstream, CLAUDE, "abc"));
    let rig = Rig::new(&yaml);
    let ask = Ask::new(CLAUDE, "m", false);
    assert_eq!(rig.served(&ask, 1).await, ["b"]);
    // The same entries in another order.
    let mut lines: Vec<_> = yaml.lines().collect();
    lines[1..].reverse();
    rig.gateway.reload(config(&lines.join("\n"))).unwrap();
    assert_eq!(rig.gateway.snapshot().epoch, 2);
    let served = rig.served(&ask, 4).await;
    assert!(!served.contains(&"a".to_owned()), "{served:?}");
    assert_eq!(upstream.stats().hits("a"), 1, "it still rests");
}

#[tokio::test]
async fn another_key_starts_clean() {
    let upstream = upstream([Failure::Unauthorized.into(), Behaviour::Answer]);
    let yaml = entries(&upstream, CLAUDE, "a");
    let rig = Rig::new(&yaml);
    let ask = Ask::new(CLAUDE, "m", false);
    assert_eq!(rig.send(&ask).await.status, 401);
    assert_eq!(rig.send(&ask).await.status, 429);
    let next = config(&yaml.replace("api-key: a,", "api-key: b,"));
    rig.gateway.reload(next).unwrap();
    assert_eq!(
        rig.served(&ask, 1).await,
        ["a"],
        "the same entry, another key"
    );
    rig.gateway.reload(config(&yaml)).unwrap();
    assert!(
        rig.send(&ask).await.status.is_client_error(),
        "the first key again"
    );
}

#[tokio::test]
async fn a_running_stream_keeps_its_snapshot() {
    let upstream = upstream([Behaviour::Paced {
        interval: Duration::from_millis(5),
    }]);
    let rig = Rig::new(&entries(&upstream, CLAUDE, "a"));
    let ask = Ask::new(CLAUDE, "m", true);
    let mut reply = rig.open(&ask).await;
    soon(reply.body.frame()).await.unwrap().unwrap();
    rig.gateway.reload(config("port: 1")).unwrap();
    let rest = soon(reply.body.collect()).await.unwrap().to_bytes();
    let text = String::from_utf8(rest.to_vec()).unwrap();
    assert!(text.contains("message_stop"), "{text}");
    assert_eq!(rig.send(&ask).await.status, 404, "the new one has no model");
}

#[tokio::test]
async fn what_a_protocol_does_not_serve_is_said() {
    let upstream = upstream([Behaviour::Answer]);
    let rig = Rig::new(&entries(&upstream, CLAUDE, "a"));
    let check = async |ask: Ask, status: u16, says: &str| {
        let answer = rig.send(&ask).await;
        assert_eq!(answer.status, status, "{}", answer.text());
        assert!(answer.text().contains(says), "{}", answer.text());
    };
    let embed = Ask::chat("m").to(Operation::Embed);
    check(embed, 400, "another protocol").await;
    check(Ask::new(CLAUDE, "unknown", false), 404, "unknown").await;
    assert_eq!(upstream.stats().requests, 0);
}
