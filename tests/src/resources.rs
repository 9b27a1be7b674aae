//! What a process holds.

use std::{fmt, fs, io};

/// What a process holds at one moment, as the kernel tells.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Resources {
    /// Resident memory, in KiB.
    pub rss: u64,
    /// Open file descriptors.
    pub files: usize,
    /// Threads.
    pub threads: usize,
}

impl Resources {
    /// Of the process with this id.
    ///
    /// # Errors
    ///
    /// If there is none, or the system has no `/proc`.
    pub fn of(id: u32) -> io::Result<Self> {
        let status = fs::read_to_string(format!("/proc/{id}/status"))?;
        let rss = status.lines().find_map(|line| {
            let rest = line.strip_prefix("VmRSS:")?;
            rest.split_whitespace().next()?.parse().ok()
        });
        Ok(Self {
            rss: rss.ok_or(io::ErrorKind::InvalidData)?,
            files: fs::read_dir(format!("/proc/{id}/fd"))?.count(),
            threads: fs::read_dir(format!("/proc/{id}/task"))?.count(),
        })
    }
}

impl fmt::Display for Resources {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            rss,
            files,
            threads,
        } = self;
        write!(f, "{rss} KiB, {files} files, {threads} threads")
    }
}
