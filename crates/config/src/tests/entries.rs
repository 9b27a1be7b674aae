//! Entries of provider sections.

use super::{complaints, config};
use crate::{AuthHeader, ChatApi, Entry, ForceStreamUsage, HeaderValueSpec, ModelEntry, Section};
use cliproxy_core::ModelFacts;
use cliproxy_core::Secret;
use cliproxy_proxyutil::ProxySetting;
use std::time::Duration;

/// The entries of a file without errors.
fn entries(yaml: &str) -> Vec<Entry> {
    config(yaml).entries
}

/// `expected` is what is complained about.
fn check(yaml: &str, expected: &str) {
    assert_eq!(complaints(yaml), expected, "{yaml}");
}

#[test]
fn every_field() {
    let yaml = "
proxy-url: http://outer:1
upstream: {connect-timeout: 9s}
claude-api-key:
  - name: main
    api-key: 0042
    base-url: https://claude.example.com/anthropic//?region=eu#top
    prefix: ' /team/ '
    proxy-url: direct
    headers: {' X-B ': ' v ', '': y, X-Empty: '', X-A: $X-Client}
    models: [{name: m1, alias: a, display-name: A}, {name: m1, alias: a}, {name: m2, alias: m2}]
    excluded-models: [' GPT-5-* ', gpt-5-*, ~]
    priority: -3
    disabled: yes
    disable-cooling: true
    request-retry: 2
    timeouts: {header: 1m, total: 1h}
    discover-models: true
    auth-header: x-api-key
    query-params: {api-version: 2024-01-01, flag: }
    allow-plain-http: true
";
    assert_eq!(complaints(yaml), "");
    let [entry] = entries(yaml).try_into().unwrap();
    assert_eq!((entry.section, entry.index), (Section::ClaudeApiKey, 0));
    assert_eq!(entry.name, "main");
    assert_eq!(entry.keys.len(), 1);
    assert_eq!(entry.keys[0].api_key, Secret::from("0042"));
    let base = "https://claude.example.com/anthropic?region=eu";
    assert_eq!(entry.base_url.unwrap().as_str(), base);
    assert_eq!(entry.prefix.as_deref(), Some("team"));
    assert_eq!(entry.proxy, ProxySetting::Direct);
    let headers = [
        (
            "x-b".to_owned(),
            HeaderValueSpec::Literal(Secret::from("v")),
        ),
        (
            "x-a".to_owned(),
            HeaderValueSpec::FromClient("x-client".to_owned()),
        ),
    ];
    assert_eq!(entry.headers, headers);
    let model = |name: &str, alias: Option<&str>, display_name: Option<&str>| ModelEntry {
        name: name.to_owned(),
        alias: alias.map(str::to_owned),
        display_name: display_name.map(str::to_owned),
        facts: ModelFacts::default(),
    };
    let models = vec![
        model("m1", Some("a"), Some("A")),
        model("m1", Some("a"), None),
        model("m2", None, None),
    ];
    assert_eq!(entry.models, Some(models));
    assert_eq!(entry.excluded_models, ["gpt-5-*"]);
    assert_eq!((entry.priority, entry.disabled), (-3, true));
    assert_eq!(
        (entry.disable_cooling, entry.request_retry),
        (Some(true), Some(2))
    );
    assert_eq!(entry.deadlines.connect, Duration::from_secs(9));
    assert_eq!(entry.deadlines.header_stream, Duration::from_secs(60));
    assert_eq!(entry.deadlines.total, Some(Duration::from_secs(3_600)));
    assert!(entry.discover_models && entry.allow_plain_http);
    assert_eq!(entry.auth_header, Some(AuthHeader::XApiKey));
    let query = [("api-version", "2024-01-01"), ("flag", "")];
    assert_eq!(
        entry.query_params,
        query.map(|(name, value)| (name.into(), value.into()))
    );
}

