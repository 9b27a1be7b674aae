//! One record per request, whatever becomes of it.

use crate::rig::{Ask, Rig, entries, in_order, soon, upstream};
use cliproxy_access::Presented;
use cliproxy_core::{Operation, Protocol};
use cliproxy_gateway::{Request, SHUTTING_DOWN};
use cliproxy_scripted_upstream::{Behaviour, Failure};
use cliproxy_usage::Ending;
use http_body_util::BodyExt as _;
use std::time::Duration;

/// Until no stream runs any more.
async fn idle(rig: &Rig) {
    rig.gateway.tasks().close();
    soon(rig.gateway.tasks().wait()).await;
    rig.gateway.tasks().reopen();
}

#[tokio::test]
async fn what_is_written_about_a_reply() {
    for protocol in Protocol::ALL {
        for stream in [false, true] {
            let upstream = upstream([Failure::Internal.into(), Behaviour::Answer]);
            let entries = entries(&upstream, protocol, "ab");
            let usage = entries.replace("name: b,", "name: b, force-stream-usage: on,");
            let yaml = if protocol == Protocol::Chat {
                usage
            } else {
                entries
            };
            let rig = Rig::new(&in_order(&yaml));
            assert_eq!(rig.send(&Ask::new(protocol, "m", stream)).await.status, 200);
            let record = rig.record().await;
            let name = format!("{protocol} {stream} {record:?}");
            assert_eq!(record.protocol, protocol);
            let operation = if stream {
                Operation::GenerateStream
            } else {
                Operation::Generate
            };
            assert_eq!(record.operation, Some(operation), "{name}");
            assert_eq!(record.model.as_deref(), Some("m"), "{name}");
            assert_eq!(record.served_model.as_deref(), Some("m"), "{name}");
            assert_eq!(record.credential.as_deref(), Some("b"), "{name}");
            assert_eq!(
                (record.status, record.ending),
                (200, Ending::Complete),
                "{name}"
            );
            assert_eq!(record.error, None, "{name}");
            assert!(
                record.first_byte.is_some_and(|first| first <= record.total),
                "{name}"
            );
            let attempts: Vec<_> = record
                .attempts
                .iter()
                .map(|attempt| (&*attempt.credential, &*attempt.outcome))
                .collect();
            assert_eq!(attempts, [("a", "upstream 500"), ("b", "ok")]);
            assert!(record.usage.input > 0 && record.usage.output > 0, "{name}");
        }
    }
}

#[tokio::test]
async fn what_is_written_about_a_refusal() {
    let upstream = upstream([Failure::Unauthorized.into()]);
    let rig = Rig::new(&entries(&upstream, Protocol::Claude, "a"));
    let check = async |model: &str, status: u16, attempts: usize| {
        let answer = rig.send(&Ask::new(Protocol::Claude, model, false)).await;
        assert_eq!(answer.status, status);
        let record = rig.record().await;
        assert_eq!((record.status, record.ending), (status, Ending::Failed));
        assert_eq!(record.attempts.len(), attempts);
        assert!(record.error.is_some() && record.credential.is_none());
    };
    check("nobody-has-this", 404, 0).await;
    check("m", 401, 1).await;
    check("m", 429, 0).await;
}

#[tokio::test]
async fn a_client_that_leaves_before_the_head() {
    for protocol in Protocol::ALL {
        let upstream = upstream([Behaviour::HeaderDelay(Duration::MAX), Behaviour::Answer]);
        let entries = entries(&upstream, protocol, "ab");
        let rig = Rig::new(&in_order(&entries));
        let ask = Ask::new(protocol, "m", false);
        tokio::select! {
            reply = rig.open(&ask) => panic!("{reply:?}"),
            _ = upstream.wait_for(|stats| stats.received == 1) => {}
        }
        let record = rig.record().await;
        assert_eq!((record.status, record.ending), (499, Ending::Cancelled));
        let [attempt] = &record.attempts[..] else {
            panic!("{record:?}");
        };
        let said = (&*attempt.credential, &*attempt.outcome);
        assert_eq!(said, ("a", "cancelled"), "{protocol}");
        soon(upstream.wait_for(|stats| stats.cancelled == 1)).await;
        // Nothing is held against the credential, and nobody else was asked.
        assert_eq!(upstream.stats().hits("b"), 0, "{protocol}");
        upstream.rewrite("a", [Behaviour::Answer]);
        assert_eq!(rig.served(&ask, 1).await, ["a"], "{protocol}");
    }
}

