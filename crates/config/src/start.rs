//! Whether it is safe to start.

use crate::{ClientKeyText, Config, Entry, Place, Problem, Problems, Severity};

/// Client keys that everybody knows: those of the example file of version 7, and what is typed where
/// a form wants something. Lowercase.
const SAMPLE_KEYS: [&str; 5] = [
    "changeme",
    "sk-dummy",
    "your-api-key-1",
    "your-api-key-2",
    "your-api-key-3",
];
/// The digest in the example file. Others are not judged: what they are of is not known.
const SAMPLE_DIGEST: [u8; 32] = [
    0x2c, 0xf2, 0x4d, 0xba, 0x5f, 0xb0, 0xa3, 0x0e, 0x26, 0xe8, 0x3b, 0x2a, 0xc5, 0xb9, 0xe2, 0x9e,
    0x1b, 0x16, 0x1e, 0x5c, 0x1f, 0xa7, 0x42, 0x5e, 0x73, 0x04, 0x33, 0x62, 0x93, 0x8b, 0x98, 0x24,
];
/// A shorter key can be guessed, in characters.
const MIN_KEY_LENGTH: usize = 16;

/// What speaks against serving with this configuration.
///
/// Strangers must not reach a gateway that is open to everybody, or whose key everybody knows: that
/// is an error, unless `allow-insecure` makes it a warning. A gateway that only this machine can
/// reach gets warnings. Keys that let nobody in shut strangers out too, so they are a warning
/// anywhere.
///
/// `has_accounts` is whether there are credential files, which are not looked for here.
#[must_use]
pub fn start_check(config: &Config, has_accounts: bool) -> Problems {
    let host = &config.listen.host;
    let usable = |entry: &Entry| !entry.disabled;
    let public = !host.is_loopback();
    let serious = if public && !config.allow_insecure {
        Severity::Error
    } else {
        Severity::Warning
    };
    let mut problems = Vec::new();
    let mut say = |severity, place, key: &str, message: String, remedy: &str| {
        problems.push(Problem {
            severity,
            place,
            key: key.to_owned(),
            message,
            remedy: remedy.to_owned(),
        });
    };
    if config.open {
        let place = config.listen.place.clone();
        if public {
            let message = format!("listening on {host} without client keys: an open gateway");
            let remedy = "add a key to `api-keys`, or remove `host` to listen on this machine only";
            say(serious, place, "host", message, remedy);
        } else {
            let message = "no client keys: every program on this machine can use the gateway";
            let remedy = "add a key to `api-keys`";
            say(serious, place, "api-keys", message.to_owned(), remedy);
        }
    } else if public && config.tls.is_none() && config.trusted_proxies.is_empty() {
        let message = format!("listening on {host} without TLS: keys and prompts can be read");
        let remedy = "set `tls`, or put a TLS proxy in front and list it in `trusted-proxies`";
        let place = config.listen.place.clone();
        say(Severity::Warning, place, "host", message, remedy);
    }
    // A client with a sign-in of its own needs no entry.
    if !config.claude_passthrough && !has_accounts && !config.entries.iter().any(usable) {
        let none = match config.entries.len() {
            0 => "no provider entries, and no credential files",
            _ => "every provider entry is disabled, and there are no credential files",
        };
        let message = format!("{none}: every model request will be answered 404, unknown model");
        let remedy = "add an entry, such as `claude-api-key`, or an account with `cliproxy import`";
        say(Severity::Warning, Place::Default, "", message, remedy);
    }
    if !config.open && config.client_keys.is_empty() {
        let message = "every client key is disabled or empty: nobody is let in".to_owned();
        let (place, remedy) = (Place::Default, "add a key, or remove `disabled` from one");
        say(Severity::Warning, place, "api-keys", message, remedy);
    }
    for (index, key) in config.client_keys.iter().enumerate() {
        let weakness = match &key.key {
            ClientKeyText::Plain(text) => weakness(text.expose(), public),
            ClientKeyText::Sha256(digest) => {
                (*digest == SAMPLE_DIGEST).then_some("a sample digest, whose key everybody knows")
            }
        };
        let Some(message) = weakness else {
            continue;
        };
        let place = match key.line {
            Some(line) => Place::File { line, column: 1 },
            None => Place::Default,
        };
        let key = format!("api-keys[{index}]");
        let remedy = "put a random key there";
        say(serious, place, &key, message.to_owned(), remedy);
    }
    Problems::from(problems)
}

