//! Certificates to trust.

use std::{
    fmt,
    hash::{Hash, Hasher},
    path::PathBuf,
    sync::Arc,
};

/// Certificates of authorities that upstreams may have beside those the system trusts.
///
/// Equal if the certificates are, wherever they come from: connections to an upstream can be shared
/// then.
#[derive(Clone)]
pub struct CaBundle {
    /// The file they were read from, for messages.
    pub path: PathBuf,
    /// The content of the file: PEM with a certificate in it; not checked any further.
    pub pem: Arc<[u8]>,
}

impl PartialEq for CaBundle {
    fn eq(&self, other: &Self) -> bool {
        self.pem == other.pem
    }
}

impl Eq for CaBundle {}

impl Hash for CaBundle {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.pem.hash(state);
    }
}

impl fmt::Debug for CaBundle {
    /// Shows the path, since nobody can read the certificates.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("CaBundle").field(&self.path).finish()
    }
}
