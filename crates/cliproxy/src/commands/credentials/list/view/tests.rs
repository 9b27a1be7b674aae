//! The table, with everything that can be in it.

use super::text;
use crate::{
    commands::credentials::{
        scenery::{HOUR, NOW, account, key, seen, tokens, with_error},
        seen::By,
    },
    screen::Paint,
};
use cliproxy_auth_store::{CredentialFile, FileName};
use cliproxy_core::Secret;
use cliproxy_gateway::CredentialDetail;
use cliproxy_management::RunRecord;

#[test]
fn every_credential_with_what_happens_next() {
    let mut off = account("off", "fresh", None);
    off.view.state = "disabled".to_owned();
    off.view.credential = "spare".to_owned();
    off.offers.clear();
    let mut cooling = key("main", "cooling", Some("quota"));
    cooling.view.back_in_ms = Some(12_000);
    cooling.view.proxy = Some("socks5://10.0.0.1:1080".to_owned());
    let mut dead = with_error(
        account("dead", "needs-login", Some("refused")),
        "invalid_grant",
    );
    tokens(&mut dead).expires_at_ms = Some(NOW - 1);
    tokens(&mut dead).next_at_ms = None;
    let mut due = account("due", "fresh", None);
    tokens(&mut due).next_at_ms = Some(NOW);
    tokens(&mut due).expires_at_ms = Some(NOW + 50 * HOUR);
    let mut seen = seen(vec![cooling, due, dead, off]);
    let broken = FileName::parse("half.json").unwrap();
    let broken = CredentialFile::read(&broken, b"").unwrap_err();
    seen.problems.push(broken.problem().clone());
    seen.strays.push("notes.txt is passed over".to_owned());
    assert_eq!(
        text(&seen, Paint::Nothing),
        "\
4 credentials, 1 ready, 1 unreadable, 2 need you (`cliproxy credentials check` says what to do)
no gateway runs with them, configuration /etc/config.yaml, files in /auth

credential  name  type    state                    models  ends in  refresh in  proxy                   last error
main              claude  cooling: quota for 12 s       2                       socks5://10.0.0.1:1080
due         due   codex   ready                         2  2 d 2 h         now
dead        dead  codex   needs-login: refused          2    ended                                      invalid_grant
spare       off   codex   disabled                             1 h      55 min
half        half          unreadable

half.json: empty (write it again, or remove it)
notes.txt is passed over
"
    );
}

#[test]
fn projects_share_the_tokens_of_their_file() {
    let mut parent = account("g", "fresh", None);
    parent.view.state = "parent".to_owned();
    parent.view.reason = Some("its 2 projects serve in its place".to_owned());
    let mut child = account("g", "fresh", None);
    child.view.id = "g.json::one".to_owned();
    child.view.credential = "g [one]".to_owned();
    child.from.as_mut().unwrap().parent = Some("g.json".to_owned());
    let text = text(&seen(vec![parent, child]), Paint::Nothing);
    let table: Vec<_> = text.lines().skip(3).collect();
    assert_eq!(
        table,
        [
            "credential  name         type   state                                      models  ends in  refresh in",
            "g           g            codex  parent: its 2 projects serve in its place       2      1 h      55 min",
            "g [one]     g.json::one  codex  ready                                           2",
        ]
    );
}

/// What cannot be refreshed has no time for it.
#[test]
fn what_nobody_can_be_asked_for_is_not_due() {
    let mut one = account("a", "fresh", None);
    tokens(&mut one).next_at_ms = Some(NOW);
    one.from.as_mut().unwrap().no_endpoint = Some("set `oauth.codex.client_id`".to_owned());
    let text = text(&seen(vec![one]), Paint::Nothing);
    let table: Vec<_> = text.lines().skip(3).collect();
    assert_eq!(
        table,
        [
            "credential  name  type   state                models  ends in",
            "a           a     codex  cannot be refreshed       2      1 h",
        ]
    );
}

#[test]
fn nothing_yet() {
    let text = text(&seen(Vec::new()), Paint::Nothing);
    let first =
        "no credentials: put an API key into /etc/config.yaml, or a credential file into /auth";
    assert_eq!(text.lines().next(), Some(first));
}

