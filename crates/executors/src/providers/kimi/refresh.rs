//! New tokens for a Kimi account.
//!
//! The endpoint says 401 or 403 where a token is at its end.

use super::device;
use crate::oauth::{Dialect, Manners, Proof, TokenEndpointError, TokenSetup, refresh_token};
use cliproxy_token_refresh::TokenEndpoint;
use std::sync::Arc;

pub(in crate::providers) fn token_endpoint(
    setup: &TokenSetup<'_>,
) -> Result<Arc<dyn TokenEndpoint>, TokenEndpointError> {
    let dialect = Dialect {
        provider: "kimi",
        token_url: Some("https://auth.kimi.com/api/oauth/token"),
        scopes: Vec::new(),
        manners: Manners {
            forbidden_is_final: true,
            headers: device::headers(setup.source.label, setup.source.device_id),
            ..Manners::of(Proof::RefreshToken)
        },
    };
    refresh_token(dialect, setup)
}
