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

use self::candidate::{Candidate, Said};
use crate::{
    gemini::{raw::documents, usage_patch::usage_patch},
    hub::DecodeReply,
    json_str::JsonStr,
    read_error::error_of,
    reply::{Course, Emitter, Fault, Finish, Sink},
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
        for document in documents(document) {
            let envelope = Frame::of(document);
            let frame = envelope.response.map_or(envelope, Frame::of);
            if frame.fails() {
                return out.fail(Fault::read(frame.document));
            }
            frame.tell(&mut self.candidates, out);
            self.is_blocked |= frame.is_blocked();
        }
    }
}

/// The members of a frame.
struct Frame<'a> {
    document: Value<'a>,
    id: Option<JsonStr<'a>>,
    candidates: Option<Value<'a>>,
    usage: Option<Value<'a>>,
    block: Option<Value<'a>>,
    response: Option<Value<'a>>,
    has_error: bool,
}

impl<'a> Frame<'a> {
    fn of(document: Value<'a>) -> Self {
        let mut frame = Self {
            document,
            id: None,
            candidates: None,
            usage: None,
            block: None,
            response: None,
            has_error: false,
        };
        // One walk: every lookup would be another.
        for (key, value) in document.members() {
            match &*key {
                "candidates" => frame.candidates = Some(value),
                "promptFeedback" => frame.block = value.get("blockReason"),
                "responseId" => frame.id = JsonStr::of(value),
                "usageMetadata" => frame.usage = Some(value),
                "response" => frame.response = frame.response.or(Some(value)),
                "error" => frame.has_error = true,
                _ => {}
            }
        }
        frame
    }

    fn fails(&self) -> bool {
        (self.has_error || self.response.is_some()) && error_of(self.document).is_some()
    }

    fn is_blocked(&self) -> bool {
        self.block.is_some_and(|reason| !reason.is_null())
    }

    fn tell(&self, candidates: &mut Vec<Candidate>, out: &mut Emitter<'_>) {
        out.start(self.id.clone().unwrap_or_default(), None);
        for value in self.candidates.iter().flat_map(Value::elements) {
            let said = Said::of(value);
            let index = u16::try_from(said.index).unwrap_or(u16::MAX);
            of_index(candidates, index).read(said, out);
        }
        out.usage(self.usage.map(usage_patch).unwrap_or_default());
    }
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
