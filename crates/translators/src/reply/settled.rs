//! What is the same for every pair of protocols, done between decoder and encoder.
//!
//! Whatever a decoder tells, this comes out, so that an encoder only writes:
//!
//! | what | rule |
//! | --- | --- |
//! | start | once, and first; one is made up if the decoder has told none |
//! | parts | are told of only while they are open; ids are given anew and never twice; all are closed before the reply finishes, in the order in which they were opened |
//! | deltas | are not empty; a further summary part is told when its text comes |
//! | other choices | do not exist for Claude and Responses clients |
//! | citations | of the last text also after it has closed, where the client has a place for them: not in a stream for Claude or Responses |
//! | probabilities of tokens | go to clients that have a place for them: not Claude, and not Responses for a refusal |
//! | losses | are counted, see `losses`; encoders leave out what has no place |
//! | usage | one report, before the first finish; searches are counted where the upstream does not |
//! | finish | one for each choice, after its parts, held until `End`, since usage and late parts may follow it; [`Finish::settled`] decides, and a refusal is one for a Claude client also if the upstream calls it a stop |
//! | end | once; nothing follows `End` or `Fail`. A failure closes no part: what was cut off is not whole |
//! | names | of tools are the client's again; a namespace goes to Responses clients only, elsewhere it is part of the name |
//! | ids | of calls are the call's own within its choice: `call_0` of a second call becomes `call_0_2`; then they are fitted to what the client's protocol takes |
//! | freeform tools | of the client, which the upstream knows as functions, are taken out of their arguments; an upstream's own are wrapped as `{"input":"…"}` for Claude and Gemini clients |
//! | calls | whose arguments are not complete are told to be cut, to Responses clients; what stands behind complete ones is lost |
//! | reasoning | that the client does not want is swallowed; a Claude client that wants it omitted gets a part without text if there is something to give back, else none |
//! | opaque reasoning | one per part; not for Responses clients that did not ask for it |
//! | Gemini's signature of a text | is reasoning without text behind it, for Responses clients that asked for it, but not at the end of an answer that was cut off: its message would look whole. For a Claude client it would be the last block, which clients take for the answer, and Chat has one text: they lose it |
//! | Gemini's signature of a call | stands on the call for Chat and Gemini clients, on the reasoning before it for Claude and Responses clients: the part that has just closed, or an empty one that is made up |

use super::{
    Event, Finish, Logprobs, PartId, ReplyCitation, ReplyContext, ReplyLoss, ReplyLosses, Sink,
    UsagePatch,
};
use crate::{
    call_id::CallIds, hub::EncodeReply, json_str::JsonStr, request_ir::Opaque, rules::ReplyLogprobs,
};
use std::ops::Deref;

mod arguments;
mod opening;
mod sealing;

pub(crate) use opening::client_id;

use arguments::Arguments;

#[cfg(test)]
mod tests;

/// Settles events on their way to `S`.
#[derive(Debug)]
pub(crate) struct Settled<C, S> {
    cx: C,
    sink: S,
    has_started: bool,
    is_over: bool,
    open: Vec<OpenPart>,
    /// The id of the next part.
    next: PartId,
    /// A reasoning part that has closed, in case a call follows that wants to sign it.
    closing: Option<PartId>,
    /// The signature of the next call, as it was told of the reasoning before it.
    signature: Option<Opaque<'static>>,
    /// That of the last text, and its choice.
    text_signature: Option<(u16, Opaque<'static>)>,
    usage: Option<UsagePatch>,
    searches: u64,
    choices: Vec<Choice>,
    losses: ReplyLosses,
    /// What a delta becomes; kept for its memory.
    text: Vec<u8>,
}

#[derive(Debug)]
struct OpenPart {
    /// What the decoder calls it.
    told: PartId,
    /// What the encoder calls it, if it is told of it.
    part: PartId,
    choice: u16,
    kind: Kind,
    has_text: bool,
    has_opaque: bool,
    /// The next delta begins a further part of the summary.
    begins_summary: bool,
}

#[derive(Debug)]
enum Kind {
    Text,
    Refusal,
    Thinking,
    Redacted,
    Call(Box<Arguments>),
    /// Whole when it opens.
    Whole,
    /// The client does not get it.
    Hidden,
    /// The client gets nothing but what it has to give back.
    Omitted(Option<Box<Opaque<'static>>>),
}

#[derive(Debug)]
struct Choice {
    number: u16,
    has_calls: bool,
    has_refusal: bool,
    /// Those that its calls have.
    ids: CallIds<'static>,
    /// Its last text that has closed: what the decoder calls it, and what the encoder does.
    last_text: Option<(PartId, PartId)>,
    finish: Option<Finish<'static>>,
}

impl<C: Deref<Target = ReplyContext>, S: Sink> Settled<C, S> {
    pub(crate) const fn new(cx: C, sink: S) -> Self {
        Self {
            cx,
            sink,
            has_started: false,
            is_over: false,
            open: Vec::new(),
            next: 0,
            closing: None,
            signature: None,
            text_signature: None,
            usage: None,
            searches: 0,
            choices: Vec::new(),
            losses: ReplyLosses::new(),
            text: Vec::new(),
        }
    }

