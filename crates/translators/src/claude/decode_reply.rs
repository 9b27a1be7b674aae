//! A Messages reply, read.
//!
//! | what comes | what is told |
//! | --- | --- |
//! | `message_start` | the start, usage |
//! | `content_block_start`, `_delta`, `_stop` | see `block` |
//! | `message_delta` | usage; its `stop_reason` is kept until the end |
//! | `message_stop`, or the close of the stream after a `stop_reason` | what is open closes, the finish, the end |
//! | the close of the stream before | a failure |
//! | `error`, or an object with an `error` | a failure |
//! | `ping`, and events and blocks that nobody knows | a sign of life |
//!
//! The name of an event is the `type` in its data, and only without one its `event:` field. A
//! `message_stop` without a reason is a stop. A body is told as its blocks, each begun and ended at once.

mod block;
mod search;

#[cfg(test)]
mod tests;

use self::block::Blocks;
use crate::{
    claude::{finish, usage_patch::usage_patch},
    hub::DecodeReply,
    json_str::JsonStr,
    read_error::error_of,
    reply::{Course, Emitter, Fault, Finish, Sink},
    tap::tokens,
};
use cliproxy_json::Value;

#[derive(Debug, Default)]
pub(crate) struct Decoder {
    course: Course,
    blocks: Blocks,
    finish: Option<Finish<'static>>,
}

impl DecodeReply for Decoder {
    fn event(&mut self, name: Option<&str>, data: &str, sink: &mut dyn Sink) {
        let out = &mut self.course.emitter(sink);
        let data = data.trim_ascii();
        if data.is_empty() {
            return out.alive();
        }
        let Ok(event) = Value::parse(data) else {
            return out.fail(Fault::unreadable(name, data));
        };
        let [kind, index, delta, block, usage] =
            event.pick(["type", "index", "delta", "content_block", "usage"]);
        let index = tokens(index).unwrap_or(0);
        match kind
            .and_then(|kind| kind.escaped())
            .or(name)
            .unwrap_or_default()
        {
            "message_start" => {
                if let Some(message) = event.get("message") {
                    let [id, usage] = message.pick(["id", "usage"]);
                    start(id, usage, out);
                }
            }
            "content_block_start" => {
                self.blocks.start(index, block, out);
            }
            "content_block_delta" => {
                if let Some(delta) = delta {
                    self.blocks.delta(index, delta, out);
                }
            }
            "content_block_stop" => self.blocks.stop(index, out),
            "message_delta" => {
                if let Some(finish) = delta.and_then(reason) {
                    self.finish = Some(finish);
                }
                out.usage(usage.map(usage_patch).unwrap_or_default());
            }
            "message_stop" => self.end(sink),
            "error" => out.fail(Fault::read(event)),
            _ if error_of(event).is_some() => out.fail(Fault::read(event)),
            _ => out.alive(),
        }
    }

    fn eof(&mut self, sink: &mut dyn Sink) {
        match self.finish {
            Some(_) => self.end(sink),
            None => self.course.emitter(sink).fail(Fault::cut_off()),
        }
    }

    fn has_finished(&self) -> bool {
        self.course.is_over() || self.finish.is_some()
    }

    fn body(&mut self, body: Value<'_>, sink: &mut dyn Sink) {
        let out = &mut self.course.emitter(sink);
        let [error, response, content, id, usage, reason, sequence] = body.pick([
            "error",
            "response",
            "content",
            "id",
            "usage",
            "stop_reason",
            "stop_sequence",
        ]);
        if error.or(response).is_some() && error_of(body).is_some() {
            return out.fail(Fault::read(body));
        }
        let Some(content) = content else {
            return out.fail(Fault::no_reply());
        };
        start(id, usage, out);
        for (index, block) in (0..).zip(content.elements()) {
            self.blocks.start(index, Some(block), out);
            self.blocks.stop(index, out);
        }
        self.finish = ending(reason, sequence);
        self.end(sink);
    }
}

impl Decoder {
    fn end(&mut self, sink: &mut dyn Sink) {
        let out = &mut self.course.emitter(sink);
        self.blocks.close(out);
        out.finish(0, self.finish.take().unwrap_or(Finish::Stop));
        out.end();
    }
}

/// Begins with a message object.
fn start(id: Option<Value<'_>>, usage: Option<Value<'_>>, out: &mut Emitter<'_>) {
    out.start(id.and_then(JsonStr::of).unwrap_or_default(), None);
    out.usage(usage.map(usage_patch).unwrap_or_default());
}

/// The `stop_reason` of a message, or of the delta of one.
fn reason(message: Value<'_>) -> Option<Finish<'static>> {
    let [reason, sequence] = message.pick(["stop_reason", "stop_sequence"]);
    ending(reason, sequence)
}

fn ending(reason: Option<Value<'_>>, sequence: Option<Value<'_>>) -> Option<Finish<'static>> {
    let reason = reason?.as_str()?;
    let finish = finish::decode(&reason, sequence.and_then(JsonStr::of));
    (!reason.is_empty()).then(|| finish.into_owned())
}
