//! Nothing that can be printed holds a secret, and no text makes loading fail otherwise than with
//! an error.

use super::{complaints, load};
use crate::{Config, start_check};
use proptest::prelude::*;
use std::fmt::Write as _;

/// Longer than any key of the file, like the keys of providers.
const CANARY: &str = "canary-4d1f0a9c2b7e4d1f0a9c2b7e4d1f0a9c2b7e";

/// A file with a secret wherever one may be.
const FILE: &str = "
host: ''
proxy-url: http://user:CANARY@proxy:1
api-keys:
  - CANARY
  - {name: a, key: CANARY2}
routing: {strategy: ff}
fallbacks: {a: [{model: b, provider: claude}]}
claude-api-key:
  - api-key: CANARY
    base-url: https://claude.example.com/?key=CANARY
    proxy-url: http://CANARY:x@proxy:1
    headers: {X-Key: CANARY}
    request-scoped-errors: [{status: 400, match-regexr: ['a.*b'], action: stop}]
    query-params: {key: CANARY}
openai-compatibility:
  - name: other
    base-url: https://other.example.com
    api-key-entries: [{api-key: CANARY, proxy-url: 'http://u:CANARY@p:1'}]
    models: [{name: m, alias: a}]
generative-language-api-key: [CANARY]
auth: {providers: [{type: config-api-key, api-keys: [CANARY]}]}
remote-management: {secret-key: CANARY}
oauth: {codex: {client_id: CANARY, client_secret: CANARY, token_url: 'https://a/?key=CANARY'}}
ampcode: {upstream-api-key: CANARY}
";

/// Everything that can be shown about a file.
fn shown(yaml: &str) -> String {
    match load(yaml) {
        Ok(loaded) => {
            let config: &Config = &loaded.config;
            let mut text = format!("{config:?} {config:#?} {loaded:?}");
            write!(text, "{} {:?}", loaded.warnings, start_check(config, false)).unwrap();
            text
        }
        Err(problems) => format!("{problems} {problems:?} {problems:#?}"),
    }
}

fn check(yaml: &str) {
    let text = shown(yaml);
    assert!(!text.contains("canary"), "{yaml}\n{text}");
}

#[test]
fn a_file_full_of_secrets() {
    let yaml = FILE.replace("CANARY", CANARY);
    assert!(load(&yaml).is_ok());
    check(&yaml);
}

#[test]
fn mistakes_with_secrets() {
    for yaml in [
        "api-keys: CANARY",
        "api-keys: {CANARY: }",
        "api-keys: [{CANARY: x}]",
        "port: CANARY",
        "debug: CANARY",
        "CANARY",
        "CANARY: x",
        "CANARY: x\nCANARY: y",
        "- CANARY",
        "api-keys:\n  - *CANARY",
        "api-keys:\n  - @CANARY",
        "api-keys:\n  - !CANARY x",
        "api-keys:\n  - %CANARY",
        "api-keys:\n  - 'CANARY",
        "api-keys:\n - a\n  CANARY: b",
        "limits: {max-event-bytes: CANARY, idle-timeout: CANARY}",
        "limits: {header-timeout: CANARY, max-buffered-mib: CANARY}",
        "log: {level: CANARY}",
        "unix-socket-mode: CANARY",
        "max-attempts: CANARY",
        "oauth-model-alias: {CANARY: [{name: a}], codex: [{name: CANARY}, CANARY]}",
        "oauth-excluded-models: {CANARY: [a]}",
        "oauth-request-scoped-errors: {CANARY: [CANARY]}",
        "oauth: CANARY",
        "oauth: {CANARY: {client_secret: CANARY}}",
        "oauth: {codex: {CANARY: x, client_secret: [CANARY], redirect_port: CANARY}}",
        "oauth: {codex: {client_secret: \"CANARY\\n\", token_url: CANARY, device_url: \
         'http://CANARY', authorize_url: 'https://CANARY@x'}}",
        "auth-refresh: {leads: {CANARY: 1h, codex: CANARY}, lock-timeout: CANARY}",
        "auth-auto-refresh-workers: CANARY",
        "auth-dir: {CANARY: x}",
        "request-deadline: CANARY",
        "save-cooldown-status: CANARY",
        "fallbacks: CANARY",
        "fallbacks: {CANARY: [{model: }, {model: CANARY}, {model: a, provider: CANARY}]}",
        "state-dir: {CANARY: x}",
        "trusted-proxies: [CANARY]",
        "config-poll-interval: CANARY",
        "tls: CANARY",
        "tls: {enable: CANARY}",
        "api-keys: [{key: CANARY, max-concurrency: 0}]",
        "routing: {strategy: CANARY}",
        "host: a/CANARY",
        "proxy-url: CANARY",
        "proxy-url: http://CANARY:CANARY",
        "cors: {allowed-origins: ['a CANARY']}",
        "claude-api-key: [CANARY]",
        "claude-api-key: [{api-key: \"CANARY\\n\"}]",
        "claude-api-key: [{api-key: a, base-url: CANARY}]",
        "claude-api-key: [{api-key: a, base-url: 'https://CANARY@x'}]",
        "claude-api-key: [{api-key: a, headers: {CANARY x: y}}]",
        "claude-api-key: [{api-key: a, auth-header: CANARY}]",
        "claude-api-key: [{api-key: a, weight: CANARY}]",
        "claude-api-key: [{api-key: a, request-scoped-errors: [{match-regexr: ['(CANARY'], match: \
         [CANARY], action: CANARY}]}]",
        "claude-api-key: [{CANARY: a}]",
        "codex-api-key: [{api-key: CANARY}]",
        "[CANARY]: x",
        "? {CANARY: x}\n: y",
    ] {
        let yaml = yaml.replace("CANARY", CANARY);
        check(&yaml);
    }
}

