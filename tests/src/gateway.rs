//! The gateway under test.

use crate::{
    Call, Finished, Launch, Process, Reply, Streaming, TestClient,
    launch::{state, write},
    soon,
};
use serde_json::Value;
use std::{net::SocketAddr, path::Path};
use tempfile::TempDir;

/// The name of the configuration file in the gateway's directory.
const CONFIG: &str = "config.yaml";

/// A running gateway. It is killed when it is dropped.
#[derive(Debug)]
pub struct Gateway {
    process: Process,
    addr: SocketAddr,
    directory: TempDir,
}

impl Gateway {
    /// Starts the binary with this configuration, on a free port.
    ///
    /// # Panics
    ///
    /// If it does not start; what it wrote is shown.
    pub async fn start(config: &str) -> Self {
        Self::launch(Self::serve(config)).await
    }

    /// `cliproxy serve` with this configuration, on a free port.
    #[must_use]
    pub fn serve(config: &str) -> Launch {
        Launch::new(&["serve", "--config", CONFIG, "--port", "0"]).file(CONFIG, config)
    }

    /// Starts the binary as `launch` says.
    ///
    /// # Panics
    ///
    /// If it does not start; what it wrote is shown.
    pub async fn launch(launch: Launch) -> Self {
        let (process, directory) = launch.start();
        let line = soon(
            "the start",
            process.line_after(0, |line| address(line).is_some()),
        )
        .await;
        let Some(addr) = line.as_deref().and_then(address) else {
            panic!("the gateway did not start:\n{}", process.lines().join("\n"));
        };
        Self {
            process,
            addr,
            directory,
        }
    }

    /// Starts the binary as `launch` says, with a log too quiet to say where it listens: that is the
    /// Unix socket of this name in its directory.
    ///
    /// # Panics
    ///
    /// If it does not start.
    pub async fn launch_quiet(launch: Launch, socket: &str) -> (Self, TestClient) {
        let (process, directory) = launch.start();
        let client = TestClient::unix(&directory.path().join(socket));
        let there = async {
            while client.try_connect().await.is_err() {
                tokio::time::sleep(std::time::Duration::from_millis(5)).await;
            }
        };
        soon("the start", Box::pin(there)).await;
        let gateway = Self {
            process,
            addr: SocketAddr::from(([0, 0, 0, 0], 0)),
            directory,
        };
        (gateway, client)
    }

    /// Where it listens.
    #[must_use]
    pub const fn addr(&self) -> SocketAddr {
        self.addr
    }

    /// A client of it.
    #[must_use]
    pub const fn client(&self) -> TestClient {
        TestClient::new(self.addr)
    }

    /// Sends a request and reads the reply to its end.
    pub async fn send(&self, call: Call) -> Reply {
        self.client().send(call).await
    }

    /// Sends a request and reads the head of its reply.
    pub async fn open(&self, call: Call) -> Streaming {
        self.client().open(call).await
    }

    /// The log so far.
    #[must_use]
    pub fn log(&self) -> Vec<String> {
        self.process.lines()
    }

    /// Waits for a log line that contains `text`.
    ///
    /// # Panics
    ///
    /// If there is none.
    pub async fn logged(&self, text: &str) -> String {
        self.logged_after(0, text).await
    }

    /// Waits for a log line that contains `text`, from the `skip`th line on.
    ///
    /// # Panics
    ///
    /// If there is none.
    pub async fn logged_after(&self, skip: usize, text: &str) -> String {
        let line = soon(
            text,
            self.process.line_after(skip, |line| line.contains(text)),
        )
        .await;
        line.unwrap_or_else(|| panic!("no {text:?} in\n{}", self.log().join("\n")))
    }

    /// Sends a signal, by the name that `kill` knows.
    pub fn signal(&self, name: &str) {
        self.process.signal(name);
    }

    /// Writes the configuration file anew.
    pub fn rewrite(&self, config: &str) {
        self.write(CONFIG, config);
    }

    /// Puts another configuration file in the place of the present one.
    ///
    /// # Panics
    ///
    /// As [`Gateway::replace`].
    pub fn replace_config(&self, config: &str) {
        self.replace(CONFIG, config);
    }

    /// Writes a file of its directory, in place.
    pub fn write(&self, name: &str, text: &str) {
        write(&self.directory.path().join(name), text);
    }

    /// Puts a file into its directory in one step, in place of what has that name.
    ///
    /// # Panics
    ///
    /// If it cannot.
    pub fn replace(&self, name: &str, text: &str) {
        let own = format!(".{name}.being-written");
        self.write(&own, text);
        let path = |name: &str| self.directory.path().join(name);
        std::fs::rename(path(&own), path(name)).expect("a file moved");
    }

    /// How many lines of the log contain `text`.
    #[must_use]
    pub fn log_count(&self, text: &str) -> usize {
        let log = self.log();
        log.iter().filter(|line| line.contains(text)).count()
    }

    /// The process id.
    #[must_use]
    pub fn id(&self) -> u32 {
        self.process.id()
    }

    /// Where its configuration lies.
    #[must_use]
    pub fn directory(&self) -> &Path {
        self.directory.path()
    }

    /// `cliproxy ARGS` by the user that runs this gateway, in a directory of its own: it finds no
    /// other gateway.
    #[must_use]
    pub fn command(&self, args: &[&str]) -> Launch {
        Launch::new(args).state(&state(self.directory()))
    }

    /// How the tokens of the account with this label are: the condition, and what it says besides, with
    /// the last error. Asks in the way an operator does.
    ///
    /// # Panics
    ///
    /// If the gateway does not know it.
    #[must_use]
    pub fn tokens(&self, label: &str) -> Value {
        let told = self.command(&["status", "--json"]).run();
        let status: Value = serde_json::from_str(&told.stdout).unwrap_or_default();
        let credentials = status["credentials"].as_array();
        let mut credentials = credentials.into_iter().flatten();
        let found = credentials.find(|one| one["credential"] == label);
        let found = found.unwrap_or_else(|| panic!("{label}: {}{}", told.stdout, told.stderr));
        found["account"]["tokens"].clone()
    }

    /// Waits until it ends by itself.
    pub async fn ended(mut self) -> Finished {
        let status = soon("the end of the gateway", self.process.ended()).await;
        Finished {
            code: status.code(),
            stdout: String::new(),
            stderr: self.process.lines().join("\n"),
            directory: self.directory,
        }
    }
}

/// The address in the line that says where the gateway listens, be it text or JSON.
fn address(line: &str) -> Option<SocketAddr> {
    let (_, rest) = line.split_once("address")?;
    let rest = rest.trim_start_matches(['"', ':', '=']);
    rest.split([' ', '"']).next()?.parse().ok()
}
