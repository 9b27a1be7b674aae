//! What held a request up or cut it short, for those who ask afterwards.

use crate::rig::{
    Ask, Rig, config, entries, entry, in_order, limited, refusing, s, section, upstream,
};
use cliproxy_core::Protocol;
use cliproxy_gateway::{Explanation, Step};
use cliproxy_scripted_upstream::{Behaviour, Failure, Script, Upstream};

const CLAUDE: Protocol = Protocol::Claude;

async fn last(rig: &Rig, ask: &Ask) -> Explanation {
    rig.send(ask).await;
    rig.gateway.explain_last().unwrap()
}

/// `route: outcome`, one for each step.
fn outcomes(explained: &Explanation) -> Vec<String> {
    let steps = explained.steps.iter();
    let words = steps.map(|step| format!("{}: {}", step.route, step.outcome));
    words.collect()
}

#[tokio::test]
async fn a_wait_is_told_with_whoever_was_waited_for() {
    let script = Script::new()
        .queue("a", "a", [limited(s(1)), Behaviour::Answer])
        .queue("b", "b", [limited(s(600))]);
    let upstream = Upstream::start(script).unwrap();
    let yaml = in_order(&entries(&upstream, CLAUDE, "ab"));
    let rig = Rig::new(&format!("max-retry-interval: 1d\n{yaml}"));
    let explained = last(&rig, &Ask::new(CLAUDE, "m", false)).await;
    assert_eq!(explained.status, 200);
    let [note] = &explained.steps[0].notes[..] else {
        panic!("{explained:?}");
    };
    // Of the second that is left of it.
    assert!(note.starts_with("waited "), "{note}");
    assert!(note.ends_with("s for a to be back"), "{note}");
}

#[tokio::test]
async fn a_wait_that_the_client_did_not_see_the_end_of() {
    let upstream = upstream([limited(s(600))]);
    let yaml = entries(&upstream, CLAUDE, "a");
    let rig = Rig::new(&format!(
        "max-retry-interval: 1d\nrequest-deadline: 200ms\n{yaml}"
    ));
    let explained = last(&rig, &Ask::new(CLAUDE, "m", false)).await;
    assert_eq!(explained.status, 504);
    let notes = explained.steps[0].notes.join(", ");
    assert!(notes.starts_with("was to wait "), "{notes}");
    assert!(notes.ends_with("s for a to be back"), "{notes}");
}

#[tokio::test]
async fn limits_on_attempts_are_told() {
    let check = async |settings: &str, expected: &[&str]| {
        let upstream = upstream(vec![Behaviour::from(Failure::Internal); 3]);
        let yaml = in_order(&entries(&upstream, CLAUDE, "abc"));
        let rig = Rig::new(&format!("disable-cooling: true\n{settings}\n{yaml}"));
        let explained = last(&rig, &Ask::new(CLAUDE, "m", false)).await;
        assert_eq!(explained.status, 500);
        assert_eq!(explained.steps[0].notes, expected, "{settings}");
    };
    let most = |most| format!("max-attempts ({most}) allows no more");
    let round =
        |most| format!("max-retry-credentials ({most}) ended a round before all were asked");
    check("request-retry: 0", &[]).await;
    check("max-attempts: 2", &[&most(2)]).await;
    check("max-attempts: 4", &[&most(4)]).await;
    let two = "max-retry-credentials: 2\nrequest-retry";
    check(&format!("{two}: 0"), &[&round(2)]).await;
    check(&format!("{two}: 2"), &[&round(2)]).await;
    check(
        &format!("max-attempts: 3\n{two}: 9"),
        &[&round(2), &most(3)],
    )
    .await;
    check("max-retry-credentials: 3\nrequest-retry: 0", &[]).await;
    // It was refused for what it says, and would have ended anyway.
    let wrong = r#"{"error":{"type":"invalid_request_error","message":"no"}}"#;
    let upstream = upstream([refusing(400, wrong)]);
    let yaml = entries(&upstream, CLAUDE, "a");
    let rig = Rig::new(&format!("max-attempts: 1\n{yaml}"));
    let explained = last(&rig, &Ask::new(CLAUDE, "m", false)).await;
    assert_eq!((explained.status, explained.steps[0].notes.len()), (400, 0));
}

