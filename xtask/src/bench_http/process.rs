//! A started program: what the kernel says about it, and an end when it is dropped.

use std::ffi::OsStr;
use std::fs::{self, File};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use anyhow::Context as _;

/// A child process; dropping it ends it.
pub(crate) struct Process {
    child: Child,
}

impl Process {
    /// Starts a program with an empty environment, its output in a file.
    ///
    /// Nothing of the caller's environment (overrides, proxies, log filters) may reach what is
    /// measured; `home` stands for everything a program may look up there.
    pub(crate) fn start<A: AsRef<OsStr>>(
        program: &Path,
        args: &[A],
        home: &Path,
        log: &Path,
    ) -> anyhow::Result<Self> {
        let log = File::create(log)?;
        let child = command(program)
            .args(args)
            .env_clear()
            .env("HOME", home)
            .stdin(Stdio::null())
            .stdout(log.try_clone()?)
            .stderr(log)
            .spawn()
            .with_context(|| program.display().to_string())?;
        Ok(Self { child })
    }

    /// User and system time of all threads since the start.
    ///
    /// The scheduler's own count is exact but forgets threads that have ended; the other count
    /// remembers them and has a resolution of 10 ms. Both only miss something, so the larger
    /// one is nearer.
    pub(crate) fn cpu(&self) -> anyhow::Result<Duration> {
        let mut exact = 0;
        self.each_thread(|dir| {
            let text = fs::read_to_string(dir.join("schedstat")).unwrap_or_default();
            exact += text
                .split_whitespace()
                .next()
                .and_then(|nanos| nanos.parse::<u64>().ok())
                .unwrap_or(0);
        })?;
        let stat = fs::read_to_string(self.proc("stat"))?;
        // The second field is a name in parentheses that may itself contain anything.
        let fields = stat.rsplit(')').next().unwrap_or("").split_whitespace();
        let ticks: u64 = fields
            .skip(11)
            .take(2)
            .filter_map(|ticks| ticks.parse::<u64>().ok())
            .sum();
        Ok(Duration::from_nanos(exact).max(Duration::from_millis(ticks * 10)))
    }

    /// How often threads gave up their core to wait for something.
    pub(crate) fn waits(&self) -> anyhow::Result<u64> {
        let mut waits = 0;
        self.each_thread(|dir| {
            waits += field(&dir.join("status"), "voluntary_ctxt_switches:").unwrap_or(0)
        })?;
        Ok(waits)
    }

    /// Resident memory in KB, now.
    pub(crate) fn resident(&self) -> anyhow::Result<u64> {
        field(&self.proc("status"), "VmRSS:")
    }

    /// The most it has ever been resident, in KB.
    pub(crate) fn peak(&self) -> anyhow::Result<u64> {
        field(&self.proc("status"), "VmHWM:")
    }

    fn each_thread(&self, mut each: impl FnMut(&Path)) -> anyhow::Result<()> {
        for entry in fs::read_dir(self.proc("task"))? {
            each(&entry?.path());
        }
        Ok(())
    }

    fn proc(&self, name: &str) -> std::path::PathBuf {
        Path::new("/proc")
            .join(self.child.id().to_string())
            .join(name)
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        // Both fail only when it has already ended.
        drop(self.child.kill());
        drop(self.child.wait());
    }
}

/// A command that may have as many open files as the system allows: a thousand streams need two
/// thousand sockets, and the usual limit is 1024.
pub(crate) fn command(program: &Path) -> Command {
    let mut command = Command::new("/bin/sh");
    command
        .arg("-c")
        .arg(r#"ulimit -n "$(ulimit -H -n)"; exec "$0" "$@""#)
        .arg(program);
    command
}

fn field(path: &Path, name: &str) -> anyhow::Result<u64> {
    let text = fs::read_to_string(path)?;
    let line = text.lines().find_map(|line| line.strip_prefix(name));
    let value = line.and_then(|line| line.split_whitespace().next());
    value
        .with_context(|| format!("{} has no {name}", path.display()))?
        .parse()
        .context("a number")
}
