//! What a translated request loses, and who is told.

use crate::rig::{Ask, Rig, config, entries, upstream};
use cliproxy_core::Protocol;
use cliproxy_scripted_upstream::Behaviour;

const BODY: &str = r#"{"model":"m","max_tokens":64,"top_k":20,"temperature":0.5,
    "messages":[{"role":"user","content":"hello"}]}"#;

fn asked() -> Ask {
    Ask::new(Protocol::Claude, "m", false).with_body(BODY)
}

#[tokio::test]
async fn clients_and_operators_are_told_what_was_dropped() {
    let upstream = upstream([Behaviour::Answer]);
    let rig = Rig::new(&entries(&upstream, Protocol::Chat, "a"));
    let answer = rig.send(&asked()).await;
    assert_eq!(answer.status, 200, "{answer:?}");
    assert_eq!(answer.header("x-cliproxy-dropped"), "top_k");
    let record = rig.record().await;
    let translation = record.translation().unwrap();
    assert_eq!(translation.upstream, Protocol::Chat);
    assert_eq!((translation.dropped, translation.changed), (1, 0));
    assert_eq!(translation.dropped_paths.as_deref(), Some("top_k"));
    let explanation = rig.gateway.explain(&record.request_id).unwrap();
    let attempt = &explanation.steps[0].attempts[0];
    let shown = attempt.translation.as_ref().unwrap();
    assert_eq!((&*shown.protocol, shown.dropped), ("chat", 1));
    assert_eq!(shown.dropped_paths.as_deref(), Some("top_k"));
}

#[tokio::test]
async fn nothing_is_said_where_nothing_was_translated() {
    let upstream = upstream([Behaviour::Answer]);
    let rig = Rig::new(&entries(&upstream, Protocol::Claude, "a"));
    let answer = rig.send(&asked()).await;
    assert_eq!(answer.status, 200, "{answer:?}");
    assert!(!answer.headers.contains_key("x-cliproxy-dropped"));
    assert_eq!(rig.record().await.translation(), None);
}

#[tokio::test]
async fn the_policy_and_the_switches_hold_from_the_next_request_on() {
    let upstream = upstream([Behaviour::Answer]);
    let entries = entries(&upstream, Protocol::Chat, "a");
    let rig = Rig::new(&entries);
    let check = async |yaml: &str, status: u16, dropped: Option<&str>| {
        rig.gateway.reload(config(yaml)).unwrap();
        let answer = rig.send(&asked()).await;
        assert_eq!(answer.status, status, "{yaml}: {answer:?}");
        let found = answer.headers.get("x-cliproxy-dropped");
        let found = found.map(|value| value.to_str().unwrap());
        assert_eq!(found, dropped, "{yaml}");
    };
    check(&entries, 200, Some("top_k")).await;
    let strict = format!("translation: {{loss-policy: strict}}\n{entries}");
    check(&strict, 400, None).await;
    let lenient = format!("translation: {{loss-policy: lenient}}\n{entries}");
    check(&lenient, 200, Some("top_k")).await;
    let said = |said: &str| entries.replace("name: a,", &format!("name: a, {said},"));
    let both = Some("top_k, temperature");
    check(&said("drop-params: [temperature]"), 200, both).await;
    // This profile sends it, and the upstream refuses it.
    check(&said("profile: openrouter"), 400, None).await;
    let dropped = said("profile: openrouter, drop-params: [top_k]");
    check(&dropped, 200, Some("top_k")).await;
    check(&entries, 200, Some("top_k")).await;
}

#[tokio::test]
async fn an_upstream_gets_what_its_entry_says_it_takes() {
    let upstream = upstream([Behaviour::Answer]);
    let switches = "name: a, max-tokens-field: max_completion_tokens, rename-params: {temperature: \
                    heat},";
    let entries = entries(&upstream, Protocol::Chat, "a");
    let rig = Rig::new(&entries.replace("name: a,", switches));
    // The scripted upstream does not know `heat`.
    assert_eq!(rig.send(&asked()).await.status, 400);
    let sent = upstream.take_requests().remove(0).json();
    assert_eq!(sent["max_completion_tokens"], 64, "{sent}");
    assert_eq!(sent["heat"], 0.5, "{sent}");
    assert!(sent.get("temperature").is_none() && sent.get("max_tokens").is_none());
}