    /// What the client does not get, so far.
    pub(crate) const fn losses(&self) -> ReplyLosses {
        self.losses
    }

    pub(crate) fn into_sink(self) -> S {
        self.sink
    }

    fn start(&mut self, id: JsonStr<'_>, created: Option<u64>) {
        if !std::mem::replace(&mut self.has_started, true) {
            self.sink.event(Event::Start { id, created });
        }
    }

    fn knows_choice(&self, choice: u16) -> bool {
        choice == 0 || self.cx.rules().has_choices
    }

    fn choice(&mut self, number: u16) -> &mut Choice {
        let found = self
            .choices
            .binary_search_by_key(&number, |choice| choice.number);
        let at = found.unwrap_or_else(|at| {
            let choice = Choice {
                number,
                has_calls: false,
                has_refusal: false,
                ids: CallIds::default(),
                last_text: None,
                finish: None,
            };
            self.choices.insert(at, choice);
            at
        });
        &mut self.choices[at]
    }

    fn delta(&mut self, told: PartId, text: JsonStr<'_>) {
        let Some(open) = find(&mut self.open, told).filter(|_| !text.is_empty()) else {
            return;
        };
        let part = open.part;
        match &mut open.kind {
            Kind::Text | Kind::Refusal | Kind::Thinking => {
                if std::mem::take(&mut open.begins_summary) {
                    self.sink.event(Event::NextSummary { part });
                }
                open.has_text = true;
                self.sink.event(Event::Delta { part, text });
            }
            Kind::Call(arguments) => {
                if let Some(text) = arguments.push(text, &mut self.text, &mut self.losses) {
                    self.sink.event(Event::Delta { part, text });
                }
            }
            Kind::Redacted | Kind::Whole | Kind::Hidden | Kind::Omitted(_) => {}
        }
    }

    fn logprobs(&mut self, told: PartId, logprobs: Logprobs<'_>) {
        let Some(open) = find(&mut self.open, told) else {
            return;
        };
        let has_place = match open.kind {
            Kind::Text => self.cx.rules().logprobs != ReplyLogprobs::None,
            Kind::Refusal => self.cx.rules().logprobs == ReplyLogprobs::All,
            _ => false,
        };
        if has_place {
            let part = open.part;
            self.sink.event(Event::Logprobs { part, logprobs });
        } else {
            self.losses.note(ReplyLoss::Logprobs);
        }
    }

    fn cite(&mut self, told: PartId, citation: ReplyCitation<'_>) {
        let (part, has_place) = match find(&mut self.open, told) {
            Some(open) if matches!(open.kind, Kind::Text | Kind::Refusal) => (open.part, true),
            Some(_) => return,
            None => {
                let mut closed = self.choices.iter().filter_map(|choice| choice.last_text);
                let Some((_, part)) = closed.find(|(closed, _)| *closed == told) else {
                    return;
                };
                (part, self.sink.cites_closed())
            }
        };
        if citation.url.is_none() || !has_place {
            self.losses.note(ReplyLoss::Citation);
        }
        if has_place {
            self.sink.event(Event::Citation { part, citation });
        }
    }

