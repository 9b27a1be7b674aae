//! A reply, written for a client: as a stream of frames.
//!
//! Parts come one after the other; see `sequence`. Every frame has `modelVersion` and `responseId`.
//!
//! | event | frame |
//! | --- | --- |
//! | text, refusal, reasoning | one part with the delta, and `logprobsResult` beside the content where it is known |
//! | end of a reasoning part with opaque state | a thought without text, with `thoughtSignature` |
//! | end of a call | the call |
//! | an image | the image |
//! | finish | one with an empty text, `finishReason`, `groundingMetadata` if there is any, `usageMetadata` |
//! | finish of a blocked prompt without any content | `promptFeedback` and `usageMetadata` |
//! | failure | the error |
//!
//! Frames are server-sent events without a name, or the elements of a JSON array. For a client that
//! speaks the Code Assist envelope each stands in `response`.

use super::{
    logprobs,
    write_reply::{self, Grounding, Run, RunKind},
};
use crate::{
    error::{ErrorView, error_body},
    hub::EncodeReply,
    json_str::JsonStr,
    reply::{
        Event, Fault, Finish, Opening, PartId, ReplyCitation, ReplyContext, Sink, UsagePatch,
        carried, tail,
    },
    request_ir::Opaque,
};
use cliproxy_core::Protocol;
use cliproxy_json::{ObjectWriter, escape_into};
use std::sync::Arc;

#[derive(Debug)]
pub(crate) struct Encoder {
    cx: Arc<ReplyContext>,
    out: Vec<u8>,
    /// What every frame ends with, from `modelVersion` on.
    end: Vec<u8>,
    has_frames: bool,
    choices: Vec<Choice>,
    parts: Vec<OpenPart>,
    usage: UsagePatch,
}

#[derive(Debug)]
struct Choice {
    number: u16,
    run: Run,
    grounding: Grounding,
    has_parts: bool,
}

#[derive(Debug)]
struct OpenPart {
    part: PartId,
    /// Its place in `choices`.
    choice: usize,
    kind: Kind,
    /// Of the delta that comes next.
    logprobs: String,
}

#[derive(Debug)]
enum Kind {
    Text {
        kind: RunKind,
        is_paragraph: bool,
        /// Where it begins in the run's text, once it does.
        start: Option<usize>,
        citations: Vec<ReplyCitation<'static>>,
        opaque: Option<Opaque<'static>>,
    },
    Call {
        id: String,
        name: String,
        text: String,
        signature: Option<Opaque<'static>>,
    },
    Hidden,
}

impl Encoder {
    pub(crate) fn new(cx: Arc<ReplyContext>) -> Self {
        Self {
            cx,
            out: Vec::new(),
            end: Vec::new(),
            has_frames: false,
            choices: Vec::new(),
            parts: Vec::new(),
            usage: UsagePatch::default(),
        }
    }

