//! Digests for names that are derived: the same text gives the same name, today and on every node.
//!
//! All of them are SHA-256. What is shown of it is only as long as the name it stands in allows.

use sha2::{Digest as _, Sha256};

/// The digest of the pieces, put together.
pub(crate) fn digest(pieces: &[&str]) -> [u8; 32] {
    let mut hash = Sha256::new();
    for piece in pieces {
        hash.update(piece);
    }
    hash.finalize().into()
}

/// Its first `digits` hexadecimal digits, in lower case; at most 64.
pub(crate) fn hex(pieces: &[&str], digits: usize) -> String {
    let nibbles = digest(pieces)
        .into_iter()
        .flat_map(|byte| [byte >> 4, byte & 15]);
    nibbles
        .take(digits)
        .filter_map(|nibble| char::from_digit(u32::from(nibble), 16))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::hex;

    #[test]
    fn pieces_are_hashed_as_one_text() {
        let empty = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";
        assert_eq!(hex(&[], 64), empty);
        assert_eq!(hex(&[""], 8), empty[..8]);
        assert_eq!(hex(&["a", "bc"], 16), hex(&["abc"], 16));
        assert_ne!(hex(&["abc"], 16), hex(&["abd"], 16));
    }
}
