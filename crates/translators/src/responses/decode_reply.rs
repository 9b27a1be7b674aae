//! A Responses reply, read.
//!
//! | what comes | what is told |
//! | --- | --- |
//! | `response.created`, or the first event with a `response` | the start |
//! | `response.output_item.added`, `.done` | see `items` |
//! | `response.content_part.done`; deltas and `.done` values of texts, summaries, arguments | more of the item's part |
//! | `response.output_text.annotation.added` | a citation |
//! | `response.completed`, `.incomplete`, `.done` | items of `output` that were never seen, usage, the finish, the end |
//! | `response.failed`, `.cancelled`, `error`, an object with an `error` | a failure |
//! | `logprobs` beside a text, or of a part | probabilities of its tokens, those told before left out |
//! | anything else | a sign of life |
//! | the close of the stream before | a failure |
//!
//! The status of the response decides how it has ended, and only without one the name of the event. A
//! body is told as its items; one that is not finished is a failure.

mod call;
mod items;
mod message;
mod reasoning;
mod seen;
mod server;

#[cfg(test)]
mod tests;

use self::{
    items::{Address, Items},
    message::Said,
    reasoning::Form,
};
use crate::{
    hub::DecodeReply,
    json_str::JsonStr,
    read_error::error_of,
    reply::{Course, Emitter, Fault, Finish, Sink},
    responses::{finish, usage_patch::usage_patch},
    tap::tokens,
};
use cliproxy_json::Value;
use std::borrow::Cow;

#[derive(Debug, Default)]
pub(crate) struct Decoder {
    course: Course,
    items: Items,
}

impl DecodeReply for Decoder {
    fn event(&mut self, name: Option<&str>, data: &str, sink: &mut dyn Sink) {
        let out = &mut self.course.emitter(sink);
        let data = data.trim_ascii();
        if data.is_empty() || data == "[DONE]" {
            return out.alive();
        }
        match Value::parse(data) {
            Ok(event) => read(&mut self.items, name, event, out),
            Err(_) => out.fail(Fault::unreadable(name, data)),
        }
    }

    fn eof(&mut self, sink: &mut dyn Sink) {
        self.course.emitter(sink).fail(Fault::cut_off());
    }

    fn has_finished(&self) -> bool {
        self.course.is_over()
    }

    fn body(&mut self, body: Value<'_>, sink: &mut dyn Sink) {
        let out = &mut self.course.emitter(sink);
        if error_of(body).is_some() {
            return out.fail(Fault::read(body));
        }
        if body.get("output").is_none() {
            return out.fail(Fault::no_reply());
        }
        start(body, out);
        end(&mut self.items, body, "completed", out);
    }
}

/// The members of an event that say something; which of them do depends on its type.
#[derive(Default)]
struct Event<'a> {
    kind: Option<&'a str>,
    address: Address<'a>,
    /// `delta`, `text`, `arguments`, `input` or `refusal`.
    value: Option<Value<'a>>,
    item: Option<Value<'a>>,
    part: Option<Value<'a>>,
    annotation: Option<Value<'a>>,
    response: Option<Value<'a>>,
    logprobs: Option<Value<'a>>,
}

impl<'a> Event<'a> {
    /// One walk: every lookup would be another.
    fn of(event: Value<'a>) -> Self {
        let mut found = Self::default();
        for (key, value) in event.members() {
            match &*key {
                "type" => found.kind = value.escaped(),
                "item_id" => found.address.id = value.as_str().unwrap_or_default(),
                "output_index" => found.address.index = tokens(Some(value)),
                "content_index" | "summary_index" => {
                    found.address.part = tokens(Some(value)).unwrap_or(0);
                }
                "delta" | "text" | "arguments" | "input" | "refusal" => found.value = Some(value),
                "item" => found.item = Some(value),
                "part" => found.part = Some(value),
                "annotation" => found.annotation = Some(value),
                "response" => found.response = Some(value),
                "logprobs" => found.logprobs = Some(value),
                _ => {}
            }
        }
        found
    }
}

