//! What the gateway's process holds, as the kernel tells.

use std::fs;

/// Figures of a process.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Held {
    /// Resident memory, in KiB.
    pub(crate) rss: i64,
    /// Open sockets.
    pub(crate) sockets: i64,
    /// All open descriptors.
    pub(crate) files: i64,
    pub(crate) threads: i64,
}

impl Held {
    pub(crate) fn by(process: u32) -> anyhow::Result<Self> {
        let status = fs::read_to_string(format!("/proc/{process}/status"))?;
        let number = |name: &str| -> i64 {
            let line = status.lines().find_map(|line| line.strip_prefix(name));
            let value = line.and_then(|line| line.split_whitespace().next());
            value
                .and_then(|value| value.parse().ok())
                .unwrap_or_default()
        };
        let (mut sockets, mut files) = (0, 0);
        for entry in fs::read_dir(format!("/proc/{process}/fd"))? {
            // One that was closed meanwhile does not count.
            let Ok(target) = fs::read_link(entry?.path()) else {
                continue;
            };
            files += 1;
            sockets += i64::from(target.to_string_lossy().starts_with("socket:"));
        }
        Ok(Self {
            rss: number("VmRSS:"),
            sockets,
            files,
            threads: number("Threads:"),
        })
    }
}
