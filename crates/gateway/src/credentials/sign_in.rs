//! What a request asks for a token.

use cliproxy_core::{CredentialId, ErrorKind, Scope};
use cliproxy_executors::UpstreamError;
use cliproxy_token_refresh::{Current, Engine, LiveTokens, Outcome, Reason, Revision};
use http::StatusCode;
use std::{
    fmt,
    sync::Arc,
    time::{Duration, SystemTime},
};

/// How long a request waits for a refresh.
const PATIENCE: Duration = Duration::from_secs(35);

/// Where an account's tokens are found. Successive snapshots share it.
#[derive(Clone)]
pub(crate) struct SignIn {
    /// Whose tokens they are: those of a project are its file's.
    owner: CredentialId,
    /// It is a service account, whose tokens are had for a key.
    signs: bool,
    live: Arc<LiveTokens>,
    engine: Arc<Engine>,
}

/// Why there is no token to make a request with.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Refused {
    outcome: Outcome,
    signs: bool,
}

/// What is to be done where whoever asks for tokens is refused. `signs` is whether it is a service
/// account, which is its own client.
pub(super) const fn refused_client(signs: bool) -> &'static str {
    match signs {
        true => {
            "no token for the service account: look whether its key was deleted at the provider, and \
             whether this machine's clock is right"
        }
        false => "its tokens cannot be refreshed: check the client under `oauth`",
    }
}

impl SignIn {
    pub(crate) const fn new(
        owner: CredentialId,
        signs: bool,
        live: Arc<LiveTokens>,
        engine: Arc<Engine>,
    ) -> Self {
        Self {
            owner,
            signs,
            live,
            engine,
        }
    }

    /// Whether the tokens are found there.
    pub(crate) fn reads(&self, live: &Arc<LiveTokens>) -> bool {
        Arc::ptr_eq(&self.live, live)
    }

    /// Whose tokens they are.
    pub(crate) const fn owner(&self) -> &CredentialId {
        &self.owner
    }

    pub(super) fn is_of(&self, owner: &CredentialId) -> bool {
        self.owner == *owner
    }

    /// Tokens that are good now. Those that have ended are refreshed before: a timer may have slept
    /// over it with the machine.
    pub(crate) async fn current(&self, now: SystemTime) -> Result<Arc<Current>, Refused> {
        let current = self.live.load();
        if !current.is_expired(now) {
            return Ok(current);
        }
        self.newer_than(current.revision, Reason::Expired).await
    }

    /// Tokens in place of those that an upstream has refused.
    pub(crate) async fn renewed(&self, refused: &Current) -> Result<Arc<Current>, Refused> {
        self.newer_than(refused.revision, Reason::Rejected).await
    }

    async fn newer_than(&self, seen: Revision, reason: Reason) -> Result<Arc<Current>, Refused> {
        let outcome = self
            .engine
            .ensure_fresh(&self.owner, seen, reason, PATIENCE);
        match outcome.await {
            Outcome::Fresh(current) => Ok(current),
            outcome => Err(Refused {
                outcome,
                signs: self.signs,
            }),
        }
    }
}

impl Refused {
    /// As a failed attempt. What may pass by itself keeps the account away until the next refresh;
    /// what is only slow says nothing about it.
    pub(crate) fn into_error(self, now: SystemTime) -> UpstreamError {
        let (kind, scope, message) = match &self.outcome {
            Outcome::Failed { trouble, .. } => (
                ErrorKind::Transport,
                Scope::Credential,
                format!(
                    "its access token has ended, and its refresh fails ({})",
                    trouble.as_str()
                ),
            ),
            Outcome::NeedsLogin(reason) => (
                ErrorKind::Auth,
                Scope::Credential,
                format!(
                    "sign in again: the refresh token is not accepted ({})",
                    reason.as_str()
                ),
            ),
            Outcome::Misconfigured => (
                ErrorKind::Auth,
                Scope::Credential,
                refused_client(self.signs).to_owned(),
            ),
            Outcome::Unrefreshable => (
                ErrorKind::Auth,
                Scope::Credential,
                "its access token has ended, and there is no refresh token: sign in again"
                    .to_owned(),
            ),
            Outcome::TimedOut => (
                ErrorKind::Transport,
                Scope::Request,
                "its access token has ended, and its refresh takes too long".to_owned(),
            ),
            Outcome::Stopped => (
                ErrorKind::Transport,
                Scope::Request,
                "its access token has ended, and the gateway is stopping".to_owned(),
            ),
            _ => (
                ErrorKind::Transport,
                Scope::Request,
                "the credential was removed".to_owned(),
            ),
        };
        let retry_after = match self.outcome {
            Outcome::Failed { next_try, .. } => next_try.duration_since(now).ok(),
            _ => None,
        };
        UpstreamError {
            kind,
            status: StatusCode::SERVICE_UNAVAILABLE,
            retry_after,
            ..UpstreamError::transport(scope, message, None)
        }
    }
}

impl fmt::Debug for SignIn {
    /// Without the tokens.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SignIn")
            .field("owner", &self.owner)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::Refused;
    use cliproxy_core::Scope;
    use cliproxy_token_refresh::{LoginReason, Outcome, Trouble};
    use std::time::{Duration, SystemTime};

    const NOW: SystemTime = SystemTime::UNIX_EPOCH;

    #[test]
    fn what_is_said_where_there_is_no_token() {
        let check = |outcome: Outcome, signs: bool, scope: Scope, word: &str| {
            let error = Refused { outcome, signs }.into_error(NOW);
            assert_eq!(error.scope, scope, "{}", error.message);
            assert!(error.message.contains(word), "{}", error.message);
            let is_service = error.message.contains("service account");
            assert_eq!(is_service, signs, "{}", error.message);
            assert!(!error.answered);
            error.retry_after
        };
        let (whole, one) = (Scope::Credential, Scope::Request);
        let failed = Outcome::Failed {
            trouble: Trouble::Proxy,
            next_try: NOW + Duration::from_secs(30),
        };
        let waits = check(failed, false, whole, "its refresh fails (proxy)");
        assert_eq!(waits, Some(Duration::from_secs(30)));
        let login = Outcome::NeedsLogin(LoginReason::Refused);
        check(login, false, whole, "sign in again");
        check(Outcome::Misconfigured, false, whole, "under `oauth`");
        check(Outcome::Misconfigured, true, whole, "clock");
        check(Outcome::Unrefreshable, false, whole, "no refresh token");
        check(Outcome::TimedOut, false, one, "takes too long");
        check(Outcome::Stopped, false, one, "stopping");
        check(Outcome::Gone, false, one, "removed");
    }
}