fn read(items: &mut Items, name: Option<&str>, value: Value<'_>, out: &mut Emitter<'_>) {
    let event = Event::of(value);
    let text = || event.value.and_then(JsonStr::of).unwrap_or_default();
    let address = &event.address;
    let at = address.part;
    let kind = event.kind.or(name).unwrap_or_default();
    match kind {
        "response.output_item.added" => {
            if let Some(item) = event.item {
                items.added(address.index, item, out);
            }
        }
        "response.output_item.done" => {
            if let Some(item) = event.item {
                items.done(address.index, item, out);
            }
        }
        "response.output_text.delta"
        | "response.output_text.done"
        | "response.refusal.delta"
        | "response.refusal.done"
        | "response.content_part.done"
        | "response.output_text.annotation.added" => {
            let Some(message) = items.message(address) else {
                return;
            };
            match (kind, event.part, event.annotation) {
                ("response.output_text.delta", ..) => {
                    message.say(at, Said::Text, text(), event.logprobs, out);
                }
                ("response.output_text.done", ..) => {
                    message.said(at, Said::Text, &text(), event.logprobs, out);
                }
                ("response.refusal.delta", ..) => {
                    message.say(at, Said::Refusal, text(), None, out);
                }
                ("response.refusal.done", ..) => {
                    message.said(at, Said::Refusal, &text(), None, out);
                }
                (_, Some(part), _) => message.part_done(at, part, out),
                (_, _, Some(annotation)) => message.annotate(at, annotation, out),
                _ => {}
            }
        }
        "response.reasoning_summary_text.delta"
        | "response.reasoning_summary_text.done"
        | "response.reasoning_text.delta"
        | "response.reasoning_text.done" => {
            let Some(reasoning) = items.reasoning(address) else {
                return;
            };
            let form = match kind.starts_with("response.reasoning_summary") {
                true => Form::Summary,
                false => Form::Raw,
            };
            match kind.ends_with(".delta") {
                true => reasoning.say(form, at, text(), out),
                false => reasoning.said(form, at, &text(), out),
            }
        }
        "response.function_call_arguments.delta" | "response.custom_tool_call_input.delta" => {
            if let Some(call) = items.call(address) {
                call.say(text(), out);
            }
        }
        "response.function_call_arguments.done" | "response.custom_tool_call_input.done" => {
            if let Some(call) = items.call(address) {
                call.said(&text(), out);
            }
        }
        kind => lifecycle(items, kind, value, event.response, out),
    }
}

/// The events that are about the response as a whole.
fn lifecycle(
    items: &mut Items,
    kind: &str,
    event: Value<'_>,
    response: Option<Value<'_>>,
    out: &mut Emitter<'_>,
) {
    let ending = match kind {
        "response.completed" | "response.done" => Some("completed"),
        "response.incomplete" => Some("incomplete"),
        _ => None,
    };
    match (kind, ending, response) {
        ("error", ..) => out.fail(Fault::read(event)),
        ("response.failed" | "response.cancelled", ..) => out.fail(failure(event)),
        (_, Some(ending), Some(response)) => {
            start(response, out);
            end(items, response, ending, out);
        }
        _ if error_of(event).is_some() => out.fail(Fault::read(event)),
        ("response.created", _, Some(response)) => start(response, out),
        _ => out.alive(),
    }
}

fn start(response: Value<'_>, out: &mut Emitter<'_>) {
    let id = response.get("id").and_then(JsonStr::of);
    let created = tokens(response.get("created_at")).filter(|seconds| *seconds > 0);
    out.start(id.unwrap_or_default(), created);
}

/// The response has ended; `ending` is its status if it states none.
fn end(items: &mut Items, response: Value<'_>, ending: &str, out: &mut Emitter<'_>) {
    let status = response.get("status").and_then(|status| status.escaped());
    let finish = match status.unwrap_or(ending) {
        "incomplete" => {
            let reason = response.at(&["incomplete_details", "reason"]);
            let reason = reason.and_then(|reason| reason.as_str());
            finish::decode_incomplete(reason.as_deref())
        }
        "failed" | "cancelled" => return out.fail(failure(response)),
        "in_progress" | "queued" => return out.fail(Fault::no_reply()),
        _ => Finish::Stop,
    };
    let output = response.get("output");
    for (index, item) in (0..).zip(output.iter().flat_map(Value::elements)) {
        items.listed(index, item, out);
    }
    items.close(out);
    out.usage(response.get("usage").map(usage_patch).unwrap_or_default());
    out.finish(0, finish);
    out.end();
}

/// Why a response has failed, if it says so.
fn failure(value: Value<'_>) -> Fault<'_> {
    match error_of(value) {
        Some(_) => Fault::read(value),
        None => Fault::ended(500),
    }
}

/// The text of a member that has to say something.
fn filled<'a>(value: Value<'a>, key: &str) -> Option<Cow<'a, str>> {
    let text = value.get(key)?.as_str()?;
    (!text.is_empty()).then_some(text)
}
