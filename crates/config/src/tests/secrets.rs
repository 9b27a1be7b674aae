//! Secrets that live elsewhere, and settings from the environment and the command line.

use super::DATA;
use crate::{
    ClientKeyText, Config, Env, HeaderValueSpec, Host, Overrides, Place, Problems, Strategy,
    load_text,
};
use std::path::Path;

fn load(yaml: &str, env: &[(&str, &str)], overrides: &Overrides) -> Result<Config, Problems> {
    let env: Env = env.iter().copied().collect();
    load_text(yaml, Path::new(DATA), &env, overrides).map(|loaded| loaded.config)
}

#[test]
fn a_secret_may_be_elsewhere() {
    let yaml = "
proxy-url: env:PROXY
api-keys: ['env:CLIENT', {key: file:secrets/key}]
claude-api-key:
- {api-key: 'env: KEY', proxy-url: env:PROXY, headers: {X-Secret: file:secrets/key}}
openai-compatibility:
- name: a
  base-url: https://a
  models: [{name: m}]
  api-key-entries: [{api-key: file:secrets/key, proxy-url: env:PROXY}]
";
    let env = [("PROXY", "http://p:1"), ("CLIENT", "c"), ("KEY", " k\n")];
    let config = load(yaml, &env, &Overrides::default()).unwrap();
    let plain = |text: &str| ClientKeyText::Plain(text.into());
    assert_eq!(config.proxy.to_string(), "http://p:1");
    assert_eq!(config.client_keys[0].key, plain("c"));
    assert_eq!(config.client_keys[1].key, plain("sk-from-file"));
    let claude = &config.entries[0];
    assert_eq!(claude.keys[0].api_key.expose(), "k");
    assert_eq!(claude.proxy.to_string(), "http://p:1");
    let secret = HeaderValueSpec::Literal("sk-from-file".into());
    assert_eq!(claude.headers[0].1, secret);
    let key = &config.entries[1].keys[0];
    assert_eq!(key.api_key.expose(), "sk-from-file");
    assert_eq!(key.proxy.to_string(), "http://p:1");
}

#[test]
fn a_secret_that_is_not_there() {
    let check = |secret: &str, expected: &str| {
        let yaml = format!("claude-api-key: [{{api-key: '{secret}'}}]");
        let env = [("EMPTY", " "), ("LINES", "a\nb")];
        let problems = load(&yaml, &env, &Overrides::default()).unwrap_err();
        let expected = format!("1:19: error: claude-api-key[0].api-key: {expected}");
        let found = problems.to_string();
        // What the system says about a file is its own affair.
        assert!(
            found == expected || expected.ends_with(": ") && found.starts_with(&expected),
            "{found}"
        );
    };
    check("env:NONE", "the environment variable NONE is not set");
    check("env:EMPTY", "the environment variable EMPTY is empty");
    check(
        "env:LINES",
        "has a line break or another control character in it (check where it comes from)",
    );
    check("file:secrets/empty", "the file secrets/empty is empty");
    check(
        "file:secrets/two-lines",
        "has a line break or another control character in it (check where it comes from)",
    );
    check("file:secrets/none", "cannot read the file secrets/none: ");
    check("file:secrets", "cannot read the file secrets: ");
}

