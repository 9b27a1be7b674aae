//! The key pair of a service account.

use crate::oauth::digest::hex;
use aws_lc_rs::{
    encoding::{AsDer as _, Pkcs8V1Der},
    rsa::{KeyPair, KeySize},
    signature::{KeyPair as _, RSA_PKCS1_2048_8192_SHA256, UnparsedPublicKey},
};
use base64::{Engine as _, prelude::BASE64_STANDARD};
use serde_json::{Value, json};
use std::{fmt, sync::Arc};
use thiserror::Error;

/// An RSA key pair: what a service account signs with, and what its assertions are checked against.
#[derive(Clone)]
pub struct ServiceKey(Arc<Pair>);

struct Pair {
    id: String,
    public: Vec<u8>,
    /// PKCS#8.
    private: Pkcs8V1Der<'static>,
}

/// Why there is no key pair.
#[derive(Clone, Copy, Debug, Error, PartialEq, Eq)]
#[error("cannot make an RSA key pair")]
pub struct KeyError;

impl ServiceKey {
    /// A new pair of 2048 bits. That takes a moment: tests share one where they can.
    ///
    /// # Errors
    ///
    /// If the system has no random numbers.
    pub fn generate() -> Result<Self, KeyError> {
        let pair = KeyPair::generate(KeySize::Rsa2048).map_err(|_unspecified| KeyError)?;
        let public = pair.public_key().as_ref().to_vec();
        let private = pair.as_der().map_err(|_unspecified| KeyError)?;
        Ok(Self(Arc::new(Pair {
            id: hex(&public, 20),
            public,
            private,
        })))
    }

    /// What assertions name it by.
    #[must_use]
    pub fn id(&self) -> &str {
        &self.0.id
    }

    /// The file that Google hands out for a service account. It holds the private key.
    #[must_use]
    pub fn file(&self, email: &str, project: &str, token_uri: &str) -> Value {
        json!({
            "type": "service_account",
            "project_id": project,
            "private_key_id": self.0.id,
            "private_key": self.pem(),
            "client_email": email,
            "client_id": "100000000000000000001",
            "auth_uri": "https://accounts.google.com/o/oauth2/auth",
            "token_uri": token_uri,
            "auth_provider_x509_cert_url": "https://www.googleapis.com/oauth2/v1/certs",
            "universe_domain": "googleapis.com",
        })
    }

    /// The private key as PEM (PKCS#8).
    #[must_use]
    pub fn pem(&self) -> String {
        let text = BASE64_STANDARD.encode(self.0.private.as_ref());
        let mut pem = String::from("-----BEGIN PRIVATE KEY-----\n");
        let mut rest = text.as_str();
        while let Some((line, more)) = rest.split_at_checked(64) {
            pem.push_str(line);
            pem.push('\n');
            rest = more;
        }
        if !rest.is_empty() {
            pem.push_str(rest);
            pem.push('\n');
        }
        pem.push_str("-----END PRIVATE KEY-----\n");
        pem
    }

    /// Whether `signature` was made over `message` with this key (RS256).
    pub(crate) fn verifies(&self, message: &[u8], signature: &[u8]) -> bool {
        UnparsedPublicKey::new(&RSA_PKCS1_2048_8192_SHA256, &self.0.public)
            .verify(message, signature)
            .is_ok()
    }
}

impl fmt::Debug for ServiceKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("ServiceKey").field(&self.0.id).finish()
    }
}

#[cfg(test)]
pub(crate) mod signing {
    //! Signs as a client would: with what is in the file.

    use super::ServiceKey;
    use aws_lc_rs::{
        rand::SystemRandom,
        signature::{RSA_PKCS1_SHA256, RsaKeyPair},
    };
    use base64::{Engine as _, prelude::*};
    use serde_json::Value;

    pub(crate) fn sign(key: &ServiceKey, header: &Value, claims: &Value) -> String {
        let pem = key.pem();
        let lines: String = pem.lines().filter(|line| !line.starts_with('-')).collect();
        let der = BASE64_STANDARD.decode(lines).expect("base64");
        let pair = RsaKeyPair::from_pkcs8(&der).expect("a private key");
        let part = |value: &Value| BASE64_URL_SAFE_NO_PAD.encode(value.to_string());
        let message = format!("{}.{}", part(header), part(claims));
        let mut signature = vec![0; pair.public_modulus_len()];
        let random = SystemRandom::new();
        pair.sign(
            &RSA_PKCS1_SHA256,
            &random,
            message.as_bytes(),
            &mut signature,
        )
        .expect("a signature");
        format!("{message}.{}", BASE64_URL_SAFE_NO_PAD.encode(signature))
    }
}
