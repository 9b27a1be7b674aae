//! What is said about credentials that come from logins.

use super::{complaints, config};
use crate::{ModelAlias, OauthClient, OauthSettings};

/// `expected` is what is complained about.
fn check(yaml: &str, expected: &str) {
    assert_eq!(complaints(yaml), expected, "{yaml}");
}

fn alias(name: &str, alias: &str) -> ModelAlias {
    ModelAlias {
        name: name.to_owned(),
        alias: alias.to_owned(),
        fork: false,
        display_name: None,
    }
}

#[test]
fn settings_by_provider() {
    let yaml = "
oauth-excluded-models:
  codex: [' GPT-5-* ', gpt-5-*, ~]
  kimi: []
oauth-model-alias:
  Codex:
  - {name: ' gpt-5 ', alias: g5, fork: true, display-name: Five}
  - {name: gpt-5(low), alias: cheap}
  codex: [{name: gpt-5, alias: five}]
oauth-request-scoped-errors:
  gemini-cli: [{status: 400, match: [a], action: stop}]
";
    check(yaml, "");
    let oauth = config(yaml).oauth;
    let providers: Vec<&str> = oauth.keys().map(String::as_str).collect();
    assert_eq!(providers, ["codex", "gemini-cli", "kimi"]);
    let first = ModelAlias {
        fork: true,
        display_name: Some("Five".to_owned()),
        ..alias("gpt-5", "g5")
    };
    let codex = OauthSettings {
        client: OauthClient::default(),
        model_aliases: vec![first, alias("gpt-5(low)", "cheap"), alias("gpt-5", "five")],
        excluded_models: vec!["gpt-5-*".to_owned()],
        error_rules: vec![],
    };
    assert_eq!(oauth["codex"], codex);
    assert_eq!(oauth["kimi"], OauthSettings::default());
    assert_eq!(oauth["gemini-cli"].error_rules[0].status, 400);
    for none in ["{}", "oauth-model-alias:", "oauth-excluded-models: ~"] {
        check(none, "");
        assert!(config(none).oauth.is_empty(), "{none}");
    }
}

#[test]
fn aliases_that_mean_nothing() {
    check(
        "oauth-model-alias: {codex: [{name: a}, {alias: ' '}, ~, {name: m, alias: M}, {name: m, \
         alias: x}, {name: n, alias: X, force-mapping: true}, {name: n, alias: y, frok: 1}]}",
        "1:29: warning: oauth-model-alias.codex[0]: an alias without `name` and `alias`, which \
         is dropped (give both names)\n\
         1:40: warning: oauth-model-alias.codex[1]: an alias without `name` and `alias`, which \
         is dropped (give both names)\n\
         1:57: warning: oauth-model-alias.codex[3]: an alias that is the name itself, which is \
         dropped (remove it)\n\
         1:99: warning: oauth-model-alias.codex[5]: the same alias again, which is dropped \
         (remove one of them)\n\
         1:119: warning: oauth-model-alias.codex[5].force-mapping: accepted and ignored: a \
         reply always shows the name that was asked for\n\
         1:161: warning: oauth-model-alias.codex[6].frok: unknown key (did you mean `fork`?)",
    );
}

#[test]
fn providers_without_a_login() {
    check(
        "oauth-excluded-models: {antigravity: [a], codx: [b], mistral: [c]}",
        "1:25: warning: oauth-excluded-models.antigravity: accepted and ignored: the \
         antigravity provider is not part of the gateway\n\
         1:43: warning: oauth-excluded-models.codx: no provider with a login; this is ignored \
         (did you mean `codex`?)\n\
         1:54: warning: oauth-excluded-models.mistral: no provider with a login; this is \
         ignored (write one of aistudio, claude, codex, gemini-cli, kimi, vertex, xai)",
    );
    assert!(
        config("oauth-model-alias: {mistral: [{name: a, alias: b}]}")
            .oauth
            .is_empty()
    );
}

#[test]
fn mistakes_in_settings_by_provider() {
    check(
        "oauth-model-alias: {codex: [a]}\noauth-excluded-models: [a]\noauth-request-scoped-errors: \
         {codex: [{status: 400, match-regexr: ['('], action: stop}]}",
        "1:29: error: oauth-model-alias.codex[0]: expected a mapping, found a single value \
         (write `key: value` lines, indented, below it)\n\
         2:1: error: oauth-excluded-models: expected a mapping, found a list (write `key: \
         value` lines, indented, below it)\n\
         3:68: error: oauth-request-scoped-errors.codex[0].match-regexr[0]: not a regular \
         expression: unclosed group",
    );
}