#[tokio::test]
async fn a_client_that_leaves_a_stream() {
    for protocol in Protocol::ALL {
        // Gemini repeats its usage in every event, Claude says at once what it has read.
        let upstream = upstream([Behaviour::StallAfter(4)]);
        let rig = Rig::new(&entries(&upstream, protocol, "a"));
        let ask = Ask::new(protocol, "m", true);
        let mut reply = rig.open(&ask).await;
        soon(reply.body.frame()).await.unwrap().unwrap();
        assert_eq!(rig.written(), 0);
        drop(reply);
        let record = rig.record().await;
        assert_eq!(
            (record.status, record.ending),
            (200, Ending::Cancelled),
            "{protocol}"
        );
        soon(upstream.wait_for(|stats| stats.cancelled == 1)).await;
        if matches!(protocol, Protocol::Claude | Protocol::Gemini) {
            assert!(record.usage.input > 0, "{protocol}: {record:?}");
        }
        idle(&rig).await;
        upstream.rewrite("a", [Behaviour::Answer]);
        assert_eq!(
            rig.served(&ask, 1).await,
            ["a"],
            "{protocol}: its health is as it was"
        );
    }
}

#[tokio::test]
async fn a_reply_that_is_never_read_is_accounted_for() {
    for protocol in Protocol::ALL {
        for stream in [false, true] {
            let upstream = upstream([Behaviour::Answer]);
            let rig = Rig::new(&entries(&upstream, protocol, "a"));
            drop(rig.open(&Ask::new(protocol, "m", stream)).await);
            assert_eq!(rig.record().await.status, 200);
            idle(&rig).await;
            assert_eq!(rig.written(), 0, "written once");
        }
    }
}

#[tokio::test]
async fn a_request_that_nobody_waits_for() {
    let upstream = upstream([Behaviour::Answer]);
    let rig = Rig::new(&entries(&upstream, Protocol::Chat, "a"));
    let ask = Ask::chat("m");
    let presented = Presented {
        headers: &ask.headers,
        query: None,
        path: "/",
    };
    let snapshot = rig.gateway.snapshot();
    let principal = snapshot.access().authenticate(&presented).await.unwrap();
    let journal = {
        let id = rig.gateway.request_id(Some("chosen-id"));
        rig.gateway.begin(Protocol::Chat, id)
    };
    let request = Request {
        protocol: Protocol::Chat,
        operation: Operation::Generate,
        model: None,
        body: ask.body.clone(),
        headers: ask.headers.clone(),
        query: None,
        principal,
    };
    drop(rig.gateway.handle(snapshot, request, journal));
    let record = rig.record().await;
    assert_eq!(
        (&*record.request_id, record.ending),
        ("chosen-id", Ending::Cancelled)
    );
}

#[tokio::test]
async fn what_is_abandoned_says_why() {
    let rig = Rig::new("");
    let begin = || {
        let id = rig.gateway.request_id(None);
        rig.gateway.begin(Protocol::Chat, id)
    };
    let check = async |status, ending, error: Option<&str>| {
        let record = rig.record().await;
        let found = (record.status, record.ending, record.error.as_deref());
        assert_eq!(found, (status, ending, error));
    };
    drop(begin());
    check(499, Ending::Cancelled, None).await;
    let journal = begin();
    let panicked = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
        let _journal = journal;
        panic!("a mistake");
    }));
    assert!(panicked.is_err());
    check(500, Ending::Failed, Some("the gateway panicked")).await;
    rig.gateway.cut_short();
    drop(begin());
    check(503, Ending::Failed, Some(SHUTTING_DOWN)).await;
    let mut unwritten = begin();
    unwritten.discard();
    drop(unwritten);
    assert_eq!(rig.written(), 0);
}
