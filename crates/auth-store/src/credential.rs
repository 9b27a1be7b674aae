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
    /// The Google project that an account's requests are made for: Code Assist is told in the body,
    /// Vertex in the address.
    pub project: Option<Arc<str>>,
}

impl Credential {
    /// What an upstream is told of the account, if it is one.
    #[must_use]
    pub fn account(&self) -> Option<&UpstreamAccount> {
        match &self.kind {
            CredentialKind::Account(account) => Some(account),
            CredentialKind::ApiKey(_) | CredentialKind::Passthrough => None,
        }
    }
}

/// How a credential authenticates.
#[non_exhaustive]
#[derive(Clone, Debug)]
pub enum CredentialKind {
    /// A key from the configuration; an empty one sends no authentication at all.
    ApiKey(Secret),
    /// Nothing of ours: the client's own `Authorization` goes up untouched.
    Passthrough,
    /// An account, whose token changes while the credential stays the same: each attempt brings the
    /// one that is live.
    Account(Arc<UpstreamAccount>),
}

/// What an upstream is told of an account besides its token and its project.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[expect(clippy::exhaustive_structs, reason = "made from a credential's file")]
pub struct UpstreamAccount {
    /// The ChatGPT account that pays.
    pub account_id: Option<Box<str>>,
    /// The Google region that serves.
    pub location: Option<Box<str>>,
    /// Kimi's name for the installation that signed in.
    pub device_id: Option<Box<str>>,
}
