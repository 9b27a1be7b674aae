//! Why a request went where it went, for those who ask afterwards.

use crate::rig::{
    Ask, Rig, calls, config, entries, entry, in_order, limited, ordered, refusing, s, section,
    soon, upstream,
};
use cliproxy_core::Protocol;
use cliproxy_gateway::{Explanation, Step};
use cliproxy_scripted_upstream::{Behaviour, Failure, Script, Upstream};
use serde_json::json;
use std::time::Duration;

const CLAUDE: Protocol = Protocol::Claude;
/// What the rig's clock shows, in milliseconds.
const NOW_MS: u64 = 1_778_234_400_000;

/// `a picked: ready, b tried: cooling: quota`, in the order of service.
fn candidates(step: &Step) -> String {
    let words = step.candidates.iter().map(|one| {
        let note = one.note.as_deref().map(|note| format!(" {note}"));
        let (name, note) = (&one.credential, note.unwrap_or_default());
        format!("{name}{note}: {}", one.state)
    });
    words.collect::<Vec<_>>().join(", ")
}

/// `a: upstream 500, b: ok`.
fn attempts(step: &Step) -> String {
    let words = step.attempts.iter();
    let words = words.map(|one| format!("{}/{}: {}", one.credential, one.model, one.outcome));
    words.collect::<Vec<_>>().join(", ")
}

async fn last(rig: &Rig, ask: &Ask) -> Explanation {
    let answer = rig.send(ask).await;
    let explained = rig.gateway.explain_last().unwrap();
    assert_eq!(explained.status, answer.status.as_u16());
    assert_eq!(explained.request_id, answer.header("x-cliproxy-request-id"));
    assert_eq!(explained.error.is_some(), explained.status != 200);
    let found = rig.gateway.explain(&explained.request_id).unwrap();
    assert_eq!(found.steps, explained.steps);
    let ago = NOW_MS.checked_sub(explained.at_ms).unwrap();
    assert!(ago < 60_000, "{explained:?}");
    explained
}

#[tokio::test]
async fn what_is_said_of_a_request() {
    for protocol in Protocol::ALL {
        for stream in [false, true] {
            let upstream = upstream([Behaviour::Answer]);
            let name = section(protocol);
            let entry = entry(protocol, &upstream.base_url(), "a", "m=m-1", "priority: 3");
            let rig = Rig::new(&format!(
                "api-keys: [{{name: alice, key: key-of-alice-0123456789}}]\n{name}:\n{entry}"
            ));
            let ask =
                Ask::new(protocol, "m", stream).header("x-api-key", "key-of-alice-0123456789");
            let explained = last(&rig, &ask).await;
            let operation = if stream {
                "generate-stream"
            } else {
                "generate"
            };
            let said = [&explained.client, &explained.protocol, &explained.operation];
            assert_eq!(said, ["alice", &protocol.to_string(), operation]);
            let said = [&explained.model, &explained.ending];
            assert_eq!(said, ["m", "complete"]);
            let [step] = &explained.steps[..] else {
                panic!("{explained:?}");
            };
            assert_eq!(
                (step.route.as_str(), step.strategy.as_str()),
                ("m", "round-robin")
            );
            assert_eq!((step.affinity.as_str(), &step.session), ("-", &None));
            assert_eq!((step.outcome.as_str(), step.more_candidates), ("served", 0));
            assert_eq!(candidates(step), "a picked: ready");
            assert_eq!(
                (step.candidates[0].priority, step.candidates[0].weight),
                (3, 1)
            );
            assert_eq!(attempts(step), "a/m-1: ok");
        }
    }
}

