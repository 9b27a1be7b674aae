//! A machine of its own, and the program on it.

use std::{
    fs,
    io::{BufRead, BufReader},
    path::{Path, PathBuf},
    process::{Child, ChildStderr, ChildStdout, Command, Output, Stdio},
};
use tempfile::TempDir;

/// A machine on which nothing runs yet: an empty directory, and one for state.
pub(crate) struct Machine(pub(crate) TempDir);

impl Machine {
    pub(crate) fn new() -> Self {
        Self(tempfile::tempdir().unwrap())
    }

    pub(crate) fn run_directory(&self) -> PathBuf {
        self.0.path().join("state/cliproxy/run")
    }

    pub(crate) fn run_files(&self) -> Vec<PathBuf> {
        match fs::read_dir(self.run_directory()) {
            Ok(entries) => entries.map(|entry| entry.unwrap().path()).collect(),
            Err(_) => Vec::new(),
        }
    }

    fn command(&self, args: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_cliproxy"));
        let state = self.0.path().join("state");
        command.args(args).env_clear().current_dir(self.0.path());
        command.env("XDG_STATE_HOME", state);
        command
    }

    /// Runs a command to its end.
    pub(crate) fn run(&self, args: &[&str]) -> Ran {
        Ran::from(self.command(args).output().unwrap())
    }

    /// Starts a demo, and returns when it serves.
    pub(crate) fn demo(&self) -> Gateway {
        self.demo_with(&[])
    }

    /// Starts a demo with these arguments, and returns when it has said all it says by itself.
    pub(crate) fn demo_with(&self, args: &[&str]) -> Gateway {
        let mut gateway = Gateway::start(self.command(&["demo"]).args(args));
        gateway.wait_for_output("Ctrl-C");
        gateway
    }

    /// Starts a gateway with this configuration file, and returns when it serves.
    pub(crate) fn serve(&self, file: &str) -> Gateway {
        let config = "api-keys: [key-of-alice-0123456789]\ncodex-api-key:\n  - {name: main, \
                      api-key: sk-main, base-url: \"http://127.0.0.1:9/v1\"}\n";
        fs::write(self.0.path().join(file), config).unwrap();
        let args = ["serve", "--config", file, "--port", "0"];
        let mut gateway = Gateway::start(&mut self.command(&args));
        gateway.wait_for_log("listening");
        gateway
    }
}

/// A command that has ended.
#[derive(Debug)]
pub(crate) struct Ran {
    pub(crate) code: Option<i32>,
    pub(crate) out: String,
    pub(crate) err: String,
}

impl From<Output> for Ran {
    fn from(output: Output) -> Self {
        Self {
            code: output.status.code(),
            out: String::from_utf8(output.stdout).unwrap(),
            err: String::from_utf8(output.stderr).unwrap(),
        }
    }
}

impl Ran {
    #[track_caller]
    pub(crate) fn fails(&self, part: &str) {
        assert_eq!((self.code, &*self.out), (Some(1), ""), "{self:?}");
        assert!(self.err.contains(part), "{self:?}");
    }

    #[track_caller]
    pub(crate) fn says(&self, part: &str) {
        assert_eq!((self.code, &*self.err), (Some(0), ""), "{self:?}");
        assert!(self.out.contains(part), "{self:?}");
    }
}

/// A gateway that runs, and ends with the test.
pub(crate) struct Gateway {
    child: Child,
    out: BufReader<ChildStdout>,
    log: BufReader<ChildStderr>,
    written: String,
}

impl Gateway {
    fn start(command: &mut Command) -> Self {
        let command = command.stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = command.spawn().unwrap();
        Self {
            out: BufReader::new(child.stdout.take().unwrap()),
            log: BufReader::new(child.stderr.take().unwrap()),
            child,
            written: String::new(),
        }
    }

    fn wait_for_output(&mut self, part: &str) {
        let found = Self::wait(&mut self.out, &mut self.written, part);
        assert!(found, "{}", self.written);
    }

    fn wait_for_log(&mut self, part: &str) {
        let found = Self::wait(&mut self.log, &mut self.written, part);
        assert!(found, "{}", self.written);
    }

    fn wait(from: &mut impl BufRead, written: &mut String, part: &str) -> bool {
        loop {
            let start = written.len();
            if from.read_line(written).unwrap() == 0 {
                return false;
            }
            if written[start..].contains(part) {
                return true;
            }
        }
    }

    pub(crate) fn pid(&self) -> String {
        self.child.id().to_string()
    }

    /// Asks it to stop. Returns its exit code and everything it has written.
    pub(crate) fn stop(&mut self) -> (Option<i32>, String) {
        let sent = Command::new("kill").args(["-INT", &self.pid()]).status();
        assert!(sent.unwrap().success());
        Self::wait(&mut self.log, &mut self.written, "\0");
        Self::wait(&mut self.out, &mut self.written, "\0");
        let code = self.child.wait().unwrap().code();
        (code, std::mem::take(&mut self.written))
    }

    /// Ends it without a word.
    pub(crate) fn kill(&mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }
}

impl Drop for Gateway {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

pub(crate) fn token(file: &Path) -> String {
    let text = fs::read_to_string(file).unwrap();
    let record: serde_json::Value = serde_json::from_str(&text).unwrap();
    record["token"].as_str().unwrap().to_owned()
}
