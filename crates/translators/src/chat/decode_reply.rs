//! A Chat Completions reply, read.
//!
//! | what comes | what is told |
//! | --- | --- |
//! | the first chunk with an id or a choice | the start |
//! | `delta` | see `choice` |
//! | `delta.tool_calls` | see `calls` |
//! | `finish_reason` | every part of the choice closes, and the choice is finished; what it says after that is ignored |
//! | `finish_reason` that is a failure (`finish`), `error` in a chunk or choice, `object: "error"`, an `error` event | a failure |
//! | `usage` in a chunk, or in a choice (Moonshot) | usage; it may follow the last finish |
//! | `logprobs` of a choice | see `choice` |
//! | `[DONE]` | the end if there was a choice, else a failure; a choice without a reason has stopped |
//! | the close of the stream | the end if every choice is finished, else a failure |
//!
//! A body is the same with `message` for `delta`; there a choice without a reason has stopped.

mod calls;
mod choice;

#[cfg(test)]
mod tests;

use self::choice::Choice;
use crate::{
    chat::{finish, usage_patch::usage_patch},
    hub::DecodeReply,
    json_str::JsonStr,
    read_error::error_of,
    reply::{Course, Emitter, Fault, Finish, Sink},
    tap::tokens,
};
use cliproxy_json::{Kind, Value};

#[derive(Debug, Default)]
pub(crate) struct Decoder {
    course: Course,
    choices: Vec<Choice>,
}

/// What a choice says, and how.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Form {
    Delta,
    Message,
}

impl DecodeReply for Decoder {
    fn event(&mut self, name: Option<&str>, data: &str, sink: &mut dyn Sink) {
        let mut out = self.course.emitter(sink);
        match data.trim_ascii() {
            "" => out.alive(),
            "[DONE]" => {
                stop(&mut self.choices, &mut out);
                end(&self.choices, &mut out);
            }
            data => match Value::parse(data) {
                Ok(chunk) if name == Some("error") => out.fail(Fault::read(chunk)),
                Ok(chunk) => read(&mut self.choices, chunk, Form::Delta, &mut out),
                Err(_) => out.fail(Fault::unreadable(name, data)),
            },
        }
    }

    fn eof(&mut self, sink: &mut dyn Sink) {
        end(&self.choices, &mut self.course.emitter(sink));
    }

    fn has_finished(&self) -> bool {
        self.course.is_over() || is_finished(&self.choices)
    }

    fn body(&mut self, body: Value<'_>, sink: &mut dyn Sink) {
        let mut out = self.course.emitter(sink);
        read(&mut self.choices, body, Form::Message, &mut out);
        if self.choices.is_empty() {
            out.fail(Fault::no_reply());
        }
        stop(&mut self.choices, &mut out);
        end(&self.choices, &mut out);
    }
}

/// The reply is whole, so a choice that has not said why it ended has stopped.
fn stop(choices: &mut [Choice], out: &mut Emitter<'_>) {
    for choice in choices {
        choice.finish(Finish::Stop, out);
    }
}

fn is_finished(choices: &[Choice]) -> bool {
    !choices.is_empty() && choices.iter().all(|choice| choice.has_finished)
}

fn end(choices: &[Choice], out: &mut Emitter<'_>) {
    match is_finished(choices) {
        true => out.end(),
        false => out.fail(Fault::cut_off()),
    }
}

/// Reads a chunk or a body. One walk over its members: every lookup would be another.
fn read(choices: &mut Vec<Choice>, chunk: Value<'_>, form: Form, out: &mut Emitter<'_>) {
    let (mut id, mut created, mut listed, mut usage, mut fails) = (None, None, None, None, false);
    for (key, value) in chunk.members() {
        match &*key {
            "id" => id = JsonStr::of(value).filter(|id| !id.is_empty()),
            "created" => created = tokens(Some(value)).filter(|seconds| *seconds > 0),
            "choices" => listed = Some(value),
            "usage" => usage = Some(value),
            "error" => fails |= error_of(chunk).is_some(),
            "object" => fails |= value.escaped() == Some("error"),
            _ => {}
        }
    }
    if fails {
        return out.fail(Fault::read(chunk));
    }
    let mut listed = listed.iter().flat_map(Value::elements).peekable();
    if id.is_some() || listed.peek().is_some() {
        out.start(id.unwrap_or_default(), created);
    }
    for choice in listed {
        usage = read_choice(choices, choice, form, out).or(usage);
    }
    if let Some(usage) = usage.filter(|usage| usage.kind() == Kind::Object) {
        out.usage(usage_patch(usage));
    }
}

/// Reads a choice; its own report of usage, if it makes one.
fn read_choice<'a>(
    choices: &mut Vec<Choice>,
    value: Value<'a>,
    form: Form,
    out: &mut Emitter<'_>,
) -> Option<Value<'a>> {
    let (mut index, mut said, mut reason, mut usage) = (0, None, None, None);
    let mut logprobs = None;
    for (key, member) in value.members() {
        match &*key {
            "index" => index = tokens(Some(member)).unwrap_or(0),
            "delta" if form == Form::Delta => said = Some(member),
            "message" => said = said.or(Some(member)),
            "finish_reason" => reason = member.as_str().filter(|reason| !reason.is_empty()),
            "usage" if member.kind() == Kind::Object => usage = Some(member),
            "logprobs" if member.kind() == Kind::Object => logprobs = Some(member),
            "error" if error_of(value).is_some() => {
                out.fail(Fault::read(value));
            }
            _ => {}
        }
    }
    let choice = of_index(choices, u16::try_from(index).unwrap_or(u16::MAX));
    if said.is_some() || logprobs.is_some() {
        choice.say(said, logprobs, form, out);
    }
    match reason.map(|reason| finish::decode(&reason)) {
        Some(Ok(reason)) => choice.finish(reason, out),
        Some(Err(status)) => out.fail(Fault::ended(status)),
        None => {}
    }
    usage
}

fn of_index(choices: &mut Vec<Choice>, index: u16) -> &mut Choice {
    let known = choices.iter().position(|choice| choice.index == index);
    let at = known.unwrap_or_else(|| {
        choices.push(Choice::new(index));
        choices.len() - 1
    });
    &mut choices[at]
}
