//! How often a request is tried, and what is waited for in between.

use crate::rig::{
    Ask, Rig, calls, config, entries, entry, in_order, limited, refusing, s, soon, upstream,
};
use cliproxy_core::{Operation, Protocol};
use cliproxy_scripted_upstream::{Behaviour, Failure, Script, Upstream};
use http::{HeaderMap, StatusCode};
use serde_json::json;
use std::time::Duration;

const CLAUDE: Protocol = Protocol::Claude;

/// What a client may do with a model: get a reply, a stream, or a count.
fn asks() -> [Ask; 3] {
    let turns = json!([{"role": "user", "content": "hello"}]);
    let count = json!({"model": "m", "messages": turns}).to_string();
    [
        Ask::new(CLAUDE, "m", false),
        Ask::new(CLAUDE, "m", true),
        Ask::new(CLAUDE, "m", false)
            .to(Operation::CountTokens)
            .with_body(count),
    ]
}

#[tokio::test]
async fn rounds_are_those_of_each_entry() {
    let check = async |global: &str, limits: &[Option<u32>], expected: &[u64], last: &str| {
        for ask in asks() {
            let keys = &"abcd"[..limits.len()];
            let upstream = upstream(limits.iter().map(|_| Failure::Internal.into()));
            let base = upstream.base_url();
            let entries = keys.chars().zip(limits).map(|(key, limit)| {
                let own = limit.map(|limit| format!("request-retry: {limit}"));
                entry(
                    CLAUDE,
                    &base,
                    &key.to_string(),
                    "m",
                    &own.unwrap_or_default(),
                )
            });
            let entries = in_order(&entries.collect::<String>());
            let rig = Rig::new(&format!(
                "disable-cooling: true\n{global}\nclaude-api-key:\n{entries}"
            ));
            let answer = rig.send(&ask).await;
            assert_eq!(answer.status, 500, "{}", answer.text());
            assert_eq!(calls(&upstream, keys), expected, "{global} {limits:?}");
            let attempts = rig.record().await.attempts;
            assert_eq!(attempts.len() as u64, expected.iter().sum::<u64>());
            assert_eq!(&*attempts.last().unwrap().credential, last);
        }
    };
    check(
        "request-retry: 3",
        &[Some(3), Some(2), Some(2)],
        &[4, 3, 3],
        "a",
    )
    .await;
    let ones_and_two = [Some(1), Some(1), Some(1), Some(2)];
    check("request-retry: 2", &ones_and_two, &[2, 2, 2, 3], "d").await;
    let three = "request-retry: 2\nmax-retry-credentials: 3";
    check(three, &ones_and_two, &[2, 2, 2, 1], "d").await;
    check("request-retry: 3", &[None], &[4], "a").await;
    check("", &[None], &[4], "a").await;
    // The entries' own numbers count, whatever the general one says.
    check("request-retry: 3", &[Some(1), Some(1)], &[2, 2], "b").await;
    check("request-retry: 3", &[Some(0)], &[1], "a").await;
    check("request-retry: 0", &[Some(2), None], &[3, 1], "a").await;
}

#[tokio::test]
async fn a_request_keeps_the_number_it_began_with() {
    let check = async |before: u32, after: u32, status: u16, expected: u64| {
        let late = Behaviour::HeaderDelay(Duration::MAX);
        let script = Script::new().queue("a", "a", [late, Behaviour::Answer]);
        let upstream = Upstream::start(script).unwrap();
        let yaml = |retries| {
            let entries = entries(&upstream, CLAUDE, "a");
            format!(
                "request-retry: {retries}\ndisable-cooling: true\n\
                 upstream: {{unary-header-timeout: 300ms}}\n{entries}"
            )
        };
        let rig = Rig::new(&yaml(before));
        let ask = Ask::new(CLAUDE, "m", false);
        let reload = async {
            soon(upstream.wait_for(|stats| stats.received == 1)).await;
            rig.gateway.reload(config(&yaml(after))).unwrap();
        };
        let (answer, ()) = tokio::join!(rig.send(&ask), reload);
        assert_eq!(
            (answer.status.as_u16(), calls(&upstream, "a")),
            (status, vec![expected])
        );
    };
    check(1, 0, 200, 2).await;
    check(0, 1, 504, 1).await;
}

