//! Names that fit, and the way back.

use super::{NameMap, Target, fit, flatten};
use proptest::prelude::*;

const TARGETS: [Target; 3] = [Target::OpenAi, Target::Claude, Target::Gemini];

fn fits(name: &str, target: Target) -> bool {
    let word = |c: char| c.is_ascii_alphanumeric() || c == '_' || c == '-';
    let len = name.chars().count();
    match target {
        Target::OpenAi => (1..=64).contains(&len) && name.chars().all(word),
        Target::Claude => (1..=128).contains(&len) && name.chars().all(word),
        Target::Gemini => {
            let starts = name.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_');
            starts && len <= 64 && name.chars().all(|c| word(c) || c == '.' || c == ':')
        }
    }
}

#[test]
fn a_name_that_does_not_fit_is_told_apart_by_a_digest() {
    let check = |target, name: &str, expected: &str| assert_eq!(fit(name, target), expected);
    check(Target::OpenAi, "", "_e3b0c442");
    check(Target::Gemini, "", "_e3b0c442");
    // Replaced by `_`, which may be the first character.
    check(Target::Gemini, "é", "__4a99557e");
    check(Target::Gemini, ".a", "_.a_36797c3a");
    let long = "x".repeat(129);
    assert_eq!(fit(&long, Target::Claude).len(), 128);
    assert_eq!(fit(&long[1..], Target::Claude), long[1..]);
}

#[test]
fn a_namespace_is_put_before_the_name() {
    let check = |namespace, expected: &str| assert_eq!(flatten(namespace, "b"), expected);
    check(None, "b");
    check(Some(""), "b");
    check(Some("a"), "a__b");
    check(Some("a_"), "a___b");
    check(Some("a__"), "a__b");
}

#[test]
fn a_reply_finds_the_names_of_the_client() {
    let mut names = NameMap::default();
    let mut check = |namespace, name: &'static str, fitted: &str, original: &str| {
        assert_eq!(names.fit(namespace, name, Target::OpenAi), fitted);
        let found = names.get(fitted).unwrap();
        let found = format!(
            "{} {}",
            found.namespace.as_deref().unwrap_or("-"),
            found.name
        );
        assert_eq!(found, original);
    };
    check(None, "plain", "plain", "- plain");
    check(None, "a.b", "a_b_2e7336dc", "- a.b");
    check(Some("gh"), "search", "gh__search", "gh search");
    check(Some("mail"), "search", "mail__search", "mail search");
    check(Some("gh__"), "list", "gh__list", "gh__ list");
    // The second tool of the same name does not take it.
    check(None, "gh__search", "gh__search", "gh search");
    assert!(names.get("unknown").is_none());
}

proptest! {
    #[test]
    fn a_fitted_name_fits_and_is_fitted_once(name in "([ -~]|[a-z0-9_]{1,20}|é|文){0,30}") {
        for target in TARGETS {
            let fitted = fit(&name, target);
            prop_assert!(fits(&fitted, target), "{target:?} {fitted}");
            prop_assert_eq!(fit(&fitted, target), fitted.as_ref());
            if fits(&name, target) {
                prop_assert_eq!(fitted.as_ref(), name.as_str());
            }
        }
    }
}
