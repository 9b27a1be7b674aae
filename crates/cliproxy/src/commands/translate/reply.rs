//! A reply, as a body or a stream: what its client gets of it.

use super::{Pair, now, recording};
use crate::{cli::TranslateArgs, print};
use anyhow::bail;
use bytes::Bytes;
use cliproxy_json::{Kind, Value};
use cliproxy_sse::{Frame, Framer};
use cliproxy_translators::{ReplyLosses, ReplyPlan, ReplyStream, translate_reply};
use std::process::ExitCode;

/// Largest event of a recorded stream.
const MAX_EVENT: usize = 32 << 20;

/// What a client is told that asked for what the command line says, else for what was recorded.
fn plan(pair: Pair, args: &TranslateArgs, recorded: Option<String>) -> ReplyPlan {
    let model = args.model.clone().or(recorded).unwrap_or_default();
    ReplyPlan::without_request(pair.to, &model, now())
}

/// The body that the client gets. `asked` is what its request asked for, where that is known.
pub(super) fn body(
    pair: Pair,
    args: &TranslateArgs,
    asked: Option<ReplyPlan>,
    body: &Bytes,
) -> anyhow::Result<Bytes> {
    if recording::is_event_stream(body) {
        bail!("no whole reply but an event stream, which is translated with --stream");
    }
    let said = Value::parse_bytes(body).ok();
    if let Some(said) = said.filter(|said| !recording::is_of(pair.from, *said)) {
        bail!("{}", recording::mistaken(pair.from, said));
    }
    let plan = asked.unwrap_or_else(|| plan(pair, args, said.and_then(recording::model)));
    match translate_reply(pair.from, body, &plan) {
        Ok(translated) => {
            tell(translated.losses);
            Ok(translated.body)
        }
        Err(failure) => bail!("no reply: {} ({})", failure.message, failure.status),
    }
}

/// What the client does not get.
fn tell(losses: ReplyLosses) {
    if !losses.is_empty() {
        print::problems(&format!("lost of the reply: {losses}"));
    }
}

/// Writes what the client gets. A recording that breaks off ends as it would for a client: with an
/// error event, and so does one of which the upstream said that it failed.
pub(super) fn stream(
    pair: Pair,
    args: &TranslateArgs,
    asked: Option<ReplyPlan>,
    text: Bytes,
) -> anyhow::Result<ExitCode> {
    let mut reply = match array(pair, &text) {
        Some(events) => {
            let plan = asked.unwrap_or_else(|| plan(pair, args, recording::model(events)));
            let mut reply = ReplyStream::new(pair.from, &plan);
            reply.body(&text);
            reply
        }
        None => {
            let frames = frames(text)?;
            let recorded = recorded(pair, &frames)?;
            let plan = asked.unwrap_or_else(|| plan(pair, args, recorded));
            let mut reply = ReplyStream::new(pair.from, &plan);
            for frame in &frames {
                reply.frame(frame);
            }
            reply.eof();
            reply
        }
    };
    tell(reply.losses());
    print::result(&reply.take())?;
    match reply.has_failed() {
        true => bail!("the reply ends in an error"),
        false => Ok(ExitCode::SUCCESS),
    }
}

/// The events of a stream that came as one JSON array.
fn array(pair: Pair, text: &[u8]) -> Option<Value<'_>> {
    let events = Value::parse_bytes(text).ok()?;
    let is_array = events.kind() == Kind::Array;
    (is_array && recording::is_of(pair.from, events)).then_some(events)
}

fn frames(text: Bytes) -> anyhow::Result<Vec<Frame>> {
    let mut framer = Framer::new(MAX_EVENT);
    framer.push(text);
    let mut frames = Vec::new();
    while let Some(frame) = framer.next_frame()? {
        frames.push(frame);
    }
    frames.extend(framer.finish());
    Ok(frames)
}

/// The model that the events name, if the stream is one of the upstream's protocol at all.
fn recorded(pair: Pair, frames: &[Frame]) -> anyhow::Result<Option<String>> {
    let data: Vec<_> = frames.iter().filter_map(Frame::data).collect();
    if data.is_empty() {
        bail!("no event stream: it has no `data:` line; a whole reply is translated with --reply");
    }
    // What is no JSON, like `[DONE]`, says nothing about the protocol.
    let said = data.iter().filter_map(|data| Value::parse_bytes(data).ok());
    let said: Vec<_> = said.collect();
    let is_own = said.iter().any(|said| recording::is_of(pair.from, *said));
    if let Some(first) = said.first().filter(|_| !is_own) {
        bail!("{}", recording::mistaken(pair.from, *first));
    }
    Ok(said.into_iter().find_map(recording::model))
}
