//! The directory with a file per gateway that runs.
//!
//! Whoever can read such a file commands the gateway. So every file is reached through the open
//! directory, which was looked at once: a name that is exchanged later, or a link in its place, leads
//! nowhere.

use crate::{run_file::RunFile, run_record::RunRecord};
use cliproxy_core::Secret;
use rustix::{
    fs::{AtFlags, CWD, Dir, FileType, Mode, OFlags, fchmod, fstat, openat, renameat, unlinkat},
    io::Errno,
    process::{Pid, geteuid, test_kill_process},
};
use std::{
    fs::{DirBuilder, File},
    io::{self, Read as _, Write as _},
    net::SocketAddr,
    os::{fd::OwnedFd, unix::fs::DirBuilderExt as _},
    path::{Path, PathBuf},
    sync::Arc,
    time::Duration,
};
use tokio::{net::TcpStream, time::timeout};

/// The largest run file that is read, in bytes.
const MAX_FILE: u64 = 64 << 10;
/// A connection on loopback that takes longer is one that a busy process has not accepted yet.
const PATIENCE: Duration = Duration::from_secs(1);
/// What follows the number in the name of a file, and while it is being written.
const SHOWN: &str = ".json";
const HIDDEN: &str = ".tmp";
/// How everything is opened: no link is followed, and no child inherits it.
const FLAGS: OFlags = OFlags::NOFOLLOW.union(OFlags::CLOEXEC);
/// For the owner alone, and not to be run.
const PRIVATE: Mode = Mode::RUSR.union(Mode::WUSR);

/// Why the run files cannot be used.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum RunError {
    /// The system says no.
    #[error("cannot use {}: {source}", .path.display())]
    Io {
        /// What it says no to.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// Somebody else has made the directory, who could read and replace what is in it.
    #[error("{} belongs to another user", .path.display())]
    Foreign {
        /// The directory.
        path: PathBuf,
    },
}

/// An open directory of run files.
#[derive(Debug)]
pub struct RunDirectory {
    fd: OwnedFd,
    path: PathBuf,
}

impl RunDirectory {
    /// The directory `run` below this one, which is made if it is missing, and closed to others if it
    /// is not.
    ///
    /// # Errors
    ///
    /// If it cannot be made, or is not this user's own.
    pub fn create(state_dir: &Path) -> Result<Self, RunError> {
        let path = state_dir.join("run");
        let made = DirBuilder::new().recursive(true).mode(0o700).create(&path);
        let opened = made.and_then(|()| Ok(open(&path)?));
        let directory = match opened {
            Ok(fd) => Self { fd, path },
            Err(source) => return Err(RunError::Io { path, source }),
        };
        let found = fstat(&directory.fd).map_err(|errno| directory.error(errno))?;
        if found.st_uid != geteuid().as_raw() {
            return Err(directory.foreign());
        }
        let mode = Mode::RWXU;
        if Mode::from_raw_mode(found.st_mode) != mode {
            fchmod(&directory.fd, mode).map_err(|errno| directory.error(errno))?;
        }
        Ok(directory)
    }

    /// The directory `run` below this one, if there is one.
    ///
    /// # Errors
    ///
    /// If it cannot be opened, or is another user's; root may look at everybody's.
    pub fn open(state_dir: &Path) -> Result<Option<Self>, RunError> {
        let path = state_dir.join("run");
        let directory = match open(&path) {
            Ok(fd) => Self { fd, path },
            Err(Errno::NOENT) => return Ok(None),
            Err(errno) => {
                let source = errno.into();
                return Err(RunError::Io { path, source });
            }
        };
        let found = fstat(&directory.fd).map_err(|errno| directory.error(errno))?;
        let own = geteuid();
        if found.st_uid != own.as_raw() && !own.is_root() {
            return Err(directory.foreign());
        }
        Ok(Some(directory))
    }

    /// Where it is.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Writes the file of a process, which appears as a whole, with mode 0600. One that an earlier
    /// process of the same number has left is replaced.
    ///
    /// # Errors
    ///
    /// If it cannot be written.
    pub fn write(self: &Arc<Self>, record: &RunRecord) -> Result<RunFile, RunError> {
        let name = format!("{}{SHOWN}", record.pid);
        let hidden = format!("{}{HIDDEN}", record.pid);
        if let Err(error) = self.place(record, &hidden, &name) {
            self.unlink(&hidden);
            return Err(self.error(error));
        }
        let token = record.token.clone();
        Ok(RunFile::new(Arc::clone(self), name, token))
    }