/// Each of these would take minutes, or more memory than there is, if it were read to its end.
#[test]
fn files_that_are_made_to_be_slow() {
    let check = |yaml: &str, expected: &str| {
        let found = complaints(yaml);
        let shown: String = found.chars().take(300).collect();
        assert!(found.contains(expected), "{shown}");
    };
    let keys = |indent: &str| -> String {
        (0..20_000).fold(String::new(), |mut text, at| {
            writeln!(text, "{indent}k{at}: v").unwrap();
            text
        })
    };
    let wide = "more than 1000 keys in one mapping";
    check(&keys(""), wide);
    let headers = format!(
        "claude-api-key:\n - api-key: a\n   headers:\n{}",
        keys("    ")
    );
    check(&headers, wide);
    let rules: String = (0..20_000).fold(String::new(), |mut text, at| {
        write!(
            text,
            "{{status: 400, action: stop, match-regexr: ['{at}']}},"
        )
        .unwrap();
        text
    });
    let rules = format!("claude-api-key: [{{api-key: a, request-scoped-errors: [{rules}]}}]");
    check(&rules, "more than 500 different expressions");
    check(&"port: 1\n".repeat(5_000), "given twice, first on line 1");
    let ten = |name: char| vec![format!("*{name}"); 10].join(",");
    let mut bomb = "a: &a [x,x,x,x,x,x,x,x,x,x]\n".to_owned();
    for (name, last) in ('b'..='i').zip('a'..) {
        writeln!(bomb, "{name}: &{name} [{}]", ten(last)).unwrap();
    }
    check(&bomb, "too large or too deeply nested");
    check("a: &a [*a]", "not valid YAML");
    check(&"[".repeat(100_000), "recursion limit exceeded");
    check(&"- ".repeat(100_000), "too large or too deeply nested");
    check(&"a: [".repeat(30), "too large or too deeply nested");
}

/// Pieces that configuration files are made of.
fn piece() -> impl Strategy<Value = String> {
    prop_oneof![
        "\\PC{0,6}",
        prop::sample::select(vec![
            "port",
            "api-keys",
            "routing",
            "claude-api-key",
            "api-key",
            "models",
            "headers",
            "limits",
            "openai-compatibility",
            "base-url",
            "auth",
            "providers",
            "codex",
            "idle-timeout",
            "weight",
            "fallbacks",
            "request-scoped-errors",
            "match-regexr",
            "provider",
            ":",
            ": ",
            "- ",
            "\n",
            "\n  ",
            "\n    ",
            "[",
            "]",
            "{",
            "}",
            ",",
            "&a ",
            "*a",
            "<<",
            "!!int ",
            "'",
            "\"",
            "|",
            ">",
            "#",
            "~",
            "null",
            "yes",
            "007",
            "1.5",
            "-1",
            "30s",
            "env:A",
            "file:/",
            "\u{feff}",
            "\t",
            "\r\n",
            "---",
            "...",
            "%",
            "?",
            "https://x",
            "$A",
        ])
        .prop_map(str::to_owned),
    ]
}

proptest! {
    #[test]
    fn no_text_makes_loading_panic(pieces in prop::collection::vec(piece(), 0..60)) {
        let _ = shown(&pieces.concat());
    }

    #[test]
    fn two_readings_of_one_text_agree(pieces in prop::collection::vec(piece(), 0..60)) {
        let yaml = pieces.concat();
        prop_assert_eq!(shown(&yaml), shown(&yaml));
    }

    #[test]
    fn no_damage_makes_a_message_quote_a_secret(
        edits in prop::collection::vec((any::<prop::sample::Index>(), piece(), 0..4_usize), 1..6),
    ) {
        let mut yaml: Vec<char> = FILE.replace("CANARY", CANARY).chars().collect();
        for (at, piece, removed) in edits {
            let start = at.index(yaml.len());
            let end = (start + removed).min(yaml.len());
            yaml.splice(start..end, piece.chars());
        }
        let yaml: String = yaml.into_iter().collect();
        // A secret that became the name of a variable, a file or a model is shown as such, and one
        // that was cut may be too short to be told from a key.
        if yaml.contains("env:") || yaml.contains("file:") {
            return Ok(());
        }
        let problems = match load(&yaml) {
            Ok(loaded) => loaded.warnings,
            Err(problems) => problems,
        };
        prop_assert!(!problems.to_string().contains(CANARY), "{yaml}\n{problems}");
    }
}
