//! Fallbacks that lead nowhere are named before anybody needs them.

use crate::rig::config;
use cliproxy_gateway::unserved_fallbacks;

/// Entries of two providers, of which the second has the model `n` only.
const ENTRIES: &str = "
claude-api-key: [{api-key: k, models: [{name: claude-sonnet-5}, {name: upstream-m, alias: m}]}]
openai-compatibility:
- {name: Local, base-url: 'https://a', models: [{name: n}]}
- {name: Off, base-url: 'https://b', models: [{name: resting}], disabled: true}";

#[track_caller]
fn check(targets: &str, entries: &str, expected: &[&str]) {
    let yaml = format!("fallbacks: {{opus: [{targets}]}}{entries}");
    let found = unserved_fallbacks(&config(&yaml)).to_string();
    assert_eq!(found.lines().collect::<Vec<_>>(), expected, "{yaml}");
}

#[test]
fn a_target_that_nobody_serves_is_named_with_what_it_was_meant_to_be() {
    check(
        "{model: claude-sonet-5}, {model: nowhere}, {model: resting}, {model: m}",
        ENTRIES,
        &[
            "1:21: warning: fallbacks.opus[0].model: nobody serves `claude-sonet-5`, so it is \
             passed over (did you mean `claude-sonnet-5`?)",
            "1:46: warning: fallbacks.opus[1].model: nobody serves `nowhere`, so it is passed over \
             (list it under `models` of an entry)",
            // The entry that has it is off.
            "1:64: warning: fallbacks.opus[2].model: nobody serves `resting`, so it is passed \
             over (list it under `models` of an entry)",
        ],
    );
}

#[test]
fn a_target_that_its_provider_does_not_serve_is_named() {
    let remedy = "(name one of its models, or leave `provider` out)";
    check(
        "{model: n, provider: claude}, {model: n, provider: local}, {model: m, provider: Local}",
        ENTRIES,
        &[
            &format!(
                "1:21: warning: fallbacks.opus[0].model: `claude` does not serve `n`, so it is \
                 passed over {remedy}"
            ),
            &format!(
                "1:80: warning: fallbacks.opus[2].model: `local` does not serve `m`, so it is \
                 passed over {remedy}"
            ),
        ],
    );
    // That there is no such provider is said where the file is read.
    check("{model: n, provider: nobody}", ENTRIES, &[]);
}

#[test]
fn a_target_as_clients_may_write_it_is_served() {
    for target in ["M", "models/n", "upstream-m", "auto", "n()"] {
        check(&format!("{{model: {target}}}"), ENTRIES, &[]);
    }
    let catalogue = "\nclaude-api-key: [{api-key: k}]";
    check("{model: claude-opus-4-5-20251101}", catalogue, &[]);
}

#[test]
fn nothing_is_said_too_early_or_twice() {
    check("{model: n}", "", &[]);
    let awaited = "
claude-api-key: [{api-key: k, models: [{name: m}]}]
openai-compatibility: [{name: local, base-url: 'https://a', discover-models: true}]";
    check("{model: n}, {model: n, provider: local}", awaited, &[]);
    check(
        "{model: n, provider: claude}",
        awaited,
        &[
            "1:21: warning: fallbacks.opus[0].model: `claude` does not serve `n`, so it is passed over (did you \
          mean `m`?)",
        ],
    );
}

#[test]
fn what_an_account_may_serve_is_not_named_before_its_file_is_read() {
    let accounts = format!("{ENTRIES}\nauth-dir: /nowhere\n");
    let check = |targets: &str, expected: &[&str]| check(targets, &accounts, expected);
    check("{model: gpt-5.4}, {model: gpt-5.4, provider: codex}", &[]);
    check(
        "{model: gpt-5.4, provider: claude}, {model: nowhere}",
        &[
            "1:21: warning: fallbacks.opus[0].model: `claude` does not serve `gpt-5.4`, so it is \
             passed over (list it under `models` of an entry)",
            "1:57: warning: fallbacks.opus[1].model: nobody serves `nowhere`, so it is passed over \
             (list it under `models` of an entry)",
        ],
    );
}
