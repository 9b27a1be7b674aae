//! A rule about translators: only a protocol's own folder, and the table that lists them, name it.
//!
//! Whatever else must be known of a protocol is a member of its rules, so that a further one is a folder
//! and a line of the table.

use crate::tidy::Finding;

const CRATE: &str = "crates/translators/src/";

/// One per protocol, and the table.
const OWNERS: [&str; 5] = ["chat/", "claude/", "gemini/", "responses/", "protocols.rs"];

/// Files and folders that are compiled for tests only.
const TESTS: [&str; 4] = ["tests", "vectors", "properties", "grammar"];

pub(super) fn check_text(path: &str, text: &str) -> Vec<Finding> {
    let Some(inner) = path.strip_prefix(CRATE) else {
        return Vec::new();
    };
    let is_test = || {
        let mut names = inner.trim_end_matches(".rs").split('/');
        names.any(|name| TESTS.contains(&name))
    };
    if OWNERS.iter().any(|owner| inner.starts_with(owner)) || is_test() {
        return Vec::new();
    }
    let code = text.lines().enumerate();
    let code = code.take_while(|(_, line)| *line != "mod tests {");
    let named = code.filter(|(_, line)| names_one(line));
    let message = "names a protocol: ask for a rule of it (`rules.rs`), or add one";
    named
        .map(|(index, _)| Finding::error(path, index + 1, message))
        .collect()
}

/// Whether the code of a line has a variant of `Protocol`, or imports some.
fn names_one(line: &str) -> bool {
    let code = line.split("//").next().unwrap_or_default();
    code.split("Protocol::").skip(1).any(|rest| {
        let mut chars = rest.chars();
        let (first, second) = (chars.next(), chars.next());
        let is_variant =
            first.is_some_and(char::is_uppercase) && second.is_some_and(char::is_lowercase);
        is_variant || matches!(first, Some('{' | '*'))
    })
}
