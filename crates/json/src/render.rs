//! Puts an edited document together from shared spans and the little that is new.

use std::ops::Range;

use bytes::Bytes;

use crate::{Raw, Slices, quote_into};

/// From this length on a new value is shared; below it a copy is cheaper than one more piece to send.
const SHARE_FROM: usize = 512;

/// Collects the pieces of a document; neighbours are joined.
#[derive(Default)]
pub(crate) struct Writer<'a> {
    pieces: Vec<Piece<'a>>,
    /// The text of all [`Piece::Written`].
    new: Vec<u8>,
}

enum Piece<'a> {
    Shared(&'a Bytes, Range<usize>),
    Written(Range<usize>),
}

impl<'a> Writer<'a> {
    /// A span of a text that stays as it is.
    pub(crate) fn shared(&mut self, source: &'a Bytes, span: Range<usize>) {
        if span.is_empty() {
            return;
        }
        match self.pieces.last_mut() {
            Some(Piece::Shared(last, before))
                if std::ptr::eq(*last, source) && before.end == span.start =>
            {
                before.end = span.end;
            }
            _ => self.pieces.push(Piece::Shared(source, span)),
        }
    }

    /// Punctuation.
    pub(crate) fn written(&mut self, text: &[u8]) {
        self.write(|new| new.extend_from_slice(text));
    }

    /// The name of a new member.
    pub(crate) fn name(&mut self, key: &str) {
        self.write(|new| {
            quote_into(new, key);
            new.push(b':');
        });
    }

    /// A new value.
    pub(crate) fn raw(&mut self, raw: &'a Raw) {
        let text = raw.as_bytes();
        if text.len() < SHARE_FROM {
            self.written(text);
        } else {
            self.shared(text, 0..text.len());
        }
    }

    pub(crate) fn finish(self) -> Slices {
        let new = Bytes::from(self.new);
        let mut slices = Slices::default();
        for piece in self.pieces {
            slices.push(match piece {
                Piece::Shared(source, span) => source.slice(span),
                Piece::Written(span) => new.slice(span),
            });
        }
        slices
    }

    fn write(&mut self, write: impl FnOnce(&mut Vec<u8>)) {
        let start = self.new.len();
        write(&mut self.new);
        match self.pieces.last_mut() {
            Some(Piece::Written(before)) => before.end = self.new.len(),
            _ => self.pieces.push(Piece::Written(start..self.new.len())),
        }
    }
}
