//! What a token endpoint is made from.

use crate::WallClock;
use cliproxy_core::Secret;
use cliproxy_proxyutil::HttpClient;
use std::fmt;
use thiserror::Error;
use url::Url;

/// An OAuth client that the operator has registered with a provider. Every part may be absent: the
/// gateway has none of its own, and some credentials say which client they belong to.
#[derive(Clone, Default)]
pub struct OauthClient {
    /// Its public name.
    pub client_id: Option<Box<str>>,
    /// Its password, if it has one.
    pub client_secret: Option<Secret>,
    /// Where tokens are asked for, in place of the provider's own address.
    pub token_url: Option<Url>,
    /// What is asked for, where the provider does not say so itself.
    pub scopes: Vec<Box<str>>,
    /// Ask with a JSON object in place of a form: for endpoints whose documentation wants that.
    pub json: bool,
}

impl fmt::Debug for OauthClient {
    /// Of the address only the host: a query may hold a secret.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // Every field is named, so that a new one cannot be forgotten here.
        let Self {
            client_id,
            client_secret,
            token_url,
            scopes,
            json,
        } = self;
        let host = token_url.as_ref().and_then(Url::host_str);
        f.debug_struct("OauthClient")
            .field("client_id", client_id)
            .field("client_secret", client_secret)
            .field("token_url", &host)
            .field("scopes", scopes)
            .field("json", json)
            .finish()
    }
}

/// What a credential says about how its tokens are refreshed.
#[derive(Clone, Copy, Debug, Default)]
pub struct TokenSource<'a> {
    /// The OAuth client that its tokens were given to: the file's own word, or its id token's.
    pub client_id: Option<&'a str>,
    /// That client's secret.
    pub client_secret: Option<&'a Secret>,
    /// Where that client asks for tokens.
    pub token_uri: Option<&'a str>,
    /// The device that was signed in on (Kimi).
    pub device_id: Option<&'a str>,
    /// What a service account signs with.
    pub service_key: Option<ServiceKey<'a>>,
    /// What the operator calls the credential.
    pub label: Option<&'a str>,
}

/// The key of a Google service account.
#[derive(Clone, Copy, Debug)]
pub struct ServiceKey<'a> {
    /// Whose it is.
    pub client_email: &'a str,
    /// In PEM, PKCS#1 or PKCS#8.
    pub private_key: &'a Secret,
    /// Which of the account's keys it is.
    pub private_key_id: Option<&'a str>,
    /// Where tokens are asked for, in place of Google's own address.
    pub token_uri: Option<&'a str>,
}

/// Everything that [`crate::providers::token_endpoint`] wants to know of one credential. Nothing of
/// it is borrowed by what is made.
#[derive(Clone, Debug)]
pub struct TokenSetup<'a> {
    /// What the configuration says about this provider's OAuth client.
    pub client: &'a OauthClient,
    /// What the credential itself says.
    pub source: TokenSource<'a>,
    /// The client for this credential's proxy setting.
    pub http: HttpClient,
    /// The wall clock: assertions are dated, and lifetimes count from when an answer came.
    pub clock: WallClock,
}

/// Why a credential has no token endpoint. Nothing is retried; the text names what to change, and no
/// value.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
#[non_exhaustive]
pub enum TokenEndpointError {
    /// The gateway does not refresh such tokens: their vendor allows that to its own programs only.
    #[error("tokens of `{provider}` are not refreshed by this gateway")]
    Unsupported {
        /// The provider.
        provider: Box<str>,
    },
    /// Neither the file nor the configuration says which client the tokens belong to, or where they
    /// are refreshed.
    #[error("set `{key}` in the configuration: nothing says {what}")]
    NotConfigured {
        /// The key, like `oauth.kimi.client_id`.
        key: Box<str>,
        /// What is not known, as the rest of a sentence.
        what: &'static str,
    },
    /// A member that nothing works without.
    #[error("the credential file has no `{member}`")]
    Missing {
        /// The member, like `service_account.private_key`.
        member: &'static str,
    },
    /// A member that cannot be used.
    #[error("`{member}` in the credential file {problem}")]
    Invalid {
        /// The member.
        member: &'static str,
        /// What is wrong with it, as the rest of a sentence.
        problem: &'static str,
    },
}
