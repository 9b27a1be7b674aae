//! Credential records: one account or key, and how its upstream is reached.
//!
//! Nothing here knows how a token is refreshed, what health a credential has, or how a request is
//! made with it.

mod credential;

mod digest;
mod file_name;
mod problem;
mod record;

mod patch;

pub use self::{
    credential::{Credential, CredentialKind},
    digest::FileDigest,
    file_name::{BadName, FileName},
    patch::{NewTokens, are_equal, set_disabled},
    problem::Problem,
    record::{
        Account, Broken, CredentialFile, CredentialRecord, Inert, OAuthClient, ServiceAccount,
        Settings, Standing, Tokens, excluded_models,
    },
};
