//! What a user says about errors of an upstream.

use super::{complaints, config};
use crate::{ErrorRule, RuleAction};

/// A file with these rules.
fn file(rules: &str) -> String {
    format!("claude-api-key: [{{api-key: k, request-scoped-errors: [{rules}]}}]")
}

/// The rules of a file without complaints.
fn rules(rules: &str) -> Vec<ErrorRule> {
    let yaml = file(rules);
    assert_eq!(complaints(&yaml), "", "{yaml}");
    let [entry] = config(&yaml).entries.try_into().unwrap();
    entry.error_rules
}

#[test]
fn rules_in_their_order() {
    let found = rules(
        "{status: 400, match: [quota, ' ', ~, ' in a '], action: continue}, {status: '429', \
         match-regexr: ['a+b', ''], match-regex: [c], action: Stop-And-Cooldown}, {status: 503, \
         match: [x], action: stop}, {status: 599, match: [x], action: continue-and-cooldown}",
    );
    let shown: Vec<_> = found
        .iter()
        .map(|rule| {
            let expressions: Vec<_> = rule.regexes.iter().map(|regex| regex.as_str()).collect();
            (
                rule.status,
                rule.contains.join("|"),
                expressions,
                rule.action,
            )
        })
        .collect();
    let text = String::from;
    assert_eq!(
        shown,
        [
            (400, text("quota| in a "), vec![], RuleAction::Continue),
            (429, text(""), vec!["a+b", "c"], RuleAction::StopAndCooldown),
            (503, text("x"), vec![], RuleAction::Stop),
            (599, text("x"), vec![], RuleAction::ContinueAndCooldown),
        ]
    );
    assert!(rules("").is_empty());
}

#[test]
fn what_a_rule_fits() {
    let check = |rule: &str, status: u16, body: &[u8], expected: bool| {
        let [found] = rules(&format!("{{{rule}, action: stop}}"))
            .try_into()
            .unwrap();
        let shown = String::from_utf8_lossy(body);
        assert_eq!(
            found.matches(status, body),
            expected,
            "{rule} {status} {shown}"
        );
    };
    let text = "status: 400, match: [quota, credit]";
    check(text, 400, b"no credit left", true);
    check(text, 400, b"quota", true);
    check(text, 400, b"Quota", false);
    check(text, 400, b"", false);
    check(text, 401, b"quota", false);
    let expression = r"status: 400, match-regexr: ['(?i)over(load|quota)', '^\{']";
    check(expression, 400, b"model is OVERLOADED", true);
    check(expression, 400, b"{}", true);
    check(expression, 400, b" {}", false);
    check(expression, 400, b"\xffoverquota\xff", true);
    check(expression, 429, b"overload", false);
    let both = "status: 400, match: [a], match-regexr: ['b+']";
    check(both, 400, b"a", true);
    check(both, 400, b"b", true);
    check(both, 400, b"c", false);
}

#[test]
fn rules_that_would_never_fit() {
    let check = |rule: &str, expected: &str| {
        let complaint = complaints(&file(rule));
        let place = "claude-api-key[0].request-scoped-errors[0]";
        assert_eq!(complaint.replace(place, "RULE"), expected, "{rule}");
    };
    let all = "write stop, stop-and-cooldown, continue or continue-and-cooldown";
    let status = "write the status of the upstream's answer, like 400";
    let matcher = "give texts as `match`, or expressions as `match-regexr`";
    check(
        "{}",
        &format!(
            "1:55: error: RULE.status: missing ({status})\n\
             1:55: error: RULE.action: missing ({all})\n\
             1:55: error: RULE.match: matches nothing ({matcher})"
        ),
    );
    check(
        "{status: 0, match: [''], match-regexr: [~], match-regex: , action: stop}",
        &format!(
            "1:56: error: RULE.status: missing ({status})\n\
             1:67: error: RULE.match: matches nothing ({matcher})"
        ),
    );
    check(
        "{status: -1, match: [a], action: halt}",
        "1:56: error: RULE.status: expected a whole number from 0 to 65535\n\
         1:80: error: RULE.action: expected one of continue, continue-and-cooldown, stop, \
         stop-and-cooldown",
    );
    check(
        "~",
        "1:55: warning: RULE: an empty rule, which is dropped (remove it)",
    );
    check(
        "{status: 400, math: [a], match: [b], action: stop}",
        "1:69: warning: RULE.math: unknown key (did you mean `match`?)",
    );
}

#[test]
fn a_status_that_no_upstream_answers_with() {
    let check = |status: u16, never: bool| {
        let rule = format!("{{status: {status}, match: [a], action: stop}}");
        let complaint = complaints(&file(&rule));
        let expected = "1:56: warning: claude-api-key[0].request-scoped-errors[0].status: no \
                        upstream answers with this, so the rule never fits (write the status of \
                        the upstream's answer, like 400)";
        assert_eq!(complaint, if never { expected } else { "" }, "{status}");
    };
    for status in [1, 40, 99, 600, 4_000] {
        check(status, true);
    }
    for status in [100, 429, 599] {
        check(status, false);
    }
}

#[test]
fn expressions_that_cannot_be_used() {
    let check = |expression: &str, expected: &str| {
        let rule = format!("{{status: 400, action: stop, match-regexr: [a, '{expression}']}}");
        let yaml = file(&rule);
        let key = "claude-api-key[0].request-scoped-errors[0].match-regexr[1]";
        assert_eq!(
            complaints(&yaml),
            format!("1:101: error: {key}: {expected}"),
            "{yaml}"
        );
        let yaml = yaml.replace("regexr", "regex");
        let key = key.replace("regexr", "regex");
        assert_eq!(
            complaints(&yaml),
            format!("1:100: error: {key}: {expected}"),
            "{yaml}"
        );
    };
    check("(", "not a regular expression: unclosed group");
    check("[a", "not a regular expression: unclosed character class");
    check(
        "(?=a)",
        "not a regular expression: look-around, including look-ahead and look-behind, is not \
         supported",
    );
    check(
        r"\p{Klingon}",
        "not a regular expression: Unicode property not found",
    );
    let large = "too large a regular expression";
    check("(a{1000}){1000}", large);
    check("((a{100}){100}){100}", large);
    check(r"\w{5000}", large);
}

#[test]
fn entries_may_share_their_rules() {
    let yaml = "claude-api-key:\n- {api-key: a, request-scoped-errors: &rules [{status: 400, \
                match-regexr: ['a(b|c)'], action: stop}]}\n- {api-key: b, request-scoped-errors: \
                *rules}\n";
    assert_eq!(complaints(yaml), "");
    let [first, second] = config(yaml).entries.try_into().unwrap();
    assert_eq!(first.error_rules.len(), 1);
    assert_eq!(first.error_rules, second.error_rules);
}
