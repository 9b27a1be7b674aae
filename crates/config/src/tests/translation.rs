//! How requests are translated, and what entries say of their upstreams.

use super::{complaints, config};
use crate::{
    Config, EntryDialect, LossPolicy, MaxTokensField, RoleDeveloper, Translation, profiles,
};
use cliproxy_core::Protocol;

fn compatible(said: &str) -> String {
    format!(
        "openai-compatibility: [{{name: a, base-url: 'https://a', models: [{{name: m}}], {said}}}]"
    )
}

#[test]
fn settings_of_translation() {
    let check = |yaml: &str, expected: Translation| {
        assert_eq!(complaints(yaml), "", "{yaml}");
        assert_eq!(config(yaml).translation, expected, "{yaml}");
    };
    let default = Config::default().translation;
    check("{}", default.clone());
    check("translation:\nclaude:", default.clone());
    for (word, loss_policy) in [
        ("strict", LossPolicy::Strict),
        ("report", LossPolicy::Report),
        ("Lenient", LossPolicy::Lenient),
    ] {
        let yaml = format!("translation: {{loss-policy: {word}}}");
        let expected = Translation {
            loss_policy,
            ..default.clone()
        };
        check(&yaml, expected);
    }
    check(
        "translation: {strict-tools: on, replay: off}\nclaude: {auto-cache: off, default-max-tokens: 8000}\nchat: \
         {reasoning-details: off}",
        Translation {
            loss_policy: LossPolicy::Report,
            strict_tools: true,
            replay: false,
            reasoning_details: false,
            auto_cache: false,
            default_max_tokens: 8_000,
        },
    );
}

#[test]
fn what_an_entry_says_of_its_upstream() {
    let check = |yaml: &str, expected: EntryDialect| {
        assert_eq!(complaints(yaml), "", "{yaml}");
        assert_eq!(config(yaml).entries[0].dialect, expected, "{yaml}");
    };
    check(&compatible(""), EntryDialect::default());
    check(
        &compatible(
            "profile: ' OpenRouter ', max-tokens-field: max_completion_tokens, role-developer: \
             keep, drop-params: [' seed ', '', ~], rename-params: {top_k: topk}, repair: on",
        ),
        EntryDialect {
            profile: Some("openrouter".to_owned()),
            max_tokens_field: Some(MaxTokensField::MaxCompletionTokens),
            role_developer: Some(RoleDeveloper::Keep),
            drop_params: vec!["seed".to_owned()],
            rename_params: vec![("top_k".to_owned(), "topk".to_owned())],
            repair: true,
        },
    );
}

#[test]
fn every_section_has_the_profiles_of_its_protocol() {
    let check = |entry: &dyn Fn(&str) -> String, protocols: &[Protocol]| {
        for protocol in Protocol::ALL {
            for name in profiles(protocol) {
                let yaml = entry(&format!("profile: {name}"));
                let known = protocols
                    .iter()
                    .any(|&known| profiles(known).contains(name));
                assert_eq!(complaints(&yaml).is_empty(), known, "{yaml}");
            }
        }
    };
    let section = |section: &'static str| {
        move |said: &str| format!("{section}: [{{api-key: k, base-url: 'https://a', {said}}}]")
    };
    check(&section("claude-api-key"), &[Protocol::Claude]);
    check(&section("codex-api-key"), &[Protocol::Responses]);
    check(&section("gemini-api-key"), &[Protocol::Gemini]);
    check(&section("vertex-api-key"), &[Protocol::Gemini]);
    check(&compatible, &[Protocol::Chat]);
    let with_api = |api: &'static str| move |said: &str| compatible(&format!("api: {api}, {said}"));
    check(&with_api("responses"), &[Protocol::Responses]);
    check(&with_api("both"), &[Protocol::Chat, Protocol::Responses]);
}

#[test]
fn wrong_words_are_named_with_those_there_are() {
    let check = |yaml: &str, expected: &str| assert_eq!(complaints(yaml), expected, "{yaml}");
    check(
        "translation: {loss-policy: lenent}",
        "1:15: error: translation.loss-policy: expected one of lenient, report, strict (did you \
         mean `lenient`?)",
    );
    check(
        "translation: {loss-policy: 7}",
        "1:15: error: translation.loss-policy: expected one of lenient, report, strict",
    );
    check(
        "translation: {losspolicy: strict}",
        "1:15: warning: translation.losspolicy: unknown key (did you mean `loss-policy`?)",
    );
    check(
        "claude: {default-max-tokens: 0}",
        "1:10: error: claude.default-max-tokens: must be at least 1 (remove it for the default)",
    );
    check(
        "claude-api-key: [{api-key: k, profile: antropic}]",
        "1:31: error: claude-api-key[0].profile: not a profile of `claude-api-key` (did you mean \
         `anthropic`? there are compat, anthropic)",
    );
    check(
        "vertex-api-key: [{api-key: k, profile: deepseek}]",
        "1:31: error: vertex-api-key[0].profile: not a profile of `vertex-api-key` (there are \
         compat, compat-openapi, gemini, vertex, code-assist)",
    );
    check(
        &compatible("role-developer: sytem"),
        "1:78: error: openai-compatibility[0].role-developer: expected one of keep, system (did \
         you mean `system`?)",
    );
    check(
        &compatible("max-tokens-field: max-tokens"),
        "1:78: error: openai-compatibility[0].max-tokens-field: expected one of \
         max_completion_tokens, max_tokens (did you mean `max_tokens`?)",
    );
}

#[test]
fn switches_that_would_break_requests() {
    let check = |yaml: &str, expected: &str| assert_eq!(complaints(yaml), expected, "{yaml}");
    check(
        &compatible("drop-params: [messages]"),
        "1:78: error: openai-compatibility[0].drop-params: no request can do without `messages` \
         (remove it)",
    );
    check(
        &compatible("rename-params: {seed: model}"),
        "1:94: error: openai-compatibility[0].rename-params.seed: no request can do without \
         `model` (remove it)",
    );
    check(
        &compatible("rename-params: {seed: }"),
        "1:94: error: openai-compatibility[0].rename-params.seed: no new name (write the new name, \
         or list it in `drop-params`)",
    );
    check(
        "gemini-api-key: [{api-key: k, drop-params: [seed]}]",
        "1:31: warning: gemini-api-key[0].drop-params: has no effect under `gemini-api-key` (it is \
         for `openai-compatibility`)",
    );
}