/// What was imported a moment ago is neither missing nor broken.
#[test]
fn what_the_gateway_has_not_come_to() {
    let check = |credentials, awaited: &[&str], expected: &str| {
        let mut seen = seen(credentials);
        seen.awaited = awaited.iter().map(|&name| name.to_owned()).collect();
        let name = FileName::parse("new.json").unwrap();
        let open = CredentialFile::read(&name, br#"{"type":"codex","access_token":"a"}"#);
        seen.problems.extend(open.unwrap().problems);
        let text = text(&seen, Paint::Nothing);
        assert_eq!(text.lines().next(), Some(expected));
        assert!(!text.contains("unreadable"), "{text}");
    };
    let first = "no credentials yet; new.json and 1 more are not loaded by the gateway yet";
    check(Vec::new(), &["new.json", "newer.json"], first);
    let first = "1 credential, 1 ready; new.json is not loaded by the gateway yet";
    check(vec![account("a", "fresh", None)], &["new.json"], first);
}

#[test]
fn nothing_in_it_reaches_the_terminal() {
    let evil = "a\u{1b}[2J\n\u{9b}1m\u{202e}";
    let mut one = with_error(account(evil, evil, Some(evil)), evil);
    one.view.provider = evil.to_owned();
    one.view.proxy = Some(evil.to_owned());
    let mut seen = seen(vec![one]);
    seen.inventory.auth_dir = Some(evil.to_owned());
    seen.by = By::Gateway(RunRecord {
        pid: 7,
        started_ms: 0,
        config: evil.to_owned(),
        address: evil.to_owned(),
        control: ([127, 0, 0, 1], 9).into(),
        token: Secret::from("canary"),
    });
    let text = text(&seen, Paint::Nothing);
    let obeyed = |c: char| (c.is_control() && c != '\n') || c == '\u{202e}';
    assert_eq!(text.find(obeyed), None, "{text:?}");
    assert!(!text.contains("canary"));
}

/// The column, the line above the table and `check` say the same.
#[test]
fn ready_is_who_is_counted_as_ready() {
    let over = |one: &mut CredentialDetail| tokens(one).expires_at_ms = Some(NOW - 1);
    let mut ended = account("ended", "not-refreshed", None);
    over(&mut ended);
    let mut damaged = account("damaged", "not-refreshed", None);
    let from = damaged.from.as_mut().unwrap();
    from.no_endpoint = Some("`private_key` is damaged".to_owned());
    let mut twin = account("twin", "fresh", None);
    twin.from.as_mut().unwrap().twins = vec!["a.json".to_owned(), "twin.json".to_owned()];
    let mut nameless = account("nameless", "fresh", None);
    nameless.view.credential = "codex".to_owned();
    let mut known = account("known", "refreshing", None);
    known.view.credential = "codex".to_owned();
    known.from.as_mut().unwrap().account_id = Some("acc-1".to_owned());
    let text = text(
        &seen(vec![ended, damaged, twin, nameless, known]),
        Paint::Nothing,
    );
    assert!(
        text.starts_with("5 credentials, 1 ready, 3 need you"),
        "{text}"
    );
    let rows: Vec<_> = text.lines().skip(4).map(|row| &row[..52]).collect();
    assert_eq!(
        rows,
        [
            "ended       ended     codex  ended                  ",
            "damaged     damaged   codex  cannot be refreshed    ",
            "twin        twin      codex  shared with a.json     ",
            "nameless    nameless  codex  ready                  ",
            "acc-1       known     codex  refreshing             ",
        ]
    );
}

#[test]
fn sign_ins_that_clients_bring_are_told_where_there_is_nothing_else() {
    let mut seen = seen(Vec::new());
    seen.inventory.claude_passthrough = true;
    let text = text(&seen, Paint::Nothing);
    let first = text.lines().next().unwrap();
    assert!(
        first.starts_with("no credentials; `claude-passthrough` is on"),
        "{text}"
    );
}
