//! Where the configuration file is.

use crate::Env;
use std::path::{Path, PathBuf};

/// A configuration file that exists.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Found {
    /// Its path, as it was given or built.
    pub path: PathBuf,
    /// Why this one: `--config`, `$CLIPROXY_CONFIG` or `default location`.
    pub by: &'static str,
}

/// There is no configuration file.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("no configuration file; looked for {}", join(tried))]
pub struct NotFound {
    /// Where it was looked for, in this order.
    pub tried: Vec<PathBuf>,
}

/// Looks for the configuration file at `cli`, `$CLIPROXY_CONFIG`, `./config.yaml`,
/// `$XDG_CONFIG_HOME/cliproxy/config.yaml` (`~/.config` without that variable) and
/// `/etc/cliproxy/config.yaml`.
///
/// A path that was asked for is the only one that is tried: falling back to another file would
/// hide the typing mistake. A directory that was asked for is found, so that [`crate::load`] can
/// say what is wrong with it; in a default location it is passed over.
///
/// # Errors
///
/// [`NotFound`] with the places that were tried.
pub fn find(cli: Option<&Path>, env: &Env) -> Result<Found, NotFound> {
    let asked = match (cli, env.get_set("CLIPROXY_CONFIG")) {
        (Some(path), _) => Some((path.to_owned(), "--config")),
        (None, Some(path)) => Some((PathBuf::from(path), "$CLIPROXY_CONFIG")),
        (None, None) => None,
    };
    let candidates = match asked {
        Some((path, by)) if path.is_dir() => return Ok(Found { path, by }),
        Some(asked) => vec![asked],
        None => default_locations(env)
            .map(|path| (path, "default location"))
            .collect(),
    };
    match candidates.iter().find(|(path, _)| is_readable_kind(path)) {
        Some((path, by)) => Ok(Found {
            path: path.clone(),
            by,
        }),
        None => Err(NotFound {
            tried: candidates.into_iter().map(|(path, _)| path).collect(),
        }),
    }
}

fn default_locations(env: &Env) -> impl Iterator<Item = PathBuf> {
    let user = env
        .get_set("XDG_CONFIG_HOME")
        .map(PathBuf::from)
        // The XDG base directory specification ignores relative paths.
        .filter(|path| path.is_absolute())
        .or_else(|| Some(Path::new(env.get_set("HOME")?).join(".config")));
    [
        Some(PathBuf::from("config.yaml")),
        user.map(|directory| directory.join("cliproxy/config.yaml")),
        Some(PathBuf::from("/etc/cliproxy/config.yaml")),
    ]
    .into_iter()
    .flatten()
}

/// Anything but a directory: a pipe (`--config <(…)`) is fine.
fn is_readable_kind(path: &Path) -> bool {
    path.metadata().is_ok_and(|metadata| !metadata.is_dir())
}

fn join(paths: &[PathBuf]) -> String {
    let shown: Vec<String> = paths
        .iter()
        .map(|path| path.display().to_string())
        .collect();
    shown.join(", ")
}
