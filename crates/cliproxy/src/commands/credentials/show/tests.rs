//! One credential in full.

use super::text;
use crate::{
    commands::credentials::scenery::{HOUR, NOW, account, seen, tokens, with_error},
    screen::Paint,
};

#[test]
fn a_line_for_each_member() {
    let mut one = with_error(account("a", "failing", Some("transient")), "503");
    let from = one.from.as_mut().unwrap();
    from.link = Some("/home/me/auth.json".to_owned());
    from.projects = vec!["one".to_owned(), "two".to_owned()];
    let seen = seen(vec![one]);
    let text = text(&seen.inventory.credentials[0], &seen, Paint::Nothing);
    assert_eq!(
        text,
        "\
credential    a
id            a.json
type          codex
state         failing: transient
about it      refresh fails (transient): 503
what to do    it is tried again in 55 min
priority      0
weight        1
proxy         as the environment says
file          /auth/a.json
email         me@example.com
tokens        failing: transient
granted       1 h ago
ends          in 1 h
next refresh  in 55 min
last error    503 (1 min ago)
link          /home/me/auth.json
projects      one, two
models        opus, sonnet
"
    );
}

#[test]
fn json_says_what_to_do_as_the_list_does() {
    let mut one = account("a", "not-refreshed", None);
    one.view.state = "needs-login".to_owned();
    one.view.reason = Some("its access token has ended".to_owned());
    tokens(&mut one).expires_at_ms = Some(NOW - HOUR);
    let seen = seen(vec![one]);
    let judged = seen.judged(&seen.inventory.credentials[0]);
    assert_eq!(judged["state"], "needs-login");
    assert_eq!(judged["result"], "trouble");
    let remedy = judged["remedy"].as_str().unwrap();
    assert!(remedy.starts_with("sign in again"), "{remedy}");
    assert_eq!(judged, seen.to_json()["credentials"][0]);
}
