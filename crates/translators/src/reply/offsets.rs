//! Offsets into escaped text, counted in code points of what it says.
//!
//! A surrogate pair that is escaped is one code point, counted at its first half, so that the sum over
//! the deltas of a text is right also where a pair is split.

/// How many code points a text says.
pub(crate) fn code_points(escaped: &str) -> u64 {
    units(escaped).filter(|(_, counts)| *counts).count() as u64
}

/// What stands between two offsets; both are cut to the text.
pub(crate) fn slice(escaped: &str, start: u64, end: u64) -> &str {
    let start = position(escaped, start);
    let end = position(escaped, end).max(start);
    escaped.get(start..end).unwrap_or_default()
}

/// Where in the escaped text a code point begins.
pub(crate) fn position(escaped: &str, offset: u64) -> usize {
    let mut left = offset;
    for (at, counts) in units(escaped) {
        if counts {
            match left.checked_sub(1) {
                Some(fewer) => left = fewer,
                None => return at,
            }
        }
    }
    escaped.len()
}

/// Where each character or escape begins, and whether it counts.
fn units(escaped: &str) -> impl Iterator<Item = (usize, bool)> {
    let mut at = 0;
    std::iter::from_fn(move || {
        let rest = escaped.get(at..)?;
        let first = rest.chars().next()?;
        let start = at;
        let bytes = rest.as_bytes();
        let (len, counts) = match (first, bytes.get(1)) {
            ('\\', Some(b'u')) if rest.is_char_boundary(6) => (6, !is_low_half(&bytes[2..6])),
            ('\\', Some(next)) if next.is_ascii() => (2, true),
            _ => (first.len_utf8(), true),
        };
        at += len;
        Some((start, counts))
    })
}

fn is_low_half(digits: &[u8]) -> bool {
    matches!(digits, [b'd' | b'D', b'c'..=b'f' | b'C'..=b'F', _, _])
}

#[cfg(test)]
mod tests {
    use super::{code_points, slice};

    #[test]
    fn code_points_of_what_is_said_are_counted() {
        let check = |escaped: &str, count| assert_eq!(code_points(escaped), count, "{escaped}");
        check("", 0);
        check("räiny", 5);
        check(r#"a\n\"\\"#, 4);
        check(r"\u00e9x", 2);
        check("😀", 1);
        check(r"\ud83d\ude00", 1);
        check(r"\ud83d", 1);
        check(r"\ude00", 0);
        // Not JSON, but nothing to fail at.
        check("\\", 1);
        check(r"\u1", 2);
        check("\\é", 2);
    }

    #[test]
    fn slices_are_cut_to_the_text() {
        let check = |escaped: &'static str, (start, end), expected| {
            assert_eq!(slice(escaped, start, end), expected);
        };
        check("Oslo is rainy.", (8, 13), "rainy");
        check("Zürich is big.", (0, 6), "Zürich");
        check(r"a\n\ud83d\ude00b", (1, 3), r"\n\ud83d\ude00");
        check("abc", (2, 9), "c");
        check("abc", (7, 9), "");
        check("abc", (2, 1), "");
        check("abc", (u64::MAX, u64::MAX), "");
    }
}
