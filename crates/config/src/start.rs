//! Whether it is safe to start.

use crate::{ClientKeyText, Config, Entry, Place, Problem, Problems, Severity};

/// The client keys of the example file of version 7. Everybody knows them.
const SAMPLE_KEYS: [&str; 3] = ["your-api-key-1", "your-api-key-2", "your-api-key-3"];

/// What speaks against serving with this configuration.
///
/// Strangers must not reach a gateway that is open to everybody, or whose key everybody knows: that
/// is an error, unless `allow-insecure` makes it a warning. A gateway that only this machine can
/// reach gets warnings. Keys that let nobody in shut strangers out too, so they are a warning
/// anywhere.
#[must_use]
pub fn start_check(config: &Config) -> Problems {
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
    } else if public && config.tls.is_none() {
        let message = format!("listening on {host} without TLS: keys and prompts can be read");
        let remedy = "put a TLS proxy in front";
        let place = config.listen.place.clone();
        say(Severity::Warning, place, "host", message, remedy);
    }
    if let Some(place) = config.tls.clone().filter(|_| public) {
        // Who asks for TLS counts on it; the warning that `tls` is ignored is easily missed.
        let message = format!("not built yet: {host} would be served in plain HTTP");
        let remedy = "remove it, and put a TLS proxy in front of this machine";
        say(serious, place, "tls.enable", message, remedy);
    }
    // A client with a sign-in of its own needs no entry.
    if !config.claude_passthrough && !config.entries.iter().any(usable) {
        let none = match config.entries.len() {
            0 => "no provider entries",
            _ => "every provider entry is disabled",
        };
        let message = format!("{none}: every model request will be answered 404, unknown model");
        let remedy = "add one, such as `claude-api-key`";
        say(Severity::Warning, Place::Default, "", message, remedy);
    }
    if !config.open && config.client_keys.is_empty() {
        let message = "every client key is disabled or empty: nobody is let in".to_owned();
        let (place, remedy) = (Place::Default, "add a key, or remove `disabled` from one");
        say(Severity::Warning, place, "api-keys", message, remedy);
    }
    for (index, key) in config.client_keys.iter().enumerate() {
        let ClientKeyText::Plain(text) = &key.key else {
            continue;
        };
        if SAMPLE_KEYS.contains(&text.expose()) {
            let place = match key.line {
                Some(line) => Place::File { line, column: 1 },
                None => Place::Default,
            };
            let key = format!("api-keys[{index}]");
            let message = "a key of the example file, which everybody knows".to_owned();
            say(serious, place, &key, message, "put a random key there");
        }
    }
    Problems::from(problems)
}

#[cfg(test)]
mod tests {
    use super::start_check;
    use crate::{Env, Overrides, Problems, load_text};
    use std::path::Path;

    const ENTRY: &str = "claude-api-key: [{api-key: k}]";

    /// What is found in `yaml`.
    fn found(yaml: &str) -> Problems {
        let loaded = load_text(yaml, Path::new(""), &Env::default(), &Overrides::default());
        start_check(&loaded.unwrap().config)
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
        check("api-keys: []", &[" warning api-keys"]);
        check("api-keys: [k]", &[]);
        check("api-keys: [your-api-key-1]", &["1 warning api-keys[0]"]);
    }

    #[test]
    fn every_interface() {
        check("port: 1\nhost: ''", &["2 error host"]);
        check("host: 0.0.0.0", &["1 error host"]);
        check("host: example.com", &["1 error host"]);
        check("host: ''\napi-keys: []", &["1 error host"]);
        check("host: ''\napi-keys: [k]", &["1 warning host"]);
        check(
            "host: ''\napi-keys:\n  - k\n  - your-api-key-3",
            &["1 warning host", "4 error api-keys[1]"],
        );
        check(
            "host: ''\nallow-insecure: true\napi-keys: [your-api-key-2]",
            &["1 warning host", "3 warning api-keys[0]"],
        );
        check("host: ''\nallow-insecure: true", &["1 warning host"]);
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
    fn tls_that_is_not_there() {
        let tls = "api-keys: [k]\ntls:\n  enable: yes";
        check(tls, &[]);
        check(&format!("{tls}\nhost: localhost"), &[]);
        check(&format!("{tls}\nhost: ''"), &["3 error tls.enable"]);
        check(
            &format!("{tls}\nhost: ''\nallow-insecure: true"),
            &["3 warning tls.enable"],
        );
        check(
            "host: ''\ntls: {enable: 'true'}",
            &["1 error host", "2 error tls.enable"],
        );
        for off in ["{enable: false}", "{enable: ''}", "{enable: ~}", "{}", "[]"] {
            let yaml = format!("host: ''\napi-keys: [k]\ntls: {off}");
            check(&yaml, &["1 warning host"]);
        }
        assert_eq!(
            found(&format!("{tls}\nhost: 0.0.0.0\n{ENTRY}")).to_string(),
            "3:3: error: tls.enable: not built yet: 0.0.0.0 would be served in plain HTTP (remove \
             it, and put a TLS proxy in front of this machine)"
        );
    }

    #[test]
    fn nothing_to_serve_from() {
        let check = |yaml: &str, expected: &str| {
            let found = found(&format!("api-keys: [k]\n{yaml}"));
            assert_eq!(found.to_string(), expected, "{yaml}");
        };
        let answered = "every model request will be answered 404, unknown model (add one, such as \
                        `claude-api-key`)";
        let none = format!("warning: no provider entries: {answered}");
        check("", &none);
        check("claude-api-key: []", &none);
        check("claude-api-key: [{api-key: ''}]", &none);
        check(
            "claude-api-key: [{api-key: k, disabled: true}]",
            &format!("warning: every provider entry is disabled: {answered}"),
        );
        check("claude-passthrough: true", "");
        check(ENTRY, "");
    }
}
