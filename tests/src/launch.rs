//! How the binary is started: arguments, environment, directory.

use crate::{PATIENCE, Process};
use std::{
    env,
    ffi::OsStr,
    fs::{self, OpenOptions},
    io::{self, Read, Write as _},
    os::unix::{
        fs::{MetadataExt as _, OpenOptionsExt as _, chown},
        process::CommandExt as _,
    },
    path::{Path, PathBuf},
    process::{Command, Stdio},
    sync::mpsc::{Receiver, channel},
    thread,
};
use tempfile::TempDir;

/// Whom root starts programs as, so that permissions are in their way.
const NOBODY: u32 = 65_534;

/// The binary in an empty directory and an empty environment, about to be started.
#[derive(Debug)]
pub struct Launch {
    command: Command,
    directory: TempDir,
    /// Whom the directory is handed over to, and the program is started as.
    user: Option<u32>,
}

/// A run of the binary that has ended.
#[derive(Debug)]
#[non_exhaustive]
pub struct Finished {
    /// The exit code; `None` after a signal.
    pub code: Option<i32>,
    /// Standard output.
    pub stdout: String,
    /// Standard error.
    pub stderr: String,
    /// The directory it ran in.
    pub directory: TempDir,
}

impl Launch {
    /// `cliproxy ARGS`, in a new directory.
    #[must_use]
    pub fn new(args: &[&str]) -> Self {
        Self::of(&binary(), args)
    }

    /// `PROGRAM ARGS`, in a new directory.
    #[must_use]
    pub fn of(program: &Path, args: &[&str]) -> Self {
        let directory = tempfile::tempdir().expect("a directory");
        let mut command = Command::new(program);
        command.args(args).env_clear().current_dir(directory.path());
        let state = state(directory.path());
        let user = None;
        Self {
            command,
            directory,
            user,
        }
        .state(&state)
    }

    /// The same by somebody whom permissions stop, which they do not do to root.
    ///
    /// # Panics
    ///
    /// If the program cannot be put where such a user finds it.
    #[must_use]
    pub fn unprivileged(mut self) -> Self {
        let own = fs::metadata(self.path()).expect("a directory").uid();
        if own != 0 {
            return self;
        }
        self.user = Some(NOBODY);
        // Root's own directories are closed to others.
        let program = PathBuf::from(self.command.get_program());
        let copy = self.path().join("cliproxy");
        let linked = fs::hard_link(&program, &copy);
        linked
            .or_else(|_| fs::copy(&program, &copy).map(drop))
            .expect("a copy of the program");
        self.started_by(&[copy.as_os_str()], true)
    }

    /// The same, started by another program that is given the command line at the end of its own.
    #[must_use]
    pub fn under(self, wrapper: &[&str]) -> Self {
        let wrapper: Vec<_> = wrapper.iter().map(OsStr::new).collect();
        self.started_by(&wrapper, false)
    }

    /// Begins the command line with other words, in place of the program or before it.
    fn started_by(mut self, words: &[&OsStr], in_place: bool) -> Self {
        let own = [self.command.get_program()];
        let own = own.into_iter().skip(usize::from(in_place));
        let mut words = words.iter().copied().chain(own);
        let mut command = Command::new(words.next().unwrap_or_default());
        command.args(words).args(self.command.get_args());
        command.env_clear().current_dir(self.directory.path());
        let variables = self.command.get_envs();
        command.envs(variables.filter_map(|(name, value)| Some((name, value?))));
        self.command = command;
        self
    }

    /// Another place for its state: where gateways say that they run.
    #[must_use]
    pub(crate) fn state(mut self, directory: &Path) -> Self {
        self.command.env("XDG_STATE_HOME", directory);
        self
    }

    /// Puts a file into the directory, readable by its owner only.
    #[must_use]
    pub fn file(self, name: &str, text: &str) -> Self {
        write(&self.directory.path().join(name), text);
        self
    }

    /// Adds an argument.
    #[must_use]
    pub fn arg(mut self, arg: &str) -> Self {
        self.command.arg(arg);
        self
    }

