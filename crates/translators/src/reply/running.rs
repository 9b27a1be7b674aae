//! Text that runs on until another kind of part begins.

use super::{Emitter, Opening, PartId};

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

    /// The part of this kind, opened if it is not open. Another kind that is open is closed.
    pub(crate) fn begin(&mut self, kind: Kind, choice: u16, out: &mut Emitter<'_>) -> PartId {
        let known = self.part(kind);
        known.unwrap_or_else(|| self.open(kind, choice, out))
    }

    /// Opens a part in place of the one that is open.
    pub(crate) fn open(&mut self, kind: Kind, choice: u16, out: &mut Emitter<'_>) -> PartId {
        self.close(out);
        let part = out.open(choice, kind.opening());
        self.open = Some((kind, part));
        part
    }

    pub(crate) fn close(&mut self, out: &mut Emitter<'_>) {
        if let Some((_, part)) = self.open.take() {
            out.close(part);
        }
    }
}