/// What is wrong with a client key. A short one is good enough where only this machine can connect.
fn weakness(key: &str, public: bool) -> Option<&'static str> {
    let known = |sample: &&str| key.eq_ignore_ascii_case(sample);
    if SAMPLE_KEYS.iter().any(known) {
        return Some("a sample key, which everybody knows");
    }
    (public && key.chars().nth(MIN_KEY_LENGTH - 1).is_none()).then_some("too short to be secret")
}

#[cfg(test)]
mod tests {
    use super::start_check;
    use crate::{Env, Overrides, Problems, load_text};
    use std::path::Path;

    const ENTRY: &str = "claude-api-key: [{api-key: k}]";

    /// What is found in `yaml`.
    fn found(yaml: &str) -> Problems {
        let data = Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/src/tests/data"));
        let loaded = load_text(yaml, data, &Env::default(), &Overrides::default());
        start_check(&loaded.unwrap().config, false)
    }

    /// `expected` is what is found with a provider entry, as `line severity key`, in the order of
    /// the file.
    fn check(yaml: &str, expected: &[&str]) {
        let yaml = match yaml {
            "{}" => ENTRY.to_owned(),
            yaml => format!("{yaml}\n{ENTRY}"),
        };
        let found: Vec<String> = found(&yaml)
            .iter()
            .map(|problem| {
                let line = problem
                    .place
                    .line()
                    .map_or_else(String::new, |line| line.to_string());
                format!("{line} {} {}", problem.severity, problem.key)
            })
            .collect();
        assert_eq!(found, expected, "{yaml}");
    }

    #[test]
    fn loopback() {
        check("{}", &[" warning api-keys"]);
        check("host: 127.0.0.1", &["1 warning api-keys"]);
        check("host: localhost", &["1 warning api-keys"]);
        check("host: '[::1]'", &["1 warning api-keys"]);
        check("host: '::ffff:127.0.0.1'", &["1 warning api-keys"]);
        check("host: none\nunix-socket: s", &["1 warning api-keys"]);
        check("api-keys: []", &[" warning api-keys"]);
        check("api-keys: [k]", &[]);
        check("host: none\nunix-socket: s\napi-keys: [k]", &[]);
        check("api-keys: [your-api-key-1]", &["1 warning api-keys[0]"]);
        check("api-keys: [k, Sk-Dummy]", &["1 warning api-keys[1]"]);
    }

    /// Long enough to be secret.
    const KEY: &str = "api-keys: [0123456789abcdef]";

    #[test]
    fn every_interface() {
        check("port: 1\nhost: ''", &["2 error host"]);
        check("host: 0.0.0.0", &["1 error host"]);
        check("host: example.com", &["1 error host"]);
        check("host: ''\nunix-socket: s", &["1 error host"]);
        check("host: ''\napi-keys: []", &["1 error host"]);
        // Neither is a reason to serve strangers.
        check("host: ''\ntrusted-proxies: [10.0.0.7]", &["1 error host"]);
        check(
            "host: ''\ntls: {cert: tls/cert.pem, key: tls/key.pem}",
            &["1 error host"],
        );
        check(&format!("host: ''\n{KEY}"), &["1 warning host"]);
        check(
            "host: ''\nallow-insecure: true\napi-keys: [your-api-key-2]",
            &["1 warning host", "3 warning api-keys[0]"],
        );
        check("host: ''\nallow-insecure: true", &["1 warning host"]);
    }

    #[test]
    fn keys_that_are_not_secret() {
        let check = |key: &str, expected: &str| {
            let found = |settings: &str| {
                found(&format!(
                    "{settings}\ntrusted-proxies: [10.0.0.7]\n{ENTRY}\napi-keys: ['{key}']"
                ))
                .to_string()
            };
            let problem = |severity: &str| match expected {
                "" => String::new(),
                expected => {
                    format!("5:1: {severity}: api-keys[0]: {expected} (put a random key there)")
                }
            };
            let refused = found("host: ''\nallow-insecure: false");
            assert_eq!(refused, problem("error"), "{key}");
            let allowed = found("host: ''\nallow-insecure: true");
            assert_eq!(allowed, problem("warning"), "{key}");
        };
        let sample = "a sample key, which everybody knows";
        let short = "too short to be secret";
        check("your-api-key-1", sample);
        check("your-api-key-3", sample);
        check("YOUR-API-KEY-3", sample);
        check("sk-dummy", sample);
        check("SK-Dummy", sample);
        check("changeme", sample);
        check("ChangeMe", sample);
        check("changeme2", short);
        check("k", short);
        check("0123456789abcde", short);
        check("éééééééé", short);
        check("0123456789abcdef", "");
        check("your-api-key-1-and-more", "");
    }

