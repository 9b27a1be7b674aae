//! The fast path of a benchmark's upstream: nothing is parsed, replies are made once.

use crate::{
    answer::Answer,
    ask::Ask,
    chat, claude,
    delivery::{Ended, Plan},
    gemini,
    prompt_cache::PREAMBLE,
    responses,
    route::{Route, Verb},
    script::Shape,
};
use bytes::Bytes;
use cliproxy_core::Protocol;
use http_body_util::BodyExt as _;
use hyper::body::Incoming;
use memchr::memmem;
use parking_lot::Mutex;
use rustc_hash::FxHashMap;
use std::sync::Arc;

/// Shapes kept: a benchmark uses one or two.
const SHAPES: usize = 16;

/// What is asked, as far as the path says it.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Kind {
    protocol: Protocol,
    /// `None` if the body says it.
    streaming: Option<bool>,
}

impl Kind {
    /// The kind of a generation request; others are too rare in a benchmark to be prepared.
    pub(crate) fn of(route: &Route) -> Option<Self> {
        let (protocol, streaming) = match route {
            Route::Chat => (Protocol::Chat, None),
            Route::Responses => (Protocol::Responses, None),
            Route::Messages => (Protocol::Claude, None),
            Route::Gemini {
                verb: Verb::Generate,
                ..
            } => (Protocol::Gemini, Some(false)),
            Route::Gemini {
                verb: Verb::Stream { sse: true },
                ..
            } => (Protocol::Gemini, Some(true)),
            _ => return None,
        };
        Some(Self {
            protocol,
            streaming,
        })
    }
}

/// Replies by protocol and shape.
#[derive(Debug, Default)]
pub(crate) struct Prepared(Mutex<FxHashMap<(Protocol, Shape), Ready>>);

#[derive(Clone, Debug)]
struct Ready {
    document: Bytes,
    events: Arc<[Bytes]>,
}

impl Prepared {
    /// Drains the body and answers.
    pub(crate) async fn answer(
        &self,
        kind: Kind,
        shape: Shape,
        mut body: Incoming,
    ) -> Result<Plan, Ended> {
        let mut scan = StreamFlag::default();
        while let Some(frame) = body.frame().await {
            let frame = frame.map_err(|_gone| Ended)?;
            if let (None, Some(data)) = (kind.streaming, frame.data_ref()) {
                scan.feed(data);
            }
        }
        let ready = self.ready(kind.protocol, shape);
        Ok(if kind.streaming.unwrap_or(scan.found) {
            Plan::streaming(ready.events, shape.interval)
        } else {
            Plan::unary(ready.document)
        })
    }

    fn ready(&self, protocol: Protocol, shape: Shape) -> Ready {
        let mut known = self.0.lock();
        if let Some(ready) = known.get(&(protocol, shape)) {
            return ready.clone();
        }
        if known.len() >= SHAPES {
            known.clear();
        }
        let ready = Ready::make(protocol, shape);
        known.insert((protocol, shape), ready.clone());
        ready
    }
}

impl Ready {
    fn make(protocol: Protocol, shape: Shape) -> Self {
        let ask = Ask {
            model: "scripted".to_owned(),
            user: "a benchmark".to_owned(),
            ..Ask::default()
        };
        let answer = Answer::compose(&ask, "scripted", shape, PREAMBLE);
        let (document, events) = match protocol {
            Protocol::Chat => chat::prepared(&ask, &answer),
            Protocol::Claude => claude::prepared(&ask, &answer),
            Protocol::Gemini => gemini::prepared(&ask, &answer),
            Protocol::Responses => responses::prepared(&ask, &answer),
        };
        Self {
            document: document.to_string().into(),
            events: events.into(),
        }
    }
}

/// Looks for `"stream": true` in a body that arrives in pieces.
///
/// Inside a JSON string the quotes would be escaped, so the bytes can only be a member; a nested
/// one would be mistaken for the real one, which no benchmark has.
#[derive(Debug, Default)]
struct StreamFlag {
    found: bool,
    tail: Vec<u8>,
}

impl StreamFlag {
    /// Bytes of a piece that the next one may continue.
    const TAIL: usize = 64;

    fn feed(&mut self, piece: &[u8]) {
        if self.found {
            return;
        }
        let seam = piece.len().min(Self::TAIL);
        self.tail.extend_from_slice(&piece[..seam]);
        self.found = Self::occurs(&self.tail) || Self::occurs(piece);
        if piece.len() > Self::TAIL {
            self.tail.clear();
            self.tail
                .extend_from_slice(&piece[piece.len() - Self::TAIL..]);
        }
        let surplus = self.tail.len().saturating_sub(Self::TAIL);
        self.tail.drain(..surplus);
    }

    fn occurs(text: &[u8]) -> bool {
        memmem::find_iter(text, b"\"stream\"").any(|at| {
            let rest = text[at + b"\"stream\"".len()..].trim_ascii_start();
            rest.strip_prefix(b":")
                .is_some_and(|value| value.trim_ascii_start().starts_with(b"true"))
        })
    }
}

#[cfg(test)]
mod tests {
    use super::StreamFlag;

    #[test]
    fn the_stream_flag_is_found_in_any_split() {
        let check = |body: &str, expected: bool| {
            for size in 1..=body.len() {
                let mut scan = StreamFlag::default();
                body.as_bytes()
                    .chunks(size)
                    .for_each(|piece| scan.feed(piece));
                assert_eq!(scan.found, expected, "{body} in pieces of {size}");
            }
        };
        check(r#"{"model":"m","stream":true,"messages":[]}"#, true);
        check(r#"{"model":"m", "stream" :  true}"#, true);
        check(r#"{"stream":false,"x":"\"stream\":true"}"#, false);
        check(r#"{"stream_options":{},"messages":[true]}"#, false);
    }
}
