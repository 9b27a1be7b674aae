//! Whether it is safe to start.

use crate::{ClientKeyText, Config, Place, Problem, Problems, Severity};

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
    } else if public {
        let message = format!("listening on {host} without TLS: keys and prompts can be read");
        let remedy = "put a TLS proxy in front";
        let place = config.listen.place.clone();
        say(Severity::Warning, place, "host", message, remedy);
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
    use crate::{Env, Overrides, load_text};
    use std::path::Path;

    /// `expected` is what is found, as `line severity key`, in the order of the file.
    fn check(yaml: &str, expected: &[&str]) {
        let loaded = load_text(yaml, Path::new(""), &Env::default(), &Overrides::default());
        let found: Vec<String> = start_check(&loaded.unwrap().config)
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
            let (env, overrides) = (Env::default(), Overrides::default());
            let loaded = load_text(api_keys, Path::new(""), &env, &overrides);
            assert_eq!(
                start_check(&loaded.unwrap().config).to_string(),
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
}
