//! The door: providers in their order, or nobody at all.

use crate::{
    presented::Presented,
    principal::Principal,
    provider::{AccessError, AccessProvider},
};
use http::StatusCode;
use std::{error::Error, fmt, sync::Arc};

/// Decides who gets in. Immutable: a changed configuration makes a new one, and requests that are
/// under way keep the principal they have.
pub struct Access {
    /// `None` is an open gateway, which is not the same as one whose last provider went away.
    providers: Option<Vec<Arc<dyn AccessProvider>>>,
}

impl Access {
    /// Asks these providers, in this order. Without any, every request is refused: a gateway is
    /// opened by [`Access::open`], never by a list that came out empty.
    #[must_use]
    pub fn new(providers: Vec<Arc<dyn AccessProvider>>) -> Self {
        Self {
            providers: Some(providers),
        }
    }

    /// Lets every request in, as the one anonymous client.
    #[must_use]
    pub const fn open() -> Self {
        Self { providers: None }
    }

    /// Whether every request is let in.
    #[must_use]
    pub const fn is_open(&self) -> bool {
        self.providers.is_none()
    }

    /// Names the client of a request.
    ///
    /// The first provider that knows the client decides, and so does the first that fails; one
    /// that does not handle the request is passed over. Ready at once where all providers asked
    /// answer through [`AccessProvider::authenticate_now`].
    ///
    /// # Errors
    ///
    /// [`Denied::Invalid`] if any provider was shown a key it does not know, [`Denied::Missing`]
    /// if none saw a key, [`Denied::Internal`] if a provider failed.
    pub async fn authenticate(&self, presented: &Presented<'_>) -> Result<Principal, Denied> {
        let Some(providers) = &self.providers else {
            return Ok(Principal::anonymous());
        };
        let mut refusal = Denied::Missing;
        for provider in providers {
            let judged = match provider.authenticate_now(presented) {
                Some(judged) => judged,
                None => provider.authenticate(presented).await,
            };
            match judged {
                Ok(identity) => return Ok(Principal::new(identity)),
                Err(AccessError::Invalid) => refusal = Denied::Invalid,
                Err(AccessError::Missing | AccessError::NotHandled) => {}
                Err(AccessError::Internal { status, cause }) => {
                    let provider = provider.id().into();
                    return Err(Denied::Internal {
                        provider,
                        status,
                        cause,
                    });
                }
            }
        }
        Err(refusal)
    }
}

impl fmt::Debug for Access {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let ids = self
            .providers
            .as_ref()
            .map(|all| all.iter().map(|provider| provider.id()).collect::<Vec<_>>());
        f.debug_struct("Access").field("providers", &ids).finish()
    }
}

/// Why a request was not let in.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Denied {
    /// A provider failed.
    #[error("access provider {provider} failed")]
    Internal {
        /// Which one.
        provider: Box<str>,
        /// The answer to the client.
        status: StatusCode,
        /// What happened; for the log.
        #[source]
        cause: Box<dyn Error + Send + Sync>,
    },
    /// A key was presented, and nobody knows it.
    #[error("the client key is not known")]
    Invalid,
    /// No key was presented.
    #[error("no client key was presented")]
    Missing,
}

impl Denied {
    /// The status of the answer: 401, or what the failed provider asked for.
    #[must_use]
    pub const fn status(&self) -> StatusCode {
        match self {
            Self::Internal { status, .. } => *status,
            Self::Invalid | Self::Missing => StatusCode::UNAUTHORIZED,
        }
    }

    /// The text for the client, the same in every protocol's error shape.
    #[must_use]
    pub const fn client_message(&self) -> &'static str {
        match self {
            Self::Internal { .. } => "Authentication service error",
            Self::Invalid => "Invalid API key",
            Self::Missing => "Missing API key",
        }
    }
}
