//! Making a running gateway one that can be found and asked.

use cliproxy_config::Env;
use cliproxy_gateway::Gateway;
use cliproxy_management::{Control, ControlError, RunDirectory, RunError, RunFile, RunRecord};
use std::{
    path::{Path, PathBuf},
    sync::Arc,
    time::{SystemTime, UNIX_EPOCH},
};
use tokio_util::{
    sync::{CancellationToken, DropGuard},
    task::TaskTracker,
};

/// How a service is found by `cliproxy explain`, `status` and `reset`.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct ControlParams {
    /// Where the run file goes, below `run`. Without one there is no control socket.
    pub state_dir: Option<PathBuf>,
    /// What the service is told apart by: the absolute path of its configuration.
    pub config: String,
}

impl ControlParams {
    /// For a service of this configuration file.
    #[must_use]
    pub fn of_file(state_dir: Option<PathBuf>, config: &Path) -> Self {
        let absolute = std::path::absolute(config);
        let config = absolute.as_deref().unwrap_or(config);
        Self {
            state_dir,
            config: config.display().to_string(),
        }
    }

    /// For a service whose configuration is no file.
    #[must_use]
    pub fn named(state_dir: Option<PathBuf>, name: &str) -> Self {
        Self {
            state_dir,
            config: name.to_owned(),
        }
    }
}

/// The directory for state unless the configuration names one: `$XDG_STATE_HOME/cliproxy`, or
/// `$HOME/.local/state/cliproxy`.
#[must_use]
pub fn default_state_dir(env: &Env) -> Option<PathBuf> {
    let absolute = |name| {
        let path = Path::new(env.get(name)?);
        // The XDG base directory specification ignores relative paths.
        path.is_absolute().then(|| path.to_owned())
    };
    absolute("XDG_STATE_HOME")
        .or_else(|| Some(absolute("HOME")?.join(".local/state")))
        .map(|home| home.join("cliproxy"))
}

/// A control socket that is served. Dropping it closes the socket and removes the run file.
#[derive(Debug)]
pub(crate) struct OpenControl {
    _run_file: RunFile,
    _stop: DropGuard,
}

/// Why a service cannot be asked.
#[derive(Debug, thiserror::Error)]
enum Unasked {
    #[error(transparent)]
    Control(#[from] ControlError),
    #[error("neither XDG_STATE_HOME nor HOME names a directory")]
    NoDirectory,
    #[error(transparent)]
    Run(#[from] RunError),
}

impl OpenControl {
    /// Opens the socket of this gateway, whose clients use `address`, on the runtime that this runs
    /// on. A gateway that cannot be asked serves all the same: then there is a warning.
    pub(crate) async fn open(
        params: ControlParams,
        gateway: &Arc<Gateway>,
        address: &str,
        now: SystemTime,
        tasks: &TaskTracker,
    ) -> Option<Self> {
        let opened = Self::try_open(params, gateway, address, now, tasks).await;
        opened
            .inspect_err(|error| {
                tracing::warn!(
                    %error,
                    "`cliproxy explain`, `status` and `reset` will not find this gateway; it needs \
                     a `state-dir` that it can write to"
                );
            })
            .ok()
    }

    async fn try_open(
        params: ControlParams,
        gateway: &Arc<Gateway>,
        address: &str,
        now: SystemTime,
        tasks: &TaskTracker,
    ) -> Result<Self, Unasked> {
        let state_dir = params.state_dir.ok_or(Unasked::NoDirectory)?;
        let directory = Arc::new(RunDirectory::create(&state_dir)?);
        let control = Control::bind().await?;
        let started = now.duration_since(UNIX_EPOCH).unwrap_or_default();
        let run_file = directory.write(&RunRecord {
            pid: std::process::id(),
            started_ms: u64::try_from(started.as_millis()).unwrap_or(u64::MAX),
            config: params.config,
            address: address.to_owned(),
            control: control.address(),
            token: control.token().clone(),
        })?;
        let stop = CancellationToken::new();
        tasks.spawn(control.serve(Arc::clone(gateway), stop.clone()));
        let stopped = stop.clone();
        // In the background: what is left of others does not delay the start.
        tasks.spawn(async move {
            tokio::select! {
                () = stopped.cancelled() => {}
                _running = directory.running() => {}
            }
        });
        Ok(Self {
            _run_file: run_file,
            _stop: stop.drop_guard(),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::default_state_dir;
    use cliproxy_config::Env;

    #[test]
    fn where_state_is_kept() {
        let check = |variables: &[(&str, &str)], expected: Option<&str>| {
            let env: Env = variables.iter().copied().collect();
            let found = default_state_dir(&env);
            let found = found.as_deref().and_then(|path| path.to_str());
            assert_eq!(found, expected, "{variables:?}");
        };
        let home = ("HOME", "/home/me");
        check(&[home], Some("/home/me/.local/state/cliproxy"));
        check(
            &[home, ("XDG_STATE_HOME", "/var/lib")],
            Some("/var/lib/cliproxy"),
        );
        for relative in ["state", "", "./x"] {
            check(
                &[home, ("XDG_STATE_HOME", relative)],
                Some("/home/me/.local/state/cliproxy"),
            );
        }
        check(&[("HOME", "")], None);
        check(&[], None);
    }
}