    fn close(&mut self, told: PartId) {
        let Some(at) = self.open.iter().position(|open| open.told == told) else {
            return;
        };
        self.let_close();
        let open = self.open.remove(at);
        let part = open.part;
        match open.kind {
            Kind::Hidden => {}
            Kind::Omitted(opaque) => {
                if let Some(opaque) = opaque {
                    self.made_up(open.choice, *opaque);
                }
            }
            Kind::Thinking if !open.has_opaque && self.signs_reasoning() => {
                self.closing = Some(part);
            }
            Kind::Call(arguments) => {
                if let Some(text) = arguments.rest() {
                    self.sink.event(Event::Delta { part, text });
                }
                if arguments.is_cut() {
                    self.sink.event(Event::Cut { part });
                }
                self.sink.event(Event::Close { part });
            }
            Kind::Text => {
                self.choice(open.choice).last_text = Some((told, part));
                self.sink.event(Event::Close { part });
            }
            Kind::Refusal | Kind::Thinking | Kind::Redacted | Kind::Whole => {
                self.sink.event(Event::Close { part });
            }
        }
    }

    /// Nothing has signed the part that closed last.
    fn let_close(&mut self) {
        if let Some(part) = self.closing.take() {
            self.sink.event(Event::Close { part });
        }
    }

    fn end(&mut self) {
        while let Some(told) = self.open.first().map(|open| open.told) {
            self.close(told);
            self.let_close();
        }
        self.end_signed();
        if self.searches > 0 {
            let usage = self.usage.get_or_insert_default();
            usage.searches.get_or_insert(self.searches);
        }
        if let Some(usage) = self.usage {
            self.sink.event(Event::Usage(usage));
        }
        // A reply without any content has a choice as well.
        self.choice(0);
        for choice in std::mem::take(&mut self.choices) {
            let finish = choice.finish.unwrap_or(Finish::Stop);
            let reason = match finish.settled(choice.has_calls) {
                Finish::Stop if choice.has_refusal && self.cx.rules().ends_by_refusal => {
                    Finish::Refusal
                }
                reason => reason,
            };
            self.sink.event(Event::Finish {
                choice: choice.number,
                reason,
            });
        }
        self.sink.event(Event::End);
    }
}

/// The part that is being written is nearly always the last.
fn find(open: &mut [OpenPart], told: PartId) -> Option<&mut OpenPart> {
    open.iter_mut().rev().find(|open| open.told == told)
}

impl<C: Deref<Target = ReplyContext>, S: Sink> Sink for Settled<C, S> {
    fn event(&mut self, event: Event<'_>) {
        if self.is_over {
            return;
        }
        match event {
            Event::Alive => return self.sink.event(Event::Alive),
            Event::Lost(lost) => return self.losses.note(lost),
            Event::Usage(usage) => return self.usage.get_or_insert_default().update(usage),
            Event::Start { id, created } => return self.start(id, created),
            Event::Open {
                part,
                choice,
                opening,
            } => {
                self.start(JsonStr::default(), None);
                return self.open(part, choice, opening);
            }
            _ => {}
        }
        self.let_close();
        if let Event::Fail(fault) = event {
            self.is_over = true;
            return self.sink.event(Event::Fail(fault));
        }
        self.start(JsonStr::default(), None);
        match event {
            Event::Delta { part, text } => self.delta(part, text),
            Event::NextSummary { part } => {
                if let Some(open) = find(&mut self.open, part) {
                    open.begins_summary = open.has_text && matches!(open.kind, Kind::Thinking);
                }
            }
            Event::Citation { part, citation } => self.cite(part, citation),
            Event::Logprobs { part, logprobs } => self.logprobs(part, logprobs),
            Event::Opaque { part, opaque } => self.opaque(part, opaque),
            Event::Close { part } => self.close(part),
            Event::Finish { choice, reason } if self.knows_choice(choice) => {
                self.choice(choice).finish = Some(reason.into_owned());
            }
            Event::Finish { .. } => self.losses.note(ReplyLoss::Choice),
            Event::End => {
                self.is_over = true;
                self.end();
            }
            Event::Alive
            | Event::Usage(_)
            | Event::Start { .. }
            | Event::Open { .. }
            | Event::Cut { .. }
            | Event::Lost(_)
            | Event::Fail(_) => {}
        }
    }
}

impl<C, S> EncodeReply for Settled<C, S>
where
    C: Deref<Target = ReplyContext> + Send + Sync,
    S: EncodeReply,
{
    fn out(&mut self) -> &mut Vec<u8> {
        self.sink.out()
    }

    fn losses(&self) -> ReplyLosses {
        self.losses
    }
}
