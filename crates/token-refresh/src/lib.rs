//! Refreshes OAuth tokens: in time, exactly once, and never losing one that was rotated.
//!
//! Where tokens are kept is a [`Vault`], who hands out new ones is a [`TokenEndpoint`]. Nothing here
//! knows a file, HTTP or a provider.

mod endpoint;
mod grant;
mod tokens;
mod vault;

pub use self::{
    endpoint::{RefreshError, TokenEndpoint},
    grant::Grant,
    tokens::Tokens,
    vault::{Committed, Vault, VaultError},
};
