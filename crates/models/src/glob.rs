//! Patterns of model names.

use crate::names::folded;

/// A pattern of model names: `*` stands for any text, also none; everything else for itself,
/// without regard to ASCII case.
///
/// Without a `*` the whole name must be equal; the empty pattern matches nothing.
///
/// ```
/// use cliproxy_models::Glob;
///
/// assert!(Glob::new("gpt-*-mini").matches("gpt-5.4-mini"));
/// assert!(!Glob::new("gpt-5").matches("gpt-5.4"));
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Glob {
    /// What stands between the stars, folded.
    parts: Box<[Box<str>]>,
}

impl Glob {
    /// Takes a pattern apart. Space around it is dropped; every text is a pattern.
    #[must_use]
    pub fn new(pattern: &str) -> Self {
        let parts = folded(pattern.trim()).split('*').map(Box::from).collect();
        Self { parts }
    }

    /// Whether the pattern covers the whole name.
    #[must_use]
    pub fn matches(&self, name: &str) -> bool {
        let name = folded(name);
        match &*self.parts {
            [] => false,
            [whole] => !whole.is_empty() && **whole == *name,
            [first, middle @ .., last] => {
                let rest = name
                    .strip_prefix(&**first)
                    .and_then(|rest| rest.strip_suffix(&**last));
                // The leftmost place of each part leaves the most room for those after it, so
                // there is nothing to go back to.
                rest.and_then(|rest| {
                    middle
                        .iter()
                        .try_fold(rest, |rest, part| Some(rest.split_once(&**part)?.1))
                })
                .is_some()
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Glob;
    use proptest::prelude::*;

    #[test]
    fn patterns() {
        let check = |pattern: &str, matching: &[&str], others: &[&str]| {
            let glob = Glob::new(pattern);
            for name in matching {
                assert!(glob.matches(name), "{pattern:?} {name:?}");
            }
            for name in others {
                assert!(!glob.matches(name), "{pattern:?} {name:?}");
            }
        };
        check(
            "gpt-*",
            &["gpt-5.4", "gpt-", "GPT-5"],
            &["gpt", "o3", "my-gpt-5"],
        );
        check("GPT-*", &["gpt-5.4"], &["o3"]);
        check(
            "*-preview",
            &["gemini-3-pro-preview"],
            &["preview", "a-preview-2"],
        );
        check("*mini*", &["gpt-5-mini", "mini", "gemini-2"], &["gpt-5"]);
        check(
            "a*b*c",
            &["abc", "a-b-c", "abbcc", "abcbc"],
            &["acb", "ab", "ac", "xabc"],
        );
        check("a*a", &["aa", "aba"], &["a"]);
        check("exact", &["exact", "Exact"], &["exactly", "inexact"]);
        check(" exact ", &["exact"], &[" exact "]);
        check("*", &["anything", ""], &[]);
        check("**", &["anything", ""], &[]);
        check("", &[], &["", "m"]);
    }

    /// The definition, by trying everything.
    fn by_definition(pattern: &str, name: &str) -> bool {
        match pattern.split_at_checked(1) {
            Some(("*", rest)) => (0..=name.len()).any(|at| by_definition(rest, &name[at..])),
            Some((byte, rest)) => {
                let after = name.strip_prefix(byte);
                after.is_some_and(|after| by_definition(rest, after))
            }
            None => name.is_empty(),
        }
    }

    proptest! {
        #[test]
        fn agrees_with_the_definition(pattern in "[ab*]{1,6}", name in "[ab]{0,8}") {
            prop_assert_eq!(Glob::new(&pattern).matches(&name), by_definition(&pattern, &name));
        }
    }
}
