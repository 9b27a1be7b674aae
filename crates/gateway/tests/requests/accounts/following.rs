//! Files that are added, edited, disabled, deleted and made again while requests run.

use super::{Ends, Home, ask, by};
use crate::rig::{Ask, Rig, config, limited, s, soon};
use cliproxy_core::Protocol;
use cliproxy_scripted_upstream::Behaviour;
use http_body_util::BodyExt as _;
use serde_json::json;
use std::{fs, time::Duration};

/// What a change of the files has led to.
async fn after(rig: &Rig, change: impl FnOnce()) {
    let epoch = rig.gateway.snapshot().epoch;
    change();
    soon(rig.gateway.later_than(epoch)).await;
}

#[tokio::test]
async fn a_file_is_in_service_as_it_is_now() {
    let home = Home::new([], []);
    let rig = home.rig("").await;
    assert_eq!(rig.send(&ask()).await.status, 404, "there is nobody");
    after(&rig, || home.sign_in("a", Ends::Long, &json!({}))).await;
    assert_eq!(by(&rig.send(&ask()).await), "a");
    after(&rig, || {
        home.sign_in("b", Ends::Long, &json!({"priority": 5}))
    })
    .await;
    assert_eq!(by(&rig.send(&ask()).await), "b");
    after(&rig, || home.edit("a", "priority", json!(9))).await;
    assert_eq!(by(&rig.send(&ask()).await), "a");
    after(&rig, || home.edit("a", "disabled", json!(true))).await;
    assert_eq!(by(&rig.send(&ask()).await), "b");
    after(&rig, || home.edit("a", "disabled", json!(false))).await;
    assert_eq!(by(&rig.send(&ask()).await), "a");
    after(&rig, || fs::remove_file(home.path("a")).unwrap()).await;
    assert_eq!(by(&rig.send(&ask()).await), "b");
    after(&rig, || {
        home.edit("b", "excluded_models", json!(["gpt-5*"]))
    })
    .await;
    assert_eq!(rig.send(&ask()).await.status, 404, "nobody serves it");
}

#[tokio::test]
async fn tokens_alone_change_no_snapshot() {
    let home = Home::new([], []);
    home.sign_in("a", Ends::Ago, &json!({}));
    let rig = home.rig("").await;
    let epoch = rig.gateway.snapshot().epoch;
    assert_eq!(by(&rig.send(&ask()).await), "a");
    // What comes later is seen later, so what was written before has been seen.
    after(&rig, || home.sign_in("b", Ends::Long, &json!({}))).await;
    assert_eq!(rig.gateway.snapshot().epoch, epoch + 1);
}

#[tokio::test]
async fn a_running_stream_outlives_its_file() {
    let home = Home::new(
        [Behaviour::Paced {
            interval: Duration::from_millis(5),
        }],
        [],
    );
    home.sign_in("a", Ends::Long, &json!({}));
    let rig = home.rig("").await;
    let ask = Ask::new(Protocol::Responses, super::MODEL, true);
    let mut reply = rig.open(&ask).await;
    soon(reply.body.frame()).await.unwrap().unwrap();
    after(&rig, || fs::remove_file(home.path("a")).unwrap()).await;
    let rest = soon(reply.body.collect()).await.unwrap().to_bytes();
    let text = String::from_utf8(rest.to_vec()).unwrap();
    assert!(text.contains("response.completed"), "{text}");
}

#[tokio::test]
async fn a_running_stream_outlives_that_it_is_switched_off() {
    let home = Home::new(
        [Behaviour::Paced {
            interval: Duration::from_millis(5),
        }],
        [],
    );
    home.sign_in("a", Ends::Long, &json!({}));
    let rig = home.rig("").await;
    let asking = Ask::new(Protocol::Responses, super::MODEL, true);
    let mut reply = rig.open(&asking).await;
    soon(reply.body.frame()).await.unwrap().unwrap();
    after(&rig, || home.edit("a", "disabled", json!(true))).await;
    assert_eq!(rig.send(&ask()).await.status, 404, "nobody else begins");
    let rest = soon(reply.body.collect()).await.unwrap().to_bytes();
    let text = String::from_utf8(rest.to_vec()).unwrap();
    assert!(text.contains("response.completed"), "{text}");
}

