//! Which requests are remembered, and for how long.

use crate::rig::{Ask, Rig};
use cliproxy_core::Protocol;
use cliproxy_gateway::{DoorRefusal, Failure};
use http::StatusCode;

#[tokio::test]
async fn the_last_512_are_remembered() {
    let rig = Rig::new("port: 1");
    let ask = |id: &str| Ask::chat("m").called(id);
    for number in 0..513 {
        rig.send(&ask(&format!("own-{number}"))).await;
    }
    let known = |id: &str| rig.gateway.explain(id).is_some();
    assert_eq!(
        ["own-0", "own-1", "own-512", "own-513"].map(known),
        [false, true, true, false]
    );
    assert_eq!(rig.gateway.recent(1_000).len(), 512);
    let newest = rig.gateway.recent(3);
    let ids = newest.iter().map(|one| one.request_id.as_str());
    assert_eq!(ids.collect::<Vec<_>>(), ["own-512", "own-511", "own-510"]);
    // A client that repeats itself is asked about its last request.
    rig.send(&Ask::chat("other").called("own-400")).await;
    assert_eq!(rig.gateway.explain("own-400").unwrap().model, "other");
    assert_eq!(rig.gateway.explain_last().unwrap().model, "other");
}

#[tokio::test]
async fn only_requests_for_models_are_remembered() {
    let rig = Rig::new("port: 1");
    let journal = || {
        let id = rig.gateway.request_id(None);
        rig.gateway.begin(Protocol::Claude, id)
    };
    let stranger = Failure::Door(DoorRefusal {
        status: StatusCode::UNAUTHORIZED,
        code: None,
        kind: None,
        retry_after: None,
        message: "no key".to_owned(),
    });
    let reply = rig.gateway.refuse(Protocol::Claude, &stranger, journal());
    assert_eq!(reply.status, 401);
    // A list of models.
    journal().answered_here(200);
    assert_eq!(rig.records(2).await.len(), 2, "both are in the log");
    assert_eq!(rig.gateway.explain_last(), None);
    assert!(rig.gateway.recent(10).is_empty());
}
