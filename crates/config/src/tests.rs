//! What files load to, as data.

mod ca;
mod client_keys;
mod credentials;
mod documents;
mod entries;
mod entry_keys;
mod error_rules;
mod fallbacks;
mod leaks;
mod listener;
mod migration;
mod model_facts;
mod oauth;
mod places;
mod restart;
mod routing;
mod secrets;
mod settings;
mod state_dir;
mod translation;
mod unset;
mod weights;

use crate::{Config, Env, Loaded, Overrides, Problems, load_text};
use std::path::Path;

/// Where the tests' files are.
const DATA: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/src/tests/data");

fn load(yaml: &str) -> Result<Loaded, Problems> {
    load_text(
        yaml,
        Path::new(DATA),
        &Env::default(),
        &Overrides::default(),
    )
}

/// The configuration of a file without errors.
fn config(yaml: &str) -> Config {
    match load(yaml) {
        Ok(loaded) => loaded.config,
        Err(problems) => panic!("{yaml}\n{problems}"),
    }
}

/// Everything that is wrong with a file, warnings included, one line each.
fn complaints(yaml: &str) -> String {
    match load(yaml) {
        Ok(loaded) => loaded.warnings.to_string(),
        Err(problems) => problems.to_string(),
    }
}
