//! `ca-file`: certificates that upstreams may have.

use super::{Resolver, text};
use crate::{CaBundle, files, tree::Spot};
use std::sync::Arc;

/// The bundle of a system has a quarter of it.
const MAX_FILE_BYTES: u64 = 1024 * 1024;
/// How a certificate begins in PEM.
const CERTIFICATE: &[u8] = b"-----BEGIN CERTIFICATE-----";

impl Resolver<'_> {
    /// The certificates in a file; `None` if none is given or it cannot be used.
    pub(super) fn ca(&mut self, given: Option<String>, spot: &Spot<'_>) -> Option<CaBundle> {
        let path = self.path(&text(given)?);
        if let Some(bundle) = self.bundles.get(&path) {
            return Some(bundle.clone());
        }
        self.secrets.note(&path);
        let message = match files::read(&path, MAX_FILE_BYTES, "1 MiB") {
            Ok(pem) if pem.trim_ascii().is_empty() => {
                format!("the file {} is empty", path.display())
            }
            Ok(pem) if !has_certificate(&pem) => {
                format!("the file {} has no certificate in it", path.display())
            }
            Ok(pem) => {
                let bundle = CaBundle {
                    path: path.clone(),
                    pem: Arc::from(pem),
                };
                self.bundles.insert(path, bundle.clone());
                return Some(bundle);
            }
            Err(error) => format!("cannot read the file {}: {error}", path.display()),
        };
        let remedy = "write the path of a PEM file with certificates";
        self.report.error(spot, message, remedy);
        None
    }
}

/// Whether there is something to trust in a file; whether it is well formed is for TLS to say.
fn has_certificate(pem: &[u8]) -> bool {
    pem.windows(CERTIFICATE.len())
        .any(|window| window == CERTIFICATE)
}
