//! As which OAuth client, and where, tokens are refreshed.

use super::{OauthClient, TokenEndpointError, TokenSource, checked};
use cliproxy_core::Secret;
use url::Url;

/// A client, and the endpoint that knows it.
pub(crate) struct Client {
    pub(super) id: Box<str>,
    pub(crate) secret: Option<Secret>,
    pub(super) token_url: Url,
}

impl Client {
    /// A refresh token is bound to the client it was given to (RFC 6749 section 6), so what the
    /// credential says goes before what is configured, which may be another client's. A secret goes
    /// only with the id it belongs to, and a configured one to no address that only a file names:
    /// whoever could put a file there would be told it.
    pub(crate) fn of(
        provider: &str,
        own: &TokenSource<'_>,
        configured: &OauthClient,
        vendor: Option<&'static str>,
    ) -> Result<Self, TokenEndpointError> {
        let unset = |member: &str, what| TokenEndpointError::NotConfigured {
            key: format!("oauth.{provider}.{member}").into(),
            what,
        };
        let id = own.client_id.or(configured.client_id.as_deref());
        let id = id.ok_or_else(|| unset("client_id", "which OAuth client the tokens belong to"))?;
        let known = match (&configured.token_url, vendor) {
            (Some(url), _) => Some(url.clone()),
            (None, Some(text)) => Some(checked(text, "token_uri")?),
            (None, None) => None,
        };
        let told = own.token_uri.map(|text| checked(text, "token_uri"));
        let token_url = told.transpose()?.or_else(|| known.clone());
        let token_url =
            token_url.ok_or_else(|| unset("token_url", "where its tokens are refreshed"))?;
        let is_configured = configured.client_id.as_deref() == Some(id);
        let is_known = known.is_some_and(|known| known == token_url);
        let secret = match own.client_secret.filter(|_| own.client_id.is_some()) {
            Some(secret) => Some(secret.clone()),
            None => configured
                .client_secret
                .clone()
                .filter(|_| is_configured && is_known),
        };
        Ok(Self {
            id: id.into(),
            secret,
            token_url,
        })
    }
}
