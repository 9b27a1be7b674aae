//! The configuration reader: any text is answered with a configuration or with problems, twice the
//! same, and neither shows a secret.

use cliproxy_config::{
    ClientKeyText, Config, Env, HeaderValueSpec, Overrides, Problems, load_text, start_check,
};
use std::path::Path;

/// Stands for a secret in the cases: longer than any key of the file, as the keys of providers are.
const CANARY: &str = "canary-4d1f0a9c2b7e4d1f0a9c2b7e4d1f0a9c2b7e";

/// A larger file is refused before it is read.
const LONGEST: usize = 16 << 20;

/// Checks one file.
pub fn check(data: &[u8]) {
    let Ok(text) = str::from_utf8(data) else {
        return;
    };
    // A file of this machine is neither part of the case nor always ready to be read.
    if text.len() > LONGEST || text.contains("file:") {
        return;
    }
    let env = Env::from_iter([("A", CANARY), ("EMPTY", ""), ("PORT", "1")]);
    let overrides = Overrides::default();
    let load = || load_text(text, Path::new("/nonexistent"), &env, &overrides);
    let (first, second) = (load(), load());
    let (config, problems) = match first {
        Ok(loaded) => (Some(loaded.config), loaded.warnings),
        Err(problems) => (None, problems),
    };
    assert_eq!(config.is_none(), problems.has_errors());
    let shown = shown(config.as_ref(), &problems);
    let again = match &second {
        Ok(loaded) => self::shown(Some(&loaded.config), &loaded.warnings),
        Err(problems) => self::shown(None, problems),
    };
    assert_eq!(shown, again, "two readings differ");
    // What the environment holds is a secret wherever it went.
    assert!(!shown.contains(CANARY) || text.contains(CANARY), "{shown}");
    let config = config.unwrap_or_default();
    for secret in secrets(&config) {
        // Text that stands somewhere else as well is not secret.
        if is_telling(secret) && text.matches(secret).count() == 1 {
            assert!(!shown.contains(secret), "{secret}: {shown}");
        }
    }
}

/// Everything that can be printed.
fn shown(config: Option<&Config>, problems: &Problems) -> String {
    let checked = config.map(|config| {
        let found = start_check(config, false);
        format!("{found} {found:?}")
    });
    format!("{problems} {problems:?} {config:?} {checked:?}")
}

/// Every secret of a configuration.
fn secrets(config: &Config) -> Vec<&str> {
    let mut secrets = Vec::new();
    for key in &config.client_keys {
        if let ClientKeyText::Plain(secret) = &key.key {
            secrets.push(secret.expose());
        }
    }
    for entry in &config.entries {
        secrets.extend(entry.keys.iter().map(|key| key.api_key.expose()));
        for (_, value) in &entry.headers {
            if let HeaderValueSpec::Literal(secret) = value {
                secrets.push(secret.expose());
            }
        }
    }
    secrets
}

/// Long enough not to be part of a message by accident.
fn is_telling(secret: &str) -> bool {
    let digits = secret.bytes().filter(u8::is_ascii_digit).count();
    secret.len() >= 16 && digits >= 4
}
