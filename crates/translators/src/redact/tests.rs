//! What is taken out, and what stays.

use super::redact;
use proptest::prelude::*;

#[track_caller]
fn check(text: &str, shown: &str) {
    assert_eq!(redact(text), shown, "{text:?}");
}

#[test]
fn keys_are_known_by_their_prefix() {
    check("sk-live-0123456789", "[redacted]");
    check("key sk-ant-api03-AbC_d-9, please", "key [redacted], please");
    check(
        "provided: sk-abcd****************wxyz. You can",
        "provided: [redacted]. You can",
    );
    check(
        "?key=AIzaSyA-1234567890abcdefgh&alt=sse",
        "?key=[redacted]&alt=sse",
    );
    check(
        "token ya29.a0AfH6SMBabcdefghij1 expired",
        "token [redacted] expired",
    );
    check("xai-0123456789abcdefXYZ", "[redacted]");
}

#[test]
fn tokens_are_known_by_their_shape_or_their_lead() {
    check("eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.abc-_1", "[redacted]");
    check("got Bearer eyJhbGciOi", "got Bearer [redacted]");
    check("BEARER: 0123abcd", "BEARER: [redacted]");
    check(
        "Authorization: Bearer abcdefghijklmnopqrst",
        "Authorization: Bearer [redacted]",
    );
}

#[test]
fn accounts_are_secret_too() {
    check("for jane.doe+x@example.co.uk.", "for [redacted].");
    check("for _a@b.co,", "for [redacted],");
    check(
        "in organization org-AbC1234567 on",
        "in organization [redacted] on",
    );
    check("project proj_12345678abc", "project [redacted]");
    check(
        "limit (org: 1b2c3d4e-aaaa-bbbb-cccc-0123456789ab, model: m-1)",
        "limit (org: [redacted], model: m-1)",
    );
}

#[test]
fn addresses_end_with_a_name() {
    check("to me@example.com.", "to [redacted].");
    check("to me@example.com-2, 3", "to [redacted], 3");
    check("to me@example.com.2", "to [redacted].2");
    check("to me@example.co.eyJabcdef.c2", "to [redacted].c2");
    check("to me@example.2.3", "to me@example.2.3");
}

#[test]
fn prose_stays() {
    for text in [
        "",
        "Incorrect API key provided",
        "a task-force for sk-learn",
        "no bearer token was sent",
        "organization 40,000 tokens",
        "this is org-specific behaviour",
        "user@host and @mention and a@b",
        "claude-sonnet-4-5-20250929 is not available",
        "grüße an alle, Überlänge",
    ] {
        check(text, text);
    }
}

#[test]
fn long_runs_of_one_shape_are_scanned_once() {
    // Each of these would take minutes if every word began a scan of the whole rest.
    let many = 200_000;
    for unit in ["a.", "org-", "org:", "a@", "bearer ", "a_b%"] {
        let text = unit.repeat(many);
        assert!(redact(&text) == text, "{unit}");
    }
    assert_eq!(redact(&"sk-".repeat(many)), "[redacted]");
}

proptest! {
    #[test]
    fn twice_is_once(text in "([ -~]|é|sk-|eyJ|org[-:_ ]|bearer |@|\\.co|[0-9a-z]{8}){0,40}") {
        let once = redact(&text).into_owned();
        prop_assert_eq!(redact(&once), once.as_str());
    }

    #[test]
    fn no_key_survives(before in "[ -~]{0,20}", key in "[A-Za-z0-9]{24}", after in "[ -~]{0,20}") {
        let text = format!("{before} sk-{key} {after}");
        prop_assert!(!redact(&text).contains(&key));
    }
}
