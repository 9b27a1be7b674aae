//! One upstream identity.

use cliproxy_core::{CredentialId, Generation, ProviderId, Secret};
use std::sync::Arc;

/// One account or key of one provider.
#[derive(Clone, Debug)]
pub struct Credential {
    /// Unique among all credentials; stable across reloads while the identity stays the same.
    pub id: CredentialId,
    /// Names the identity and keys its health.
    pub generation: Generation,
    /// Who executes requests with it.
    pub provider: ProviderId,
    /// How it authenticates.
    pub kind: CredentialKind,
    /// What logs, headers and tables show: the entry's name and a number, never part of a key.
    pub label: Arc<str>,
    /// The project that requests of a Code Assist account are made for.
    pub project: Option<Arc<str>>,
}

/// How a credential authenticates.
#[non_exhaustive]
#[derive(Clone, Debug)]
pub enum CredentialKind {
    /// A key from the configuration; an empty one sends no authentication at all.
    ApiKey(Secret),
    /// Nothing of ours: the client's own `Authorization` goes up untouched.
    Passthrough,
}