#[tokio::test]
async fn why_each_candidate_was_not_asked() {
    let down = || Behaviour::from(Failure::Internal);
    let script = Script::new()
        .queue("a", "a", [Failure::Unauthorized.into(), Behaviour::Answer])
        .queue("b", "b", [Behaviour::Answer, down()])
        .key("c", "c", Behaviour::Answer);
    let upstream = Upstream::start(script).unwrap();
    let rig = ordered(&upstream, CLAUDE, "abc");
    let ask = Ask::new(CLAUDE, "m", false);
    // Everybody as they were when the first was picked.
    let first = last(&rig, &ask).await;
    let step = &first.steps[0];
    assert_eq!(
        candidates(step),
        "a picked: ready, b tried: ready, c lower priority: ready"
    );
    assert_eq!(attempts(step), "a/m: auth 401, b/m: ok");
    let second = last(&rig, &ask).await;
    let step = &second.steps[0];
    assert_eq!(
        candidates(step),
        "a: cooling: auth, b picked: ready, c tried: ready"
    );
    assert_eq!(attempts(step), "b/m: upstream 500, c/m: ok");
    let left = step.candidates[0].back_in_ms.unwrap();
    assert!((1_700_000..=1_800_000).contains(&left), "{left}");
    let third = last(&rig, &ask).await;
    let step = &third.steps[0];
    assert_eq!(
        candidates(step),
        "a: cooling: auth, b: cooling: upstream, c picked: ready"
    );
    // Among equals it is a matter of turns.
    let upstream = crate::rig::upstream([Behaviour::Answer, Behaviour::Answer]);
    let rig = Rig::new(&entries(&upstream, CLAUDE, "ab"));
    let explained = last(&rig, &ask).await;
    let words = candidates(&explained.steps[0]);
    let turns = ["a picked: ready", "b not its turn: ready"];
    let other = ["b picked: ready", "a not its turn: ready"];
    let mut said: Vec<_> = words.split(", ").collect();
    said.sort_unstable_by_key(|word| !word.contains("picked"));
    assert!(said == turns || said == other, "{words}");
}

#[tokio::test]
async fn what_became_of_requests_that_failed() {
    let check = async |behaviours: [Behaviour; 2], tried: &str, outcome: &str| {
        let upstream = upstream(behaviours);
        let rig = ordered(&upstream, CLAUDE, "ab");
        let explained = last(&rig, &Ask::new(CLAUDE, "m", false)).await;
        let [step] = &explained.steps[..] else {
            panic!("{explained:?}");
        };
        assert_eq!(
            (attempts(step).as_str(), step.outcome.as_str()),
            (tried, outcome)
        );
        assert_eq!(explained.error.as_deref(), Some(outcome));
        rig
    };
    let wrong = r#"{"error":{"type":"invalid_request_error","message":"canary"}}"#;
    let ok = Behaviour::Answer;
    let tried = "a/m: bad-request 400";
    let refused = "the upstream answered 400 (invalid_request_error)";
    check([refusing(400, wrong), ok.clone()], tried, refused).await;
    // Its code and place, where it has them; never what it says.
    let place =
        r#"{"error":{"type":"t","code":"bad_value","param":"tools[0].x","message":"canary"}}"#;
    let refused = "the upstream answered 400 (bad_value, tools[0].x)";
    check([refusing(400, place), ok.clone()], tried, refused).await;
    let sentence = r#"{"error":{"code":"it says: canary","param":"a b","message":"canary"}}"#;
    let refused = "the upstream answered 400";
    check([refusing(400, sentence), ok], tried, refused).await;
    let limits = [limited(s(600)), limited(s(60))];
    let both = "a/m: quota 429, b/m: quota 429";
    let rig = check(limits, both, "the upstream answered 429 (rate_limit_error)").await;
    // Nobody is asked any more.
    let explained = last(&rig, &Ask::new(CLAUDE, "m", false)).await;
    let step = &explained.steps[0];
    assert_eq!(candidates(step), "a: cooling: quota, b: cooling: quota");
    assert_eq!(attempts(step), "");
    assert!(
        step.outcome.contains("are cooling down"),
        "{}",
        step.outcome
    );
    // No model was tried.
    let explained = last(&rig, &Ask::new(CLAUDE, "unknown", false)).await;
    assert!(explained.steps.is_empty(), "{explained:?}");
    assert_eq!(
        (explained.model.as_str(), explained.status),
        ("unknown", 404)
    );
}

#[tokio::test]
async fn what_did_not_serve_is_not_said_to_have() {
    let never = || Behaviour::HeaderDelay(Duration::MAX);
    let upstream = upstream([never()]);
    let entries = entries(&upstream, CLAUDE, "a");
    let ask = Ask::new(CLAUDE, "m", false);
    let rig = Rig::new(&format!("request-deadline: 200ms\n{entries}"));
    let late = last(&rig, &ask).await;
    let step = &late.steps[0];
    assert_eq!(attempts(step), "a/m: transport");
    assert!(
        step.outcome.contains("request-deadline"),
        "{}",
        step.outcome
    );
    // The client left.
    let rig = Rig::new(&entries);
    tokio::select! {
        reply = rig.open(&ask) => panic!("{reply:?}"),
        _ = upstream.wait_for(|stats| stats.hits("a") == 2) => {}
    }
    let left = rig.gateway.explain_last().unwrap();
    assert_eq!((left.status, left.ending.as_str()), (499, "cancelled"));
    let step = &left.steps[0];
    assert_eq!(
        (attempts(step).as_str(), step.outcome.as_str()),
        ("a/m: cancelled", "cancelled")
    );
}

