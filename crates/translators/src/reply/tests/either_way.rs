//! A reply says the same whether the upstream streams it or sends it at once, and whether the client
//! reads a stream or a body.

mod said;
mod written;

use self::said::reply;
use super::properties::Event;
use crate::{
    hub::{BodyTranslation, StreamTranslation, translate_body},
    reply::{
        Fault, ReplyContext, grammar,
        properties::{client, folded},
    },
    vectors::reply::events,
};
use cliproxy_core::Protocol;
use cliproxy_json::Value as Json;
use proptest::prelude::*;
use serde_json::Value;
use std::{mem, sync::Arc};

/// What the client gets, as a stream and as a body, of an upstream that streams and of one that does not.
struct Got {
    streams: [Value; 2],
    bodies: [Value; 2],
}

fn got(upstream: Protocol, cx: &ReplyContext, told: &[Event], body: &Value) -> Result<Got, String> {
    let text = body.to_string();
    let whole = Json::parse(&text).unwrap();
    let cut_off = |fault: Fault<'_>| fault.message.to_string();
    let mut streamed = StreamTranslation::new(upstream, Arc::new(cx.clone()));
    let mut folded = BodyTranslation::new(upstream, cx);
    for (name, data) in told {
        streamed.event(name.as_deref(), data);
        folded.event(name.as_deref(), data);
    }
    streamed.eof();
    folded.eof();
    let mut replayed = StreamTranslation::new(upstream, Arc::new(cx.clone()));
    replayed.body(whole);
    let streams = [streamed, replayed].map(|mut stream| {
        let events = events(mem::take(stream.out()))?;
        let events = events.as_array().cloned().unwrap_or_default();
        grammar::check(cx.client, &events)?;
        Ok::<_, String>(folded::fold(cx.client, &events))
    });
    let [streamed, replayed] = streams;
    let parsed = |body: &[u8]| serde_json::from_slice::<Value>(body).unwrap();
    let folded = folded.finish(cx).map_err(cut_off)?;
    let sent = translate_body(upstream, whole, cx).map_err(cut_off)?;
    Ok(Got {
        streams: [streamed?, replayed?],
        bodies: [parsed(&folded.body), parsed(&sent.body)],
    })
}

proptest! {
    #[test]
    fn a_reply_says_the_same_streamed_or_at_once(cx in client(), reply in reply()) {
        for (upstream, (told, body)) in [
            (Protocol::Chat, reply.chat()),
            (Protocol::Claude, reply.claude()),
            (Protocol::Gemini, reply.gemini()),
            (Protocol::Responses, reply.responses()),
        ] {
            let got = got(upstream, &cx, &told, &body).map_err(TestCaseError::fail)?;
            let [folded, sent] = got.bodies;
            prop_assert_eq!(&folded, &sent, "{}", upstream);
            let said = folded::content(cx.client, sent);
            for stream in got.streams {
                prop_assert_eq!(&stream, &said, "{}", upstream);
            }
        }
    }
}
