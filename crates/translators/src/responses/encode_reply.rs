//! A reply, written for a client: as a stream of events.
//!
//! ```text
//! created, in_progress
//! reasoning   item added, then per summary part: part added, deltas, text done, part done; item done
//! message     item added, part added, deltas, annotations, text done, part done, item done
//! call        item added, deltas, arguments done, item done
//! search      item added, in_progress, searching, completed, item done
//! completed | incomplete | failed
//! ```
//!
//! - `sequence_number` counts every event from 0; `output_index` counts items in the order in which they
//!   open. Items may be open at the same time.
//! - A message stays open until another kind of part opens or the reply ends, since glued text goes on in
//!   it: so a reply that is cut off ends in an incomplete message.
//! - A call whose arguments are not complete is incomplete, whatever the reply's end will be.
//! - Reasoning without text is added and done. Reasoning itself, not a summary, has `reasoning_text` events.
//! - A failure closes nothing. Before `created` it is an `error` event, after it `response.failed` with the
//!   items that were done.

use super::{
    error::failure_code,
    finish::{self, Ending},
    write_item::{Item, State, annotate},
    write_response::{Response, Status},
};
use crate::{
    error::ErrorView,
    hub::EncodeReply,
    json_str::JsonStr,
    reply::{
        Annotation, Event, Fault, PartId, ReplyCitation, ReplyContext, Sink, UsagePatch, tail,
    },
};
use std::sync::Arc;

mod frames;
mod messages;
mod parts;

use frames::Frames;

#[derive(Debug)]
pub(crate) struct Encoder {
    cx: Arc<ReplyContext>,
    frames: Frames,
    has_started: bool,
    tail: String,
    created: u64,
    items: Vec<Item>,
    open: Vec<OpenPart>,
    /// A message whose parts have closed, and which goes on if the next part is more of it.
    resting: Option<usize>,
    ending: Option<Ending>,
    usage: UsagePatch,
}

#[derive(Debug)]
struct OpenPart {
    part: PartId,
    /// Its item, if it has one.
    item: Option<usize>,
    /// Of a message: where it begins in its content part, in code points.
    start: u64,
    citations: Vec<ReplyCitation<'static>>,
    /// Of the delta that comes next.
    logprobs: String,
    /// Another part has opened since.
    is_overtaken: bool,
}

impl Encoder {
    pub(crate) fn new(cx: Arc<ReplyContext>) -> Self {
        Self {
            cx,
            frames: Frames::default(),
            has_started: false,
            tail: String::new(),
            created: 0,
            items: Vec::new(),
            open: Vec::new(),
            resting: None,
            ending: None,
            usage: UsagePatch::default(),
        }
    }

    fn start(&mut self, id: &JsonStr<'_>, created: Option<u64>) {
        self.has_started = true;
        self.tail = tail(id, &self.cx);
        self.created = created.unwrap_or(self.cx.created);
        for kind in ["response.created", "response.in_progress"] {
            self.response(kind, Status::InProgress, None);
        }
    }

    fn response(&mut self, kind: &str, status: Status<'_>, usage: Option<UsagePatch>) {
        let response = Response {
            tail: &self.tail,
            created: self.created,
            status,
            items: &self.items,
            usage,
        };
        let cx = &self.cx;
        self.frames.write(kind, |object| {
            object.object("response", |object| response.write(cx, object));
        });
    }

    fn end(&mut self) {
        let ending = self.ending.unwrap_or(Ending::Completed);
        if let Some(item) = self.resting.take() {
            self.finish_message(
                item,
                match ending {
                    Ending::Completed => State::Completed,
                    Ending::Incomplete(_) => State::Incomplete,
                },
            );
        }
        let status = match ending {
            Ending::Completed => Status::Completed,
            Ending::Incomplete(reason) => Status::Incomplete(reason),
        };
        let kind = match ending {
            Ending::Completed => "response.completed",
            Ending::Incomplete(_) => "response.incomplete",
        };
        self.response(kind, status, Some(self.usage));
    }

    fn fail(&mut self, fault: &Fault<'_>) {
        let error = ErrorView::of_upstream(fault.status, &fault.message, fault.code.as_deref());
        let (code, message) = (failure_code(&error), error.shown_message());
        if !self.has_started || self.cx.announces_failures {
            self.frames.write("error", |object| {
                object.text("code", code);
                object.text("message", &message);
                object.null("param");
            });
        }
        if self.has_started {
            self.response("response.failed", Status::Failed(code, &message), None);
        }
    }
}

impl Sink for Encoder {
    fn event(&mut self, event: Event<'_>) {
        match event {
            Event::Start { id, created } => self.start(&id, created),
            Event::Open { part, opening, .. } => self.open(part, opening),
            Event::Delta { part, text } => self.text(part, text.as_escaped()),
            Event::NextSummary { part } => self.next_summary(part),
            Event::Citation { part, citation } => {
                if let Some(at) = self.part(part) {
                    self.open[at].citations.push(citation.into_owned());
                }
            }
            Event::Logprobs { part, logprobs } => {
                if let Some(at) = self.part(part) {
                    logprobs.append_to(&mut self.open[at].logprobs);
                }
            }
            Event::Opaque { part, opaque } => self.opaque(part, &opaque),
            Event::Cut { part } => self.cut(part),
            Event::Close { part } => self.close(part),
            Event::Usage(usage) => self.usage = usage,
            Event::Finish { reason, .. } => self.ending = Some(finish::encode(&reason)),
            Event::End => self.end(),
            Event::Fail(fault) => self.fail(&fault),
            Event::Lost(_) | Event::Alive => {}
        }
    }
}

impl EncodeReply for Encoder {
    fn out(&mut self) -> &mut Vec<u8> {
        self.frames.out()
    }
}
