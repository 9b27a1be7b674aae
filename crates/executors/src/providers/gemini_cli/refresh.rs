//! New tokens for a Google account.
//!
//! <https://developers.google.com/identity/protocols/oauth2/native-app#offline>. A file names its own
//! client, with the secret that Google gives to installed programs.

use crate::oauth::{
    Client, Dialect, Manners, OauthClient, Proof, TokenEndpointError, TokenSetup, TokenSource,
    refresh_token,
};
use cliproxy_token_refresh::TokenEndpoint;
use std::sync::Arc;

const PROVIDER: &str = "gemini-cli";
const TOKEN_URL: &str = "https://oauth2.googleapis.com/token";

pub(in crate::providers) fn token_endpoint(
    setup: &TokenSetup<'_>,
) -> Result<Arc<dyn TokenEndpoint>, TokenEndpointError> {
    let dialect = Dialect {
        provider: PROVIDER,
        token_url: Some(TOKEN_URL),
        scopes: Vec::new(),
        manners: Manners::of(Proof::RefreshToken),
    };
    refresh_token(dialect, setup)
}

/// Whether Google would be shown a client without the secret that it gives to installed programs.
pub(in crate::providers) fn lacks_secret(client: &OauthClient, source: &TokenSource<'_>) -> bool {
    Client::of(PROVIDER, source, client, Some(TOKEN_URL)).is_ok_and(|found| found.secret.is_none())
}
