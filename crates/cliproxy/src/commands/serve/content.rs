//! What is in the files that a configuration is made of.

use sha2::{Digest as _, Sha256};
use std::{collections::BTreeSet, path::PathBuf};

/// Of all their content; a file that cannot be read counts as none.
pub(super) fn digest(files: &BTreeSet<PathBuf>) -> [u8; 32] {
    let mut digest = Sha256::new();
    for file in files {
        let content = std::fs::read(file).ok();
        digest.update(
            content
                .as_ref()
                .map_or(u64::MAX, |content| content.len() as u64)
                .to_le_bytes(),
        );
        digest.update(content.unwrap_or_default());
    }
    digest.finalize().into()
}