    fn place(&self, record: &RunRecord, hidden: &str, name: &str) -> io::Result<()> {
        match unlinkat(&self.fd, hidden, AtFlags::empty()) {
            Ok(()) | Err(Errno::NOENT) => {}
            Err(errno) => return Err(errno.into()),
        }
        let flags = OFlags::WRONLY | OFlags::CREATE | OFlags::EXCL | FLAGS;
        let mut file = File::from(openat(&self.fd, hidden, flags, PRIVATE)?);
        file.write_all(record.to_json().as_bytes())?;
        renameat(&self.fd, hidden, &self.fd, name)?;
        Ok(())
    }

    /// The gateways that run, by their number. What others have left behind is removed.
    pub async fn running(&self) -> Vec<RunRecord> {
        let mut running = Vec::new();
        for (name, pid) in self.files() {
            let alive = is_alive(pid);
            match self.read(&name).filter(|record| record.pid == pid) {
                // About to get its real name.
                _ if alive && name.ends_with(HIDDEN) => {}
                Some(record) if alive && answers(record.control).await => running.push(record),
                Some(record) => self.remove(&name, &record.token),
                // Half a file, or none of ours.
                None if alive => {}
                None => self.unlink(&name),
            }
        }
        running.sort_by_key(|record| record.pid);
        running
    }

    /// Names of files that are called after a process, and its number.
    fn files(&self) -> Vec<(String, u32)> {
        let names = Dir::read_from(&self.fd).into_iter().flatten().flatten();
        let named = names.filter_map(|entry| {
            let name = entry.file_name().to_str().ok()?.to_owned();
            let number = name
                .strip_suffix(SHOWN)
                .or_else(|| name.strip_suffix(HIDDEN));
            let pid = number?.parse().ok()?;
            Some((name, pid))
        });
        named.collect()
    }

    /// Removes a file that still holds this token: its name may belong to another process by now.
    pub(crate) fn remove(&self, name: &str, token: &Secret) {
        if self.read(name).is_some_and(|found| found.token == *token) {
            self.unlink(name);
        }
    }

    fn unlink(&self, name: &str) {
        if let Err(error) = unlinkat(&self.fd, name, AtFlags::empty()) {
            tracing::debug!(%error, name, "a run file stays behind");
        }
    }

    fn read(&self, name: &str) -> Option<RunRecord> {
        // A pipe in its place would block.
        let flags = OFlags::RDONLY | OFlags::NONBLOCK | FLAGS;
        let file = File::from(openat(&self.fd, name, flags, Mode::empty()).ok()?);
        let kind = fstat(&file).ok()?.st_mode;
        if FileType::from_raw_mode(kind) != FileType::RegularFile {
            return None;
        }
        let mut text = Vec::new();
        file.take(MAX_FILE).read_to_end(&mut text).ok()?;
        RunRecord::from_json(&text)
    }

    fn error(&self, source: impl Into<io::Error>) -> RunError {
        RunError::Io {
            path: self.path.clone(),
            source: source.into(),
        }
    }

    fn foreign(&self) -> RunError {
        RunError::Foreign {
            path: self.path.clone(),
        }
    }
}

fn open(path: &Path) -> Result<OwnedFd, Errno> {
    let flags = OFlags::RDONLY | OFlags::DIRECTORY | FLAGS;
    openat(CWD, path, flags, Mode::empty())
}

/// Whether there is a process of this number, whoever owns it.
fn is_alive(pid: u32) -> bool {
    let pid = i32::try_from(pid).ok().and_then(Pid::from_raw);
    pid.is_some_and(|pid| test_kill_process(pid) != Err(Errno::SRCH))
}

/// Whether anybody listens there. One that is too busy to accept does.
async fn answers(address: SocketAddr) -> bool {
    match timeout(PATIENCE, TcpStream::connect(address)).await {
        Ok(Err(error)) => error.kind() != io::ErrorKind::ConnectionRefused,
        Ok(Ok(_)) | Err(_) => true,
    }
}

#[cfg(test)]
mod tests;
