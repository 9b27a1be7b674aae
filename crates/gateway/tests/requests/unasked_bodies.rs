//! Upstreams of another protocol that answer a stream with one whole body.

use crate::{
    heard::{normal_end, pairs, said, streamed},
    rig::{Ask, Rig, entries, ordered, upstream},
};
use bytes::Bytes;
use cliproxy_core::Protocol;
use cliproxy_scripted_upstream::{
    Behaviour,
    grammar::{Outcome, check},
};
use http::{HeaderMap, HeaderValue, StatusCode, header};

/// Says that it is JSON, whatever was asked.
fn body(text: impl Into<Bytes>) -> Behaviour {
    let mut headers = HeaderMap::new();
    let kind = HeaderValue::from_static("application/json; charset=utf-8");
    headers.insert(header::CONTENT_TYPE, kind);
    Behaviour::Status {
        status: StatusCode::OK,
        headers,
        body: text.into(),
    }
}

/// What such an upstream answers who does not stream.
async fn unary(speaks: Protocol) -> Bytes {
    let upstream = upstream([Behaviour::Answer]);
    let rig = Rig::new(&entries(&upstream, speaks, "a"));
    rig.send(&Ask::new(speaks, "m", false)).await.body
}

#[tokio::test]
async fn the_client_gets_the_stream_it_asked_for() {
    for (client, speaks) in pairs() {
        let case = format!("{client} to {speaks}");
        let upstream = upstream([body(unary(speaks).await)]);
        let rig = Rig::new(&entries(&upstream, speaks, "a"));
        let answer = rig.send(&Ask::new(client, "m", true)).await;
        assert_eq!(answer.status, 200, "{case}: {answer:?}");
        assert_eq!(answer.header("content-type"), "text/event-stream", "{case}");
        let grammar = check(client, &answer.body);
        assert_eq!(grammar, Ok(Outcome::Completed), "{case}: {}", answer.text());
        let (text, end) = streamed(client, &answer);
        assert_eq!(text, "scripted reply from a to: hello", "{case}");
        assert_eq!(end, normal_end(client), "{case}");
        let streamed = rig.record().await.usage;
        assert!(streamed.output > 0, "{case}: {streamed:?}");

        let whole = rig.send(&Ask::new(client, "m", false)).await;
        assert_eq!(said(client, &whole.json()).0, text, "{case}");
        assert_eq!(rig.record().await.usage, streamed, "{case}");
    }
}

/// Looked at whole before it is believed.
#[tokio::test]
async fn a_body_that_is_no_reply_leaves_the_client_to_another_credential() {
    for (client, speaks) in pairs() {
        for wrong in [body("{\"whatever\":1}"), Behaviour::JsonErrorIn200] {
            let case = format!("{client} to {speaks}: {wrong:?}");
            let upstream = upstream([wrong, Behaviour::Answer]);
            let rig = ordered(&upstream, speaks, "ab");
            let answer = rig.send(&Ask::new(client, "m", true)).await;
            assert_eq!(answer.status, 200, "{case}: {answer:?}");
            assert_eq!(answer.header("x-cliproxy-served-by"), "b", "{case}");
            let heard = streamed(client, &answer);
            let text = "scripted reply from b to: hello".to_owned();
            assert_eq!(heard, (text, normal_end(client).to_owned()), "{case}");
        }
    }
}
