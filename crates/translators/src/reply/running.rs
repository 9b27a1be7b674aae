//! Text that runs on until another kind of part begins.

use super::{Emitter, Event, Opening, PartId};
use crate::{json_str::JsonStr, request_ir::Opaque};

/// The text or reasoning that is open, in protocols whose deltas say their kind and no part.
#[derive(Debug, Default)]
pub(crate) struct Running {
    open: Option<(Kind, PartId)>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    Text { begins_paragraph: bool },
    Refusal,
    Thinking,
}

impl Kind {
    const fn opening(self) -> Opening<'static> {
        match self {
            Self::Text { begins_paragraph } => Opening::Text { begins_paragraph },
            Self::Refusal => Opening::Refusal,
            Self::Thinking => Opening::Thinking { is_raw: false },
        }
    }

    fn is(self, other: Self) -> bool {
        matches!(
            (self, other),
            (Self::Text { .. }, Self::Text { .. })
                | (Self::Refusal, Self::Refusal)
                | (Self::Thinking, Self::Thinking)
        )
    }
}

impl Running {
    /// The part of this kind, if it is the open one.
    pub(crate) fn part(&self, kind: Kind) -> Option<PartId> {
        self.open
            .filter(|(open, _)| open.is(kind))
            .map(|(_, part)| part)
    }

    /// More text of a kind. Another kind that is open is closed; nothing is opened for no text.
    pub(crate) fn push(
        &mut self,
        kind: Kind,
        choice: u16,
        text: JsonStr<'_>,
        out: &mut Emitter<'_>,
    ) {
        if text.is_empty() {
            return;
        }
        let known = self.part(kind);
        let part = known.unwrap_or_else(|| self.open(kind, choice, out));
        out.delta(part, text);
    }

    /// Opens a part in place of the one that is open.
    pub(crate) fn open(&mut self, kind: Kind, choice: u16, out: &mut Emitter<'_>) -> PartId {
        self.close(out);
        let part = out.open(choice, kind.opening());
        self.open = Some((kind, part));
        part
    }

    /// Puts the signature of the call that follows on the reasoning before it, which ends there: on a part
    /// of its own if none is open.
    pub(crate) fn seal(&mut self, choice: u16, opaque: Opaque<'_>, out: &mut Emitter<'_>) {
        let part = match self.part(Kind::Thinking) {
            Some(part) => part,
            None => self.open(Kind::Thinking, choice, out),
        };
        out.event(Event::Opaque { part, opaque });
        self.close(out);
    }

    pub(crate) fn close(&mut self, out: &mut Emitter<'_>) {
        if let Some((_, part)) = self.open.take() {
            out.close(part);
        }
    }
}
