//! Joining small writes into one.

use bytes::{BufMut as _, Bytes, BytesMut};

/// Beyond this a write gains nothing from being joined, in bytes.
pub(crate) const ENOUGH: usize = 32 << 10;

/// Collects what is to be written next.
///
/// One piece goes out as it came, without a copy; several small ones become one buffer, because a
/// copy of a few hundred bytes costs less than a system call or an HTTP chunk of its own.
#[derive(Debug, Default)]
pub(crate) struct Joiner {
    single: Option<Bytes>,
    joined: BytesMut,
}

impl Joiner {
    pub(crate) fn is_empty(&self) -> bool {
        self.single.is_none() && self.joined.is_empty()
    }

    pub(crate) fn len(&self) -> usize {
        self.single.as_ref().map_or(0, Bytes::len) + self.joined.len()
    }

    pub(crate) fn push(&mut self, piece: Bytes) {
        if piece.is_empty() {
            return;
        }
        if self.is_empty() {
            self.single = Some(piece);
            return;
        }
        if let Some(single) = self.single.take() {
            self.joined
                .reserve((single.len() + piece.len()).max(4 << 10));
            self.joined.put(single);
        }
        self.joined.put(piece);
    }

    pub(crate) fn take(&mut self) -> Option<Bytes> {
        if self.is_empty() {
            return None;
        }
        let single = self.single.take();
        Some(single.unwrap_or_else(|| self.joined.split().freeze()))
    }
}

#[cfg(test)]
mod tests {
    use super::Joiner;
    use bytes::Bytes;

    #[test]
    fn one_piece_is_not_copied_and_several_become_one() {
        let mut joiner = Joiner::default();
        assert_eq!(joiner.take(), None);

        let piece = Bytes::from_static(b"abc");
        joiner.push(piece.clone());
        let taken = joiner.take().unwrap();
        assert_eq!(taken.as_ptr(), piece.as_ptr());
        assert!(joiner.is_empty());

        for piece in ["a", "", "bc", "d"] {
            joiner.push(Bytes::from(piece));
        }
        assert_eq!(joiner.len(), 4);
        assert_eq!(joiner.take().unwrap(), "abcd");
        assert_eq!(joiner.take(), None);
    }
}
