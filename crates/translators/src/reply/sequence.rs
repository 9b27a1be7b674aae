//! One part after the other, for clients whose protocol knows no interleaving (Claude, Gemini).
//!
//! The oldest open part of a choice goes out live. What is told of younger ones waits, in the order in which
//! they were opened, until the older have closed; nothing is lost, and what waits is bounded by what was
//! received. A failure ends the reply at once: what waits then is not told.

use super::{Event, PartId, Sink};
use crate::hub::EncodeReply;
use std::collections::VecDeque;

#[cfg(test)]
mod tests;

/// Puts the parts of settled events in a row on their way to `S`.
#[derive(Debug)]
pub(crate) struct Sequence<S> {
    sink: S,
    /// The part of each choice that goes out live.
    live: Vec<(u16, PartId)>,
    /// In opening order.
    waiting: VecDeque<Waiting>,
}

#[derive(Debug)]
struct Waiting {
    choice: u16,
    part: PartId,
    is_closed: bool,
    events: Vec<Event<'static>>,
}

impl<S: Sink> Sequence<S> {
    pub(crate) const fn new(sink: S) -> Self {
        Self {
            sink,
            live: Vec::new(),
            waiting: VecDeque::new(),
        }
    }

    fn open(&mut self, part: PartId, choice: u16, event: Event<'_>) {
        if self.live.iter().any(|(lives, _)| *lives == choice) {
            self.waiting.push_back(Waiting {
                choice,
                part,
                is_closed: false,
                events: vec![event.into_owned()],
            });
        } else {
            self.live.push((choice, part));
            self.sink.event(event);
        }
    }

    fn of_part(&mut self, part: PartId, event: Event<'_>) {
        if self.live.iter().any(|(_, live)| *live == part) {
            self.sink.event(event);
        } else if let Some(waiting) = self.waiting.iter_mut().find(|open| open.part == part) {
            waiting.events.push(event.into_owned());
        } else if matches!(event, Event::Citation { .. }) {
            // Of a part that has closed.
            self.sink.event(event);
        }
    }

    fn close(&mut self, part: PartId) {
        let Some(at) = self.live.iter().position(|(_, live)| *live == part) else {
            if let Some(waiting) = self.waiting.iter_mut().find(|open| open.part == part) {
                waiting.is_closed = true;
            }
            return;
        };
        let (choice, _) = self.live.swap_remove(at);
        self.sink.event(Event::Close { part });
        while let Some(next) = self.waiting.iter().position(|open| open.choice == choice)
            && let Some(next) = self.waiting.remove(next)
        {
            for event in next.events {
                self.sink.event(event);
            }
            if !next.is_closed {
                self.live.push((choice, next.part));
                break;
            }
            self.sink.event(Event::Close { part: next.part });
        }
    }
}

impl<S: Sink> Sink for Sequence<S> {
    fn event(&mut self, event: Event<'_>) {
        match event {
            Event::Open { part, choice, .. } => self.open(part, choice, event),
            Event::Delta { part, .. }
            | Event::Logprobs { part, .. }
            | Event::NextSummary { part }
            | Event::Citation { part, .. }
            | Event::Opaque { part, .. }
            | Event::Cut { part } => self.of_part(part, event),
            Event::Close { part } => self.close(part),
            Event::Start { .. }
            | Event::Usage(_)
            | Event::Finish { .. }
            | Event::End
            | Event::Fail(_)
            | Event::Lost(_)
            | Event::Alive => self.sink.event(event),
        }
    }

    fn cites_closed(&self) -> bool {
        self.sink.cites_closed()
    }
}

impl<S: EncodeReply> EncodeReply for Sequence<S> {
    fn out(&mut self) -> &mut Vec<u8> {
        self.sink.out()
    }
}