    #[test]
    fn the_digest_of_the_example_file() {
        let example = crate::example();
        let line = example.lines().find(|line| line.contains("key-hash"));
        let digest = line.unwrap().split_once("key-hash: ").unwrap().1;
        let keys = format!("api-keys: [{{key-hash: '{}'}}]", digest.trim());
        check(
            &format!("host: ''\n{keys}"),
            &["1 warning host", "2 error api-keys[0]"],
        );
    }

    #[test]
    fn a_digest_has_no_length() {
        let digest = "ab".repeat(32);
        let keys = format!("api-keys: [{{key-hash: 'sha256:{digest}'}}]");
        check(&format!("host: ''\n{keys}"), &["1 warning host"]);
    }

    #[test]
    fn keys_that_let_nobody_in() {
        let check = |api_keys: &str| {
            let yaml = format!("host: 0.0.0.0\n{api_keys}");
            check(&yaml, &["1 warning host", " warning api-keys"]);
            assert_eq!(
                found(&format!("{api_keys}\n{ENTRY}")).to_string(),
                "warning: api-keys: every client key is disabled or empty: nobody is let in (add a \
                 key, or remove `disabled` from one)",
                "{api_keys}"
            );
        };
        check("api-keys: [{key: k, disabled: true}]");
        check("api-keys: ['', ' ', ~]");
        check("api-keys: [{name: nobody}]");
        check("auth: {providers: [{type: config-api-key, api-keys: ['']}]}");
    }

    #[test]
    fn keys_and_prompts_in_the_clear() {
        let check = |yaml: &str, expected: &[&str]| check(&format!("{KEY}\n{yaml}"), expected);
        let tls = "tls: {cert: tls/cert.pem, key: tls/key.pem}";
        check("host: ''", &["2 warning host"]);
        check(&format!("{tls}\nhost: ''"), &[]);
        check("trusted-proxies: [10.0.0.7]\nhost: ''", &[]);
        check("tls: {enable: false}\nhost: ''", &["3 warning host"]);
        check("trusted-proxies: []\nhost: ''", &["3 warning host"]);
        check("host: localhost", &[]);
        check("host: none\nunix-socket: s", &[]);
        assert_eq!(
            found(&format!("host: 0.0.0.0\n{KEY}\n{ENTRY}")).to_string(),
            "1:1: warning: host: listening on 0.0.0.0 without TLS: keys and prompts can be read \
             (set `tls`, or put a TLS proxy in front and list it in `trusted-proxies`)"
        );
        // As a log says it, whose level is the severity.
        let found = found(&format!("host: 0.0.0.0\n{KEY}\n{ENTRY}"));
        let said = found.iter().next().unwrap().without_severity().to_string();
        assert!(
            said.starts_with("1:1: host: listening on 0.0.0.0 "),
            "{said}"
        );
    }

    #[test]
    fn nothing_to_serve_from() {
        let check = |yaml: &str, expected: &str| {
            let found = found(&format!("api-keys: [k]\n{yaml}"));
            assert_eq!(found.to_string(), expected, "{yaml}");
        };
        let answered = "every model request will be answered 404, unknown model (add an entry, such \
                        as `claude-api-key`, or an account with `cliproxy import`)";
        let none = format!("warning: no provider entries, and no credential files: {answered}");
        check("", &none);
        check("claude-api-key: []", &none);
        check("claude-api-key: [{api-key: ''}]", &none);
        check(
            "claude-api-key: [{api-key: k, disabled: true}]",
            &format!(
                "warning: every provider entry is disabled, and there are no credential files: \
                 {answered}"
            ),
        );
        check("claude-passthrough: true", "");
        check(ENTRY, "");
    }

    #[test]
    fn accounts_are_something_to_serve_from() {
        for entries in ["", "claude-api-key: [{api-key: k, disabled: true}]"] {
            let yaml = format!("api-keys: [k]\n{entries}");
            let loaded = load_text(
                &yaml,
                Path::new("."),
                &Env::default(),
                &Overrides::default(),
            );
            let config = loaded.unwrap().config;
            assert_eq!(start_check(&config, true).to_string(), "", "{yaml}");
        }
    }
}
