//! A model that upstreams of several protocols serve under one name, when the one that is asked first fails.

use crate::{
    heard::{normal_end, pairs, said, streamed},
    rig::{Ask, Rig, entry, section, upstream},
};
use cliproxy_core::Protocol;
use cliproxy_scripted_upstream::{Behaviour, Failure, Upstream};

fn of(upstream: &Upstream, protocol: Protocol, key: &str, more: &str) -> String {
    let entry = entry(protocol, &upstream.base_url(), key, "m", more);
    format!("{}:\n{entry}", section(protocol))
}

/// `a` fails at what `b` then serves. Nothing of what was made for `a` is left in what `b` gets.
async fn check(client: Protocol, speak: (Protocol, Protocol), streams: bool, fails: Behaviour) {
    let (first, second) = speak;
    let case = format!("{client} to {first}, then {second}, stream {streams}, {fails:?}");
    let upstream = upstream([fails, Behaviour::Answer]);
    let b = of(&upstream, second, "b", "");
    let ask = Ask::new(client, "m", streams);
    Rig::new(&b).send(&ask).await;
    let alone = upstream.take_requests().remove(0);

    let a = of(&upstream, first, "a", "priority: 9");
    let rig = Rig::new(&format!("request-retry: 0\n{a}{b}"));
    let answer = rig.send(&ask).await;
    assert_eq!(answer.status, 200, "{case}: {answer:?}");
    assert_eq!(answer.header("x-cliproxy-served-by"), "b", "{case}");
    assert_eq!(answer.header("x-cliproxy-attempts"), "2", "{case}");
    let heard = match streams {
        true => streamed(client, &answer),
        false => said(client, &answer.json()),
    };
    let text = "scripted reply from b to: hello".to_owned();
    assert_eq!(heard, (text, normal_end(client).to_owned()), "{case}");

    let sent = upstream.take_requests();
    let bodies = (&sent[1].body, &sent[1].uri);
    assert_eq!(bodies, (&alone.body, &alone.uri), "{case}");
    let record = rig.record().await;
    let attempts = record.attempts.iter();
    let spoken = attempts.map(|one| one.translation.as_ref().map(|it| it.upstream));
    let spoken: Vec<_> = spoken.collect();
    let foreign = |protocol| (protocol != client).then_some(protocol);
    assert_eq!(spoken, [foreign(first), foreign(second)], "{case}");
}

#[tokio::test]
async fn who_speaks_another_protocol_stands_in_for_who_fails() {
    let failures = [
        Failure::Internal.into(),
        Behaviour::ErrorEventFirst,
        Behaviour::ResetAfter(0),
    ];
    for client in Protocol::ALL {
        for speak in pairs() {
            for streams in [false, true] {
                for fails in failures.clone() {
                    check(client, speak, streams, fails).await;
                }
            }
        }
    }
}

/// Both are made from what the client said, not one from the other.
#[tokio::test]
async fn two_credentials_of_one_upstream_get_the_same_bytes() {
    for (client, speaks) in pairs() {
        let upstream = upstream([Failure::Internal.into(), Behaviour::Answer]);
        let a = entry(speaks, &upstream.base_url(), "a", "m", "priority: 9");
        let b = entry(speaks, &upstream.base_url(), "b", "m", "");
        let rig = Rig::new(&format!("request-retry: 0\n{}:\n{a}{b}", section(speaks)));
        let answer = rig.send(&Ask::new(client, "m", false)).await;
        assert_eq!(answer.header("x-cliproxy-served-by"), "b", "{answer:?}");
        let sent = upstream.take_requests();
        assert_eq!(sent[0].body, sent[1].body, "{client} to {speaks}");
    }
}
