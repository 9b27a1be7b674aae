//! What happens during a refresh, and what a refresh does to everything else.

use super::{
    Ends, Home, MODEL, ask, by,
    tokens::{granted, on_disk},
};
use crate::rig::{Answer, Ask, Rig, config, limited, now, s, soon};
use cliproxy_auth_store::{FileName, FileStore, Journal, JournalState};
use cliproxy_core::{Operation, Protocol};
use cliproxy_scripted_upstream::{
    Behaviour,
    oauth::{Gate, RetryHint, TokenBehaviour, TokenFailure},
};
use serde_json::{Value, json};
use std::fs;

/// A model that every plan of Codex has, and that is not [`MODEL`].
const OTHER: &str = "gpt-5.5";

/// Accounts `a`, whose token has ended and whose new one is held back, and `b`, which comes second.
fn held(gate: &Gate) -> Home {
    let home = Home::new([], [TokenBehaviour::Answer.held(gate)]);
    home.sign_in("a", Ends::Ago, &json!({"priority": 9}));
    home.sign_in("b", Ends::Long, &json!({"priority": 3}));
    home
}

/// Asks for `a`, does something while its tokens are on their way, and lets everything come to rest.
async fn during(home: &Home, rig: &Rig, gate: &Gate, deed: impl FnOnce()) -> Answer {
    let ask = ask();
    let meanwhile = async {
        soon(home.upstream.wait_for(|stats| stats.refreshes("a") == 1)).await;
        let epoch = rig.gateway.snapshot().epoch;
        deed();
        soon(rig.gateway.later_than(epoch)).await;
        gate.open();
        soon(home.upstream.wait_for(|stats| stats.calls_completed == 1)).await;
    };
    let (answer, ()) = tokio::join!(rig.send(&ask), meanwhile);
    answer
}

async fn stop(rig: &Rig) {
    assert_eq!(rig.gateway.close_credentials().await, []);
    rig.gateway.tasks().close();
    soon(rig.gateway.tasks().wait()).await;
}

#[tokio::test]
async fn what_is_edited_during_a_refresh_stays_edited() {
    let check = async |edits: Value, first: &str, then: &str| {
        let gate = Gate::new();
        let home = held(&gate);
        let rig = home.rig("").await;
        let edit = || {
            let mut file = home.read("a");
            file.as_object_mut()
                .unwrap()
                .extend(edits.as_object().unwrap().clone());
            home.write("a", &file);
        };
        let answer = during(&home, &rig, &gate, edit).await;
        assert_eq!(by(&answer), first, "{edits}");
        assert_eq!(by(&rig.send(&ask()).await), then, "{edits}");
        stop(&rig).await;
        assert_eq!(on_disk(&home), granted(&home), "{edits}");
        let file = home.read("a");
        for (member, value) in edits.as_object().unwrap() {
            assert_eq!(file[member], *value, "{edits}");
        }
        assert_eq!(home.upstream.stats().refreshes("a"), 1, "{edits}");
    };
    // Whoever has begun with it goes on with it; who comes later finds what is there by then.
    check(json!({"priority": 1, "x": {"y": 1.0}}), "a", "b").await;
    check(json!({"proxy_url": "direct", "note": "n"}), "a", "a").await;
    check(json!({"disabled": true}), "a", "b").await;
}

#[tokio::test]
async fn what_is_deleted_during_a_refresh_stays_deleted() {
    let gate = Gate::new();
    let home = held(&gate);
    let rig = home.rig("").await;
    let delete = || fs::remove_file(home.path("a")).unwrap();
    let answer = during(&home, &rig, &gate, delete).await;
    assert_eq!(by(&answer), "b");
    stop(&rig).await;
    let left = fs::read_dir(home.directory.path()).unwrap();
    let mut left: Vec<_> = left.map(|entry| entry.unwrap().file_name()).collect();
    left.retain(|name| name.to_string_lossy().ends_with(".json"));
    assert_eq!(left, ["b.json"]);
}

#[tokio::test]
async fn a_client_that_leaves_does_not_stop_a_refresh() {
    let gate = Gate::new();
    let home = held(&gate);
    let rig = home.rig("").await;
    let ask = ask();
    tokio::select! {
        answer = rig.send(&ask) => panic!("{answer:?}"),
        _ = soon(home.upstream.wait_for(|stats| stats.refreshes("a") == 1)) => {}
    }
    let (answer, ()) = tokio::join!(rig.send(&ask), async { gate.open() });
    assert_eq!(by(&answer), "a");
    assert_eq!(home.upstream.stats().refreshes("a"), 1);
    assert_eq!(on_disk(&home), granted(&home));
}

