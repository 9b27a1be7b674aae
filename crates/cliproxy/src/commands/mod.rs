//! The commands, one module each.

pub(crate) mod check_config;
pub(crate) mod credentials;
pub(crate) mod demo;
pub(crate) mod explain;
pub(crate) mod import;
pub(crate) mod init;
pub(crate) mod print_schema;
pub(crate) mod reset;
pub(crate) mod serve;
pub(crate) mod status;
pub(crate) mod translate;

mod running;

use cliproxy::default_state_dir;
use cliproxy_config::{Config, Env, Found, Loaded, NotFound, Overrides, Problems, find, load};
use std::{
    io,
    path::{Path, PathBuf},
};

/// What somebody is told who has no credential, and lets clients bring their own.
const PASSTHROUGH: &str = "`claude-passthrough` is on: Claude Code sends the client key in \
                           x-gateway-key, and its own sign-in in Authorization";

/// What keeps a configuration from being used.
pub(crate) enum Unusable {
    Missing(NotFound),
    Wrong { found: Found, problems: Problems },
}

/// Finds and loads the configuration.
pub(crate) fn configuration(
    file: Option<&Path>,
    overrides: &Overrides,
) -> Result<(Found, Loaded), Unusable> {
    configuration_in(file, overrides, &Env::of_process())
}

/// Finds and loads it with these variables.
pub(crate) fn configuration_in(
    file: Option<&Path>,
    overrides: &Overrides,
    env: &Env,
) -> Result<(Found, Loaded), Unusable> {
    let found = find(file, env).map_err(Unusable::Missing)?;
    match load(&found.path, env, overrides) {
        Ok(loaded) => Ok((found, loaded)),
        Err(problems) => Err(Unusable::Wrong { found, problems }),
    }
}

/// Where a gateway of this configuration keeps its state.
pub(crate) fn state_dir(config: Option<&Config>) -> Option<PathBuf> {
    match config {
        Some(config) => config.state_dir.clone(),
        None => default_state_dir(&Env::of_process()),
    }
}

/// The runtime of the main thread: signals, and accepting connections for the workers.
pub(crate) fn runtime() -> io::Result<tokio::runtime::Runtime> {
    tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
}
