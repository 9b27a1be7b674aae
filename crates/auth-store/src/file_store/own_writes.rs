//! Telling what this process has written from what others have.

use crate::FileDigest;
use parking_lot::Mutex;
use std::{collections::HashMap, path::PathBuf};

/// The last content that this process has written to each file, until somebody has looked.
#[derive(Debug, Default)]
pub(crate) struct OwnWrites(Mutex<HashMap<PathBuf, FileDigest>>);

impl OwnWrites {
    /// Before it is there for others to see.
    pub(crate) fn note(&self, path: PathBuf, digest: FileDigest) {
        self.0.lock().insert(path, digest);
    }

    /// Whether this content is what was written last. Asked once: the same content may come back later,
    /// from somebody else.
    pub(crate) fn take(&self, path: &std::path::Path, digest: FileDigest) -> bool {
        self.0.lock().remove(path) == Some(digest)
    }
}
