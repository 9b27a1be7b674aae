//! Credential records: one account or key, and how its upstream is reached.
//!
//! Nothing here knows how a token is refreshed, what health a credential has, or how a request is
//! made with it.

mod credential;

pub use self::credential::{Credential, CredentialKind};
