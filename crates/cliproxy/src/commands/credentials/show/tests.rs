//! One credential in full.

use super::text;
use crate::{
    commands::credentials::scenery::{account, seen, with_error},
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
