//! What is said of a credential in each condition, and the remedy.

mod entries;

use super::{Finding, Weight};
use crate::commands::credentials::scenery::{NOW, account, key, seen, tokens, with_error};
use cliproxy_auth_store::{CredentialFile, FileName};
use cliproxy_gateway::{CredentialDetail, FileView};

/// The state, and what is to be said.
type Said<'a> = (&'a str, &'a str);

#[track_caller]
fn check(one: CredentialDetail, weight: Weight, (state, what): Said<'_>, remedy: Option<&str>) {
    let seen = seen(vec![one]);
    let found = Finding::of(&seen.inventory.credentials[0], &seen);
    let expected = Finding {
        weight,
        state: state.to_owned(),
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
    check(account("a", "fresh", None), Fine, ("ready", fresh), None);
    let key = key("main", "ready", None);
    let first = changed(account("v", "fresh", None), |one| {
        one.view.provider = "vertex".to_owned();
        tokens(one).expires_at_ms = None;
        tokens(one).next_at_ms = Some(NOW);
    });
    let robot = "a service account; its first token is asked for when a gateway runs";
    check(first, Fine, ("ready", robot), None);
    let only = "a key; whether it is accepted only a request can tell";
    check(key, Fine, ("ready", only), None);
}

#[test]
fn a_key_of_another_shell_is_not_judged() {
    let mut seen = seen(vec![key("main", "ready", None)]);
    seen.elsewhere.insert("main".to_owned());
    let found = Finding::of(&seen.inventory.credentials[0], &seen);
    let not_set = "its key is not set in this shell; the gateway may have it";
    assert_eq!(found, Finding::note("not judged", not_set));
}

#[test]
fn what_somebody_wants_or_what_passes_is_noted() {
    use Weight::Note;
    let off = "switched off by `disabled` in its file";
    let disabled = changed(account("a", "fresh", None), |one| {
        one.view.state = "disabled".to_owned();
    });
    check(disabled, Note, ("disabled", off), None);
    let off = "switched off by `disabled` in the configuration";
    check(key("main", "disabled", None), Note, ("disabled", off), None);
    let cooling = changed(key("main", "cooling", Some("quota")), |one| {
        one.view.back_in_ms = Some(12_000);
    });
    let back = ("cooling: quota for 12 s", "cooling: quota, back in 12 s");
    check(cooling, Note, back, None);
}

#[test]
fn tokens_that_need_somebody() {
    use Weight::Trouble;
    let needs = |reason| with_error(account("a", "needs-login", Some(reason)), "invalid_grant");
    let again = "sign in again, and put the new tokens into /auth/a.json";
    let refused = "its refresh token is refused: invalid_grant";
    let refused = ("needs-login: refused", refused);
    check(needs("refused"), Trouble, refused, Some(again));
    let lost = "a new refresh token was lost on its way: invalid_grant";
    let lost = ("needs-login: ambiguous-rotation", lost);
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
    let cannot = ("cannot be refreshed", cannot);
    check(unasked, Trouble, cannot, Some("set `oauth.kimi.client_id`"));
    let client = account("a", "misconfigured", None);
    let correct = "correct `oauth.codex` in /etc/config.yaml";
    check(
        client,
        Trouble,
        ("misconfigured", "the OAuth client is refused"),
        Some(correct),
    );
    let proxy = with_error(account("a", "failing", Some("proxy")), "no route");
    let fails = "refresh fails (proxy): no route";
    let look = "it is tried again in 55 min; look at its proxy";
    check(proxy, Trouble, ("failing: proxy", fails), Some(look));
    let over = changed(account("a", "not-refreshed", None), |one| {
        tokens(one).expires_at_ms = Some(NOW - 1);
    });
    let ended = "its access token has ended, and there is no refresh token";
    check(over, Trouble, ("ended", ended), Some(again));
    let risk = with_error(account("a", "at-risk", None), "no space left");
    let unwritten = "new tokens are in use and not on disk: no space left";
    let room = "make room, or make its directory writable: it is tried again until then";
    check(risk, Trouble, ("at-risk", unwritten), Some(room));
    let doubt = account("a", "rotation-uncertain", None);
    let sent = "its refresh token was sent, and no answer came";
    let once = "`cliproxy credentials check` tries it once more";
    check(doubt, Trouble, ("rotation-uncertain", sent), Some(once));
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
    let both = "parent: its 2 projects serve in its place, needs-login: refused";
    check(parent, Weight::Trouble, (both, refused), Some(again));
    let child = changed(dead(), |one| {
        one.from.as_mut().unwrap().parent = Some("a.json".to_owned());
    });
    check(child, Weight::Note, ("needs-login: refused", refused), None);
}

#[test]
fn what_a_provider_refuses_needs_somebody() {
    use Weight::Trouble;
    let refused = "the provider refuses it (auth)";
    let entry = "put a key that is accepted into its entry in /etc/config.yaml";
    let main = key("main", "cooling", Some("auth"));
    let refused = ("cooling: auth", refused);
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
    let check =
        |kind: &str, condition: &str, endpoint: Option<&str>, weight, remedy: Option<&str>| {
            let one = changed(account("a", condition, None), |one| {
                one.view.provider = kind.to_owned();
                one.view.state = "unsupported".to_owned();
                one.view.reason = Some(format!("no requests are made with files of type {kind}"));
                one.from.as_mut().unwrap().no_endpoint = endpoint.map(str::to_owned);
            });
            let seen = seen(vec![one]);
            let found = Finding::of(&seen.inventory.credentials[0], &seen);
            assert_eq!((found.weight, found.remedy.as_deref()), (weight, remedy));
        };
    let meant = Some("correct `type` in /auth/a.json: did you mean codex?");
    let unset = Some("set `oauth.codxe.client_id`");
    check("codxe", "fresh", unset, Weight::Trouble, meant);
    // With an access token only there is nothing to refresh, and nobody who would be asked.
    check("codxe", "not-refreshed", None, Weight::Trouble, meant);
    let all = "correct `type` in /auth/a.json: there are codex, gemini, kimi, vertex, xai";
    check(
        "somebody",
        "not-refreshed",
        None,
        Weight::Trouble,
        Some(all),
    );
    check("xai", "fresh", None, Weight::Note, None);
    let unset = Some("set `oauth.xai.client_id`");
    check("xai", "fresh", unset, Weight::Trouble, unset);
    let nothing = Some("remove /auth/a.json");
    check("xai", "not-refreshed", None, Weight::Trouble, nothing);
}

#[test]
fn what_would_go_wrong_is_said_before() {
    use Weight::{Note, Trouble};
    let google = |change: fn(&mut FileView)| {
        changed(account("g", "fresh", None), |one| {
            one.view.provider = "gemini-cli".to_owned();
            let from = one.from.as_mut().unwrap();
            from.projects = vec!["p".to_owned()];
            change(from);
        })
    };
    let secret =
        "Google refreshes tokens only for a client that shows its secret, and there is none";
    let set = "set `oauth.gemini-cli.client_secret` in /etc/config.yaml beside the `client_id` that the \
               tokens belong to; or `client_id` and `client_secret` in /auth/g.json";
    let bare = google(|from| from.lacks_secret = true);
    check(bare, Trouble, ("no client secret", secret), Some(set));
    let none = google(|from| from.projects.clear());
    let no_project = "its requests name no project, which Code Assist wants";
    let add = "add `project_id` to /auth/g.json";
    check(none, Note, ("no project", no_project), Some(add));

    let both = || vec!["a.json".to_owned(), "b.json".to_owned()];
    let twin = changed(account("a", "fresh", None), |one| {
        one.from.as_mut().unwrap().twins = both();
    });
    let signs_out =
        "its refresh token is in b.json too: the first refresh of either signs the other out";
    let keep = "keep one, and `cliproxy credentials remove` the other of a, b";
    check(twin, Trouble, ("shared with b.json", signs_out), Some(keep));
    let twin = changed(google(|_| {}), |one| {
        one.view.id = "a.json".to_owned();
        one.from.as_mut().unwrap().twins = both();
    });
    let same = "the same sign-in, with a project of this one, is in b.json too";
    check(twin, Trouble, ("shared with b.json", same), Some(keep));
    let without_client = changed(account("a", "fresh", None), |one| {
        let from = one.from.as_mut().unwrap();
        from.twins = both();
        from.no_endpoint = Some("set `oauth.kimi.client_id`".to_owned());
    });
    let state = "cannot be refreshed, shared with b.json";
    let what = format!("its tokens cannot be refreshed; {signs_out}");
    let first = format!("set `oauth.kimi.client_id`; {keep}");
    check(without_client, Trouble, (state, &what), Some(&first));

    let related = |change: fn(&mut CredentialDetail)| {
        changed(account("a", "fresh", None), |one| {
            one.from.as_mut().unwrap().same_account = both();
            change(one);
        })
    };
    let two = "two files of one account: a.json, b.json";
    let copy = Some("if one is a copy of the other, keep one");
    let account_of = ("ready, same account as b.json", two);
    check(related(|_| {}), Note, account_of, copy);
    let parent = related(|one| {
        one.view.state = "parent".to_owned();
        one.view.reason = Some("its 2 projects serve in its place".to_owned());
    });
    let state = "parent: its 2 projects serve in its place, same account as b.json";
    check(parent, Note, (state, two), copy);
    let unsupported = related(|one| {
        one.view.provider = "xai".to_owned();
        one.view.state = "unsupported".to_owned();
        one.view.reason = Some("no requests are made with it".to_owned());
    });
    check(unsupported, Note, ("same account as b.json", two), copy);
    // What needs somebody counts.
    let refused = related(|one| {
        one.view.state = "cooling".to_owned();
        one.view.reason = Some("auth".to_owned());
    });
    let what = "the provider refuses it (auth)";
    let again = Some("sign in again, for /auth/a.json");
    check(refused, Trouble, ("cooling: auth", what), again);

    let damaged = changed(account("v", "not-refreshed", None), |one| {
        one.view.provider = "vertex".to_owned();
        one.from.as_mut().unwrap().no_endpoint = Some("`private_key` is damaged".to_owned());
    });
    let cannot = "its tokens cannot be refreshed: `private_key` is damaged";
    let again =
        "download the key again, as JSON; remove /auth/v.json and `cliproxy import vertex FILE`";
    check(
        damaged,
        Trouble,
        ("cannot be refreshed", cannot),
        Some(again),
    );
    let nowhere = changed(account("v", "fresh", None), |one| {
        one.view.state = "misconfigured".to_owned();
        one.view.reason = Some("location: none of Google's".to_owned());
    });
    let state = "misconfigured: location: none of Google's";
    let correct = "correct it in /auth/v.json";
    check(
        nowhere,
        Trouble,
        (state, "location: none of Google's"),
        Some(correct),
    );
}

#[test]
fn a_file_that_cannot_be_read_names_the_member() {
    let name = FileName::parse("a.json").unwrap();
    let read = |text: &str| CredentialFile::read(&name, text.as_bytes()).unwrap_err();
    let weight = read(r#"{"type":"codex","access_token":"x","weight":1.5}"#);
    let found = Finding::of_unread(Some(weight.problem()));
    assert!(found.what.starts_with("weight: "), "{found:?}");
    let half = read("{");
    let found = Finding::of_unread(Some(half.problem()));
    assert!(found.what.starts_with("not JSON: "), "{found:?}");
    assert_eq!(found.state, "unreadable");
}

#[test]
fn a_state_that_its_tokens_explain_is_told_in_their_words() {
    use Weight::Trouble;
    let with_state = |state: &str, one: CredentialDetail| {
        changed(one, |one| {
            one.view.state = state.to_owned();
            one.view.reason = Some("its access token has ended, and so on".to_owned());
        })
    };
    let refused = with_state("needs-login", account("a", "needs-login", Some("refused")));
    check(
        refused,
        Trouble,
        ("needs-login: refused", "its refresh token is refused"),
        Some("sign in again, and put the new tokens into /auth/a.json"),
    );
    let client = with_state("misconfigured", account("a", "misconfigured", None));
    check(
        client,
        Trouble,
        ("misconfigured", "the OAuth client is refused"),
        Some("correct `oauth.codex` in /etc/config.yaml"),
    );
}