    fn start(&mut self, id: &JsonStr<'_>) {
        let end = &mut self.end;
        end.extend_from_slice(br#","modelVersion":""#);
        escape_into(end, &self.cx.model);
        end.extend_from_slice(br#"","responseId":""#);
        end.extend_from_slice(tail(id, &self.cx).as_bytes());
        end.extend_from_slice(match self.cx.is_enveloped {
            true => b"\"}}",
            false => b"\"}",
        });
        if !self.cx.streams_array {
            end.extend_from_slice(b"\r\n\r\n");
        }
    }

    /// What stands before a frame.
    fn separate(&mut self) {
        let has_frames = std::mem::replace(&mut self.has_frames, true);
        let before: &[u8] = match (self.cx.streams_array, has_frames) {
            (false, _) => b"data: ",
            (true, false) => b"[",
            (true, true) => b"\n,\r\n",
        };
        self.out.extend_from_slice(before);
    }

    /// A frame; `members` writes all that stands before `modelVersion`.
    fn frame(&mut self, members: impl FnOnce(&mut Vec<u8>)) {
        self.separate();
        if self.cx.is_enveloped {
            self.out.extend_from_slice(br#"{"response":"#);
        }
        self.out.push(b'{');
        members(&mut self.out);
        self.out.extend_from_slice(&self.end);
    }

    fn part(&mut self, choice: u16, members: impl FnOnce(&mut ObjectWriter<'_>)) {
        self.probable_part(choice, "", members);
    }

    fn probable_part(
        &mut self,
        choice: u16,
        logprobs: &str,
        members: impl FnOnce(&mut ObjectWriter<'_>),
    ) {
        self.frame(|out| {
            out.extend_from_slice(br#""candidates":["#);
            ObjectWriter::write(out, |candidate| {
                candidate.object("content", |content| {
                    content.text("role", "model");
                    content.array("parts", |parts| parts.object(members));
                });
                candidate.number("index", choice.into());
                logprobs::write(logprobs, candidate);
            });
            out.push(b']');
        });
    }

    fn text_part(&mut self, choice: u16, kind: RunKind, text: &str, logprobs: &str) {
        self.probable_part(choice, logprobs, |part| {
            part.escaped("text", text);
            if kind == RunKind::Thought {
                part.boolean("thought", true);
            }
        });
    }

    fn choice(&mut self, number: u16) -> usize {
        let known = self.choices.iter().position(|c| c.number == number);
        known.unwrap_or_else(|| {
            self.choices.push(Choice {
                number,
                run: Run::default(),
                grounding: Grounding::default(),
                has_parts: false,
            });
            self.choices.len() - 1
        })
    }

    fn open(&mut self, part: PartId, number: u16, opening: Opening<'_>) {
        let choice = self.choice(number);
        let text = |kind, is_paragraph| Kind::Text {
            kind,
            is_paragraph,
            start: None,
            citations: Vec::new(),
            opaque: None,
        };
        let kind = match opening {
            Opening::Text { begins_paragraph } => text(RunKind::Text, begins_paragraph),
            Opening::Refusal => text(RunKind::Text, true),
            Opening::Thinking { .. } | Opening::Redacted => text(RunKind::Thought, true),
            Opening::Tool {
                id,
                name,
                signature,
                ..
            } => Kind::Call {
                id: id.into_owned(),
                name: name.into_owned(),
                text: String::new(),
                signature: signature.map(Opaque::into_owned),
            },
            Opening::Media { mime, base64 } => {
                self.choices[choice].interrupt();
                self.part(number, |part| write_reply::media(&mime, &base64, part));
                Kind::Hidden
            }
            Opening::Server(run) => {
                self.choices[choice].grounding.search(&run);
                Kind::Hidden
            }
        };
        self.parts.push(OpenPart {
            part,
            choice,
            kind,
            logprobs: String::new(),
        });
    }

    fn find(&mut self, part: PartId) -> Option<&mut OpenPart> {
        self.parts.iter_mut().rev().find(|open| open.part == part)
    }

    fn text(&mut self, part: PartId, text: &str) {
        let Some(at) = self.parts.iter().rposition(|open| open.part == part) else {
            return;
        };
        let open = &mut self.parts[at];
        match &mut open.kind {
            Kind::Text {
                kind,
                is_paragraph,
                start,
                ..
            } => {
                let (kind, is_paragraph) = (*kind, *is_paragraph);
                let choice = &mut self.choices[open.choice];
                let number = choice.number;
                choice.has_parts = true;
                let has_break = start.is_none() && choice.run.begin(kind, is_paragraph);
                start.get_or_insert(choice.run.text.len());
                choice.run.push(kind, text);
                let logprobs = std::mem::take(&mut open.logprobs);
                if has_break {
                    self.text_part(number, kind, r"\n\n", "");
                }
                self.text_part(number, kind, text, &logprobs);
            }
            Kind::Call { text: all, .. } => all.push_str(text),
            Kind::Hidden => {}
        }
    }

    fn close(&mut self, part: PartId) {
        let Some(at) = self.parts.iter().rposition(|open| open.part == part) else {
            return;
        };
        let open = self.parts.remove(at);
        let number = self.choices[open.choice].number;
        if !open.logprobs.is_empty() {
            self.text_part(number, RunKind::Text, "", &open.logprobs);
        }
        let choice = &mut self.choices[open.choice];
        match open.kind {
            Kind::Text {
                kind: RunKind::Thought,
                start,
                opaque: Some(opaque),
                ..
            } => {
                if let Some(signature) = carried(&opaque, &self.cx) {
                    if start.is_none() && !choice.run.goes_on(RunKind::Thought) {
                        choice.run.begin(RunKind::Thought, false);
                    }
                    choice.run.end();
                    choice.has_parts = true;
                    self.part(number, |part| {
                        part.text("text", "");
                        part.boolean("thought", true);
                        part.text("thoughtSignature", &signature);
                    });
                }
            }
            Kind::Text {
                kind,
                start,
                citations,
                ..
            } => {
                let Choice { run, grounding, .. } = choice;
                if let Some(start) = start {
                    run.close(kind, part, start);
                    for citation in &citations {
                        grounding.cite(citation, &run.text, start, run.part);
                    }
                }
            }
            Kind::Call {
                id,
                name,
                text,
                signature,
            } => {
                choice.interrupt();
                self.part(number, |part| {
                    write_reply::call((&id, &name, &text), signature.as_ref(), part);
                });
            }
            Kind::Hidden => {}
        }
    }

    fn cite_closed(&mut self, part: PartId, citation: &ReplyCitation<'_>) {
        for Choice { run, grounding, .. } in &mut self.choices {
            if let Some(start) = run.start_of(part) {
                grounding.cite(citation, &run.text, start, run.part);
            }
        }
    }

    fn finish(&mut self, number: u16, reason: &Finish<'_>) {
        let at = self.choice(number);
        let usage = self.usage;
        let has_parts = self.choices[at].has_parts;
        let grounding = std::mem::take(&mut self.choices[at].grounding);
        self.frame(|out| write_reply::last(number, reason, (has_parts, &grounding), &usage, out));
    }

    fn fail(&mut self, fault: &Fault<'_>) {
        let error = ErrorView::of_upstream(fault.status, &fault.message, fault.code.as_deref());
        self.separate();
        let body = error_body(Protocol::Gemini, &error);
        self.out.extend_from_slice(&body);
        let end: &[u8] = match self.cx.streams_array {
            true => b"]",
            false => b"\r\n\r\n",
        };
        self.out.extend_from_slice(end);
    }
}

impl Choice {
    const fn interrupt(&mut self) {
        self.run.interrupt();
        self.has_parts = true;
    }
}

impl Sink for Encoder {
    fn event(&mut self, event: Event<'_>) {
        match event {
            Event::Start { id, .. } => self.start(&id),
            Event::Open {
                part,
                choice,
                opening,
            } => self.open(part, choice, opening),
            Event::Delta { part, text } => self.text(part, text.as_escaped()),
            Event::Logprobs { part, logprobs } => {
                if let Some(open) = self.find(part) {
                    logprobs.append_to(&mut open.logprobs);
                }
            }
            Event::NextSummary { part } => self.text(part, r"\n\n"),
            Event::Citation { part, citation } => {
                let Some(open) = self.find(part) else {
                    return self.cite_closed(part, &citation);
                };
                if let Kind::Text { citations, .. } = &mut open.kind {
                    citations.push(citation.into_owned());
                }
            }
            Event::Opaque { part, opaque: told } => {
                let open = self.find(part);
                if let Some(Kind::Text { opaque, .. }) = open.map(|open| &mut open.kind) {
                    *opaque = Some(told.into_owned());
                }
            }
            Event::Close { part } => self.close(part),
            Event::Usage(usage) => self.usage = usage,
            Event::Finish { choice, reason } => self.finish(choice, &reason),
            Event::End if self.cx.streams_array => self.out.push(b']'),
            Event::Fail(fault) => self.fail(&fault),
            Event::End | Event::Cut { .. } | Event::Lost(_) | Event::Alive => {}
        }
    }

    fn cites_closed(&self) -> bool {
        true
    }
}

impl EncodeReply for Encoder {
    fn out(&mut self) -> &mut Vec<u8> {
        &mut self.out
    }
}
