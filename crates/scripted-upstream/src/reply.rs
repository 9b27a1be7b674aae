//! What a protocol makes of an answer, before any misbehaviour.

use crate::{
    Behaviour, chat, claude,
    delivery::{Ending, Plan},
    embeddings,
    failure::{ErrorReply, Failure, render},
    frame, gemini,
    inspect::{Checked, Problem},
    keyring::Key,
    openai, responses,
    route::{Route, Verb},
    script::Shape,
    strict_json,
};
use bytes::Bytes;
use cliproxy_core::Protocol;
use http::HeaderMap;
use serde_json::Value;
use std::time::SystemTime;

/// A successful reply.
#[derive(Debug)]
pub(crate) enum Reply {
    /// One JSON document.
    Document(Value),
    /// Server-sent events.
    Events(Vec<Bytes>),
    /// Chunks of one JSON array: Gemini without `alt=sse`.
    Array(Vec<Bytes>),
}

/// What a protocol needs to know besides the body.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Context<'a> {
    pub(crate) key: &'a Key,
    pub(crate) headers: &'a HeaderMap,
    pub(crate) query: &'a str,
    pub(crate) shape: Shape,
    /// What the reply's ids end with: unique among accounts and requests, the same in every run.
    pub(crate) tail: &'a str,
    pub(crate) strict: bool,
    /// Whether the reply will be delivered whole, and may be referred to afterwards.
    pub(crate) whole: bool,
    /// The models that are served; empty serves all.
    pub(crate) models: &'a [String],
    pub(crate) now: SystemTime,
}

impl Context<'_> {
    /// Runs a check unless everything is let through.
    pub(crate) fn check(
        &self,
        check: impl FnOnce() -> Checked,
        refuse: fn(&Problem) -> ErrorReply,
    ) -> Result<(), ErrorReply> {
        if self.strict {
            check().map_err(|problem| refuse(&problem))?;
        }
        Ok(())
    }

    /// Fails if the model is not served.
    pub(crate) fn serve(&self, protocol: Protocol, model: &str) -> Result<(), ErrorReply> {
        if self.models.is_empty() || self.models.iter().any(|served| served == model) {
            return Ok(());
        }
        Err(render(Failure::ModelNotFound, protocol, model, self.now))
    }
}

/// Answers a request whose body is `body`.
pub(crate) fn answer(route: &Route, body: &Bytes, cx: &Context<'_>) -> Result<Reply, ErrorReply> {
    let protocol = route.protocol();
    if let Route::Models { shape, id } = route {
        return crate::models::answer(*shape, id.as_deref(), cx);
    }
    if let Route::Unknown { like } = route {
        return Err(no_route(*like, ""));
    }
    let parsed = if cx.strict {
        strict_json::parse(body)
    } else {
        serde_json::from_slice(body)
    };
    let body = parsed.map_err(|error| unreadable(protocol, &error.to_string()))?;
    match route {
        Route::Chat => chat::generate(&body, cx),
        Route::Embeddings => embeddings::answer(&body, cx),
        Route::Responses => responses::generate(&body, cx),
        Route::InputTokens => responses::count(&body, cx),
        Route::Messages => claude::generate(&body, cx),
        Route::CountMessages => claude::count(&body, cx),
        Route::Gemini {
            model,
            verb,
            vertex,
        } => {
            cx.serve(protocol, model)?;
            match verb {
                Verb::Generate => gemini::generate(body, model, None, cx),
                Verb::Stream { sse } => gemini::generate(body, model, Some(*sse), cx),
                Verb::Count => gemini::count(body, model, *vertex, cx),
                Verb::Embed => gemini::embed(body, cx),
                Verb::EmbedBatch => gemini::embed_batch(body, cx),
            }
        }
        Route::Models { shape, .. } | Route::Unknown { like: shape } => Err(no_route(*shape, "")),
    }
}

pub(crate) fn no_route(protocol: Protocol, path: &str) -> ErrorReply {
    match protocol {
        Protocol::Chat | Protocol::Responses => openai::error::no_route(path),
        Protocol::Claude => claude::error::no_route(),
        Protocol::Gemini => gemini::error::no_route(path),
    }
}

fn unreadable(protocol: Protocol, reason: &str) -> ErrorReply {
    match protocol {
        Protocol::Chat | Protocol::Responses => openai::error::unreadable(reason),
        Protocol::Claude => claude::error::unreadable(reason),
        Protocol::Gemini => gemini::error::unreadable(reason),
    }
}

/// An event that reports an overload in the middle of a stream, after the `sent` ones.
fn error_event(protocol: Protocol, sent: &[Bytes], array: bool, now: SystemTime) -> Bytes {
    let body = render(Failure::Overloaded, protocol, "", now).body;
    match protocol {
        Protocol::Chat => frame::data(&body),
        Protocol::Claude => frame::named(&body),
        Protocol::Gemini if array => frame::element(&body, sent.is_empty(), true),
        Protocol::Gemini => frame::data_crlf(&body),
        Protocol::Responses => responses::failed(sent),
    }
}

/// Applies what a behaviour does to a stream of events, or of elements of an array.
pub(crate) fn stage(
    mut events: Vec<Bytes>,
    array: bool,
    behaviour: &Behaviour,
    protocol: Protocol,
    cx: &Context<'_>,
) -> Plan {
    let mut ending = Ending::Clean;
    let mut interval = cx.shape.interval;
    match behaviour {
        Behaviour::ErrorEventAt(n) => fail_at(&mut events, *n, array, protocol, cx.now),
        Behaviour::ErrorEventFirst => fail_at(&mut events, 0, array, protocol, cx.now),
        Behaviour::MalformedAt(n) => {
            if let Some(event) = events.get_mut(*n) {
                *event = frame::malformed();
            }
        }
        Behaviour::Paced { interval: pace } => interval = Some(*pace),
        Behaviour::ResetAfter(n) => {
            events.truncate(*n);
            ending = Ending::Reset;
        }
        Behaviour::StallAfter(n) => {
            events.truncate(*n);
            ending = Ending::Stall;
        }
        Behaviour::TruncateAfter(n) => events.truncate(*n),
        _ => {}
    }
    Plan {
        ending,
        ..Plan::streaming(events.into(), interval)
    }
}

fn fail_at(events: &mut Vec<Bytes>, n: usize, array: bool, protocol: Protocol, now: SystemTime) {
    events.truncate(n);
    let error = error_event(protocol, events, array, now);
    events.push(error);
}
