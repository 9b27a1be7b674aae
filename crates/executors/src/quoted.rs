//! Finding a secret in what an upstream says.

/// A shorter secret is found only where it stands alone: `none`, given to a server that wants no
/// key, is part of many words.
pub(crate) const ANYWHERE: usize = 8;

/// The first occurrence of `secret` in `text` at or after `from`, in bytes.
///
/// One of 8 bytes or more is found wherever it occurs; a shorter one only as a whole word, that is
/// between bytes that are neither ASCII letters nor digits, `_` or `-`. Other scripts do not set
/// words apart by blanks, so their letters end one. An empty secret is nowhere.
#[must_use]
pub fn find_secret(text: &[u8], secret: &[u8], from: usize) -> Option<usize> {
    if secret.is_empty() {
        return None;
    }
    let rest = text.get(from..)?;
    let mut found = memchr::memmem::find_iter(rest, secret).map(|at| from + at);
    if secret.len() >= ANYWHERE {
        return found.next();
    }
    let ends_word = |byte: Option<&u8>| byte.is_none_or(|byte| !is_word(*byte));
    found.find(|&at| {
        let before = at.checked_sub(1).and_then(|before| text.get(before));
        ends_word(before) && ends_word(text.get(at + secret.len()))
    })
}

const fn is_word(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-')
}

#[cfg(test)]
mod tests {
    use super::find_secret;

    #[test]
    fn occurrences() {
        let check = |text: &str, secret: &str, expected: &[usize]| {
            let mut found = Vec::new();
            while let Some(at) = find_secret(
                text.as_bytes(),
                secret.as_bytes(),
                found.last().map_or(0, |last| last + 1),
            ) {
                found.push(at);
            }
            assert_eq!(found, expected, "{secret:?} in {text:?}");
        };
        check("the key sk-12345 and xsk-12345y", "sk-12345", &[8, 22]);
        check("the key k1 is not k12, xk1, k-k1 or k1_", "k1", &[8]);
        check("k1", "k1", &[0]);
        check("(k1) 'k1': k1.", "k1", &[1, 6, 11]);
        check("\u{5bc6}k1\u{65e0}\u{201c}k1\u{201d}", "k1", &[3, 11]);
        check("Bearer none, but nonetheless", "none", &[7]);
        // Those that overlap are one run, and none of it stands alone.
        check("aaa", "aa", &[]);
        check("a a", "a", &[0, 2]);
        check("anything", "", &[]);
        check("", "k1", &[]);
    }

    #[test]
    fn a_start_behind_the_end() {
        assert_eq!(find_secret(b"abc", b"abc", 9), None);
    }
}
