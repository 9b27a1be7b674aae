//! Certificates for servers under test.

use rcgen::generate_simple_self_signed;
use tokio_rustls::rustls::pki_types::CertificateDer;

/// A self-signed certificate of this machine, and its key.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Identity {
    /// The certificate, as PEM.
    pub cert: String,
    /// Its key, as PEM.
    pub key: String,
    der: Vec<u8>,
}

impl Identity {
    /// Makes one.
    ///
    /// # Panics
    ///
    /// If the system has no randomness.
    #[must_use]
    pub fn generate() -> Self {
        let names = ["localhost", "127.0.0.1"].map(str::to_owned);
        let made = generate_simple_self_signed(names).expect("a certificate");
        Self {
            cert: made.cert.pem(),
            key: made.signing_key.serialize_pem(),
            der: made.cert.der().to_vec(),
        }
    }

    /// Whether a server showed this certificate.
    #[must_use]
    pub fn is(&self, shown: Option<&[u8]>) -> bool {
        shown == Some(self.der.as_slice())
    }

    pub(crate) fn der(&self) -> CertificateDer<'static> {
        self.der.clone().into()
    }
}
