//! Accounts of credential files, and how their tokens are.

use super::explain::unix_ms;
use crate::member::Origin;
use cliproxy_auth_store::CredentialRecord;
use cliproxy_token_refresh::{Condition, Status};
use serde::{Deserialize, Serialize};

/// An account of a credential file. Nothing in it is a secret.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct AccountView {
    /// The name of the file.
    pub file: String,
    /// The address that was signed in with.
    pub email: Option<String>,
    /// What is paid for.
    pub plan: Option<String>,
    /// The project, of one of several.
    pub project: Option<String>,
    /// The operator's note.
    pub note: Option<String>,
    /// How its tokens are; those of a project are its file's. Not there for a key, or for what is only
    /// listed.
    pub tokens: Option<TokensView>,
}

/// How the tokens of an account are.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TokensView {
    /// `fresh`, `refreshing`, `failing`, `at-risk`, `rotation-uncertain`, `needs-login`, `misconfigured`
    /// or `not-refreshed`.
    pub condition: String,
    /// Why it is failing, or needs a sign-in, in a word.
    pub reason: Option<String>,
    /// When something happens next without anybody asking: a refresh, or another try.
    pub next_at_ms: Option<u64>,
    /// When the access token ends.
    pub expires_at_ms: Option<u64>,
    /// When it was granted.
    pub refreshed_at_ms: Option<u64>,
    /// What went wrong last; gone after a success.
    pub last_error: Option<ErrorView>,
}

/// What went wrong, and when.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ErrorView {
    /// When.
    pub at_ms: u64,
    /// What, for people.
    pub text: String,
}

impl AccountView {
    /// Of one that serves.
    pub(super) fn of_origin(origin: &Origin, project: Option<&str>) -> Self {
        let text = |text: &Option<Box<str>>| text.as_deref().map(str::to_owned);
        Self {
            file: origin.file.to_string(),
            email: text(&origin.account.email),
            plan: text(&origin.account.plan),
            project: project.map(str::to_owned),
            note: text(&origin.settings.note),
            tokens: None,
        }
    }

    /// Of one that serves nothing.
    pub(super) fn of_record(record: &CredentialRecord) -> Self {
        let is_project = record.parent.is_some();
        let project = record.projects.first().filter(|_| is_project);
        Self::of_origin(&Origin::of(record), project.map(|project| &**project))
    }
}

impl From<&Status> for TokensView {
    fn from(status: &Status) -> Self {
        let reason = match &status.condition {
            Condition::Failing { trouble, .. } => Some(trouble.as_str()),
            Condition::NeedsLogin(reason) => Some(reason.as_str()),
            _ => None,
        };
        let next = match status.condition {
            Condition::Failing { next_try, .. } | Condition::AtRisk { next_try } => Some(next_try),
            _ => status.due_at,
        };
        let error = status.last_error.as_ref();
        Self {
            condition: status.condition.as_str().to_owned(),
            reason: reason.map(str::to_owned),
            next_at_ms: next.map(unix_ms),
            expires_at_ms: status.expires_at.map(unix_ms),
            refreshed_at_ms: status.refreshed_at.map(unix_ms),
            last_error: error.map(|error| ErrorView {
                at_ms: unix_ms(error.at),
                text: error.text.to_string(),
            }),
        }
    }
}
