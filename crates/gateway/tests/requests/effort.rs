//! How much one request may cost: attempts, and time until its reply begins.

use crate::rig::{
    Ask, Rig, calls, entries, entry, in_order, limited, refusing, s, section, soon, upstream,
};
use cliproxy_core::Protocol;
use cliproxy_gateway::Status;
use cliproxy_scripted_upstream::{Behaviour, Failure, Script, Upstream};
use serde_json::json;
use std::time::Duration;

const CLAUDE: Protocol = Protocol::Claude;

/// One entry whose keys all fail.
fn failing(keys: usize, models: &str) -> (Upstream, String) {
    let names: Vec<_> = (0..keys).map(|number| format!("k{number:02}")).collect();
    let script = names.iter().fold(Script::new(), |script, key| {
        script.key(key, key, Failure::Internal)
    });
    let upstream = Upstream::start(script).unwrap();
    let keys = names.iter().map(|key| format!("{{api-key: {key}}}"));
    let keys = keys.collect::<Vec<_>>().join(", ");
    let one = entry(Protocol::Chat, &upstream.base_url(), "e", models, "");
    let entry = one.replace("[{api-key: e}]", &format!("[{keys}]"));
    (upstream, format!("openai-compatibility:\n{entry}"))
}

#[tokio::test]
async fn attempts_are_counted_over_everything() {
    let check = async |settings: &str, keys: usize, models: &str, expected: u64| {
        for stream in [false, true] {
            let (upstream, entry) = failing(keys, models);
            let rig = Rig::new(&format!("{settings}\n{entry}"));
            let answer = rig.send(&Ask::new(Protocol::Chat, "m", stream)).await;
            assert_eq!(answer.status, 500, "{settings}: {}", answer.text());
            assert_eq!(upstream.stats().requests, expected, "{settings}");
            assert_eq!(answer.header("x-cliproxy-attempts"), expected.to_string());
            let attempts = rig.record().await.attempts;
            assert_eq!(attempts.len() as u64, expected);
        }
    };
    check("", 40, "m", 32).await;
    check("disable-cooling: true", 9, "m", 32).await;
    check("max-attempts: 0", 40, "m", 40).await;
    let again = "max-attempts: 0\ndisable-cooling: true\nrequest-retry: 1";
    check(again, 40, "m", 80).await;
    check("max-attempts: 5", 40, "m", 5).await;
    check("max-attempts: 1", 40, "m", 1).await;
    // Within a pool, and over fallbacks.
    check("max-attempts: 2", 1, "m=x m=y m=z", 2).await;
    check("max-attempts: 0", 1, "m=x m=y m=z", 3).await;
    let falls_back = "fallbacks: {m: [{model: n}]}\nmax-attempts";
    check(&format!("{falls_back}: 3"), 2, "m n", 3).await;
    check(&format!("{falls_back}: 2"), 2, "m n", 2).await;
    check(&format!("{falls_back}: 0"), 2, "m n", 4).await;
}

#[tokio::test]
async fn the_last_attempt_may_succeed() {
    let failing = || Behaviour::from(Failure::Internal);
    let upstream = upstream([failing(), failing(), Behaviour::Answer]);
    let entries = in_order(&entries(&upstream, CLAUDE, "abc"));
    let rig = Rig::new(&format!("max-attempts: 3\n{entries}"));
    assert_eq!(rig.served(&Ask::new(CLAUDE, "m", false), 1).await, ["c"]);
}

/// Sending a conversation again without its sealed reasoning is another attempt.
#[tokio::test]
async fn a_second_try_without_reasoning_counts() {
    let body = json!({"model": "m", "store": false, "input": [
        {"type": "reasoning", "summary": [], "encrypted_content": "c2VhbGVk"},
        {"role": "user", "content": "hello"},
    ]});
    let sealed = r#"{"error":{"code":"invalid_encrypted_content","message":"no","type":"invalid_request_error"}}"#;
    for (most, status) in [(1, 400), (2, 200)] {
        let script = Script::new().queue("a", "a", [refusing(400, sealed), Behaviour::Answer]);
        let upstream = Upstream::start(script).unwrap();
        let entries = entries(&upstream, Protocol::Responses, "a");
        let rig = Rig::new(&format!("max-attempts: {most}\n{entries}"));
        let ask = Ask::new(Protocol::Responses, "m", false).with_body(body.to_string());
        let answer = rig.send(&ask).await;
        assert_eq!(answer.status, status, "{}", answer.text());
        assert_eq!(calls(&upstream, "a"), [most]);
    }
}

