//! A running binary: its log, its signals, its end.

use std::{
    io::{BufRead as _, BufReader, Read},
    process::{Child, Command, ExitStatus, Stdio},
    thread,
};
use tokio::sync::watch;

/// A process that is killed when it is dropped.
#[derive(Debug)]
pub struct Process {
    child: Child,
    log: watch::Receiver<Log>,
}

/// What the process has written to standard error.
#[derive(Debug, Default)]
struct Log {
    lines: Vec<String>,
    /// Nothing will follow.
    ended: bool,
}

impl Process {
    /// Starts a command and follows its standard error.
    pub(crate) fn start(command: &mut Command) -> Self {
        let mut child = command
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap_or_else(|error| panic!("{command:?}: {error}"));
        let stderr = child.stderr.take().expect("a piped stream");
        let (sender, log) = watch::channel(Log::default());
        // A thread, so that the pipe is emptied whatever the test's own runtime is doing.
        thread::spawn(move || follow(stderr, &sender));
        Self { child, log }
    }

    /// The lines so far.
    #[must_use]
    pub fn lines(&self) -> Vec<String> {
        self.log.borrow().lines.clone()
    }

    /// Waits for a line that is wanted, from the `skip`th line on; `None` if the process ends
    /// without one.
    pub async fn line_after(&self, skip: usize, wanted: impl Fn(&str) -> bool) -> Option<String> {
        let find = |log: &Log| {
            let mut lines = log.lines.iter().skip(skip);
            lines.find(|line| wanted(line)).cloned()
        };
        let mut log = self.log.clone();
        // The thread's end closes the channel after it has said so.
        let found = log.wait_for(|log| log.ended || find(log).is_some()).await;
        found.ok().and_then(|log| find(&log))
    }

    /// Sends a signal, by the name that `kill` knows.
    pub fn signal(&self, name: &str) {
        // The shell's own `kill`: the program is not everywhere, and calling the system directly
        // would need unsafe code.
        let kill = format!("kill -{name} {}", self.child.id());
        let sent = Command::new("sh").args(["-c", &kill]).status();
        assert!(sent.is_ok_and(|status| status.success()), "{kill}");
    }

    /// Waits for the process to end by itself.
    pub async fn ended(&mut self) -> ExitStatus {
        let mut log = self.log.clone();
        let _closed = log.wait_for(|log| log.ended).await;
        // It has closed its last output; what is left is the kernel's.
        self.child.wait().expect("a status")
    }

    /// The process id.
    #[must_use]
    pub fn id(&self) -> u32 {
        self.child.id()
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        // It may have ended already.
        let _ended = self.child.kill();
        let _reaped = self.child.wait();
    }
}

fn follow(stderr: impl Read, log: &watch::Sender<Log>) {
    for line in BufReader::new(stderr).split(b'\n').map_while(Result::ok) {
        let line = String::from_utf8_lossy(&line).into_owned();
        log.send_modify(|log| log.lines.push(line));
    }
    log.send_modify(|log| log.ended = true);
}
