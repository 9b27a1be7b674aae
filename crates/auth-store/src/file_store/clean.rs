//! What is left beside a file that is gone, or after a crash.

use super::{FileStore, Files, Found};
use crate::{FileName, RefreshLock, Step, file_store::find, journal};
use std::{
    fs,
    path::Path,
    time::{Duration, SystemTime},
};

/// Nobody writes a file for longer.
const STALE: Duration = Duration::from_secs(10 * 60);

impl FileStore {
    /// Removes what writers that were killed have left behind, and says how many there were. Blocks.
    ///
    /// Only files that a writer of ours names like this, and that have not changed for ten minutes: another
    /// process may be writing now.
    pub fn remove_drafts(&self, now: SystemTime) -> usize {
        let Ok(entries) = fs::read_dir(&self.0.directory) else {
            return 0;
        };
        let drafts = entries.flatten().filter(|entry| {
            let is_draft = entry.file_name().to_str().is_some_and(is_draft);
            is_draft && is_stale(&entry.path(), now)
        });
        drafts
            .filter(|entry| self.0.disk.step(&Step::Remove(&entry.path())).is_ok())
            .count()
    }

    /// Gives back the lock of a credential that is deleted, and removes the file that was locked. Blocks.
    ///
    /// While the lock is held nobody else can have it; whoever waits for it notices that it leads nowhere.
    pub fn remove_lock(&self, name: &FileName, held: RefreshLock) {
        if matches!(find(&self.0.path(name)), Found::Absent) {
            let lock = super::lock::path(&self.0, name);
            drop(self.0.disk.step(&Step::Remove(&lock)));
        }
        drop(held);
    }
}

fn is_stale(path: &Path, now: SystemTime) -> bool {
    let changed = fs::symlink_metadata(path).and_then(|found| found.modified());
    changed.is_ok_and(|changed| now.duration_since(changed).is_ok_and(|age| age > STALE))
}

/// Whether a name is `.{file}.{process}.{random}.tmp`.
fn is_draft(name: &str) -> bool {
    let Some(rest) = name
        .strip_prefix('.')
        .and_then(|rest| rest.strip_suffix(".tmp"))
    else {
        return false;
    };
    let mut parts = rest.rsplitn(3, '.');
    let random = parts.next().unwrap_or_default();
    let process = parts.next().unwrap_or_default();
    let file = parts.next().unwrap_or_default();
    random.len() == 16
        && random.bytes().all(|byte| byte.is_ascii_hexdigit())
        && !process.is_empty()
        && process.bytes().all(|byte| byte.is_ascii_digit())
        && (FileName::parse(file).is_ok() || journal::is_note(file))
}

impl Files {
    /// Removes what was kept beside a file, unless somebody is using it.
    pub(super) fn forget(&self, name: &FileName) {
        let lock = super::lock::path(self, name);
        if let Ok(held) = self.disk.lock(&lock) {
            drop(self.disk.step(&Step::Remove(&lock)));
            drop(held);
        }
        drop(
            self.disk
                .step(&Step::Remove(&journal::path(&self.directory, name))),
        );
    }
}

#[cfg(test)]
mod tests {
    use super::is_draft;

    #[test]
    fn what_a_writer_has_left() {
        let check = |name: &str, expected| assert_eq!(is_draft(name), expected, "{name}");
        check(".a.json.17.0123456789abcdef.tmp", true);
        check("..a.json.refresh.17.0123456789abcdef.tmp", true);
        check(".a.json.tmp", false);
        check("a.json.17.0123456789abcdef.tmp", false);
        check(".a.txt.17.0123456789abcdef.tmp", false);
        check(".a.json.x.0123456789abcdef.tmp", false);
        check(".a.json.17.0123456789abcdeg.tmp", false);
        check(".a.json.17.0123.tmp", false);
        check(".tmp", false);
    }
}
