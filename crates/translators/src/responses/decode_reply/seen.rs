//! How much of a text has been told, so that a whole one shows what is missing.

use crate::json_str::JsonStr;

/// The length and a hash of what deltas have brought, and not the text itself.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Seen {
    bytes: usize,
    hash: u64,
}

impl Seen {
    pub(super) const fn new() -> Self {
        Self { bytes: 0, hash: 0 }
    }

    /// More of the text has been told.
    pub(super) fn push(&mut self, text: &JsonStr<'_>) {
        let escaped = text.as_escaped();
        self.bytes += escaped.len();
        self.hash = hash(self.hash, escaped);
    }

    /// What a whole text has beyond what has been told; nothing if it does not begin with that.
    ///
    /// Notes it as told.
    pub(super) fn rest<'t>(&mut self, whole: &'t JsonStr<'_>) -> JsonStr<'t> {
        let whole = whole.as_escaped();
        let Some((told, rest)) = whole.split_at_checked(self.bytes) else {
            return JsonStr::default();
        };
        if hash(0, told) != self.hash {
            return JsonStr::default();
        }
        let rest = JsonStr::escaped(rest);
        self.push(&rest);
        rest
    }
}

/// A polynomial over the bytes, the same however the text is cut.
fn hash(start: u64, text: &str) -> u64 {
    const BASE: u64 = 0x100_0000_01b3;
    let step = |hash: u64, byte| hash.wrapping_mul(BASE).wrapping_add(u64::from(byte) + 1);
    text.bytes().fold(start, step)
}

#[cfg(test)]
mod tests {
    use super::Seen;
    use crate::json_str::JsonStr;

    #[test]
    fn the_rest_of_a_text_is_what_was_not_told() {
        let check = |told: &[&'static str], whole, rest| {
            let mut seen = Seen::default();
            for text in told {
                seen.push(&JsonStr::escaped(text));
            }
            let whole = JsonStr::escaped(whole);
            assert_eq!(seen.rest(&whole).as_escaped(), rest, "{told:?}");
            assert_eq!(seen.rest(&whole).as_escaped(), "", "{told:?}");
        };
        check(&[], "abc", "abc");
        check(&["a", "b"], "abc", "c");
        check(&["ab", "c"], "abc", "");
        check(&["abcd"], "abc", "");
        check(&["b"], "abc", "");
        check(&["é"], "ab", "");
        check(&["a"], "é", "");
        check(&["a"], "", "");
    }
}