#[test]
fn defaults_of_an_entry() {
    let [entry] = entries("gemini-api-key: [{api-key: k}]")
        .try_into()
        .unwrap();
    assert_eq!(entry.name, "gemini-api-key[0]");
    assert_eq!((entry.priority, entry.disabled), (0, false));
    assert_eq!(
        (entry.base_url, entry.prefix, entry.models),
        (None, None, None)
    );
    assert_eq!(entry.proxy, ProxySetting::Inherit);
    assert_eq!((entry.disable_cooling, entry.request_retry), (None, None));
    assert_eq!((entry.api, entry.auth_header), (ChatApi::Chat, None));
    assert_eq!(entry.force_stream_usage, ForceStreamUsage::Auto);
    assert_eq!(
        entries("gemini-api-key: [{api-key: k, request-retry: -1}]")[0].request_retry,
        None
    );
}

#[test]
fn compatible_providers() {
    let yaml = "
openai-compatibility:
  - name: OpenRouter
    base-url: https://openrouter.ai/api/v1/
    api-key-entries: [{api-key: a}, {api-key: b, proxy-url: 'http://p:1'}, ~]
    models: [{name: x, alias: pool}, {name: y, alias: pool}]
    api: both
    force-stream-usage: on
  - name: local
    base-url: http://127.0.0.1:11434/v1
    discover-models: true
";
    assert_eq!(complaints(yaml), "");
    let [remote, local] = entries(yaml).try_into().unwrap();
    assert_eq!(remote.name, "OpenRouter");
    assert_eq!(remote.base_url.unwrap().path(), "/api/v1");
    let keys: Vec<(&str, String)> = remote
        .keys
        .iter()
        .map(|key| (key.api_key.expose(), key.proxy.to_string()))
        .collect();
    assert_eq!(
        keys,
        [("a", "inherit".to_owned()), ("b", "http://p:1".to_owned())]
    );
    assert_eq!(
        remote.models.unwrap().len(),
        2,
        "a repeated alias is a pool"
    );
    assert_eq!(
        (remote.api, remote.force_stream_usage),
        (ChatApi::Both, ForceStreamUsage::On)
    );
    assert_eq!(local.keys.len(), 1);
    assert!(local.keys[0].api_key.is_empty());
}

#[test]
fn entries_that_would_not_work() {
    check(
        "codex-api-key: [{api-key: k}]",
        "1:17: error: codex-api-key[0].base-url: missing; without it the entry would be dropped \
         (for OpenAI itself write https://api.openai.com/v1)",
    );
    check(
        "openai-compatibility: [{models: [{name: m}]}]",
        "1:24: error: openai-compatibility[0].base-url: missing; without it the entry would be \
         dropped (write the address that its documentation gives, up to /v1)\n\
         1:24: warning: openai-compatibility[0].name: missing; the provider is called by its \
         position (give the provider a name)",
    );
    check(
        "openai-compatibility: [{name: a, base-url: 'https://x'}]",
        "1:24: warning: openai-compatibility[0].models: none are given, so the entry serves \
         nothing (list them, or set `discover-models: true`)",
    );
    check(
        "gemini-api-key: [{api-key: ' '}, {base-url: 'https://x'}, ~, {api-key: k}]",
        "1:19: warning: gemini-api-key[0].api-key: empty, so the entry is dropped\n\
         1:34: warning: gemini-api-key[1].api-key: empty, so the entry is dropped\n\
         1:59: warning: gemini-api-key[2]: an empty entry, which is dropped (remove it)",
    );
    check(
        "vertex-api-key: [{api-key: k, models: [{name: m}, {alias: a}, {name: m, alias: a}]}]",
        "1:40: warning: vertex-api-key[0].models[0]: a Vertex model without `alias`, which is \
         dropped (give it both names)\n\
         1:51: warning: vertex-api-key[0].models[1]: a model without `name`, which is dropped",
    );
    check(
        "gemini-api-key: [{api-key: k, prefix: a/b}]",
        "1:31: warning: gemini-api-key[0].prefix: a prefix with a slash inside, which is dropped \
         (choose another one)",
    );
    check(
        "claude-api-key: [{api-key: k, request-retry: 1.5}]",
        "1:31: error: claude-api-key[0].request-retry: expected a whole number",
    );
    check(
        "claude-api-key: [{api-key: k, api: chat, api-key-entries: []}]",
        "1:31: warning: claude-api-key[0].api: has no effect under `claude-api-key` (it is for \
         `openai-compatibility`)\n\
         1:42: warning: claude-api-key[0].api-key-entries: has no effect under `claude-api-key` \
         (make an entry of each key)",
    );
}

