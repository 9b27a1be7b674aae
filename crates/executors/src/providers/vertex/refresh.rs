//! Access tokens for a service account.
//!
//! <https://developers.google.com/identity/protocols/oauth2/service-account#httprest>: an assertion
//! that the account's key signs is exchanged for a token (RFC 7523). There is no refresh token, and
//! nothing rotates.

use super::service_account::ServiceAccount;
use crate::oauth::{Exchange, Manners, Proof, TokenEndpointError, TokenSetup};
use cliproxy_token_refresh::{Grant, RefreshError, TokenEndpoint, Tokens};
use futures_util::future::BoxFuture;
use std::sync::Arc;

const GRANT_TYPE: &str = "urn:ietf:params:oauth:grant-type:jwt-bearer";

pub(in crate::providers) fn token_endpoint(
    setup: &TokenSetup<'_>,
) -> Result<Arc<dyn TokenEndpoint>, TokenEndpointError> {
    let key = setup.source.service_key.as_ref();
    let key = key.ok_or(TokenEndpointError::Missing {
        member: "service_account",
    })?;
    Ok(Arc::new(Assertion {
        account: ServiceAccount::of(key)?,
        exchange: Exchange::new(setup, Manners::of(Proof::ServiceAccount)),
    }))
}

struct Assertion {
    account: ServiceAccount,
    exchange: Exchange,
}

impl TokenEndpoint for Assertion {
    fn refresh<'a>(&'a self, _tokens: &'a Tokens) -> BoxFuture<'a, Result<Grant, RefreshError>> {
        Box::pin(async move {
            let now = (self.exchange.clock)();
            let assertion = self
                .account
                .assertion(now)
                .map_err(|error| misconfigured(&error))?;
            let form = [
                ("grant_type", GRANT_TYPE),
                ("assertion", assertion.expose()),
            ];
            self.exchange.post(self.account.token_uri(), &form).await
        })
    }
}

fn misconfigured(error: &TokenEndpointError) -> RefreshError {
    RefreshError::Misconfigured {
        code: error.to_string().into(),
    }
}
