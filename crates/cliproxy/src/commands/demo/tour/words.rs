//! Facts in plain words.

use super::facts::Facts;
use crate::{
    commands::demo::models::TOUR,
    screen::{Paint, Tone, until},
};
use cliproxy_scripted_upstream::DEMO_ACCOUNT;

/// What lies before the lines of a turn that follow its id.
pub(super) const INDENT: &str = "        ";

/// What happens before the request with an account's token.
pub(super) fn refresh_begins() -> String {
    format!("{INDENT}now the provider ends the access token of {DEMO_ACCOUNT} before its time")
}

/// What has become of it.
pub(super) fn refreshed(id: &str, paint: Paint) -> String {
    let width = INDENT.len();
    let id = paint.text(Tone::Strong, &format!("{id:<width$}"));
    let by = paint.text(Tone::Good, DEMO_ACCOUNT);
    let meaning = "401, one refresh, asked again; the new tokens are in its credential file";
    let meaning = paint.text(Tone::Faint, meaning);
    format!("{id}served by {by}, which signs in with OAuth\n{INDENT}{meaning}")
}

/// A turn, in two lines or three.
pub(super) fn turn(facts: &Facts, before: Option<&Facts>, paint: Paint) -> String {
    let Facts {
        id,
        by,
        affinity,
        prompt_tokens: prompt,
        cached_tokens: cached,
        ..
    } = facts;
    let width = INDENT.len();
    let id = paint.text(Tone::Strong, &format!("{id:<width$}"));
    let by = paint.text(Tone::Good, by);
    let head =
        format!("{id}served by {by}, affinity {affinity}, cached {cached} of {prompt} tokens");
    let mut lines = vec![head];
    if facts.tried.len() > 1 {
        let tried = facts.tried.join(", ");
        lines.push(format!("{INDENT}one request, tried {tried}"));
    }
    if let Some(meaning) = meaning(facts, before) {
        lines.push(format!("{INDENT}{}", paint.text(Tone::Faint, &meaning)));
    }
    lines.join("\n")
}

/// What this means for who asks.
fn meaning(facts: &Facts, before: Option<&Facts>) -> Option<String> {
    let by = &facts.by;
    if let Some(fallback) = &facts.fallback {
        return Some(format!("nobody can serve {TOUR}: {fallback} stands in"));
    }
    let failed_over = facts.tried.len() > 1;
    let returned = before.is_some_and(|before| before.by != *by);
    Some(match &*facts.affinity {
        "new" => {
            let priority = facts.priority?;
            format!("a new conversation begins with {by}, which has priority {priority}")
        }
        "hit" if returned => format!("recovered: back on {by}, where its prompt cache is"),
        "hit" => format!("the conversation stays on {by}, where its prompt cache is"),
        _ if failed_over => format!("failover: the client has noticed nothing, {by} stands in"),
        _ => {
            let (resting, back_in) = facts.resting.first()?;
            let back_in = back_in.map(until)?;
            format!("{by} stands in for {resting}, which rests for {back_in} more and is not asked")
        }
    })
}

#[cfg(test)]
mod tests {
    use super::turn;
    use crate::{commands::demo::tour::facts::Facts, screen::Paint};

    fn facts(by: &str, affinity: &str, tried: &[&str]) -> Facts {
        Facts {
            id: "tour-9".to_owned(),
            by: by.to_owned(),
            affinity: affinity.to_owned(),
            tried: tried.iter().map(|&tried| tried.to_owned()).collect(),
            priority: Some(1),
            prompt_tokens: 50,
            cached_tokens: 8,
            ..Facts::default()
        }
    }

    #[track_caller]
    fn check(facts: &Facts, before: Option<&str>, expected: &str) {
        let before = before.map(|by| self::facts(by, "hit", &[]));
        let text = turn(facts, before.as_ref(), Paint::Nothing);
        assert_eq!(text, expected);
    }

    #[test]
    fn affinity() {
        check(
            &facts("a", "new", &["a ok"]),
            None,
            "tour-9  served by a, affinity new, cached 8 of 50 tokens
        a new conversation begins with a, which has priority 1",
        );
        check(
            &facts("a", "hit", &["a ok"]),
            Some("a"),
            "tour-9  served by a, affinity hit, cached 8 of 50 tokens
        the conversation stays on a, where its prompt cache is",
        );
    }

    #[test]
    fn failover_and_recovery() {
        check(
            &facts("b", "moved: quota", &["a quota 429", "b ok"]),
            Some("a"),
            "tour-9  served by b, affinity moved: quota, cached 8 of 50 tokens
        one request, tried a quota 429, b ok
        failover: the client has noticed nothing, b stands in",
        );
        let mut rests = facts("b", "moved: short block", &["b ok"]);
        rests.resting = vec![("a".to_owned(), Some(1_200))];
        check(
            &rests,
            Some("b"),
            "tour-9  served by b, affinity moved: short block, cached 8 of 50 tokens
        b stands in for a, which rests for 2 s more and is not asked",
        );
        check(
            &facts("a", "hit", &["a ok"]),
            Some("b"),
            "tour-9  served by a, affinity hit, cached 8 of 50 tokens
        recovered: back on a, where its prompt cache is",
        );
    }

    #[test]
    fn fallback() {
        let fallback = Facts {
            fallback: Some("small".to_owned()),
            ..facts("c", "new", &["a quota 429", "c ok"])
        };
        check(
            &fallback,
            Some("a"),
            "tour-9  served by c, affinity new, cached 8 of 50 tokens
        one request, tried a quota 429, c ok
        nobody can serve scripted-tour: small stands in",
        );
    }

    #[test]
    fn what_is_not_understood_is_not_explained() {
        check(
            &facts("b", "moved: failed once", &["b ok"]),
            Some("a"),
            "tour-9  served by b, affinity moved: failed once, cached 8 of 50 tokens",
        );
    }
}