#[tokio::test]
async fn each_model_that_was_tried_is_a_step() {
    let down = || Behaviour::from(Failure::Internal);
    let upstream = upstream([down(), down(), Behaviour::Answer]);
    let base = upstream.base_url();
    let models = [("a", "m"), ("b", "m n"), ("c", "o=o-1")];
    let entries = models.map(|(key, models)| entry(CLAUDE, &base, key, models, ""));
    let rig = Rig::new(&format!(
        "request-retry: 0\nfallbacks: {{m: [{{model: n}}, {{model: o}}]}}\nclaude-api-key:\n{}",
        in_order(&entries.concat())
    ));
    let explained = last(&rig, &Ask::new(CLAUDE, "m", false)).await;
    let steps = explained.steps.iter().map(|step| {
        let (route, outcome) = (&step.route, &step.outcome);
        format!("{route}: {}: {outcome}", attempts(step))
    });
    let failed = "the upstream answered 500 (api_error)";
    assert_eq!(
        steps.collect::<Vec<_>>(),
        [
            format!("m: a/m: upstream 500, b/m: upstream 500: {failed}"),
            format!("n: b/n: upstream 500: {failed}"),
            "o: c/o-1: ok: served".to_owned(),
        ]
    );
    assert_eq!((explained.model.as_str(), explained.status), ("m", 200));
}

#[tokio::test]
async fn sessions_and_pins_are_reasons() {
    let upstream = upstream([Behaviour::Answer, Behaviour::Answer]);
    let yaml = entries(&upstream, CLAUDE, "ab");
    let rig = Rig::new(&format!("routing: {{session-affinity: true}}\n{yaml}"));
    let ask = Ask::new(CLAUDE, "m", false).header("x-session-id", "canary-session");
    let first = last(&rig, &ask).await;
    let next = last(&rig, &ask).await;
    let (first, next) = (&first.steps[0], &next.steps[0]);
    assert_eq!(
        (first.affinity.as_str(), next.affinity.as_str()),
        ("new", "hit")
    );
    let session = first.session.clone().unwrap();
    assert!(!session.is_empty() && !session.contains("canary"));
    assert_eq!(next.session, Some(session));
    let words = candidates(next);
    assert!(
        words.contains("another holds the session: ready"),
        "{words}"
    );
    assert!(words.contains("picked: ready"), "{words}");

    let rig = Rig::new(&entries(&upstream, Protocol::Responses, "ab"));
    let made = rig.send(&Ask::new(Protocol::Responses, "m", false)).await;
    let id = &made.json()["id"];
    let body = json!({"model": "m", "input": "more", "previous_response_id": id}).to_string();
    let ask = Ask::new(Protocol::Responses, "m", false).with_body(body);
    let pinned = last(&rig, &ask).await;
    assert_eq!(pinned.steps[0].affinity, "pinned");
    let words = candidates(&pinned.steps[0]);
    let why = "another holds the state that the request refers to: ready";
    assert!(words.contains(why), "{words}");
}

#[tokio::test]
async fn a_few_of_many_candidates_are_noted_and_the_picked_one() {
    let keys: Vec<_> = (0..40).map(|number| format!("k{number:02}")).collect();
    let script = keys.iter().fold(Script::new(), |script, key| {
        script.key(key, key, Behaviour::Answer)
    });
    let upstream = Upstream::start(script).unwrap();
    let one = entry(Protocol::Chat, &upstream.base_url(), "e", "m", "");
    let all = keys.iter().map(|key| format!("{{api-key: {key}}}"));
    let all = format!("[{}]", all.collect::<Vec<_>>().join(", "));
    let entry = one.replace("[{api-key: e}]", &all);
    let rig = Rig::new(&format!("openai-compatibility:\n{entry}"));
    for turn in 0..40 {
        let explained = last(&rig, &Ask::chat("m")).await;
        let step = &explained.steps[0];
        let beyond = usize::from(turn >= 16);
        assert_eq!(step.candidates.len(), 16 + beyond, "{turn}");
        assert_eq!(step.more_candidates, 40 - 16 - beyond);
        let mut picked = step.candidates.iter();
        let picked = picked.find(|one| one.note.as_deref() == Some("picked"));
        assert_eq!(picked.unwrap().credential, step.attempts[0].credential);
    }
}

