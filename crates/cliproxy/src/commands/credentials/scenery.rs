//! Credentials for tests of what is said about them.

use super::seen::{By, Seen};
use cliproxy_gateway::{
    AccountView, CredentialDetail, CredentialView, ErrorView, FileView, Inventory, TokensView,
};

pub(in crate::commands) const MINUTE: u64 = 60_000;
pub(in crate::commands) const HOUR: u64 = 60 * MINUTE;
pub(in crate::commands) const NOW: u64 = 1_778_234_400_000;

/// As the files say, in `/auth`.
pub(in crate::commands) fn seen(credentials: Vec<CredentialDetail>) -> Seen {
    Seen {
        inventory: Inventory {
            at_ms: NOW,
            clients: vec!["xai".to_owned()],
            auth_dir: Some("/auth".to_owned()),
            credentials,
            claude_passthrough: false,
        },
        by: By::Own("/etc/config.yaml".into()),
        problems: Vec::new(),
        awaited: Default::default(),
        strays: Vec::new(),
        elsewhere: Default::default(),
    }
}

/// A key of the configuration.
pub(in crate::commands) fn key(label: &str, state: &str, reason: Option<&str>) -> CredentialDetail {
    CredentialDetail {
        view: CredentialView {
            credential: label.to_owned(),
            id: format!("claude:apikey:{label}"),
            provider: "claude".to_owned(),
            priority: 0,
            weight: 1,
            state: state.to_owned(),
            reason: reason.map(str::to_owned),
            back_in_ms: None,
            proxy: None,
            account: None,
            models: Vec::new(),
        },
        offers: vec!["opus".to_owned(), "sonnet".to_owned()],
        from: None,
    }
}

/// An account of `NAME.json`, with tokens in this condition that end in an hour.
pub(in crate::commands) fn account(
    name: &str,
    condition: &str,
    reason: Option<&str>,
) -> CredentialDetail {
    let mut one = key(name, "ready", None);
    one.view.id = format!("{name}.json");
    one.view.provider = "codex".to_owned();
    one.view.account = Some(AccountView {
        file: format!("{name}.json"),
        email: Some("me@example.com".to_owned()),
        plan: None,
        project: None,
        note: None,
        tokens: Some(TokensView {
            condition: condition.to_owned(),
            reason: reason.map(str::to_owned),
            next_at_ms: Some(NOW + 55 * MINUTE),
            expires_at_ms: Some(NOW + HOUR),
            refreshed_at_ms: Some(NOW - HOUR),
            last_error: None,
        }),
    });
    one.from = Some(FileView::default());
    one
}

pub(in crate::commands) fn tokens(one: &mut CredentialDetail) -> &mut TokensView {
    let account = one.view.account.as_mut().unwrap();
    account.tokens.as_mut().unwrap()
}

pub(in crate::commands) fn with_error(mut one: CredentialDetail, text: &str) -> CredentialDetail {
    tokens(&mut one).last_error = Some(ErrorView {
        at_ms: NOW - MINUTE,
        text: text.to_owned(),
    });
    one
}
