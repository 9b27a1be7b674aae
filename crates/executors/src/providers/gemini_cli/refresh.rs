//! New tokens for a Google account.
//!
//! <https://developers.google.com/identity/protocols/oauth2/native-app#offline>. A file names its own
//! client, with the secret that Google gives to installed programs.

use crate::oauth::{Dialect, Manners, Proof, TokenEndpointError, TokenSetup, refresh_token};
use cliproxy_token_refresh::TokenEndpoint;
use std::sync::Arc;

pub(in crate::providers) fn token_endpoint(
    setup: &TokenSetup<'_>,
) -> Result<Arc<dyn TokenEndpoint>, TokenEndpointError> {
    let dialect = Dialect {
        provider: "gemini-cli",
        token_url: Some("https://oauth2.googleapis.com/token"),
        scopes: Vec::new(),
        manners: Manners::of(Proof::RefreshToken),
    };
    refresh_token(dialect, setup)
}
