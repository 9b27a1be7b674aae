//! A reply, written for a client: as a stream of chunks.
//!
//! | event | chunk |
//! | --- | --- |
//! | start | delta `{"role":"assistant","content":""}`, the same for each further choice when it begins |
//! | text, refusal, reasoning | delta `content`, `refusal`, `reasoning_content`; with `logprobs` of the choice where they are known |
//! | end of a reasoning part with opaque state | delta `reasoning_details` |
//! | a call opens | delta `tool_calls` with index, id, type, name and no arguments; indices are dense from 0 in opening order |
//! | arguments | delta `tool_calls` with index and arguments; a function without any gets one `{}` |
//! | an image | delta `images` |
//! | finish | one delta `annotations` with all citations, if there are any; then the chunk with `finish_reason` |
//! | end | the usage chunk, if the client asked for it; `[DONE]` |
//! | failure | the error, and no `[DONE]` |
//!
//! A text that is a paragraph of its own is preceded by a blank line, in a delta of its own, and so is
//! each part of a reasoning summary and each further reasoning part. Calls may interleave. Tools that run at
//! the provider are not shown. A client of the old functions gets the first call of a choice as
//! `function_call`; there is no place for another.

use crate::{
    error::{ErrorView, StreamPosition, error_frame},
    hub::EncodeReply,
    json_str::JsonStr,
    reply::{Event, Fault, Finish, PartId, ReplyContext, Sink, UsagePatch, tail},
};
use cliproxy_core::Protocol;
use cliproxy_json::{ObjectWriter, escape_into};
use std::sync::Arc;

mod parts;

use parts::{Choice, OpenPart};

#[derive(Debug)]
pub(crate) struct Encoder {
    cx: Arc<ReplyContext>,
    out: Vec<u8>,
    /// What every chunk begins with, up to its choices.
    head: Vec<u8>,
    choices: Vec<Choice>,
    parts: Vec<OpenPart>,
    usage: UsagePatch,
}

impl Encoder {
    pub(crate) const fn new(cx: Arc<ReplyContext>) -> Self {
        Self {
            cx,
            out: Vec::new(),
            head: Vec::new(),
            choices: Vec::new(),
            parts: Vec::new(),
            usage: UsagePatch {
                plain: None,
                cache_read: None,
                cache_write: None,
                tool_prompt: None,
                output: None,
                reasoning: None,
                searches: None,
            },
        }
    }

    fn start(&mut self, id: &JsonStr<'_>, created: Option<u64>) {
        let head = &mut self.head;
        head.extend_from_slice(br#"data: {"id":"chatcmpl-"#);
        head.extend_from_slice(tail(id, &self.cx).as_bytes());
        head.extend_from_slice(br#"","object":"chat.completion.chunk","created":"#);
        let created = created.unwrap_or(self.cx.created);
        head.extend_from_slice(created.to_string().as_bytes());
        head.extend_from_slice(br#","model":""#);
        escape_into(head, &self.cx.model);
        head.extend_from_slice(br#"","choices":["#);
        self.choice(0);
    }

    /// The place of a choice in `choices`; it begins with its role.
    fn choice(&mut self, number: u16) -> usize {
        let known = self.choices.iter().position(|c| c.number == number);
        known.unwrap_or_else(|| {
            self.choices.push(Choice::new(number));
            self.delta(number, |delta| {
                delta.text("role", "assistant");
                delta.text("content", "");
            });
            self.choices.len() - 1
        })
    }

    fn delta(&mut self, choice: u16, members: impl FnOnce(&mut ObjectWriter<'_>)) {
        self.chunk(choice, members, |_| {}, None);
    }

    fn chunk(
        &mut self,
        choice: u16,
        members: impl FnOnce(&mut ObjectWriter<'_>),
        beside: impl FnOnce(&mut ObjectWriter<'_>),
        finish: Option<&str>,
    ) {
        self.out.extend_from_slice(&self.head);
        ObjectWriter::write(&mut self.out, |object| {
            object.number("index", choice.into());
            object.object("delta", members);
            beside(object);
            match finish {
                Some(reason) => object.text("finish_reason", reason),
                None => object.null("finish_reason"),
            }
        });
        let end: &[u8] = match self.cx.include_usage {
            true => b"],\"usage\":null}\n\n",
            false => b"]}\n\n",
        };
        self.out.extend_from_slice(end);
    }

    fn part(&self, part: PartId) -> Option<usize> {
        self.parts.iter().rposition(|open| open.part == part)
    }

    fn finish(&mut self, number: u16, reason: &Finish<'_>) {
        let at = self.choice(number);
        let annotations = std::mem::take(&mut self.choices[at].annotations);
        if !annotations.is_empty() {
            self.delta(number, |delta| {
                delta.array("annotations", |list| {
                    annotations
                        .iter()
                        .for_each(|entry| super::write_reply::annotate(entry, list));
                });
            });
        }
        let reason = super::finish_reason(reason, &self.cx);
        self.chunk(number, |_| {}, |_| {}, Some(reason));
    }

    fn end(&mut self) {
        if self.cx.include_usage {
            self.out.extend_from_slice(&self.head);
            self.out.extend_from_slice(b"],\"usage\":");
            let usage = &self.usage;
            ObjectWriter::write(&mut self.out, |object| {
                super::write_reply::usage(usage, object);
            });
            self.out.extend_from_slice(b"}\n\n");
        }
        self.out.extend_from_slice(b"data: [DONE]\n\n");
    }

    fn fail(&mut self, fault: &Fault<'_>) {
        let error = ErrorView::of_upstream(fault.status, &fault.message, fault.code.as_deref());
        let frame = error_frame(Protocol::Chat, &error, &StreamPosition::default());
        self.out.extend_from_slice(&frame);
    }
}

impl Sink for Encoder {
    fn event(&mut self, event: Event<'_>) {
        match event {
            Event::Start { id, created } => self.start(&id, created),
            Event::Open {
                part,
                choice,
                opening,
            } => self.open(part, choice, opening),
            Event::Delta { part, text } => self.text(part, &text),
            Event::NextSummary { part } => self.next_summary(part),
            Event::Logprobs { part, logprobs } => self.logprobs(part, &logprobs),
            Event::Citation { part, citation } => self.cite(part, citation),
            Event::Opaque { part, opaque } => self.opaque(part, opaque),
            Event::Close { part } => self.close(part),
            Event::Usage(usage) => self.usage = usage,
            Event::Finish { choice, reason } => self.finish(choice, &reason),
            Event::End => self.end(),
            Event::Fail(fault) => self.fail(&fault),
            Event::Cut { .. } | Event::Lost(_) | Event::Alive => {}
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
