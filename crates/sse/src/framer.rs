//! Cuts a byte stream into frames.

use std::{collections::VecDeque, fmt, mem};

use bytes::{Buf, Bytes, BytesMut};
use memchr::memchr2;

use crate::Frame;

/// A frame is larger than the framer accepts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a server-sent event is larger than {limit} bytes")]
#[non_exhaustive]
pub struct TooLarge {
    /// The accepted size of one frame in bytes, blank line included.
    pub limit: usize,
}

/// Cuts a byte stream into frames, whatever the chunks it arrives in.
///
/// A frame that lies inside one chunk shares the chunk's memory; one that does not is gathered in one buffer.
/// Every byte is looked at once, also when the chunks are single bytes.
///
/// Lines end with LF, CRLF or CR. A CR at the end of what has arrived may be half of a CRLF, so a blank line
/// that ends this way completes its frame only with the byte after it, or with [`finish`](Framer::finish).
pub struct Framer {
    max_event: usize,
    /// Chunks that have not been looked at to their end.
    chunks: VecDeque<Bytes>,
    /// The beginning of the current frame, from chunks that are used up.
    partial: BytesMut,
    place: Place,
    /// No frame has been cut off yet, so the current one may start with a byte order mark.
    at_start: bool,
    failed: bool,
}

/// Where in a frame the first byte that has not been looked at is.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Place {
    /// No byte of a line has been seen.
    LineStart,
    /// Inside a line that is not blank.
    InLine,
    /// After the CR of such a line.
    AfterCr,
    /// After the CR of a blank line.
    AfterBlankCr,
}

impl Framer {
    /// A framer that refuses frames of more than `max_event` bytes.
    #[must_use]
    pub fn new(max_event: usize) -> Self {
        Self {
            max_event,
            chunks: VecDeque::new(),
            partial: BytesMut::new(),
            place: Place::LineStart,
            at_start: true,
            failed: false,
        }
    }

    /// Takes the next chunk of the stream.
    ///
    /// Meant to be called once [`next_frame`](Self::next_frame) has returned `None`; chunks pushed earlier wait in order.
    pub fn push(&mut self, chunk: Bytes) {
        if !chunk.is_empty() && !self.failed {
            self.chunks.push_back(chunk);
        }
    }

    /// The next complete frame, up to and including its blank line; `None` when more input is needed.
    ///
    /// # Errors
    ///
    /// [`TooLarge`] once the current frame exceeds the limit, complete or not. What was gathered is released, and every
    /// later call returns the same error: after it nothing is known about where a frame starts.
    pub fn next_frame(&mut self) -> Result<Option<Frame>, TooLarge> {
        while let Some(chunk) = self.chunks.front_mut() {
            let end = self.place.advance(chunk);
            let len = self.partial.len() + end.unwrap_or(chunk.len());
            if len > self.max_event {
                return Err(self.fail());
            }
            let Some(end) = end else {
                self.partial.extend_from_slice(chunk);
                self.chunks.pop_front();
                continue;
            };
            let raw = if self.partial.is_empty() {
                chunk.split_to(end)
            } else {
                self.partial.extend_from_slice(&chunk[..end]);
                chunk.advance(end);
                mem::take(&mut self.partial).freeze()
            };
            if chunk.is_empty() {
                self.chunks.pop_front();
            }
            return Ok(Some(self.frame(raw)));
        }
        if self.failed {
            return Err(self.fail());
        }
        Ok(None)
    }

    /// Whether everything that was pushed belongs to complete frames, so that the stream may end here.
    ///
    /// Meaningful once [`next_frame`](Self::next_frame) has returned `None`.
    #[must_use]
    pub fn at_boundary(&self) -> bool {
        let held_back = self.place == Place::AfterBlankCr;
        !self.failed && self.chunks.is_empty() && (self.partial.is_empty() || held_back)
    }

    /// Takes what is left when the stream has ended, frame by frame; `None` when there is nothing more.
    ///
    /// The last one may lack its blank line. A browser drops such a frame, but several providers end their streams with
    /// one, so whether it counts is for the caller to decide; [`Frame::is_terminated`] tells them apart.
    pub fn finish(&mut self) -> Option<Frame> {
        if let Some(frame) = self.next_frame().ok()? {
            return Some(frame);
        }
        self.place = Place::LineStart;
        let rest = mem::take(&mut self.partial).freeze();
        (!rest.is_empty()).then(|| self.frame(rest))
    }

    fn frame(&mut self, raw: Bytes) -> Frame {
        let at_start = mem::replace(&mut self.at_start, false);
        Frame::new(raw, at_start)
    }

    /// Releases what was gathered and stays failed.
    fn fail(&mut self) -> TooLarge {
        self.failed = true;
        self.chunks = VecDeque::new();
        self.partial = BytesMut::new();
        TooLarge {
            limit: self.max_event,
        }
    }
}

/// Shows sizes, never content.
impl fmt::Debug for Framer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Framer")
            .field("max_event", &self.max_event)
            .field("chunks", &self.chunks.len())
            .field("partial", &self.partial.len())
            .field("failed", &self.failed)
            .finish_non_exhaustive()
    }
}

impl Place {
    /// Looks through `chunk` for the end of the frame, and returns where that is, past the blank line.
    fn advance(&mut self, chunk: &[u8]) -> Option<usize> {
        let mut at = 0;
        loop {
            let next = *chunk.get(at)?;
            match self {
                Self::LineStart => match next {
                    b'\n' => return Some(at + 1),
                    b'\r' => {
                        at += 1;
                        *self = Self::AfterBlankCr;
                    }
                    _ => *self = Self::InLine,
                },
                Self::InLine => {
                    at += memchr2(b'\n', b'\r', &chunk[at..])?;
                    *self = if chunk[at] == b'\n' {
                        Self::LineStart
                    } else {
                        Self::AfterCr
                    };
                    at += 1;
                }
                Self::AfterCr => {
                    *self = Self::LineStart;
                    at += usize::from(next == b'\n');
                }
                Self::AfterBlankCr => {
                    *self = Self::LineStart;
                    return Some(at + usize::from(next == b'\n'));
                }
            }
        }
    }
}

#[cfg(test)]
mod tests;
