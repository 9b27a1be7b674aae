//! Where the long values of a document end, so that walking it does not read them again and again.

use crate::scan::Visit;

/// Shorter values are read again: that costs less than finding their entry.
const LONG: usize = 64;

/// 512 KiB of entries. A document with more of them is walked correctly, only slower.
const MAX_JUMPS: usize = 1 << 16;

/// One long value.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Jump {
    start: u32,
    end: u32,
}

/// The long values inside one value, ordered by their start.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Jumps<'a>(&'a [Jump]);

impl<'a> Jumps<'a> {
    pub(crate) fn new(all: &'a [Jump]) -> Self {
        Self(all)
    }

    /// The entries strictly inside the span that starts at `start` and ends before `end`.
    pub(crate) fn inside(self, start: usize, end: usize) -> Self {
        let from = self.0.partition_point(|jump| jump.start as usize <= start);
        let rest = &self.0[from..];
        Self(&rest[..rest.partition_point(|jump| (jump.start as usize) < end)])
    }

    /// For a walk that meets values in order: where the value at `start` ends and what is long inside it,
    /// if it is long itself. Later calls only look at what comes after it.
    pub(crate) fn take(&mut self, start: usize) -> Option<(usize, Self)> {
        let first = self.0.first()?;
        if first.start as usize != start {
            return None;
        }
        let end = first.end as usize;
        let rest = &self.0[1..];
        let (inner, after) =
            rest.split_at(rest.partition_point(|jump| (jump.start as usize) < end));
        self.0 = after;
        Some((end, Self(inner)))
    }
}

/// Collects the long values during the validating pass.
#[derive(Default)]
pub(crate) struct Recorder {
    jumps: Vec<Jump>,
    /// For each open container its entry; `None` once there are too many.
    open: Vec<Option<u32>>,
}

impl Recorder {
    pub(crate) fn finish(self) -> Vec<Jump> {
        self.jumps
    }
}

impl Visit for Recorder {
    fn open(&mut self, start: usize) {
        let entry = self.jumps.len();
        let recorded = entry < MAX_JUMPS;
        self.open.push(recorded.then_some(entry as u32));
        if recorded {
            self.jumps.push(Jump {
                start: start as u32,
                end: 0,
            });
        }
    }

    fn close(&mut self, end: usize) {
        let Some(entry) = self.open.pop().flatten() else {
            return;
        };
        let entry = entry as usize;
        let jump = &mut self.jumps[entry];
        if end - jump.start as usize >= LONG {
            jump.end = end as u32;
        } else {
            // What is inside a short value is short too and already gone: this is the last entry.
            self.jumps.truncate(entry);
        }
    }

    fn string(&mut self, start: usize, end: usize) {
        if end - start >= LONG && self.jumps.len() < MAX_JUMPS {
            self.jumps.push(Jump {
                start: start as u32,
                end: end as u32,
            });
        }
    }
}
