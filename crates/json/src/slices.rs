//! A body on its way up: a short list of shared pieces.

use std::{fmt, iter, vec};

use bytes::{Bytes, BytesMut};

/// How many pieces need no allocation: a replaced span makes three.
const INLINE: usize = 3;

/// A body as a list of [`Bytes`], none of them empty, so that replacing a span copies nothing.
#[derive(Clone, Default)]
pub struct Slices {
    first: [Bytes; INLINE],
    more: Vec<Bytes>,
}

impl Slices {
    /// The sum of all pieces, in bytes.
    #[must_use]
    pub fn len(&self) -> usize {
        self.iter().map(Bytes::len).sum()
    }

    /// Whether there is no byte.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.first[0].is_empty()
    }

    /// The pieces in order.
    pub fn iter(&self) -> impl Iterator<Item = &Bytes> {
        self.first
            .iter()
            .filter(|piece| !piece.is_empty())
            .chain(&self.more)
    }

    /// All bytes in one piece; a copy only if there are several.
    #[must_use]
    pub fn to_bytes(&self) -> Bytes {
        if self.first[1].is_empty() {
            return self.first[0].clone();
        }
        let mut joined = BytesMut::with_capacity(self.len());
        self.iter()
            .for_each(|piece| joined.extend_from_slice(piece));
        joined.freeze()
    }

    /// Appends a piece; an empty one is not kept.
    pub fn push(&mut self, piece: Bytes) {
        if piece.is_empty() {
            return;
        }
        match self.first.iter_mut().find(|slot| slot.is_empty()) {
            Some(slot) => *slot = piece,
            None => self.more.push(piece),
        }
    }
}

impl From<Bytes> for Slices {
    fn from(whole: Bytes) -> Self {
        Self {
            first: [whole, Bytes::new(), Bytes::new()],
            more: Vec::new(),
        }
    }
}

impl IntoIterator for Slices {
    type Item = Bytes;
    type IntoIter = IntoIter;

    fn into_iter(self) -> IntoIter {
        IntoIter(self.first.into_iter().chain(self.more))
    }
}

/// The pieces of [`Slices`], by value.
pub struct IntoIter(iter::Chain<std::array::IntoIter<Bytes, INLINE>, vec::IntoIter<Bytes>>);

impl Iterator for IntoIter {
    type Item = Bytes;

    fn next(&mut self) -> Option<Bytes> {
        self.0.find(|piece| !piece.is_empty())
    }
}

/// Shows lengths, never content: bodies end up in logs.
impl fmt::Debug for Slices {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Slices")?;
        f.debug_list().entries(self.iter().map(Bytes::len)).finish()
    }
}

/// Shows nothing of the content.
impl fmt::Debug for IntoIter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("IntoIter")
    }
}

#[cfg(test)]
mod tests {
    use bytes::Bytes;

    use super::Slices;

    #[test]
    fn pieces_in_order() {
        let check = |pieces: &[&'static str], kept: &[&str]| {
            let mut slices = Slices::default();
            for piece in pieces {
                slices.push(Bytes::from_static(piece.as_bytes()));
            }
            assert_eq!(slices.iter().collect::<Vec<_>>(), kept);
            assert_eq!(slices.clone().into_iter().collect::<Vec<_>>(), kept);
            assert_eq!(slices.to_bytes(), kept.concat());
            assert_eq!(slices.len(), kept.concat().len());
            assert_eq!(slices.is_empty(), kept.is_empty());
        };
        check(&[], &[]);
        check(&["", ""], &[]);
        check(&["a"], &["a"]);
        check(&["", "a", "", "bc"], &["a", "bc"]);
        check(&["a", "b", "c", "", "d", "e"], &["a", "b", "c", "d", "e"]);
    }

    #[test]
    fn one_piece_is_not_copied() {
        let whole = Bytes::from_static(b"whole");
        let slices = Slices::from(whole.clone());
        assert_eq!(slices.to_bytes().as_ptr(), whole.as_ptr());
        assert!(Slices::from(Bytes::new()).is_empty());
    }
}