/// A token went out before a kill, and nobody knows whether it was used up.
#[tokio::test]
async fn what_a_killed_process_has_begun_is_tried_once() {
    for (answer, is_granted) in [
        (TokenBehaviour::Answer, true),
        (TokenFailure::Reused.into(), false),
    ] {
        let home = Home::new([], [answer.clone()]);
        home.sign_in("a", Ends::Long, &json!({}));
        let name = FileName::parse("a.json").unwrap();
        let token = home.read("a")["refresh_token"].as_str().unwrap().into();
        let journal = Journal::of(&FileStore::new(home.directory.path()));
        let begun = JournalState::InFlight;
        journal.write(&name, &token, &begun, now()).unwrap();
        let rig = home.rig("").await;
        soon(home.upstream.wait_for(|stats| stats.calls_completed == 1)).await;
        // Until its end the old one is good.
        assert_eq!(by(&rig.send(&ask()).await), "a", "{answer:?}");
        stop(&rig).await;
        assert_eq!(home.upstream.stats().refreshes("a"), 1, "{answer:?}");
        let noted = journal.read(&name).map(|entry| entry.state);
        if is_granted {
            assert_eq!(on_disk(&home), granted(&home));
            assert_eq!(noted, None, "its end is known");
        } else {
            let noted = format!("{noted:?}");
            assert!(noted.contains("ambiguous-rotation"), "{noted}");
        }
    }
}

#[tokio::test]
async fn who_cannot_be_refreshed_now_rests_until_the_next_attempt() {
    let later = TokenFailure::RateLimit(RetryHint::Seconds(90));
    let home = Home::new([], [later.into()]);
    home.sign_in("a", Ends::Ago, &json!({"priority": 9}));
    home.sign_in("b", Ends::Long, &json!({}));
    let rig = home.rig("").await;
    for _ in 0..3 {
        assert_eq!(by(&rig.send(&ask()).await), "b");
    }
    assert_eq!(home.upstream.stats().refreshes("a"), 1);
    let status = rig.gateway.status();
    let mut all = status.credentials.iter();
    let rests = all.find(|one| one.credential == "a").unwrap();
    let seconds = rests.back_in_ms.unwrap() / 1_000;
    assert!((60..=90).contains(&seconds), "{rests:?}");
}

#[tokio::test]
async fn a_rest_outlives_a_refresh() {
    let home = Home::new([limited(s(900)), Behaviour::Answer], []);
    home.sign_in("a", Ends::Long, &json!({}));
    let rig = home.rig("request-retry: 0").await;
    assert_eq!(rig.send(&ask()).await.status, 429);
    home.upstream.oauth().expire("a");
    let other = Ask::new(Protocol::Responses, OTHER, false).to(Operation::Generate);
    assert_eq!(by(&rig.send(&other).await), "a");
    assert_eq!(home.upstream.stats().refreshes("a"), 1);
    let received = home.upstream.stats().received;
    assert_eq!(rig.send(&ask()).await.status, 429, "it still rests");
    assert_eq!(home.upstream.stats().received, received);
}

#[tokio::test]
async fn settings_of_a_type_hold_from_a_reload_on() {
    let home = Home::new([], []);
    home.sign_in("a", Ends::Long, &json!({"prefix": "team"}));
    let rig = home.rig("").await;
    let reload = |more: &str| rig.gateway.reload(config(&home.yaml(more))).unwrap();
    let served = async |model: &str| {
        let ask = Ask::new(Protocol::Responses, model, false).to(Operation::Generate);
        rig.send(&ask).await.status == 200
    };
    let prefixed = format!("team/{MODEL}");
    assert!(served(MODEL).await && served(&prefixed).await);
    reload(&format!("oauth-excluded-models: {{codex: [{MODEL}]}}"));
    assert!(!served(MODEL).await && !served(&prefixed).await);
    assert!(served(OTHER).await);
    reload("force-model-prefix: true");
    assert!(!served(MODEL).await && served(&prefixed).await);
    reload("");
    assert!(served(MODEL).await && served(&prefixed).await);
}

#[tokio::test]
async fn who_is_switched_off_is_refreshed_unless_that_is_switched_off_too() {
    let home = Home::new([], []);
    home.sign_in("a", Ends::Ago, &json!({"disabled": true}));
    home.sign_in("b", Ends::Ago, &json!({}));
    let rig = home.rig("auth-refresh: {disabled-too: false}").await;
    soon(home.upstream.wait_for(|stats| stats.refreshes("b") == 1)).await;
    assert_eq!(home.upstream.stats().refreshes("a"), 0);
    rig.gateway.reload(config(&home.yaml(""))).unwrap();
    soon(home.upstream.wait_for(|stats| stats.refreshes("a") == 1)).await;
}
