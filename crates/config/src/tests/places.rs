//! Where mistakes are reported, and that all of them are.

use super::{DATA, complaints, load};
use crate::{Env, Overrides, Place, find, load_text};
use std::path::{Path, PathBuf};

/// `expected` is what is complained about.
fn check(yaml: &str, expected: &str) {
    assert_eq!(complaints(yaml), expected, "{yaml}");
}

#[test]
fn every_mistake_is_reported() {
    check(
        "
port: eighty
routing:
  strategy: [rr]
  session-affinity-ttl: 5
debug: perhaps
api-keys: secret
claude-api-key:
  - not a mapping
  - api-key: {a: b}
    priority: high
    models: all
    headers: [a]
codex-api-key:
  - api-key: k
    base-url: nowhere
",
        "2:1: error: port: expected a whole number from 0 to 65535\n\
         4:3: error: routing.strategy: expected a text, found a list\n\
         5:3: error: routing.session-affinity-ttl: expected a duration with a unit, like 300ms, \
         30s or 1h30m\n\
         6:1: error: debug: expected true or false\n\
         7:1: error: api-keys: expected a list, found a single value (begin each item with `- `)\n\
         9:5: error: claude-api-key[0]: expected a mapping, found a single value (write `key: \
         value` lines, indented, below it)\n\
         10:5: error: claude-api-key[1].api-key: expected a text, found a mapping\n\
         11:5: error: claude-api-key[1].priority: expected a whole number from -2147483648 to \
         2147483647\n\
         12:5: error: claude-api-key[1].models: expected a list, found a single value (begin each \
         item with `- `)\n\
         13:5: error: claude-api-key[1].headers: expected a mapping, found a list (write `key: \
         value` lines, indented, below it)\n\
         16:5: error: codex-api-key[0].base-url: not a URL (write https://host/path)",
    );
}

#[test]
fn unknown_keys() {
    check(
        "prot: 1\nrouting: {startegy: rr}\nclaudeApiKey: []\nsomething: 1\nusage_statistics_enabled: 1\n\
         codex: {identity-confus: 1}",
        "1:1: warning: prot: unknown key (did you mean `port`?)\n\
         2:11: warning: routing.startegy: unknown key (did you mean `strategy`?)\n\
         3:1: warning: claudeApiKey: unknown key (did you mean `claude-api-key`?)\n\
         4:1: warning: something: unknown key\n\
         5:1: warning: usage_statistics_enabled: unknown key (did you mean \
         `usage-statistics-enabled`?)\n\
         6:9: warning: codex.identity-confus: unknown key (did you mean `identity-confuse`?)",
    );
    check(
        "gemini-api-key:\n- {api-key: a, prefx: x}\n- {api-key: b, prefx: y}\n- {api-key: c, prefx: z}",
        "2:16: warning: gemini-api-key[0].prefx: unknown key; there are 2 more of it (did you \
         mean `prefix`?)",
    );
    let strict = Overrides {
        strict: Some(true),
        ..Overrides::default()
    };
    let loaded = load_text(
        "prot: 1\npprof: {}",
        Path::new(""),
        &Env::default(),
        &strict,
    );
    assert_eq!(
        loaded.unwrap_err().to_string(),
        "1:1: error: prot: unknown key (did you mean `port`?)\n\
         2:1: warning: pprof: accepted and ignored: this is not part of the gateway"
    );
}

#[test]
fn text_that_is_not_a_configuration() {
    let hint = "check the indentation, and quote text that has `: ` or ` #` in it";
    check(
        "port: 1\napi-keys: [a\n",
        &format!("2:11: error: not valid YAML: unclosed bracket '[' ({hint})"),
    );
    check(
        "api-keys:\n  - *nowhere\n",
        "2:5: error: an alias (`*name`) without its anchor (`&name`) (quote a text that begins \
         with `*`)",
    );
    check(
        "- a\n- b\n",
        "1:1: error: expected a mapping, found a list (write `key: value` lines, indented, below \
         it)",
    );
    check(
        "port: 1\n---\nport: 2\n",
        "3:1: error: more than one YAML document (remove the `---` line and what follows)",
    );
    check(
        "port: 1\nport: 2\nrouting: {strategy: rr, strategy: ff}\n",
        "2:1: error: port: given twice, first on line 1 (remove one of them)\n\
         3:25: error: routing.strategy: given twice, first on line 3 (remove one of them)",
    );
    let deep = format!("{}{}", "[".repeat(100), "]".repeat(100));
    check(&deep, "1:25: error: too large or too deeply nested");
    let bomb = "a: &a [x, x, x, x, x, x, x, x, x]\nb: &b [*a, *a, *a, *a, *a, *a, *a, *a, *a]\nc: \
                &c [*b, *b, *b, *b, *b, *b, *b, *b, *b]\nd: &d [*c, *c, *c, *c, *c, *c, *c, *c, \
                *c]\ne: &e [*d, *d, *d, *d, *d, *d, *d, *d, *d]\nf: [*e, *e, *e, *e, *e, *e, *e]\n";
    check(bomb, "6:5: error: too large or too deeply nested");
}

