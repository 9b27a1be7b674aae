//! Certificate authorities that an upstream is trusted by besides the machine's own.

use crate::ProxyError;
use reqwest::Certificate;
use std::{fmt, sync::Arc};

/// A PEM file of certificates, each of them an authority that is trusted in addition to those of
/// the platform.
///
/// Two bundles are equal when their text is, so that a reload that reads the same file again keeps
/// its connections.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct CaBundle(Arc<[u8]>);

impl CaBundle {
    /// Takes the text of a PEM file. What is not a certificate in it is passed over.
    ///
    /// # Errors
    ///
    /// [`ProxyError::NoCertificate`] if there is none, [`ProxyError::Certificate`] if one of them
    /// is cut off or not Base64. What is inside them is checked when a client is built. A bundle is
    /// taken whole or not at all: with one authority missing the failure would show much later, as
    /// an upstream that is refused.
    pub fn parse(pem: &[u8]) -> Result<Self, ProxyError> {
        let bundle = Self(pem.into());
        match bundle.certificates()?.as_slice() {
            [] => Err(ProxyError::NoCertificate),
            [..] => Ok(bundle),
        }
    }

    pub(crate) fn certificates(&self) -> Result<Vec<Certificate>, ProxyError> {
        Certificate::from_pem_bundle(&self.0).map_err(|_| ProxyError::Certificate)
    }
}

impl fmt::Debug for CaBundle {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "CaBundle({} bytes)", self.0.len())
    }
}

#[cfg(test)]
mod tests {
    use super::CaBundle;
    use crate::{ClientPool, ClientSpec, ProxyError, ProxySetting};
    use std::time::Duration;

    fn authority() -> String {
        rcgen::generate_simple_self_signed(["an.example".to_owned()])
            .unwrap()
            .cert
            .pem()
    }

    #[test]
    fn bundles() {
        let check = |pem: &str, expected| {
            let built = CaBundle::parse(pem.as_bytes()).and_then(|ca| {
                let spec = ClientSpec {
                    proxy: ProxySetting::Direct,
                    connect_timeout: Duration::from_secs(1),
                    ca: Some(ca),
                };
                ClientPool::new().client(&spec).map(drop)
            });
            assert_eq!(built, expected, "{pem}");
        };
        let (one, other) = (authority(), authority());
        let key = rcgen::KeyPair::generate().unwrap().serialize_pem();
        check(&one, Ok(()));
        check(&format!("# ours\n{one}\n\n# theirs\n{other}"), Ok(()));
        check(&format!("{key}{one}"), Ok(()));
        check("", Err(ProxyError::NoCertificate));
        check("not PEM at all", Err(ProxyError::NoCertificate));
        check(&key, Err(ProxyError::NoCertificate));
        let cut = &one[..one.len() / 2];
        check(cut, Err(ProxyError::Certificate));
        check(&format!("{one}{cut}"), Err(ProxyError::Certificate));
        let hollow = "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n";
        check(hollow, Err(ProxyError::Certificate));
        check(&format!("{one}{hollow}"), Err(ProxyError::Certificate));
    }

    #[test]
    fn the_same_text_is_the_same_bundle() {
        let (one, other) = (authority(), authority());
        let bundle = |pem: &str| CaBundle::parse(pem.as_bytes()).unwrap();
        assert_eq!(bundle(&one), bundle(&one));
        assert_ne!(bundle(&one), bundle(&other));
        assert!(!format!("{:?}", bundle(&one)).contains("BEGIN"));
    }
}
