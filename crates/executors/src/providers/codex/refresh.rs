//! New tokens for a ChatGPT account.
//!
//! The client id is that of the file's id token: <https://github.com/openai/codex> registers one for
//! its own program, and none is compiled in here.

use crate::oauth::{Dialect, Manners, Proof, TokenEndpointError, TokenSetup, refresh_token};
use cliproxy_token_refresh::TokenEndpoint;
use std::sync::Arc;

pub(in crate::providers) fn token_endpoint(
    setup: &TokenSetup<'_>,
) -> Result<Arc<dyn TokenEndpoint>, TokenEndpointError> {
    let dialect = Dialect {
        provider: "codex",
        token_url: Some("https://auth.openai.com/oauth/token"),
        scopes: ["openid", "profile", "email"].map(Box::from).into(),
        manners: Manners::of(Proof::RefreshToken),
    };
    refresh_token(dialect, setup)
}
