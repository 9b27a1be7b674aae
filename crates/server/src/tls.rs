//! The listener's certificate, which can be replaced while it serves.

use arc_swap::ArcSwap;
use rustls_pki_types::{CertificateDer, PrivateKeyDer, pem::PemObject as _};
use std::{
    fmt, io,
    path::{Path, PathBuf},
    sync::Arc,
};
use tokio_rustls::{
    TlsAcceptor,
    rustls::{self, ServerConfig, crypto::aws_lc_rs, server::ProducesTickets},
};
use zeroize::Zeroizing;

/// A certificate, or its key, that cannot be used.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum TlsError {
    /// The file cannot be read.
    #[error("cannot read {}: {source}", path.display())]
    Read {
        /// The file.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// The file is not what it should be.
    #[error("{} has no {what} in PEM form", path.display())]
    Missing {
        /// The file.
        path: PathBuf,
        /// `certificate` or `private key`.
        what: &'static str,
    },
    /// The two do not work.
    #[error("{} and {} cannot be used: {source}", cert.display(), key.display())]
    Unusable {
        /// The certificate's file.
        cert: PathBuf,
        /// The key's file.
        key: PathBuf,
        /// Why: they do not belong together, or are of a kind that TLS does not know.
        source: rustls::Error,
    },
}

/// What TLS connections are accepted with: TLS 1.2 and 1.3, HTTP/2 and HTTP/1.1 by ALPN.
///
/// Clones share it. Replacing it leaves the connections that are open as they are.
#[derive(Clone)]
pub struct Tls(Arc<ArcSwap<ServerConfig>>);

impl Tls {
    /// Reads a certificate chain and its key, both PEM.
    ///
    /// # Errors
    ///
    /// [`TlsError`], which names the file.
    pub fn load(cert: &Path, key: &Path) -> Result<Self, TlsError> {
        let ticketer = aws_lc_rs::Ticketer::new().ok();
        let config = server_config(cert, key, ticketer)?;
        Ok(Self(Arc::new(ArcSwap::from_pointee(config))))
    }

    /// Reads another certificate and key, to be put to work with [`Tls::renew`]. Sessions that were
    /// begun with the present ones can still be resumed.
    ///
    /// # Errors
    ///
    /// As [`Tls::load`].
    pub fn prepare(&self, cert: &Path, key: &Path) -> Result<Renewal, TlsError> {
        let ticketer = Arc::clone(&self.0.load().ticketer);
        server_config(cert, key, Some(ticketer)).map(Renewal)
    }

    /// Connections from now on get the new certificate.
    pub fn renew(&self, renewal: Renewal) {
        self.0.store(Arc::new(renewal.0));
    }

    pub(crate) fn acceptor(&self) -> TlsAcceptor {
        self.0.load_full().into()
    }
}

/// A certificate that was read and fits its key.
#[derive(Debug)]
pub struct Renewal(ServerConfig);

impl fmt::Debug for Tls {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Tls").finish_non_exhaustive()
    }
}

fn server_config(
    cert: &Path,
    key: &Path,
    ticketer: Option<Arc<dyn ProducesTickets>>,
) -> Result<ServerConfig, TlsError> {
    let missing = |path: &Path, what| TlsError::Missing {
        path: path.to_owned(),
        what,
    };
    let chain: Vec<_> = CertificateDer::pem_slice_iter(&read(cert)?)
        .collect::<Result<_, _>>()
        .map_err(|_| missing(cert, "certificate"))?;
    if chain.is_empty() {
        return Err(missing(cert, "certificate"));
    }
    let private =
        PrivateKeyDer::from_pem_slice(&read(key)?).map_err(|_| missing(key, "private key"))?;
    let unusable = |source| TlsError::Unusable {
        cert: cert.to_owned(),
        key: key.to_owned(),
        source,
    };
    // The provider is named, so that no other part of the process decides it.
    let provider = Arc::new(aws_lc_rs::default_provider());
    let mut config = ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .map_err(unusable)?
        .with_no_client_auth()
        .with_single_cert(chain, private)
        .map_err(unusable)?;
    config.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
    if let Some(ticketer) = ticketer {
        config.ticketer = ticketer;
    }
    Ok(config)
}

fn read(path: &Path) -> Result<Zeroizing<Vec<u8>>, TlsError> {
    let read = std::fs::read(path).map(Zeroizing::new);
    read.map_err(|source| TlsError::Read {
        path: path.to_owned(),
        source,
    })
}