#[tokio::test]
async fn a_file_that_is_half_written_changes_nothing() {
    let home = Home::new([], []);
    home.sign_in("a", Ends::Long, &json!({}));
    let rig = home.rig("").await;
    let whole = fs::read(home.path("a")).unwrap();
    for part in [&whole[..whole.len() / 2], b""] {
        fs::write(home.path("a"), part).unwrap();
        // What comes later is seen later, so what was written before has been seen.
        after(&rig, || {
            home.sign_in("b", Ends::Long, &json!({"priority": -1}))
        })
        .await;
        assert_eq!(by(&rig.send(&ask()).await), "a");
        after(&rig, || fs::remove_file(home.path("b")).unwrap()).await;
    }
    let mut file: serde_json::Value = serde_json::from_slice(&whole).unwrap();
    file["disabled"] = json!(true);
    after(&rig, || {
        fs::write(home.path("a"), file.to_string()).unwrap()
    })
    .await;
    assert_eq!(rig.send(&ask()).await.status, 404, "now it is whole");
}

#[tokio::test]
async fn who_is_made_again_does_not_rest() {
    let home = Home::new([limited(s(900)), Behaviour::Answer], []);
    home.sign_in("a", Ends::Long, &json!({}));
    let rig = home.rig("request-retry: 0").await;
    assert_eq!(rig.send(&ask()).await.status, 429);
    assert_eq!(rig.send(&ask()).await.status, 429, "it rests");
    assert_eq!(home.upstream.stats().received, 1);
    after(&rig, || {
        home.edit("a", "note", json!("an edit is no excuse"))
    })
    .await;
    assert_eq!(rig.send(&ask()).await.status, 429, "it still rests");
    assert_eq!(home.upstream.stats().received, 1);
    let file = home.read("a");
    after(&rig, || fs::remove_file(home.path("a")).unwrap()).await;
    after(&rig, || home.write("a", &file)).await;
    assert_eq!(by(&rig.send(&ask()).await), "a");
}

#[tokio::test]
async fn a_request_that_waits_is_served_by_who_is_added() {
    let home = Home::new([limited(s(600))], []);
    home.sign_in("a", Ends::Long, &json!({}));
    let rig = home.rig("request-retry: 1\nmax-retry-interval: 1h").await;
    let ask = ask();
    let asking = rig.send(&ask);
    let adding = async {
        soon(home.upstream.wait_for(|stats| stats.hits("a") == 1)).await;
        home.sign_in("b", Ends::Long, &json!({}));
    };
    let (answer, ()) = tokio::join!(asking, adding);
    assert_eq!(by(&answer), "b");
    assert_eq!(rig.record().await.attempts.len(), 2);
}

#[tokio::test]
async fn another_directory_is_followed_after_a_reload() {
    let (home, other) = (Home::new([], []), Home::new([], []));
    home.sign_in("a", Ends::Long, &json!({}));
    other.sign_in("b", Ends::Long, &json!({}));
    let rig = home.rig("").await;
    assert_eq!(by(&rig.send(&ask()).await), "a");
    let epoch = rig.gateway.snapshot().epoch;
    rig.gateway.reload(config(&other.yaml(""))).unwrap();
    // The reload itself, and what it leads to.
    soon(rig.gateway.later_than(epoch + 1)).await;
    assert_eq!(by(&rig.send(&ask()).await), "b");
    after(&rig, || {
        other.sign_in("c", Ends::Long, &json!({"priority": 1}))
    })
    .await;
    assert_eq!(by(&rig.send(&ask()).await), "c");
}
