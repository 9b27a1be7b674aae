//! What stands in for a model.

use super::{complaints, config};

/// `expected` is what is complained about.
fn check(yaml: &str, expected: &str) {
    assert_eq!(complaints(yaml), expected, "{yaml}");
}

/// The fallbacks of a file as text: `alias: model@provider model`.
fn fallbacks(yaml: &str) -> Vec<String> {
    let line = |fallback: &crate::Fallback| {
        let targets = fallback.targets.iter().map(|target| {
            let provider = target.provider.as_ref().map(|id| format!("@{id}"));
            format!(" {}{}", target.model, provider.unwrap_or_default())
        });
        format!("{}:{}", fallback.alias, targets.collect::<String>())
    };
    config(yaml).fallbacks.iter().map(line).collect()
}

#[test]
fn models_in_their_order() {
    let yaml = "
fallbacks:
  ' opus ':
    - {model: ' sonnet '}
    - model: gpt-5.4()
      provider: Codex
    - {model: OPUS, provider: vertex}
    - {model: m, provider: OpenRouter}
  team/fast: [{model: fast, provider: }]
  # One may lead to the other: a fallback of a fallback is never looked for.
  sonnet: [{model: opus}]
openai-compatibility:
- {name: OpenRouter, base-url: 'https://a', models: [{name: m}], disabled: true}
";
    check(yaml, "");
    assert_eq!(
        fallbacks(yaml),
        [
            "opus: sonnet gpt-5.4()@codex OPUS@vertex m@openrouter",
            "sonnet: opus",
            "team/fast: fast",
        ]
    );
    for none in ["fallbacks:", "fallbacks: {}"] {
        check(none, "");
        assert!(fallbacks(none).is_empty(), "{none}");
    }
}

#[test]
fn fallbacks_that_lead_nowhere() {
    check(
        "fallbacks: {a: [{model: A}, {model: ' '}, {provider: claude}, ~]}",
        "1:18: error: fallbacks.a[0].model: stands in for itself (name another model, or a \
         provider)\n\
         1:30: error: fallbacks.a[1].model: missing\n\
         1:43: error: fallbacks.a[2].model: missing\n\
         1:63: error: fallbacks.a[3]: names no model (remove it)",
    );
    check(
        "fallbacks: {a: [], b: , Opus: [{model: a}], opus: [{model: b}], '': [{model: c}]}",
        "1:13: warning: fallbacks.a: nothing stands in for this model (list what does)\n\
         1:20: warning: fallbacks.b: nothing stands in for this model (list what does)\n\
         1:45: error: fallbacks.opus: the same model again; case does not count in names (remove \
         one of them)\n\
         1:65: error: fallbacks.: a fallback for a model without a name",
    );
    check(
        "fallbacks: {a: b, c: [d], e: [{model: [f]}], g: [{modle: h}]}",
        "1:13: error: fallbacks.a: expected a list, found a single value (begin each item with `- \
         `)\n\
         1:23: error: fallbacks.c[0]: expected a mapping, found a single value (write `key: value` \
         lines, indented, below it)\n\
         1:32: error: fallbacks.e[0].model: expected a text, found a list\n\
         1:50: error: fallbacks.g[0].model: missing\n\
         1:51: warning: fallbacks.g[0].modle: unknown key (did you mean `model`?)",
    );
    check(
        "fallbacks: [a]",
        "1:1: error: fallbacks: expected a mapping, found a list (write `key: value` lines, indented, below it)",
    );
}

#[test]
fn a_target_may_have_a_thinking_suffix() {
    check(
        "fallbacks: {a: [{model: 'b(high)'}, {model: 'a(low)'}]}",
        "",
    );
}

#[test]
fn providers_that_do_not_exist() {
    let check_provider = |provider: &str, remedy: &str| {
        let entry = "openai-compatibility: [{name: OpenRouter, base-url: 'https://a', models: \
                     [{name: m}]}]";
        let yaml = format!("fallbacks: {{a: [{{model: b, provider: {provider}}}]}}\n{entry}");
        let expected = format!(
            "1:28: warning: fallbacks.a[0].provider: no such provider, so nothing serves this \
             ({remedy})"
        );
        check(&yaml, &expected);
        let [fallback] = config(&yaml).fallbacks.try_into().unwrap();
        let found = fallback.targets[0].provider.as_deref();
        assert_eq!(found, Some(&*provider.to_ascii_lowercase()), "{yaml}");
    };
    check_provider("Cladue", "did you mean `claude`?");
    check_provider("open-router", "did you mean `openrouter`?");
    let known =
        "write claude, codex, gemini, vertex, or the name of an `openai-compatibility` entry";
    check_provider("anthropic", known);
    check_provider("openai-compatibility", known);
}