#[test]
fn a_variable_as_a_shell_writes_it() {
    let check = |yaml: &str, expected: &str| {
        let said = super::complaints(yaml);
        let (place, name) = expected.split_once(" => ").unwrap_or_default();
        let expected = match name {
            "" => String::new(),
            name => format!(
                "{place}: a variable as a shell writes it, which is not expanded here (write \
                 env:{name})"
            ),
        };
        assert_eq!(said, expected, "{yaml}");
    };
    let key = |text: &str, name: &str| {
        check(
            &format!("claude-api-key: [{{api-key: '{text}'}}]"),
            &format!("1:19: error: claude-api-key[0].api-key => {name}"),
        );
    };
    key("$KEY", "KEY");
    key(" ${KEY} ", "KEY");
    key("${_key_2}", "_key_2");
    // These may be keys.
    key("$ecret", "");
    key("$2KEY", "");
    key("$KEY-1", "");
    key("${KEY", "");
    key("${}", "");
    key("$", "");
    key("a$KEY", "");
    check("api-keys: ['$KEY']", "1:12: error: api-keys[0] => KEY");
    check("proxy-url: ${PROXY}", "1:1: error: proxy-url => PROXY");
    check(
        "openai-compatibility: [{name: a, base-url: 'https://a', models: [{name: m}], \
         api-key-entries: [{api-key: $KEY}]}]",
        "1:97: error: openai-compatibility[0].api-key-entries[0].api-key => KEY",
    );
    // In a header `$Name` copies what the client sent.
    let header = "claude-api-key: [{api-key: k, headers: {X-A: '${KEY}', X-B: $KEY}}]";
    check(header, "1:41: error: claude-api-key[0].headers.X-A => KEY");
}

#[test]
fn the_environment_wins_over_the_file_and_the_command_line_over_both() {
    let yaml = "port: 1\nhost: a\nrouting: {strategy: rr, session-affinity: true}";
    let env = [
        ("CLIPROXY_PORT", "2"),
        ("CLIPROXY_HOST", ""),
        ("CLIPROXY_ROUTING__STRATEGY", "ff"),
        ("CLIPROXY_UPSTREAM__CONNECT_TIMEOUT", "3s"),
        ("CLIPROXY_DEBUG", "yes"),
        ("CLIPROXY_CONFIG", "elsewhere.yaml"),
        ("CLIPROXY_LOCAL_PASSWORD", "secret"),
        ("OTHER_PORT", "4"),
    ];
    let config = load(yaml, &env, &Overrides::default()).unwrap();
    assert_eq!(config.listen.port, 2);
    // Set to nothing is not set: it must not open every interface.
    assert_eq!(config.listen.host, Host::Addr("a".to_owned()));
    assert_eq!(config.routing.strategy, Strategy::FillFirst);
    assert!(config.routing.session_affinity);
    assert_eq!(config.upstream.connect.as_secs(), 3);

    let overrides = Overrides {
        host: Some(String::new()),
        port: Some(3),
        allow_insecure: Some(true),
        strict: None,
    };
    let config = load(yaml, &env, &overrides).unwrap();
    assert_eq!(config.listen.port, 3);
    assert_eq!(config.listen.host, Host::All);
    assert_eq!(config.listen.place, Place::Flag("--host"));
    assert!(config.allow_insecure);
}

#[test]
fn mistakes_in_the_environment() {
    let check = |name: &str, value: &str, expected: &str| {
        let env = [(name, value)].into_iter().collect();
        let strict = Overrides {
            strict: Some(true),
            ..Overrides::default()
        };
        let yaml = "claude-api-key: [{api-key: a}]";
        let problems = load_text(yaml, Path::new(DATA), &env, &strict).unwrap_err();
        assert_eq!(problems.to_string(), expected);
    };
    check(
        "CLIPROXY_PORT",
        "http",
        "$CLIPROXY_PORT: error: port: expected a whole number from 0 to 65535",
    );
    check(
        "CLIPROXY_PROT",
        "80",
        "$CLIPROXY_PROT: error: prot: unknown key (did you mean `port`?)",
    );
    check(
        "CLIPROXY_ROUTING",
        "ff",
        "$CLIPROXY_ROUTING: error: routing: expected a mapping, found a single value (write `key: \
         value` lines, indented, below it)",
    );
    check(
        "CLIPROXY_CLAUDE_API_KEY__0__API_KEY",
        "sk-1",
        "$CLIPROXY_CLAUDE_API_KEY__0__API_KEY: error: claude-api-key.0.api-key: the environment \
         cannot set this (only settings outside of lists can be overridden)",
    );
}