#[tokio::test]
async fn a_fallback_that_cannot_be_asked_is_told() {
    let down = || Behaviour::from(Failure::Internal);
    let upstream = upstream([down(), Behaviour::Answer, down()]);
    let base = upstream.base_url();
    let a = entry(CLAUDE, &base, "a", "m", "");
    let b = entry(Protocol::Chat, &base, "b", "n", "");
    let c = entry(CLAUDE, &base, "c", "o", "");
    let rig = Rig::new(&format!(
        "fallbacks: {{m: [{{model: gone}}, {{model: o}}, {{model: o, provider: b}}]}}\n\
         request-retry: 0\nclaude-api-key:\n{a}{c}openai-compatibility:\n{b}"
    ));
    let failed = "the upstream answered 500 (api_error)";
    let gone = "gone: passed over: nobody serves it";
    let explained = last(&rig, &Ask::new(CLAUDE, "m", false)).await;
    assert_eq!(
        outcomes(&explained),
        [
            &format!("m: {failed}"),
            gone,
            &format!("o: {failed}"),
            "o: passed over: nobody serves it",
        ]
    );
    assert_eq!(explained.error.as_deref(), Some(failed));
    // The same for a request that was never made.
    let asked = rig.gateway.explain_model("m", Some(CLAUDE)).unwrap();
    assert_eq!(outcomes(&asked[0])[1], gone);
    // What nobody can be asked for is refused, whatever is passed over.
    let unknown = rig.gateway.explain_model("unknown", Some(CLAUDE));
    assert!(unknown.unwrap_err().contains("unknown"));
}

#[tokio::test]
async fn who_has_no_weight_is_a_candidate_all_the_same() {
    let said = |step: &Step| {
        let words = step.candidates.iter().map(|one| {
            let note = one.note.as_deref().unwrap_or_default();
            format!("{} {}: {} {note}", one.credential, one.weight, one.state)
        });
        words.collect::<Vec<_>>()
    };
    let weighted = "routing: {strategy: weighted-round-robin}";
    for protocol in Protocol::ALL {
        let upstream = upstream([Behaviour::Answer, Behaviour::Answer]);
        let base = upstream.base_url();
        let weights = [("a", "weight: 3"), ("b", "weight: 0")];
        let all = weights.map(|(key, weight)| entry(protocol, &base, key, "m", weight));
        let yaml = format!("{}:\n{}", section(protocol), all.concat());
        let rig = Rig::new(&format!("{weighted}\n{yaml}"));
        let explained = last(&rig, &Ask::new(protocol, "m", false)).await;
        let never = "b 0: never picked weight 0";
        assert_eq!(said(&explained.steps[0]), ["a 3: ready picked", never]);
        assert_eq!(explained.steps[0].more_candidates, 0);
        let asked = rig.gateway.explain_model("m", Some(protocol)).unwrap();
        assert_eq!(said(&asked[0].steps[0]), ["a 3: ready ", never]);
        // Nobody is left, and that is why.
        let none = config(&format!(
            "{weighted}\n{}",
            yaml.replace("weight: 3", "weight: 0")
        ));
        rig.gateway.reload(none).unwrap();
        let explained = last(&rig, &Ask::new(protocol, "m", false)).await;
        assert_eq!(explained.status, 503);
        let both = ["a 0: never picked weight 0", never];
        assert_eq!(said(&explained.steps[0]), both);
    }
    // Another strategy does not look at it.
    let upstream = upstream([Behaviour::Answer]);
    let alone = entry(CLAUDE, &upstream.base_url(), "a", "m", "weight: 0");
    let rig = Rig::new(&format!("claude-api-key:\n{alone}"));
    let explained = last(&rig, &Ask::new(CLAUDE, "m", false)).await;
    assert_eq!(said(&explained.steps[0]), ["a 0: ready picked"]);
}
