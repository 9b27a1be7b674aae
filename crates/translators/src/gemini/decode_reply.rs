//! A Gemini reply, read.
//!
//! | what comes | what is told |
//! | --- | --- |
//! | the first frame | the start |
//! | `candidates` | see `candidate` |
//! | `usageMetadata` in any frame | usage, after what else the frame says |
//! | `promptFeedback.blockReason` without a candidate | the end is a filter of the prompt |
//! | `error` | a failure |
//! | the close of the stream | the finish of every candidate and the end, if each has a `finishReason` or the prompt was blocked; else a failure |
//!
//! A finish is told at the close only: usage follows it, and some models give a reason in every frame, of
//! which the last counts. A frame or body may stand in the Code Assist envelope (`response`), and may be
//! an array of such. A body is told as one frame; there a candidate without a reason has stopped.

mod candidate;
mod grounding;
mod partial_args;

#[cfg(test)]
mod tests;

use self::candidate::Candidate;
use crate::{
    gemini::{raw::documents, usage_patch::usage_patch},
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
    candidates: Vec<Candidate>,
    is_blocked: bool,
}

impl DecodeReply for Decoder {
    fn event(&mut self, name: Option<&str>, data: &str, sink: &mut dyn Sink) {
        let data = data.trim_ascii();
        if data.is_empty() || data == "[DONE]" {
            return self.course.emitter(sink).alive();
        }
        match Value::parse(data) {
            Ok(document) => self.read(document, sink),
            Err(_) => self
                .course
                .emitter(sink)
                .fail(Fault::unreadable(name, data)),
        }
    }

    fn eof(&mut self, sink: &mut dyn Sink) {
        let is_finished = self.is_finished();
        let out = &mut self.course.emitter(sink);
        match is_finished {
            true => end(&mut self.candidates, out),
            false => out.fail(Fault::cut_off()),
        }
    }

    fn has_finished(&self) -> bool {
        self.course.is_over() || self.is_finished()
    }

    fn body(&mut self, body: Value<'_>, sink: &mut dyn Sink) {
        self.read(body, sink);
        let out = &mut self.course.emitter(sink);
        if self.candidates.is_empty() && !self.is_blocked {
            out.fail(Fault::no_reply());
        }
        end(&mut self.candidates, out);
    }
}

impl Decoder {
    fn is_finished(&self) -> bool {
        let mut candidates = self.candidates.iter();
        match self.candidates.is_empty() {
            true => self.is_blocked,
            false => candidates.all(|candidate| candidate.finish.is_some()),
        }
    }

    fn read(&mut self, document: Value<'_>, sink: &mut dyn Sink) {
        let out = &mut self.course.emitter(sink);
        for frame in documents(document) {
            let frame = frame.get("response").unwrap_or(frame);
            if error_of(frame).is_some() {
                return out.fail(Fault::read(frame));
            }
            self.is_blocked |= read(&mut self.candidates, frame, out);
        }
    }
}

/// Reads one frame; whether it says that the prompt was blocked.
fn read(candidates: &mut Vec<Candidate>, frame: Value<'_>, out: &mut Emitter<'_>) -> bool {
    let (mut id, mut listed, mut usage, mut feedback) = (None, None, None, None);
    // One walk: every lookup would be another.
    for (key, value) in frame.members() {
        match &*key {
            "candidates" => listed = Some(value),
            "promptFeedback" => feedback = value.get("blockReason"),
            "responseId" => id = JsonStr::of(value),
            "usageMetadata" => usage = Some(value),
            _ => {}
        }
    }
    out.start(id.unwrap_or_default(), None);
    for value in listed.iter().flat_map(Value::elements) {
        let index = tokens(value.get("index")).unwrap_or(0);
        let index = u16::try_from(index).unwrap_or(u16::MAX);
        of_index(candidates, index).read(value, out);
    }
    out.usage(usage.map(usage_patch).unwrap_or_default());
    feedback.is_some_and(|reason| !reason.is_null())
}

fn of_index(candidates: &mut Vec<Candidate>, index: u16) -> &mut Candidate {
    let known = candidates.iter().position(|one| one.index == index);
    let at = known.unwrap_or_else(|| {
        candidates.push(Candidate::new(index));
        candidates.len() - 1
    });
    &mut candidates[at]
}

fn end(candidates: &mut [Candidate], out: &mut Emitter<'_>) {
    for candidate in candidates.iter_mut() {
        candidate.end(out);
    }
    if candidates.is_empty() {
        out.finish(0, Finish::Filter { is_prompt: true });
    }
    out.end();
}