#[test]
fn equal_entries_collapse() {
    let yaml = "gemini-api-key:
- {api-key: k}
- {api-key: k, base-url: 'https://x/'}
- {api-key: k, base-url: 'https://x', priority: 5}
- {api-key: k, prefix: p}
- {api-key: k, headers: {A: b}}
- {api-key: k, headers: {a: ' b '}}
- {api-key: k, proxy-url: none}
- {api-key: k}
";
    let kept: Vec<usize> = entries(yaml).iter().map(|entry| entry.index).collect();
    assert_eq!(kept, [0, 1, 3, 4, 6]);
    check(
        yaml,
        "4:3: warning: gemini-api-key[2]: the same as gemini-api-key[1], and dropped (remove one \
         of them)\n\
         7:3: warning: gemini-api-key[5]: the same as gemini-api-key[4], and dropped (remove one \
         of them)\n\
         9:3: warning: gemini-api-key[7]: the same as gemini-api-key[0], and dropped (remove one \
         of them)",
    );
}

#[test]
fn base_urls() {
    let check = |url: &str, extra: &str, expected: &str| {
        let found = complaints(&format!(
            "claude-api-key: [{{api-key: k, base-url: '{url}'{extra}}}]"
        ));
        let found = found.strip_prefix("1:31: error: claude-api-key[0].base-url: ");
        let message = found.and_then(|found| found.split(" (").next());
        assert_eq!(message.unwrap_or_default(), expected, "{url}");
    };
    check("https://api.anthropic.com", "", "");
    check("", "", "");
    check("http://localhost:8080/v1", "", "");
    check("http://192.168.0.7", "", "");
    check("http://example.com", ", allow-plain-http: true", "");
    check(
        "http://example.com",
        "",
        "keys and prompts would cross the network in the clear",
    );
    check(
        "http://169.254.169.254",
        "",
        "keys and prompts would cross the network in the clear",
    );
    check("api.anthropic.com", "", "not a URL");
    check("ftp://x", "", "neither https nor http");
    check("file:///etc/passwd", "", "neither https nor http");
    check("https://user:pw@x", "", "has a user name or password in it");
}

#[test]
fn base_urls_of_a_call() {
    let check_call = |url: &str, call: &str| {
        let expected = match call {
            "" => String::new(),
            call => format!(
                "1:31: warning: claude-api-key[0].base-url: ends with `{call}`, which the gateway \
                 adds itself (write it without `{call}`)"
            ),
        };
        check(
            &format!("claude-api-key: [{{api-key: k, base-url: 'https://h{url}'}}]"),
            &expected,
        );
    };
    check_call("/v1/chat/completions", "/chat/completions");
    check_call("/v1/chat/completions/?k=v#f", "/chat/completions");
    check_call("/v1/completions", "/completions");
    check_call("/v1/responses/", "/responses");
    check_call("/v1/messages", "/v1/messages");
    check_call("/anthropic/messages", "/messages");
    check_call("/v1/messages/count_tokens", "/v1/messages/count_tokens");
    check_call("/v1/embeddings", "/embeddings");
    check_call("/v1", "");
    check_call("/models", "");
    check_call("/messages/v1", "");
    check_call("/my-responses", "");
    check_call("?to=/v1/messages", "");
}

#[test]
fn headers() {
    let check = |header: &str, expected: &str| {
        let found = complaints(&format!(
            "claude-api-key: [{{api-key: k, headers: {{{header}}}}}]"
        ));
        let message = found.rsplit(": ").next().unwrap_or_default();
        assert_eq!(message, expected, "{header}");
    };
    check("X-A: b", "");
    check("X-A: $", "");
    check("X-A: $5 off", "");
    check("X-A: $Traceparent", "");
    let refused = "this header of the client is never copied (it authenticates to the gateway, \
                   not to the upstream)";
    for name in [
        "Authorization",
        "cookie",
        "X-Api-Key",
        "x-gateway-key",
        "X-Goog-Api-Key",
    ] {
        check(&format!("X-A: ${name}"), refused);
    }
    check("'X A': b", "not a header name");
    check(
        "X-A: \"a\\r\\nX-B: c\"",
        "has a line break or another control character in it (check where it comes from)",
    );
}
