//! Variables that only the gateway has, as seen from another shell.

use super::DATA;
use crate::{Env, Overrides, Unset, load_text};
use std::path::Path;

/// What is noted, or what is refused.
#[track_caller]
fn check(yaml: &str, unset: Unset, expected: Result<&[&str], &str>) {
    let env = Env::default().with_unset(unset);
    let loaded = load_text(yaml, Path::new(DATA), &env, &Overrides::default());
    match (loaded, expected) {
        (Ok(loaded), Ok(keys)) => {
            let noted: Vec<_> = loaded.unset.iter().map(|one| &*one.key).collect();
            assert_eq!(noted, keys, "{yaml}");
        }
        (Err(problems), Err(part)) => {
            let text = problems.to_string();
            assert!(text.contains(part), "{yaml}: {text}");
        }
        (loaded, _) => panic!("{yaml}: {loaded:?}"),
    }
}

#[test]
fn what_only_requests_need_may_be_where_the_gateway_runs() {
    for (yaml, key) in [
        ("api-keys: [env:K]", "api-keys[0]"),
        (
            "claude-api-key: [{api-key: env:K}]",
            "claude-api-key[0].api-key",
        ),
        (
            "claude-api-key: [{api-key: k, proxy-url: env:K}]",
            "claude-api-key[0].proxy-url",
        ),
        (
            "claude-api-key: [{api-key: k, headers: {X-A: env:K}}]",
            "claude-api-key[0].headers.X-A",
        ),
    ] {
        check(yaml, Unset::Wrong, Err("variable K is not set"));
        let restart = "(a running gateway keeps the environment of its start: restart it with";
        check(yaml, Unset::WrongSinceStart, Err(restart));
        check(yaml, Unset::RequestsElsewhere, Ok(&[key]));
        check(yaml, Unset::AllElsewhere, Ok(&[key]));
    }
}

#[test]
fn what_tokens_are_refreshed_with_is_needed_where_they_are() {
    for (yaml, key) in [
        ("proxy-url: env:P", "proxy-url"),
        ("oauth: {kimi: {client_id: env:P}}", "oauth.kimi.client_id"),
        (
            "oauth: {kimi: {client_id: i, client_secret: env:P}}",
            "oauth.kimi.client_secret",
        ),
    ] {
        let here = "P is not set (set it in this shell too: tokens are refreshed with it)";
        check(yaml, Unset::Wrong, Err("variable P is not set"));
        check(yaml, Unset::RequestsElsewhere, Err(here));
        check(yaml, Unset::AllElsewhere, Ok(&[key]));
    }
}

#[test]
fn a_key_that_is_elsewhere_stands_for_its_entry() {
    let yaml = "claude-api-key: [{name: a, api-key: env:K}, {name: b, api-key: k}]";
    let env = Env::default().with_unset(Unset::AllElsewhere);
    let loaded = load_text(yaml, Path::new(DATA), &env, &Overrides::default()).unwrap();
    let entries = loaded.config.entries.iter();
    let elsewhere: Vec<_> = entries
        .map(|entry| (&*entry.name, entry.keys[0].is_elsewhere()))
        .collect();
    assert_eq!(elsewhere, [("a", true), ("b", false)]);
    let said = "1:28: warning: claude-api-key[0].api-key: the environment variable K is not set \
                in this shell (the gateway may have it)";
    assert_eq!(loaded.unset.to_string(), said);
}