#[tokio::test]
async fn what_would_become_of_a_request() {
    let upstream = upstream([limited(s(60)), Behaviour::Answer, Behaviour::Answer]);
    let base = upstream.base_url();
    let claude = [
        ("a", "priority: 9"),
        ("b", "priority: 5"),
        ("c", "priority: 5"),
    ];
    let claude = claude.map(|(key, more)| entry(CLAUDE, &base, key, "m", more));
    let chat = entry(Protocol::Chat, &base, "a", "m", "");
    let rig = Rig::new(&format!(
        "request-retry: 0\nclaude-api-key:\n{}openai-compatibility:\n{chat}",
        claude.concat()
    ));
    let explain = |protocol| rig.gateway.explain_model("m", protocol).unwrap();
    let each = explain(None);
    let protocols: Vec<_> = each.iter().map(|one| one.protocol.as_str()).collect();
    assert_eq!(protocols, ["chat", "claude", "gemini, responses"]);
    let outcome = |one: &Explanation| one.steps[0].outcome.clone();
    let would =
        |priority| format!("one of priority {priority} would serve; a session stays where it is");
    assert!(each.iter().all(|one| outcome(one) == would(9)));
    let sent_as = |one: &Explanation| one.steps[0].candidates[0].sent_as.clone();
    let sent_as: Vec<_> = each.iter().filter_map(sent_as).collect();
    assert_eq!(sent_as, ["claude", "claude", "claude"]);
    let notes = |model: &str| {
        let explained = rig.gateway.explain_model(model, None).unwrap();
        explained[0].steps[0].notes.clone()
    };
    let empty =
        "the suffix of the model's name is no level, budget, none or auto: it asks for nothing";
    assert_eq!(notes("m(bogus)"), [empty]);
    assert!(notes("m( High )").is_empty() && notes("m").is_empty());
    // It would be translated.
    assert_eq!(outcome(&explain(Some(Protocol::Gemini))[0]), would(9));
    assert!(rig.gateway.explain_model("unknown", None).is_err());

    let ask = Ask::new(CLAUDE, "m", false);
    let first = rig.served(&ask, 1).await;
    for _ in 0..3 {
        let [one] = &explain(Some(CLAUDE))[..] else {
            panic!("one protocol");
        };
        assert_eq!((outcome(one), one.status), (would(5), 0));
        let mut states: Vec<_> = one.steps[0].candidates.iter().collect();
        states.sort_by_key(|one| &one.credential);
        let states: Vec<_> = states.iter().map(|one| one.state.as_str()).collect();
        assert_eq!(states, ["cooling: quota", "ready", "ready", "ready"]);
    }
    let second = rig.served(&ask, 1).await;
    assert_ne!(first, second, "asking takes no turn");
    assert_eq!(calls(&upstream, "abc"), [1, 1, 1]);
    assert_eq!(rig.gateway.recent(10).len(), 2, "nor is it a request");
    for key in ["b", "c"] {
        upstream.rewrite(key, [Failure::Unauthorized.into()]);
    }
    // The chat entry is asked last, with a key that its upstream limits.
    assert_eq!(rig.send(&ask).await.status, 429);
    assert_eq!(outcome(&explain(Some(CLAUDE))[0]), "nobody is ready");
}

/// What was decided under an earlier configuration is told with what is left of it.
#[tokio::test]
async fn an_explanation_outlives_a_reload() {
    let upstream = upstream([Failure::Unauthorized.into(), Behaviour::Answer]);
    let rig = ordered(&upstream, CLAUDE, "ab");
    let before = last(&rig, &Ask::new(CLAUDE, "m", false)).await;
    rig.gateway.reload(config("port: 1")).unwrap();
    let after = rig.gateway.explain(&before.request_id).unwrap();
    assert_eq!(after.steps.len(), 1);
    assert_eq!(attempts(&after.steps[0]), "a/m: auth 401, b/m: ok");
    assert_eq!(after.steps[0].outcome, "served");
    // Who is gone has only its id.
    let gone = &after.steps[0].candidates[0];
    assert_eq!(
        (&gone.credential, gone.note.as_deref()),
        (&gone.id, Some("picked"))
    );
    soon(upstream.wait_for(|stats| stats.active == 0)).await;
}
