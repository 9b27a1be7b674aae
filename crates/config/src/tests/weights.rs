//! The shares of entries and keys.

use super::{complaints, config};

const WEIGHTED: &str = "routing: {strategy: wrr}\n";

/// `expected` is what is complained about.
fn check(yaml: &str, expected: &str) {
    assert_eq!(complaints(yaml), expected, "{yaml}");
}

#[test]
fn an_entry_has_one_share_unless_it_says() {
    let check_weight = |given: &str, expected: u32| {
        let yaml = format!("{WEIGHTED}claude-api-key: [{{api-key: k{given}}}]");
        check(&yaml, "");
        let [entry] = config(&yaml).entries.try_into().unwrap();
        assert_eq!(entry.weight, expected, "{yaml}");
        assert_eq!(entry.keys[0].weight, expected, "{yaml}");
    };
    check_weight("", 1);
    check_weight(", weight: ", 1);
    check_weight(", weight: ~", 1);
    check_weight(", weight: ''", 1);
    check_weight(", weight: ' '", 1);
    check_weight(", weight: 5", 5);
    check_weight(", weight: '5'", 5);
    check_weight(", weight: 0", 0);
    check_weight(", weight: -5", 0);
    check_weight(", weight: 1000000", 1_000_000);
}

#[test]
fn a_key_has_the_share_of_its_entry_unless_it_says() {
    let check_weights = |entry: &str, keys: &str, expected: &[u32]| {
        let yaml = format!(
            "{WEIGHTED}openai-compatibility: [{{name: a, base-url: 'https://a', models: [{{name: \
             m}}], {entry} api-key-entries: [{keys}]}}]"
        );
        check(&yaml, "");
        let [entry] = config(&yaml).entries.try_into().unwrap();
        let weights: Vec<u32> = entry.keys.iter().map(|key| key.weight).collect();
        assert_eq!(weights, expected, "{yaml}");
    };
    let keys = "{api-key: a}, {api-key: b, weight: 3}, {api-key: c, weight: -1}";
    check_weights("", keys, &[1, 3, 0]);
    check_weights("weight: 7,", keys, &[7, 3, 0]);
    check_weights("weight: 7,", "", &[7]);
}

#[test]
fn what_is_no_share_is_refused_under_any_strategy() {
    let refused = "expected a whole number up to 1000000";
    let check_weight = |weight: &str, said: &str| {
        check(
            &format!("claude-api-key: [{{api-key: k, weight: {weight}}}]"),
            &format!("1:31: error: claude-api-key[0].weight: {said}"),
        );
        check(
            &format!(
                "openai-compatibility: [{{name: a, base-url: 'https://a', models: [{{name: m}}], \
                 api-key-entries: [{{api-key: k, weight: {weight}}}]}}]"
            ),
            &format!("1:109: error: openai-compatibility[0].api-key-entries[0].weight: {said}"),
        );
    };
    check_weight("1.5", refused);
    check_weight("1000001", refused);
    check_weight("x", refused);
    check_weight("'5 6'", refused);
    check_weight("[5]", "expected a text, found a list");
    check_weight("{a: 5}", "expected a text, found a mapping");
}

#[test]
fn a_strategy_that_ignores_shares_is_named_once() {
    let remedy = "(for shares write `routing.strategy: weighted-round-robin`)";
    let two = "claude-api-key:\n- {api-key: a, weight: 1}\n- {api-key: b, weight: 5}\n";
    check(
        two,
        &format!(
            "3:16: warning: claude-api-key[1].weight: has no effect with `round-robin` {remedy}"
        ),
    );
    check(
        &format!(
            "{two}- {{api-key: c, weight: 0}}\nopenai-compatibility:\n- {{name: a, base-url: \
             'https://a', models: [{{name: m}}], api-key-entries: [{{api-key: k, weight: \
             2}}]}}\nrouting: {{strategy: ff}}"
        ),
        &format!(
            "3:16: warning: claude-api-key[1].weight: has no effect with `fill-first`; there are 2 \
             more of it {remedy}"
        ),
    );
    check(&format!("{WEIGHTED}{two}"), "");
    // What everybody has anyway is no share.
    check(
        "claude-api-key: [{api-key: a, weight: 1}, {api-key: b, weight: ''}]",
        "",
    );
}
