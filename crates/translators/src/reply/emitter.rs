//! How a decoder tells events, so that their order is right whatever the upstream sends.

use super::{Event, Fault, Finish, Opening, PartId, ReplyLoss, Sink, UsagePatch};
use crate::{call_id, json_str::JsonStr};

/// How far a reply has been told.
#[derive(Debug, Default)]
pub(crate) struct Course {
    has_started: bool,
    is_over: bool,
    parts: PartId,
    /// The upstream's id of the reply, of which missing ids of calls are made.
    id: String,
}

/// Tells the events of one frame.
///
/// - `Start` comes first: with what the upstream says, or empty where it says nothing.
/// - Ids of parts are counted up.
/// - An empty delta is none.
/// - Nothing follows `End` or `Fail`.
pub(crate) struct Emitter<'e> {
    course: &'e mut Course,
    sink: &'e mut dyn Sink,
}

impl Course {
    pub(crate) const fn is_over(&self) -> bool {
        self.is_over
    }

    pub(crate) fn emitter<'e>(&'e mut self, sink: &'e mut dyn Sink) -> Emitter<'e> {
        Emitter { course: self, sink }
    }
}

impl Emitter<'_> {
    /// The reply begins; only the first time counts.
    pub(crate) fn start(&mut self, id: JsonStr<'_>, created: Option<u64>) {
        if self.course.has_started || self.course.is_over {
            return;
        }
        self.course.has_started = true;
        self.course.id = id.decoded().into_owned();
        self.sink.event(Event::Start { id, created });
    }

    pub(crate) fn open(&mut self, choice: u16, opening: Opening<'_>) -> PartId {
        let part = self.course.parts;
        self.course.parts += 1;
        self.event(Event::Open {
            part,
            choice,
            opening,
        });
        part
    }

    pub(crate) fn delta(&mut self, part: PartId, text: JsonStr<'_>) {
        if !text.is_empty() {
            self.event(Event::Delta { part, text });
        }
    }

    pub(crate) fn close(&mut self, part: PartId) {
        self.event(Event::Close { part });
    }

    /// A part that is all in its opening.
    pub(crate) fn whole(&mut self, choice: u16, opening: Opening<'_>) {
        let part = self.open(choice, opening);
        self.close(part);
    }

    pub(crate) fn usage(&mut self, usage: UsagePatch) {
        if usage != UsagePatch::default() {
            self.event(Event::Usage(usage));
        }
    }

    pub(crate) fn finish(&mut self, choice: u16, reason: Finish<'_>) {
        self.event(Event::Finish { choice, reason });
    }

    pub(crate) fn end(&mut self) {
        self.event(Event::End);
        self.course.is_over = true;
    }

    /// The reply has failed, perhaps before it began.
    pub(crate) fn fail(&mut self, fault: Fault<'_>) {
        if !self.course.is_over {
            self.course.is_over = true;
            self.sink.event(Event::Fail(fault));
        }
    }

    pub(crate) fn alive(&mut self) {
        if !self.course.is_over {
            self.sink.event(Event::Alive);
        }
    }

    /// Something that has no event.
    pub(crate) fn lost(&mut self, lost: ReplyLoss) {
        if !self.course.is_over {
            self.sink.event(Event::Lost(lost));
        }
    }

    /// Any event of a reply that goes on.
    pub(crate) fn event(&mut self, event: Event<'_>) {
        self.start(JsonStr::default(), None);
        if !self.course.is_over {
            self.sink.event(event);
        }
    }

    /// An id for a call that the upstream gave none: the same whenever the reply is read.
    pub(crate) fn mint(&self, name: &str, arguments: &str) -> String {
        let place = call_id::Place::Reply(&self.course.id);
        call_id::mint(place, self.course.parts as usize, name, arguments)
    }
}
