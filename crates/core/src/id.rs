//! Names of things: cheap to clone, cheap to compare, never a secret.

use std::{borrow::Borrow, fmt, sync::Arc};

macro_rules! id {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
        pub struct $name(Arc<str>);

        impl $name {
            /// The id as text.
            #[must_use]
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl From<&str> for $name {
            fn from(text: &str) -> Self {
                Self(text.into())
            }
        }

        impl From<String> for $name {
            fn from(text: String) -> Self {
                Self(text.into())
            }
        }

        impl Borrow<str> for $name {
            fn borrow(&self) -> &str {
                &self.0
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, "{:?}", &*self.0)
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }
    };
}

id! {
    /// A model name, as a client asks for it or as an upstream knows it.
    ModelId
}
id! {
    /// One account or key. Unique among all credentials of a gateway; shown in logs, so it is
    /// never derived from a secret in a way that could be reversed.
    CredentialId
}
id! {
    /// A kind of upstream: `claude`, `gemini`, or the name of an `openai-compatibility` entry.
    ProviderId
}

/// Names a credential's identity, and keys its health.
///
/// A credential that is deleted and re-created gets a new generation, so that it never inherits
/// the cooldowns of its predecessor. A refreshed token does not change it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Generation(pub u64);
