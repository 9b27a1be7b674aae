//! Whose account a credential is, and which program signed in to it.

use super::{claims::Claims, members::Members, spelling::CONTAINERS, value::text};
use cliproxy_core::Secret;

/// Whose account it is, as far as the file or the tokens in it say. Nothing of this is verified.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Account {
    /// The address that was signed in with.
    pub email: Option<Box<str>>,
    /// The provider's name for the account.
    pub account_id: Option<Box<str>>,
    /// What is paid for: decides which models there are.
    pub plan: Option<Box<str>>,
    /// The device that was signed in on (Kimi).
    pub device_id: Option<Box<str>>,
    /// The region of a Vertex project.
    pub location: Option<Box<str>>,
    /// The program that signed in: only its id gets new tokens.
    pub client: Option<OAuthClient>,
}

/// The OAuth client that tokens were issued to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OAuthClient {
    /// Its id.
    pub id: Box<str>,
    /// Its secret, where the file has one.
    pub secret: Option<Secret>,
    /// Where it asks for tokens, where the file says so.
    pub token_uri: Option<Box<str>>,
}

impl Account {
    /// Of a file of this provider, from what it says and from its id token.
    pub(super) fn read(provider: &str, root: &Members<'_>, id_token: Option<&Secret>) -> Self {
        let claims = id_token.map(|token| Claims::of(token.expose()));
        let claims = claims.unwrap_or_default();
        let nested = CONTAINERS.map(|name| Members::within(root, name));
        let places = || [root].into_iter().chain(&nested);
        let member = |name: &str| places().find_map(|place| place.read(&[name], text));
        // Elsewhere an id token says who signed in, and not as whom refresh tokens are shown; and one of
        // another issuer was given to a client that the provider does not know.
        let names_client = provider == "codex" && claims.issuer.as_deref().is_none_or(is_openai);
        let own_client = claims.client_id.filter(|_| names_client);
        let id = member("client_id").or(own_client);
        Self {
            email: member("email").or(claims.email),
            account_id: member("account_id").or(claims.account_id),
            plan: claims.plan,
            device_id: member("device_id"),
            location: member("location"),
            client: id.map(|id| OAuthClient {
                id,
                secret: member("client_secret").map(|text| Secret::from(String::from(text))),
                token_uri: member("token_uri").or_else(|| member("token_endpoint")),
            }),
        }
    }

    /// Whether anything says whose account it is.
    pub(super) const fn is_known(&self) -> bool {
        self.account_id.is_some() || self.email.is_some() || self.device_id.is_some()
    }

    /// Whether two are one account, by the most telling of what both say.
    pub(super) fn is_same(&self, other: &Self) -> bool {
        let told = |mine: &Option<Box<str>>, theirs: &Option<Box<str>>| match (mine, theirs) {
            (Some(mine), Some(theirs)) => Some(mine == theirs),
            _ => None,
        };
        told(&self.account_id, &other.account_id)
            .or_else(|| told(&self.email, &other.email))
            .or_else(|| told(&self.device_id, &other.device_id))
            .unwrap_or(false)
    }
}

/// Whether the id tokens of Codex are issued so (`openai/codex`, `codex-rs/login`).
fn is_openai(issuer: &str) -> bool {
    issuer.trim_end_matches('/') == "https://auth.openai.com"
}
