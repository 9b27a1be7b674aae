//! Refreshes OAuth tokens: in time, exactly once, and never losing one that was rotated.
//!
//! Where tokens are kept is a [`Vault`], who hands out new ones is a [`TokenEndpoint`]. Nothing here
//! knows a file, HTTP or a provider.

mod endpoint;
mod fingerprint;
mod grant;
mod jwt;
mod policy;
mod tokens;
mod validity;
mod vault;

pub use self::{
    endpoint::{RefreshError, TokenEndpoint},
    fingerprint::{Fingerprint, InvalidFingerprint},
    grant::Grant,
    policy::{Due, Hold, Policy, next_check},
    tokens::Tokens,
    validity::{Validity, is_expired},
    vault::{Committed, Vault, VaultError},
};