    /// Sets a variable.
    #[must_use]
    pub fn env(mut self, name: &str, value: &str) -> Self {
        self.command.env(name, value);
        self
    }

    /// The directory.
    #[must_use]
    pub fn path(&self) -> &Path {
        self.directory.path()
    }

    /// Starts it, to run on.
    pub(crate) fn start(mut self) -> (Process, TempDir) {
        self.hand_over();
        (Process::start(&mut self.command), self.directory)
    }

    /// Gives the directory to whom the program is started as.
    fn hand_over(&mut self) {
        let Some(user) = self.user else {
            return;
        };
        give(self.directory.path(), user).expect("another owner");
        self.command.uid(user).gid(user);
    }

    /// Runs it to its end.
    ///
    /// # Panics
    ///
    /// If it does not end within [`PATIENCE`].
    #[must_use]
    pub fn run(self) -> Finished {
        self.run_to(Stdio::piped())
    }

    /// The same with another standard output.
    pub fn run_to(mut self, stdout: Stdio) -> Finished {
        self.hand_over();
        let command = self.command.stdin(Stdio::null());
        let spawned = command.stdout(stdout).stderr(Stdio::piped()).spawn();
        let mut child = spawned.unwrap_or_else(|error| panic!("{:?}: {error}", self.command));
        let stdout = gather(child.stdout.take());
        let stderr = gather(child.stderr.take());
        // A process that has ended has closed both.
        let text = |output: Receiver<String>| output.recv_timeout(PATIENCE);
        let (Ok(stdout), Ok(stderr)) = (text(stdout), text(stderr)) else {
            let _ended = child.kill();
            panic!("{:?} does not end", self.command);
        };
        Finished {
            code: child.wait().expect("a status").code(),
            stdout,
            stderr,
            directory: self.directory,
        }
    }
}

/// Gives a directory and what is in it to a user; what is linked from elsewhere stays whose it is.
fn give(directory: &Path, user: u32) -> io::Result<()> {
    chown(directory, Some(user), Some(user))?;
    for entry in fs::read_dir(directory)? {
        let entry = entry?;
        let found = entry.metadata()?;
        if found.is_dir() {
            give(&entry.path(), user)?;
        } else if found.nlink() == 1 {
            chown(entry.path(), Some(user), Some(user))?;
        }
    }
    Ok(())
}

/// Reads an output to its end, on a thread of its own.
fn gather(output: Option<impl Read + Send + 'static>) -> Receiver<String> {
    let (sender, receiver) = channel();
    thread::spawn(move || {
        let mut bytes = Vec::new();
        // What goes elsewhere is not gathered.
        if let Some(mut output) = output {
            let _broken = output.read_to_end(&mut bytes);
        }
        // Nobody waits any longer if it took too long.
        let _late = sender.send(String::from_utf8_lossy(&bytes).into_owned());
    });
    receiver
}

/// Where a gateway in this directory keeps its state.
pub(crate) fn state(directory: &Path) -> PathBuf {
    directory.join("state")
}

/// Writes a file that only its owner can read.
///
/// # Panics
///
/// If it cannot.
pub fn write(path: &Path, text: &str) {
    let mut options = OpenOptions::new();
    let options = options.write(true).create(true).truncate(true).mode(0o600);
    let mut file = options.open(path).expect("a file");
    file.write_all(text.as_bytes()).expect("a written file");
}

/// `CLIPROXY_BIN`, or `cliproxy` in the directory above the tests' own (`target/debug/deps`).
fn binary() -> PathBuf {
    if let Some(path) = env::var_os("CLIPROXY_BIN") {
        return path.into();
    }
    let own = env::current_exe().expect("the path of the test");
    let found = own.ancestors().skip(1).map(|dir| dir.join("cliproxy"));
    let found = found.take(2).find(|path| path.is_file());
    found.expect("the binary: run `cargo build -p cliproxy` first, or set CLIPROXY_BIN")
}
