//! What a gateway counts, and shows in its status.

use crate::rig::{Ask, Rig, entries, upstream};
use cliproxy_core::Protocol::{self, Chat, Claude, Gemini};
use cliproxy_scripted_upstream::Behaviour;
use serde_json::json;

/// `name from to value` of what was counted.
fn counted(rig: &Rig) -> Vec<String> {
    let counters = rig.gateway.status().counters.into_iter();
    let counted = counters.filter(|counter| counter.value > 0).map(|counter| {
        let name = counter.name.strip_prefix("cliproxy_").unwrap();
        let label = |name| counter.labels.get(name).map_or("-", String::as_str);
        format!("{name} {} {} {}", label("from"), label("to"), counter.value)
    });
    counted.collect()
}

#[tokio::test]
async fn losses_and_repairs_are_counted_for_each_pair_of_protocols() {
    let upstream = upstream([Behaviour::Answer]);
    let rig = Rig::new(&entries(&upstream, Chat, "a"));
    let send = async |client: Protocol, body: serde_json::Value| {
        let ask = Ask::new(client, "m", false).with_body(body.to_string());
        let answer = rig.send(&ask).await;
        assert_eq!(answer.status, 200, "{answer:?}");
        rig.record().await
    };
    let turn = json!({"role": "user", "content": "hello"});
    send(Chat, json!({"model": "m", "messages": [turn]})).await;
    assert!(counted(&rig).is_empty());
    for _ in 0..2 {
        let body = json!({"model": "m", "max_tokens": 9, "top_k": 3, "messages": [turn]});
        send(Claude, body).await;
    }
    let call = json!({"type": "tool_use", "id": "c", "name": "f", "input": {}});
    let damaged = json!({"model": "m", "max_tokens": 9, "top_k": 3,
        "tools": [{"name": "f", "input_schema": {"type": "object"}}],
        "messages": [turn, {"role": "assistant", "content": [call]}, turn]});
    let record = send(Claude, damaged).await;
    assert_eq!(record.translation().unwrap().repairs, 1);
    let shown = rig.gateway.explain(&record.request_id).unwrap();
    let shown = shown.steps[0].attempts[0].translation.clone();
    assert_eq!(shown.unwrap().repairs, 1);
    let gemini = json!({"contents": [{"role": "user", "parts": [{"text": "hello"}]}],
        "generationConfig": {"topK": 3}});
    send(Gemini, gemini).await;
    assert_eq!(
        counted(&rig),
        [
            "translation_dropped_total claude chat 3",
            "translation_dropped_total gemini chat 1",
            "translation_repairs_total claude chat 1",
        ]
    );
    // What has never happened is there all the same where it has no pair.
    let counters = rig.gateway.status().counters;
    let of_replay = counters
        .iter()
        .find(|it| it.name == "cliproxy_replay_evictions_total");
    assert_eq!(of_replay.unwrap().value, 0);
}