#[tokio::test]
async fn what_does_not_pass_gets_one_round() {
    let upstream = upstream([Failure::Unauthorized.into()]);
    let entries = entries(&upstream, CLAUDE, "a");
    let rig = Rig::new(&format!(
        "disable-cooling: true\nrequest-retry: 3\n{entries}"
    ));
    let answer = rig.send(&Ask::new(CLAUDE, "m", false)).await;
    assert_eq!(
        (answer.status.as_u16(), calls(&upstream, "a")),
        (401, vec![1])
    );
}

#[tokio::test]
async fn a_stream_begins_again() {
    let check = async |first: Behaviour, shown: u16, expected: u64| {
        let script = Script::new().queue("a", "a", [first, Behaviour::Answer]);
        let upstream = Upstream::start(script).unwrap();
        let entries = entries(&upstream, Protocol::Chat, "a");
        let rig = Rig::new(&format!(
            "disable-cooling: true\nrequest-retry: 0\nstreaming: {{bootstrap-retries: 1}}\n{entries}"
        ));
        let answer = rig.send(&Ask::new(Protocol::Chat, "m", true)).await;
        assert_eq!(answer.status, shown, "{}", answer.text());
        assert_eq!(calls(&upstream, "a"), [expected]);
    };
    check(Failure::Unavailable.into(), 200, 2).await;
    check(Failure::Unauthorized.into(), 200, 2).await;
    let bad = r#"{"error":{"message":"no","type":"invalid_request_error"}}"#;
    check(refusing(400, bad), 400, 1).await;
}

#[tokio::test]
async fn so_many_credentials_per_round() {
    for (limit, expected) in [(2, [1, 1, 0, 0, 0]), (0, [1; 5])] {
        let upstream = upstream((0..5).map(|_| Failure::Internal.into()));
        let entries = in_order(&entries(&upstream, CLAUDE, "abcde"));
        let rig = Rig::new(&format!(
            "request-retry: 0\n\
             max-retry-credentials: {limit}\n{entries}"
        ));
        rig.send(&Ask::new(CLAUDE, "m", false)).await;
        assert_eq!(calls(&upstream, "abcde"), expected);
    }
}

#[tokio::test]
async fn hints_of_those_that_do_not_rest_are_not_waited_for() {
    let mut headers = HeaderMap::new();
    headers.insert("retry-after-ms", 5.into());
    let hasty = Behaviour::Status {
        status: StatusCode::TOO_MANY_REQUESTS,
        headers,
        body: "{}".into(),
    };
    let upstream = upstream([hasty]);
    let entries = entries(&upstream, CLAUDE, "a");
    let rig = Rig::new(&format!(
        "disable-cooling: true\nrequest-retry: 3\nmax-retry-interval: 100ms\n{entries}"
    ));
    let answer = rig.send(&Ask::new(CLAUDE, "m", false)).await;
    assert_eq!(
        (answer.status.as_u16(), calls(&upstream, "a")),
        (429, vec![4])
    );
}

/// What the keys of these entries do, what the last of them says, and how often each was asked. If
/// anything were waited for that is not worth it, the deadline would answer.
async fn waits(settings: &str, entries: &[(Vec<Behaviour>, &str)], status: u16, expected: &[u64]) {
    let keys = ["a", "b", "c"];
    let script = keys.iter().zip(entries);
    let script = script.fold(Script::new(), |script, (key, (behaviours, _))| {
        script.queue(key, key, behaviours.clone())
    });
    let upstream = Upstream::start(script).unwrap();
    let base = upstream.base_url();
    let lines = keys.iter().zip(entries);
    let lines = lines.map(|(key, (_, own))| entry(CLAUDE, &base, key, "m", own));
    let lines = in_order(&lines.collect::<String>());
    let rig = Rig::new(&format!(
        "request-deadline: 5s\n{settings}\nclaude-api-key:\n{lines}"
    ));
    let answer = rig.send(&Ask::new(CLAUDE, "m", false)).await;
    assert_eq!(answer.status, status, "{settings}: {}", answer.text());
    let keys = &"abc"[..entries.len()];
    assert_eq!(calls(&upstream, keys), expected, "{settings}");
}

