//! What is said of a credential in each condition, and the remedy.

use super::{Finding, Weight};
use crate::commands::credentials::scenery::{NOW, account, key, seen, tokens, with_error};
use cliproxy_auth_store::{CredentialFile, FileName};
use cliproxy_gateway::CredentialDetail;

#[track_caller]
fn check(one: CredentialDetail, weight: Weight, what: &str, remedy: Option<&str>) {
    let seen = seen(vec![one]);
    let found = Finding::of(&seen.inventory.credentials[0], &seen);
    let expected = Finding {
        weight,
        what: what.to_owned(),
        remedy: remedy.map(str::to_owned),
    };
    assert_eq!(found, expected);
}

fn changed(
    mut one: CredentialDetail,
    change: impl FnOnce(&mut CredentialDetail),
) -> CredentialDetail {
    change(&mut one);
    one
}

#[test]
fn what_serves_is_left_alone() {
    use Weight::Fine;
    let fresh = "its token ends in 1 h, refreshed in 55 min";
    check(account("a", "fresh", None), Fine, fresh, None);
    let key = key("main", "ready", None);
    let only = "a key; whether it is accepted only a request can tell";
    check(key, Fine, only, None);
}

#[test]
fn what_somebody_wants_or_what_passes_is_noted() {
    use Weight::Note;
    let off = "switched off by `disabled` in its file";
    let disabled = changed(account("a", "fresh", None), |one| {
        one.view.state = "disabled".to_owned();
    });
    check(disabled, Note, off, None);
    let off = "switched off by `disabled` in the configuration";
    check(key("main", "disabled", None), Note, off, None);
    let cooling = changed(key("main", "cooling", Some("quota")), |one| {
        one.view.back_in_ms = Some(12_000);
    });
    check(cooling, Note, "cooling: quota, back in 12 s", None);
}

#[test]
fn tokens_that_need_somebody() {
    use Weight::Trouble;
    let needs = |reason| with_error(account("a", "needs-login", Some(reason)), "invalid_grant");
    let again = "sign in again, and put the new tokens into /auth/a.json";
    let refused = "its refresh token is refused: invalid_grant";
    check(needs("refused"), Trouble, refused, Some(again));
    let lost = "a new refresh token was lost on its way: invalid_grant";
    check(needs("ambiguous-rotation"), Trouble, lost, Some(again));
    let linked = changed(needs("refused"), |one| {
        one.from.as_mut().unwrap().link = Some("/home/me/auth.json".to_owned());
    });
    let there = "sign in again with the program that /home/me/auth.json belongs to";
    check(linked, Trouble, refused, Some(there));
    let unasked = changed(account("a", "fresh", None), |one| {
        one.from.as_mut().unwrap().no_endpoint = Some("set `oauth.kimi.client_id`".to_owned());
    });
    let cannot = "its tokens cannot be refreshed";
    check(unasked, Trouble, cannot, Some("set `oauth.kimi.client_id`"));
    let client = account("a", "misconfigured", None);
    let correct = "correct `oauth.codex` in /etc/config.yaml";
    check(
        client,
        Trouble,
        "the OAuth client is refused",
        Some(correct),
    );
    let proxy = with_error(account("a", "failing", Some("proxy")), "no route");
    let fails = "refresh fails (proxy): no route";
    let look = "it is tried again in 55 min; look at its proxy";
    check(proxy, Trouble, fails, Some(look));
    let over = changed(account("a", "not-refreshed", None), |one| {
        tokens(one).expires_at_ms = Some(NOW - 1);
    });
    let ended = "its access token has ended, and there is no refresh token";
    check(over, Trouble, ended, Some(again));
    let risk = with_error(account("a", "at-risk", None), "no space left");
    let unwritten = "new tokens are in use and not on disk: no space left";
    let room = "make room, or make its directory writable: it is tried again until then";
    check(risk, Trouble, unwritten, Some(room));
    let doubt = account("a", "rotation-uncertain", None);
    let sent = "its refresh token was sent, and no answer came";
    let once = "`cliproxy credentials check` tries it once more";
    check(doubt, Trouble, sent, Some(once));
}

