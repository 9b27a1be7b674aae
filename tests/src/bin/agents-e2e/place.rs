//! Where an agent runs: a home and a work directory of its own, and nothing else of the user's.

use crate::agent::Agent;
use anyhow::Context as _;
use std::{
    fs, io,
    path::{Path, PathBuf},
    process::Stdio,
    time::Duration,
};
use tokio::{process::Command, time::timeout};

/// How long an agent may take. A run takes seconds; this is for a machine that does much else.
const LIMIT: Duration = Duration::from_secs(180);

/// The programs, and where runs may leave files.
#[derive(Debug)]
pub(crate) struct Installation {
    pub(crate) agents: PathBuf,
    pub(crate) node: PathBuf,
    pub(crate) gateway: PathBuf,
    pub(crate) work: PathBuf,
}

/// The directories of one run.
#[derive(Debug)]
pub(crate) struct Place {
    pub(crate) root: PathBuf,
    /// What the agent takes for the user's home.
    pub(crate) home: PathBuf,
    /// Where it works.
    pub(crate) work: PathBuf,
}

/// An agent that has ended, or was stopped.
#[derive(Debug)]
pub(crate) struct Ended {
    /// The exit code; `None` after a signal, or if it was stopped.
    pub(crate) code: Option<i32>,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
}

impl Place {
    /// Empty directories under `root`, with the files that the agent is configured by.
    pub(crate) fn new(root: PathBuf, agent: Agent, gateway: &str) -> anyhow::Result<Self> {
        if let Err(error) = fs::remove_dir_all(&root)
            && error.kind() != io::ErrorKind::NotFound
        {
            return Err(error).with_context(|| format!("{}", root.display()));
        }
        let place = Self {
            home: root.join("home"),
            work: root.join("work"),
            root,
        };
        fs::create_dir_all(place.home.join("tmp"))?;
        // The agents look for the repository they are in. The one around the directory of builds
        // must not be it: they would read its files and tell the upstream about it.
        fs::create_dir_all(place.work.join(".git"))?;
        for (name, text) in agent.files(gateway) {
            let path = place.home.join(name);
            fs::create_dir_all(path.parent().unwrap_or(&place.home))?;
            fs::write(path, text)?;
        }
        Ok(place)
    }

    /// Runs the agent with these arguments to its end.
    pub(crate) async fn run(
        &self,
        installation: &Installation,
        agent: Agent,
        gateway: &str,
        arguments: &[String],
    ) -> anyhow::Result<Ended> {
        let program = installation
            .agents
            .join("node_modules/.bin")
            .join(agent.program());
        let mut command = Command::new(&program);
        command
            .args(arguments)
            .current_dir(&self.work)
            // Nothing is inherited: no key, no proxy, no setting of the developer's own agents.
            .env_clear()
            .env("PATH", search_path(&installation.node))
            .env("HOME", &self.home)
            .env("TMPDIR", self.home.join("tmp"))
            .env("XDG_CACHE_HOME", self.home.join(".cache"))
            .env("XDG_CONFIG_HOME", self.home.join(".config"))
            .env("XDG_DATA_HOME", self.home.join(".local/share"))
            .env("XDG_STATE_HOME", self.home.join(".local/state"))
            .env("GIT_CEILING_DIRECTORIES", &self.root)
            .env("LANG", "C.UTF-8")
            .envs(agent.environment(gateway, &self.home))
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            // Two of the agents are launchers of another process, which has to end as well.
            .process_group(0)
            .kill_on_drop(true);
        let child = command
            .spawn()
            .with_context(|| format!("{}", program.display()))?;
        let group = child.id();
        match timeout(LIMIT, child.wait_with_output()).await {
            Ok(output) => {
                let output = output?;
                Ok(Ended {
                    code: output.status.code(),
                    stdout: String::from_utf8_lossy(&output.stdout).into_owned(),
                    stderr: String::from_utf8_lossy(&output.stderr).into_owned(),
                })
            }
            Err(_elapsed) => {
                if let Some(group) = group {
                    let kill = format!("kill -KILL -{group}");
                    Command::new("sh").args(["-c", &kill]).status().await?;
                }
                Ok(Ended {
                    code: None,
                    stdout: String::new(),
                    stderr: format!("it was still running after {LIMIT:?}, and stopped"),
                })
            }
        }
    }
}

/// Node, and the programs that a command of an agent needs.
fn search_path(node: &Path) -> String {
    format!("{}:/usr/local/bin:/usr/bin:/bin", node.display())
}
