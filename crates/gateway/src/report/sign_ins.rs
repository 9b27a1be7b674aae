//! How the sign-ins of accounts are, and which of them no request can be made with.

use super::TokensView;
use crate::{credentials::Credentials, gateway::Gateway, member::Member};
use cliproxy_core::CredentialId;
use cliproxy_token_refresh::{Condition, Status};
use std::{collections::BTreeMap, time::SystemTime};

/// The sign-ins of all accounts, by whose they are: those of a project are its file's.
#[derive(Default)]
pub(super) struct SignIns(BTreeMap<CredentialId, SignedIn>);

struct SignedIn {
    tokens: TokensView,
    over: Option<Over>,
}

/// Why no request can be made with an account until somebody does something.
#[derive(Clone)]
pub(super) struct Over {
    /// In the word of its condition.
    pub(super) state: &'static str,
    /// For people.
    pub(super) why: Box<str>,
}

impl SignIns {
    pub(super) fn of(gateway: &Gateway) -> Self {
        let Some(own) = gateway.credentials.get() else {
            return Self::default();
        };
        let now = (gateway.clock())();
        let statuses = own.engine.statuses().into_iter();
        let all = statuses.map(|(id, status)| {
            let one = SignedIn {
                tokens: TokensView::from(&status),
                over: over(own, &id, &status, now),
            };
            (id, one)
        });
        Self(all.collect())
    }

    pub(super) fn tokens(&self, owner: &CredentialId) -> Option<&TokensView> {
        self.0.get(owner).map(|one| &one.tokens)
    }

    /// Why no request can be made with this one; `None` if one can, or would refresh the tokens first.
    pub(super) fn over(&self, member: &Member) -> Option<&Over> {
        let owner = member.sign_in.as_ref()?.owner();
        self.0.get(owner)?.over.as_ref()
    }
}

/// A token that is still good is used to its end, whatever becomes of its refresh.
fn over(own: &Credentials, id: &CredentialId, status: &Status, now: SystemTime) -> Option<Over> {
    if !own.engine.live(id)?.load().is_expired(now) {
        return None;
    }
    let over = |state, why: &str| {
        let why = format!("its access token has ended, and {why}").into();
        Some(Over { state, why })
    };
    let door = own.doors.get(id);
    let no_endpoint = door.and_then(|door| door.no_endpoint.clone());
    match (&status.condition, no_endpoint) {
        (Condition::NeedsLogin(_), _) => over("needs-login", "its refresh token is refused"),
        (_, Some(why)) => over("misconfigured", &format!("it cannot be refreshed: {why}")),
        (Condition::Misconfigured, None) => over("misconfigured", "the OAuth client is refused"),
        (Condition::NotRefreshed, None) => over("needs-login", "there is no refresh token"),
        _ => None,
    }
}