#[test]
fn what_is_wrong_with_a_file_is_said_once_for_all_its_projects() {
    let dead = || account("a", "needs-login", Some("refused"));
    let parent = changed(dead(), |one| {
        one.view.state = "parent".to_owned();
        one.view.reason = Some("its 2 projects serve in its place".to_owned());
    });
    let refused = "its refresh token is refused";
    let again = "sign in again, and put the new tokens into /auth/a.json";
    check(parent, Weight::Trouble, refused, Some(again));
    let child = changed(dead(), |one| {
        one.from.as_mut().unwrap().parent = Some("a.json".to_owned());
    });
    check(child, Weight::Note, refused, None);
}

#[test]
fn what_a_provider_refuses_needs_somebody() {
    use Weight::Trouble;
    let refused = "the provider refuses it (auth)";
    let entry = "put a key that is accepted into its entry in /etc/config.yaml";
    let main = key("main", "cooling", Some("auth"));
    check(main, Trouble, refused, Some(entry));
    let account = changed(account("a", "fresh", None), |one| {
        one.view.state = "cooling".to_owned();
        one.view.reason = Some("auth".to_owned());
    });
    check(
        account,
        Trouble,
        refused,
        Some("sign in again, for /auth/a.json"),
    );
}

/// As a file with this text is listed, with what is wrong with it.
#[track_caller]
fn listed(text: &str, reason: &str, weight: Weight, remedy: Option<&str>) {
    let name = FileName::parse("a.json").unwrap();
    let file = CredentialFile::read(&name, text.as_bytes()).unwrap();
    let one = changed(account("a", "fresh", None), |one| {
        one.view.provider = file.records[0].provider.to_string();
        one.view.state = "unsupported".to_owned();
        one.view.reason = Some(reason.to_owned());
        one.view.account.as_mut().unwrap().tokens = None;
    });
    let mut seen = seen(vec![one]);
    seen.problems = file.problems;
    let found = Finding::of(&seen.inventory.credentials[0], &seen);
    assert_eq!((found.weight, found.remedy.as_deref()), (weight, remedy));
}

#[test]
fn files_that_serve_nothing_say_why() {
    use Weight::{Note, Trouble};
    let passthrough = "set claude-passthrough, so that Claude Code's own sign-in is passed through, or use an API key";
    let claude = r#"{"type":"claude","access_token":"x"}"#;
    listed(
        claude,
        "unsupported (passthrough only)",
        Note,
        Some(passthrough),
    );
    let untyped = r#"{"access_token":"x"}"#;
    let kinds = "add a type, like codex, gemini, vertex or kimi; or move the file elsewhere";
    listed(untyped, "no type", Trouble, Some(kinds));
    let whole = "sign in again, or copy the whole file";
    let empty = r#"{"type":"codex"}"#;
    listed(
        empty,
        "incomplete (access_token is missing)",
        Trouble,
        Some(whole),
    );
    let google = r#"{"type":"service_account","private_key":"x"}"#;
    let import = "`cliproxy import vertex FILE` makes a credential file of it";
    listed(google, "incomplete", Trouble, Some(import));
}

#[test]
fn a_type_that_is_misspelled() {
    let one = |kind: &str, endpoint: Option<&str>| {
        changed(account("a", "fresh", None), |one| {
            one.view.provider = kind.to_owned();
            one.view.state = "unsupported".to_owned();
            one.view.reason = Some(format!("no requests are made with files of type {kind}"));
            one.from.as_mut().unwrap().no_endpoint = endpoint.map(str::to_owned);
        })
    };
    check(
        one("codxe", Some("set `oauth.codxe.client_id`")),
        Weight::Trouble,
        "no requests are made with files of type codxe",
        Some(r#"did you mean "type": "codex"? (in /auth/a.json)"#),
    );
    check(
        one("xai", None),
        Weight::Note,
        "no requests are made with files of type xai; its tokens are kept fresh",
        None,
    );
}
