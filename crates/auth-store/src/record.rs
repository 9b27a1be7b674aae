//! What is known of a credential file while it is in use.

mod account;
pub(crate) mod claims;
pub(crate) mod members;
mod misspelt;
mod projects;
mod read;
mod service_account;
mod settings;
pub(crate) mod spelling;
mod standing;
mod tokens;
pub(crate) mod value;

pub use self::{
    account::{Account, OAuthClient},
    read::{Broken, CredentialFile},
    service_account::ServiceAccount,
    settings::{Settings, excluded_models},
    standing::{Inert, Standing},
    tokens::Tokens,
};

use crate::FileName;
use cliproxy_core::{CredentialId, ProviderId, Secret};
use std::{path::PathBuf, sync::Arc};

/// One account of a credential file: the members that mean something to the gateway, with their types.
///
/// What the file says beside that is not kept: it stays in the file, from where it is read again when
/// the file is written. So ten thousand accounts take little more memory than their tokens.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CredentialRecord {
    /// The name of the file, with the project where the file has several.
    pub id: CredentialId,
    /// The file it was read from.
    pub file: FileName,
    /// Who executes requests with it. `gemini` is `gemini-cli`; without a `type` it is `unknown`.
    pub provider: ProviderId,
    /// Whether it takes part.
    pub standing: Standing,
    /// What logs and tables show: the label, the address, the project or the provider.
    pub label: Box<str>,
    /// Whose account it is.
    pub account: Arc<Account>,
    /// What the operator has said about it.
    pub settings: Arc<Settings>,
    /// What it authenticates with, if it has signed in. Shared by all projects of one file.
    pub tokens: Arc<Tokens>,
    /// What it authenticates with, if it is a key.
    pub api_key: Option<Secret>,
    /// What it gets tokens with, if it is a service account.
    pub service_account: Option<Arc<ServiceAccount>>,
    /// Google's projects; exactly one for a record that is one of several.
    pub projects: Box<[Box<str>]>,
    /// The record this is a project of.
    pub parent: Option<CredentialId>,
    /// The file of another program whose tokens these are: they are read there and written there.
    pub link: Option<PathBuf>,
}

impl CredentialRecord {
    /// Whether it has signed in, or does so by itself. Of a file that also has a key the sign-in counts.
    #[must_use]
    pub fn signs_in(&self) -> bool {
        let tokens = &self.tokens;
        let has_tokens = tokens.access.is_some() || tokens.refresh.is_some();
        has_tokens || self.service_account.is_some()
    }

    /// Whether another record is the same account: health and sessions go on from one to the other.
    ///
    /// Where files say whose account they hold, that decides; a rotated token does not.
    #[must_use]
    pub fn is_same_identity(&self, other: &Self) -> bool {
        let known = |record: &Self| record.account.is_known() || record.service_account.is_some();
        let same = self.provider == other.provider
            && self.settings.base_url == other.settings.base_url
            && self.projects == other.projects
            && self.api_key == other.api_key
            && self.service_account == other.service_account;
        same && if known(self) || known(other) {
            self.account.is_same(&other.account)
        } else {
            self.tokens.refresh == other.tokens.refresh
        }
    }
}

#[cfg(test)]
mod tests;
