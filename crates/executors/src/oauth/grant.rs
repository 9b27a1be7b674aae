//! From an answer that was brought into form to what a credential gets.

use cliproxy_core::Secret;
use cliproxy_token_refresh::Grant;
use oauth2::{ExtraTokenFields, StandardTokenResponse, TokenResponse as _, basic::BasicTokenType};
use serde::{Deserialize, Serialize};
use std::{fmt, time::SystemTime};

/// An answer as the `oauth2` crate reads it.
pub(super) type Answer = StandardTokenResponse<WithIdToken, BasicTokenType>;

pub(super) fn grant(answer: &Answer, received_at: SystemTime) -> Grant {
    let secret = |text: &str| Secret::from(text);
    let lifetime = answer.expires_in();
    Grant {
        access: secret(answer.access_token().secret()),
        refresh: answer.refresh_token().map(|token| secret(token.secret())),
        id: answer.extra_fields().id_token.as_deref().map(secret),
        // A lifetime beyond the clock's end is none.
        expires_at: lifetime.and_then(|lifetime| received_at.checked_add(lifetime)),
        received_at,
    }
}

/// The member that OpenID Connect adds.
#[derive(Deserialize, Serialize)]
pub(super) struct WithIdToken {
    id_token: Option<String>,
}

impl ExtraTokenFields for WithIdToken {}

impl fmt::Debug for WithIdToken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let shown = self.id_token.as_ref().map(|_| "***");
        f.debug_struct("WithIdToken")
            .field("id_token", &shown)
            .finish()
    }
}
