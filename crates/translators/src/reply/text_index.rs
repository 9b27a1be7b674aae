//! Where the code points of a growing text begin.

use crate::string_pieces::Unescaper;

/// Counts the bytes and the code points of a text that arrives in deltas.
///
/// Keeps one bit per byte, and nothing as long as the text is ASCII.
#[derive(Debug, Default)]
pub(crate) struct TextIndex {
    unescaper: Unescaper,
    counted: Counted,
}

#[derive(Debug, Default)]
struct Counted {
    bytes: usize,
    points: u64,
    /// One bit per byte, set where a code point begins; empty for ASCII.
    begins: Vec<u64>,
}

const BITS: usize = u64::BITS as usize;

impl TextIndex {
    /// Takes a delta, as it stands between the quotes of a JSON string.
    pub(crate) fn push(&mut self, escaped: &str) {
        let counted = &mut self.counted;
        self.unescaper.push(escaped, &mut |run| counted.push(run));
    }

    /// How many code points the text has.
    pub(crate) const fn code_points(&self) -> u64 {
        self.counted.points
    }

    /// How many code points begin before a byte; `None` if the text is shorter.
    pub(crate) fn code_point_at(&self, byte: u64) -> Option<u64> {
        let counted = &self.counted;
        let byte = usize::try_from(byte).ok()?;
        if byte > counted.bytes {
            return None;
        }
        if counted.begins.is_empty() {
            return Some(byte as u64);
        }
        let whole = &counted.begins[..byte / BITS];
        let whole: u64 = whole.iter().map(|bits| u64::from(bits.count_ones())).sum();
        let rest = counted.begins.get(byte / BITS).copied().unwrap_or(0);
        let mask = (1 << (byte % BITS)) - 1;
        Some(whole + u64::from((rest & mask).count_ones()))
    }
}

impl Counted {
    fn push(&mut self, run: &str) {
        if self.begins.is_empty() && run.is_ascii() {
            self.bytes += run.len();
            self.points += run.len() as u64;
            return;
        }
        if self.begins.is_empty() {
            self.begins = vec![u64::MAX; self.bytes.div_ceil(BITS)];
            if let Some(last) = self.begins.last_mut()
                && !self.bytes.is_multiple_of(BITS)
            {
                *last = (1 << (self.bytes % BITS)) - 1;
            }
        }
        for byte in run.bytes() {
            if self.bytes.is_multiple_of(BITS) {
                self.begins.push(0);
            }
            // The bytes that follow the first of a character begin with the bits 10.
            if byte & 0xc0 != 0x80 {
                self.points += 1;
                if let Some(last) = self.begins.last_mut() {
                    *last |= 1 << (self.bytes % BITS);
                }
            }
            self.bytes += 1;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::TextIndex;
    use proptest::prelude::*;

    #[track_caller]
    fn check(deltas: &[&str], text: &str) {
        let mut index = TextIndex::default();
        for delta in deltas {
            index.push(delta);
        }
        assert_eq!(index.code_points(), text.chars().count() as u64, "{text}");
        for (count, (at, _)) in text.char_indices().enumerate() {
            assert_eq!(index.code_point_at(at as u64), Some(count as u64), "{text}");
        }
        let end = text.len() as u64;
        assert_eq!(index.code_point_at(end), Some(index.code_points()));
        assert_eq!(index.code_point_at(end + 1), None);
    }

    #[test]
    fn bytes_become_code_points() {
        check(&[], "");
        check(&["abc", "def"], "abcdef");
        check(&["Z", "ür", "ich"], "Zürich");
        check(&[r"a\n\u00e9", r"\ud83d", r"\ude00!"], "a\né😀!");
    }

    proptest! {
        #[test]
        fn any_text_in_any_pieces(pieces in proptest::collection::vec("[a-zä文😀]{0,40}", 0..8)) {
            let pieces: Vec<_> = pieces.iter().map(String::as_str).collect();
            check(&pieces, &pieces.concat());
        }
    }
}
