//! The grant of RFC 6749 section 6: a refresh token for new tokens.

use super::{
    Exchange, Manners, TokenEndpointError, TokenSetup,
    client::Client,
    exchange::unreadable,
    grant::{Answer, grant},
};
use cliproxy_token_refresh::{Grant, RefreshError, TokenEndpoint, Tokens};
use futures_util::future::BoxFuture;
use oauth2::{
    AuthType, ClientId, ClientSecret, RequestTokenError, Scope, StandardRevocableToken, TokenUrl,
    basic::{BasicErrorResponse, BasicRevocationErrorResponse, BasicTokenIntrospectionResponse},
};
use std::sync::Arc;

/// What one provider differs in from the next.
pub(crate) struct Dialect<'a> {
    /// Its id, which the configuration knows it by.
    pub(crate) provider: &'a str,
    /// Where its own endpoint is.
    pub(crate) token_url: Option<&'static str>,
    /// What is asked for anew; nothing means what was granted before (RFC 6749 section 6).
    pub(crate) scopes: Vec<Box<str>>,
    pub(crate) manners: Manners,
}

/// A token endpoint that takes refresh tokens.
pub(crate) fn refresh_token(
    dialect: Dialect<'_>,
    setup: &TokenSetup<'_>,
) -> Result<Arc<dyn TokenEndpoint>, TokenEndpointError> {
    Ok(Arc::new(RefreshToken {
        client: Client::of(
            dialect.provider,
            &setup.source,
            setup.client,
            dialect.token_url,
        )?,
        scopes: dialect.scopes,
        exchange: Exchange::new(setup, dialect.manners),
    }))
}

struct RefreshToken {
    client: Client,
    scopes: Vec<Box<str>>,
    exchange: Exchange,
}

type Oauth2Client = oauth2::Client<
    BasicErrorResponse,
    Answer,
    BasicTokenIntrospectionResponse,
    StandardRevocableToken,
    BasicRevocationErrorResponse,
>;

impl TokenEndpoint for RefreshToken {
    fn refresh<'a>(&'a self, tokens: &'a Tokens) -> BoxFuture<'a, Result<Grant, RefreshError>> {
        Box::pin(self.ask(tokens))
    }
}

impl RefreshToken {
    async fn ask(&self, tokens: &Tokens) -> Result<Grant, RefreshError> {
        let shown = tokens.refresh.as_ref().filter(|token| !token.is_empty());
        let Some(shown) = shown else {
            return Err(RefreshError::Permanent {
                code: "there is no refresh token".into(),
                reused: false,
            });
        };
        let id = ClientId::new(self.client.id.to_string());
        let mut client = Oauth2Client::new(id)
            // Every provider here takes the secret in the body, not all take it in a header.
            .set_auth_type(AuthType::RequestBody)
            .set_token_uri(TokenUrl::from_url(self.client.token_url.clone()));
        if let Some(secret) = &self.client.secret {
            client = client.set_client_secret(ClientSecret::new(secret.expose().to_owned()));
        }
        let shown = oauth2::RefreshToken::new(shown.expose().to_owned());
        let scopes = self
            .scopes
            .iter()
            .map(|scope| Scope::new(scope.to_string()));
        let answered = client
            .exchange_refresh_token(&shown)
            .add_scopes(scopes)
            .request_async(&self.exchange)
            .await
            .map_err(refused)?;
        Ok(grant(&answered, (self.exchange.clock)()))
    }
}

/// The crate's own errors hold the body, so they go no further.
fn refused(error: RequestTokenError<RefreshError, BasicErrorResponse>) -> RefreshError {
    match error {
        RequestTokenError::Request(error) => error,
        RequestTokenError::Other(_)
        | RequestTokenError::Parse(..)
        | RequestTokenError::ServerResponse(_) => unreadable(),
    }
}