#[test]
fn anchors_and_merges() {
    let yaml = "claude-api-key:\n- &first {api-key: 007, prefix: p}\n- <<: *first\n  api-key: b\n";
    let config = load(yaml).unwrap().config;
    let [first, second] = config.entries.try_into().unwrap();
    assert_eq!(first.keys[0].api_key.expose(), "007");
    assert_eq!(second.keys[0].api_key.expose(), "b");
    assert_eq!(second.prefix.as_deref(), Some("p"));
    let keys = load("api-keys: [&k 0x1F, *k]").unwrap();
    assert_eq!(keys.config.client_keys.len(), 1, "{}", keys.warnings);
}

#[test]
fn where_the_file_is_looked_for() {
    let env = |variables: &[(&str, &str)]| variables.iter().copied().collect::<Env>();
    let file = format!("{DATA}/v7.yaml");
    let found = find(Some(Path::new(&file)), &env(&[("CLIPROXY_CONFIG", "none")])).unwrap();
    assert_eq!((found.path, found.by), (PathBuf::from(&file), "--config"));
    let found = find(None, &env(&[("CLIPROXY_CONFIG", &file)])).unwrap();
    assert_eq!(found.by, "$CLIPROXY_CONFIG");

    // What was asked for is not replaced by something else.
    let none = format!("{DATA}/none.yaml");
    let missing = find(Some(Path::new(&none)), &env(&[("CLIPROXY_CONFIG", &file)])).unwrap_err();
    assert_eq!(
        missing.to_string(),
        format!("no configuration file; looked for {none}")
    );
    let found = find(Some(Path::new(DATA)), &env(&[("CLIPROXY_CONFIG", &file)])).unwrap();
    assert_eq!((found.path, found.by), (PathBuf::from(DATA), "--config"));
    let found = find(None, &env(&[("CLIPROXY_CONFIG", DATA)])).unwrap();
    assert_eq!(found.by, "$CLIPROXY_CONFIG");

    let xdg = format!("{DATA}/xdg");
    let found = find(
        None,
        &env(&[("XDG_CONFIG_HOME", &xdg), ("HOME", "/nowhere")]),
    )
    .unwrap();
    assert_eq!(found.path, Path::new(&xdg).join("cliproxy/config.yaml"));
    assert_eq!(found.by, "default location");

    let missing = find(None, &env(&[("HOME", "/nowhere"), ("CLIPROXY_CONFIG", "")])).unwrap_err();
    let places = [
        "config.yaml",
        "/nowhere/.config/cliproxy/config.yaml",
        "/etc/cliproxy/config.yaml",
    ];
    assert_eq!(missing.tried, places.map(PathBuf::from));
}

#[test]
fn a_file_on_disk() {
    let load = |name: &str| {
        let path = format!("{DATA}/{name}");
        crate::load(Path::new(&path), &Env::default(), &Overrides::default())
    };
    assert_eq!(load("v7.yaml").unwrap().config.entries.len(), 7);
    let missing = load("missing.yaml").unwrap_err();
    let [problem] = <[_; 1]>::try_from(missing.into_iter().collect::<Vec<_>>()).unwrap();
    assert_eq!(problem.place, Place::Default);
    assert!(problem.message.starts_with("cannot read "), "{problem}");
    let directory = load("secrets").unwrap_err();
    assert_eq!(
        directory.to_string(),
        format!("error: {DATA}/secrets is a directory (name the file in it)")
    );
    // Paths of secrets are relative to the file, not to the working directory.
    let config = load("xdg/cliproxy/config.yaml").unwrap().config;
    assert_eq!(config.entries[0].keys[0].api_key.expose(), "sk-from-file");
}