#[tokio::test]
async fn only_what_passes_by_itself_is_waited_for() {
    let refused = || vec![Failure::Unauthorized.into()];
    let lacking = || {
        vec![refusing(
            400,
            r#"{"error":"the requested model is not supported"}"#,
        )]
    };
    let failing = || vec![Failure::Internal.into()];
    let short = || vec![limited(s(1)), Behaviour::Answer];
    let long = || vec![limited(s(10)), Behaviour::Answer];
    let day = "max-retry-interval: 86400";
    waits(day, &[(refused(), "")], 401, &[1]).await;
    waits(day, &[(short(), "")], 200, &[2]).await;
    waits(day, &[(refused(), ""), (short(), "")], 200, &[1, 2]).await;
    waits(day, &[(lacking(), ""), (short(), "")], 200, &[1, 2]).await;
    // Who takes no part in the next round is not waited for.
    let sits_out = (long(), "request-retry: 0");
    let half_a_minute = "max-retry-interval: 30";
    waits(half_a_minute, &[sits_out, (failing(), "")], 500, &[1, 1]).await;
    // All waits together are bounded, not each.
    let again = vec![limited(s(1)), limited(s(1)), Behaviour::Answer];
    waits("max-retry-interval: 1500ms", &[(again, "")], 429, &[2]).await;
}

/// While one request waits for a limit, another finds out that the key is refused.
#[tokio::test]
async fn what_was_learned_meanwhile_counts() {
    let script = Script::new().queue("a", "a", [limited(s(1)), Failure::Unauthorized.into()]);
    let upstream = Upstream::start(script).unwrap();
    let entry = entry(CLAUDE, &upstream.base_url(), "a", "m n", "");
    let rig = Rig::new(&format!("max-retry-interval: 30\nclaude-api-key:\n{entry}"));
    let (m, n) = (Ask::new(CLAUDE, "m", false), Ask::new(CLAUDE, "n", false));
    let other = async {
        soon(upstream.wait_for(|stats| stats.received == 1)).await;
        assert_eq!(rig.send(&n).await.status, 401);
    };
    let (answer, ()) = tokio::join!(rig.send(&m), other);
    assert_eq!(
        (answer.status.as_u16(), calls(&upstream, "a")),
        (429, vec![2])
    );
    assert_eq!(answer.json()["error"]["last_upstream_error"], "auth");
    let after: u64 = answer.header("retry-after").parse().unwrap();
    assert!((1_700..=1_800).contains(&after), "{after}");
}

#[tokio::test]
async fn a_short_rest_is_waited_for() {
    let script = Script::new().queue("a", "a", [limited(s(1)), Behaviour::Answer]);
    let upstream = Upstream::start(script).unwrap();
    let entries = entries(&upstream, CLAUDE, "a");
    let rig = Rig::new(&format!("max-retry-interval: 3\n{entries}"));
    let answer = rig.send(&Ask::new(CLAUDE, "m", false)).await;
    assert_eq!(
        (answer.status.as_u16(), calls(&upstream, "a")),
        (200, vec![2])
    );
}

/// What `a` made it alone can continue: nobody else counts as ready, and only `a` is waited for.
#[tokio::test]
async fn a_pinned_request_waits_for_its_maker() {
    let check = async |settings: &str, own: &str, then: Vec<Behaviour>, status: u16, expected| {
        let script = Script::new()
            .queue("a", "a", [vec![Behaviour::Answer], then].concat())
            .key("b", "b", Behaviour::Answer);
        let upstream = Upstream::start(script).unwrap();
        let base = upstream.base_url();
        let (protocol, keys) = (Protocol::Responses, [("a", own), ("b", "")]);
        let lines = keys.map(|(key, own)| entry(protocol, &base, key, "m", own));
        let lines = in_order(&lines.concat());
        let rig = Rig::new(&format!(
            "request-deadline: 5s\n{settings}\ncodex-api-key:\n{lines}"
        ));
        let made = rig.send(&Ask::new(protocol, "m", false)).await.json();
        let body = json!({"model": "m", "input": "more", "previous_response_id": made["id"]});
        let ask = Ask::new(protocol, "m", false).with_body(body.to_string());
        let answer = rig.send(&ask).await;
        assert_eq!(answer.status, status, "{settings}: {}", answer.text());
        assert_eq!(calls(&upstream, "ab"), [expected, 0], "{settings}");
        assert!(!answer.text().contains("cooling down"), "{settings}");
    };
    let failing = || vec![Failure::Internal.into()];
    let short = vec![limited(s(1)), Behaviour::Answer];
    let wait = "max-retry-interval: 30";
    check(wait, "", short, 200, 3).await;
    check("", "", vec![limited(s(60))], 429, 2).await;
    check("", "", failing(), 500, 2).await;
    let restless = "disable-cooling: true\nrequest-retry: 2";
    check(restless, "", failing(), 500, 4).await;
    check(restless, "request-retry: 0", failing(), 500, 2).await;
    check(wait, "", vec![Failure::Unauthorized.into()], 401, 2).await;
}
