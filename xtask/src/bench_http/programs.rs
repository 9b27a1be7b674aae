//! The programs of a run: how they are built, and how each is started as the proxy.

use std::fmt;
use std::fs::OpenOptions;
use std::io::Write as _;
use std::net::{Ipv4Addr, SocketAddr, TcpListener};
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};

use xshell::{Shell, cmd};

use super::process::Process;
use super::workload::Workload;
use crate::{step, target_dir};

/// What clients present to the gateway.
pub(crate) const CLIENT_KEY: &str = "bench-key";

/// What stands between the clients and the upstream.
#[derive(Clone, PartialEq, Eq)]
pub(crate) enum Target {
    /// Nothing: the clients talk to the upstream.
    Upstream,
    Floor,
    Gateway(PathBuf),
    /// A second gateway to compare the first with.
    Against(PathBuf),
}

impl Target {
    pub(crate) const fn is_gateway(&self) -> bool {
        matches!(self, Self::Gateway(_) | Self::Against(_))
    }
}

impl fmt::Display for Target {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Upstream => "upstream",
            Self::Floor => "floor",
            Self::Gateway(_) => "cliproxy",
            Self::Against(_) => "against",
        })
    }
}

/// The programs of `benches/floor`.
pub(crate) struct Programs {
    pub(crate) floor: PathBuf,
    pub(crate) upstream: PathBuf,
    pub(crate) load: PathBuf,
}

impl Programs {
    pub(crate) fn build(sh: &Shell) -> anyhow::Result<Self> {
        step("build the floor");
        let target = target_dir()?.join("floor");
        cmd!(
            sh,
            "cargo build --release --manifest-path benches/floor/Cargo.toml --target-dir {target}"
        )
        .run()?;
        let built = target.join("release");
        Ok(Self {
            floor: built.join("floor-proxy"),
            upstream: built.join("bench-upstream"),
            load: built.join("bench-load"),
        })
    }

    pub(crate) fn build_gateway(sh: &Shell) -> anyhow::Result<PathBuf> {
        step("build the gateway");
        let target = target_dir()?;
        cmd!(
            sh,
            "cargo build --release --package cliproxy --target-dir {target}"
        )
        .run()?;
        Ok(target.join("release/cliproxy"))
    }

    pub(crate) fn start_upstream(
        &self,
        address: SocketAddr,
        dir: &Path,
    ) -> anyhow::Result<Process> {
        let args = ["--listen", &address.to_string()];
        Process::start(&self.upstream, &args, dir, &dir.join("upstream.log"))
    }

    /// Starts a target in front of `upstream`; there is no process when it is the upstream.
    pub(crate) fn start(
        &self,
        target: &Target,
        address: SocketAddr,
        upstream: SocketAddr,
        dir: &Path,
        workload: &Workload,
    ) -> anyhow::Result<Option<Process>> {
        let log = dir.join("proxy.log");
        let process = match target {
            Target::Upstream => return Ok(None),
            Target::Floor => {
                let args = [
                    "--listen",
                    &address.to_string(),
                    "--upstream",
                    &upstream.to_string(),
                ];
                Process::start(&self.floor, &args, dir, &log)?
            }
            Target::Gateway(binary) | Target::Against(binary) => {
                let config = dir.join("config.yaml");
                let mut text = config_text(address);
                text.push_str(&match workload.translates() {
                    true => claude_upstream(upstream),
                    false => chat_upstream(upstream),
                });
                if workload.refuses() {
                    text.push_str(&cooling());
                }
                write_config(&config, &text)?;
                Process::start(
                    binary,
                    &["serve".as_ref(), "--config".as_ref(), config.as_os_str()],
                    dir,
                    &log,
                )?
            }
        };
        Ok(Some(process))
    }
}

/// Everything as it is by default.
fn config_text(address: SocketAddr) -> String {
    let (host, port) = (address.ip(), address.port());
    format!(
        "host: {host}\nport: {port}\napi-keys: [{CLIENT_KEY}]\nlog:\n  level: warn\n\
         limits: {{max-connections: 20000, max-connections-per-ip: 20000}}\n"
    )
}

/// One provider with ten credentials.
fn chat_upstream(upstream: SocketAddr) -> String {
    let mut text = format!(
        "openai-compatibility:\n  - name: bench\n    base-url: http://{upstream}/v1\n    \
         models:\n      - name: bench-model\n    api-key-entries:\n"
    );
    for n in 0..10 {
        text.push_str(&format!("      - api-key: upstream-key-{n}\n"));
    }
    text
}

/// Ten credentials of a provider that speaks Claude.
fn claude_upstream(upstream: SocketAddr) -> String {
    let mut text = "claude-api-key:\n".to_owned();
    for n in 0..10 {
        text.push_str(&format!(
            "  - api-key: upstream-key-{n}\n    base-url: http://{upstream}\n    models: [{{name: bench-model}}]\n"
        ));
    }
    text
}

/// 500 credentials that cool down for an hour once they were tried. Each has an upstream of its own:
/// one that none of them reaches would be passed over instead.
fn cooling() -> String {
    let mut text = String::new();
    for n in 0..500 {
        text.push_str(&format!(
            "  - name: cooling-{n}\n    base-url: http://127.0.0.1:9/{n}\n    models: [{{name: cooling-model}}]\n    \
             api-key-entries: [{{api-key: cooling-key-{n}}}]\n"
        ));
    }
    text.push_str("transient-error-cooldown-seconds: 3600\nmax-attempts: 0\nrequest-retry: 0\n");
    text
}

fn write_config(path: &Path, text: &str) -> anyhow::Result<()> {
    let mut file = OpenOptions::new()
        .create(true)
        .write(true)
        .truncate(true)
        .mode(0o600)
        .open(path)?;
    file.write_all(text.as_bytes())?;
    Ok(())
}

/// An address on loopback that nobody listens on.
pub(crate) fn free_address() -> anyhow::Result<SocketAddr> {
    Ok(TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?.local_addr()?)
}