/// Who rests, of whom the gateway knows.
fn resting(status: &Status) -> Vec<&str> {
    let resting = status.credentials.iter().filter(|one| one.state != "ready");
    resting.map(|one| one.credential.as_str()).collect()
}

/// The deadline passes while `a`, or after it `b`, makes the request wait.
async fn in_vain(protocol: Protocol, stream: bool, behaviours: [Behaviour; 2], rests: &[&str]) {
    let name = format!("{protocol} {stream} {behaviours:?}");
    let upstream = upstream(behaviours);
    let base = upstream.base_url();
    let entries = ["a", "b"].map(|key| entry(protocol, &base, key, "m", ""));
    let rig = Rig::new(&format!(
        "request-deadline: 300ms\nmax-retry-interval: 600\n{}:\n{}",
        section(protocol),
        in_order(&entries.concat())
    ));
    let answer = rig.send(&Ask::new(protocol, "m", stream)).await;
    assert_eq!(answer.status, 504, "{name}: {}", answer.text());
    assert!(answer.text().contains("request-deadline"), "{name}");
    soon(upstream.wait_for(|stats| stats.active == 0)).await;
    assert_eq!(resting(&rig.gateway.status()), rests, "{name}");
    let record = rig.record().await;
    assert_eq!(record.status, 504, "{name}");
    let last = record.attempts.last().unwrap();
    let said_by = answer.header("x-cliproxy-served-by");
    assert_eq!(
        (&*last.credential, said_by),
        ("b", "b"),
        "{name}: {record:?}"
    );
}

#[tokio::test]
async fn a_deadline_ends_all_waiting_and_blames_nobody() {
    let never = || Behaviour::HeaderDelay(Duration::MAX);
    let failing = || Behaviour::from(Failure::Internal);
    for protocol in Protocol::ALL {
        for stream in [false, true] {
            // What failed before rests; the one that was being waited for does not.
            in_vain(protocol, stream, [failing(), never()], &["a"]).await;
        }
    }
    // Within a reply that has not begun.
    for stream in [false, true] {
        in_vain(
            CLAUDE,
            stream,
            [failing(), Behaviour::StallAfter(0)],
            &["a"],
        )
        .await;
    }
    in_vain(CLAUDE, true, [failing(), Behaviour::StallAfter(1)], &["a"]).await;
    // Between two rounds.
    let limits = || [limited(s(60)), limited(s(60))];
    in_vain(CLAUDE, false, limits(), &["a", "b"]).await;
}

#[tokio::test]
async fn a_deadline_covers_fallbacks() {
    let never = Behaviour::HeaderDelay(Duration::MAX);
    let upstream = upstream([Failure::Internal.into(), never]);
    let base = upstream.base_url();
    let (a, b) = (
        entry(CLAUDE, &base, "a", "m", ""),
        entry(CLAUDE, &base, "b", "n", ""),
    );
    let rig = Rig::new(&format!(
        "request-deadline: 300ms\nfallbacks: {{m: [{{model: n}}]}}\nclaude-api-key:\n{a}{b}"
    ));
    let answer = rig.send(&Ask::new(CLAUDE, "m", false)).await;
    assert_eq!(answer.status, 504, "{}", answer.text());
    assert_eq!(calls(&upstream, "ab"), [1, 1]);
    soon(upstream.wait_for(|stats| stats.active == 0)).await;
}

#[tokio::test]
async fn a_reply_that_has_begun_may_take_longer() {
    let interval = Duration::from_millis(200);
    let script = Script::new().key("a", "a", Behaviour::Paced { interval });
    let upstream = Upstream::start(script.events(8)).unwrap();
    for protocol in [Protocol::Chat, CLAUDE] {
        let entries = entries(&upstream, protocol, "a");
        let rig = Rig::new(&format!("request-deadline: 1s\n{entries}"));
        let answer = rig.send(&Ask::new(protocol, "m", true)).await;
        let record = rig.record().await;
        assert_eq!((answer.status.as_u16(), record.error), (200, None));
        assert!(record.total > s(1), "{:?}", record.total);
    }
}
