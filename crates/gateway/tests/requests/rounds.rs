//! How often a request is tried, and what is waited for in between.

use crate::rig::{Ask, Rig, calls, entries, in_order, limited, refusing, s, upstream};
use cliproxy_core::Protocol;
use cliproxy_scripted_upstream::{Behaviour, Failure, Script, Upstream};

#[tokio::test]
async fn rounds_are_those_of_each_entry() {
    let check = async |global: u32, limits: &[Option<u32>], stream, expected: &[u64]| {
        let keys = &"abcd"[..limits.len()];
        let upstream = upstream(limits.iter().map(|_| Failure::Internal.into()));
        let mut yaml = entries(&upstream, Protocol::Claude, keys);
        for (key, limit) in keys.chars().zip(limits) {
            if let Some(limit) = limit {
                let named = format!("name: {key},");
                yaml = yaml.replace(&named, &format!("{named} request-retry: {limit},"));
            }
        }
        let head = format!("disable-cooling: true\nrequest-retry: {global}\n");
        let rig = Rig::new(&(head + &yaml));
        let answer = rig.send(&Ask::new(Protocol::Claude, "m", stream)).await;
        assert_eq!(answer.status, 500, "{}", answer.text());
        assert_eq!(calls(&upstream, keys), expected, "{global} {limits:?}");
        let attempts = usize::try_from(expected.iter().sum::<u64>()).unwrap();
        assert_eq!(rig.record().await.attempts.len(), attempts);
    };
    for stream in [false, true] {
        check(3, &[Some(3), Some(2), Some(2)], stream, &[4, 3, 3]).await;
        check(
            2,
            &[Some(1), Some(1), Some(1), Some(2)],
            stream,
            &[2, 2, 2, 3],
        )
        .await;
        check(3, &[None], stream, &[4]).await;
        // The entries' own numbers count, whatever the general one says.
        check(3, &[Some(1), Some(1)], stream, &[2, 2]).await;
        check(3, &[Some(0)], stream, &[1]).await;
        check(0, &[Some(2), None], stream, &[3, 1]).await;
    }
}

#[tokio::test]
async fn what_does_not_pass_gets_one_round() {
    let upstream = upstream([Failure::Unauthorized.into()]);
    let entries = entries(&upstream, Protocol::Claude, "a");
    let rig = Rig::new(&format!(
        "disable-cooling: true\nrequest-retry: 3\n{entries}"
    ));
    let answer = rig.send(&Ask::new(Protocol::Claude, "m", false)).await;
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
        let entries = in_order(&entries(&upstream, Protocol::Claude, "abcde"));
        let rig = Rig::new(&format!(
            "request-retry: 0\n\
             max-retry-credentials: {limit}\n{entries}"
        ));
        rig.send(&Ask::new(Protocol::Claude, "m", false)).await;
        assert_eq!(calls(&upstream, "abcde"), expected);
    }
}

#[tokio::test]
async fn a_short_rest_is_waited_for() {
    let script = Script::new().queue("a", "a", [limited(s(1)), Behaviour::Answer]);
    let upstream = Upstream::start(script).unwrap();
    let entries = entries(&upstream, Protocol::Claude, "a");
    let rig = Rig::new(&format!("max-retry-interval: 3\n{entries}"));
    let answer = rig.send(&Ask::new(Protocol::Claude, "m", false)).await;
    assert_eq!(
        (answer.status.as_u16(), calls(&upstream, "a")),
        (200, vec![2])
    );
}
