//! What was begun with a refresh token, kept until its end is known: one small file per credential.
//!
//! A refresh token may be used up by a request whose answer nobody has seen. The note is on disk before
//! the request goes out, so that the next process knows about it. There is no token in it, only a mark
//! that tells whether a token is the one that is meant.

use crate::{
    Disk, FileName, FileStore, StoreError,
    file_store::{Attributes, Found, find, replace},
    record::{
        members::Members,
        value::{instant, integer, text},
    },
};
use cliproxy_core::Secret;
use cliproxy_json::{ObjectWriter, Value};
use sha2::{Digest as _, Sha256};
use std::{
    path::{Path, PathBuf},
    sync::Arc,
    time::SystemTime,
};

/// Ends the name of a note.
const END: &str = ".refresh";

/// The journal of a directory. All of it blocks.
///
/// Only who holds the credential's [`RefreshLock`](crate::RefreshLock) writes to it.
#[derive(Clone, Debug)]
pub struct Journal {
    directory: PathBuf,
    disk: Arc<dyn Disk>,
}

/// What is known of one refresh token.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct JournalEntry {
    /// Which token, and nothing that it could be made from.
    pub mark: TokenMark,
    /// Since when.
    pub since: SystemTime,
    /// Which process has written this.
    pub process: u32,
    /// What has become of it.
    pub state: JournalState,
}

/// What has become of a refresh token.
#[derive(Clone, Debug, PartialEq, Eq)]
#[expect(clippy::exhaustive_enums, reason = "each is acted on differently")]
pub enum JournalState {
    /// It was sent, and the answer is not known: it may have been used up.
    InFlight,
    /// It will never be accepted again: somebody must sign in.
    Refused(Box<str>),
}

/// Tells one refresh token from others, without saying what it is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TokenMark(Box<str>);

impl TokenMark {
    /// The mark of a token of this file. That of the same token in another file is another one.
    #[must_use]
    pub fn of(name: &FileName, token: &Secret) -> Self {
        let hash = Sha256::new()
            .chain_update("cliproxy refresh journal\0")
            .chain_update(name.as_str())
            .chain_update("\0")
            .chain_update(token.expose())
            .finalize();
        let hex: String = hash.iter().take(8).map(|b| format!("{b:02x}")).collect();
        Self(hex.into())
    }
}

impl Journal {
    /// The journal beside the files of a store.
    #[must_use]
    pub fn of(store: &FileStore) -> Self {
        Self {
            directory: store.directory().to_owned(),
            disk: Arc::clone(store.disk()),
        }
    }

    /// Notes what is about to be done with a token, or has become of it. Returns when it would survive a
    /// crash.
    ///
    /// # Errors
    ///
    /// [`StoreError::Unwritable`]; then a crash from now on goes unnoticed.
    pub fn write(
        &self,
        name: &FileName,
        token: &Secret,
        state: &JournalState,
        now: SystemTime,
    ) -> Result<(), StoreError> {
        let since = now.duration_since(SystemTime::UNIX_EPOCH);
        let mut bytes = Vec::new();
        ObjectWriter::write(&mut bytes, |note| {
            note.text("token", &TokenMark::of(name, token).0);
            note.number("since", since.unwrap_or_default().as_secs());
            note.number("process", u64::from(std::process::id()));
            match state {
                JournalState::InFlight => note.text("state", "in-flight"),
                JournalState::Refused(code) => {
                    note.text("state", "refused");
                    note.text("code", code);
                }
            }
        });
        let path = path(&self.directory, name);
        let always = || Ok(());
        replace(&*self.disk, &path, &bytes, Attributes::PRIVATE, always).map(drop)
    }

    /// Forgets the credential's token, because its end is known. If that is lost in a crash, the mark tells
    /// that another token is in use by now.
    pub fn clear(&self, name: &FileName) {
        let path = path(&self.directory, name);
        drop(self.disk.step(&crate::Step::Remove(&path)));
    }

    /// What is noted. A note that cannot be read was never finished, and what it was to announce never begun.
    #[must_use]
    pub fn read(&self, name: &FileName) -> Option<JournalEntry> {
        let Found::File(entry) = find(&path(&self.directory, name)) else {
            return None;
        };
        let note = Members::of(Value::parse_bytes(&entry.bytes).ok()?);
        let member = |name| note.first(&[name]);
        Some(JournalEntry {
            mark: TokenMark(member("token").and_then(text)?),
            since: member("since").and_then(instant)?,
            process: u32::try_from(member("process").and_then(integer)?).ok()?,
            state: match &*member("state").and_then(text)? {
                "in-flight" => JournalState::InFlight,
                "refused" => JournalState::Refused(member("code").and_then(text)?),
                _ => return None,
            },
        })
    }
}

pub(crate) fn path(directory: &Path, name: &FileName) -> PathBuf {
    directory.join(format!(".{name}{END}"))
}

/// Whether this is the name of a note.
pub(crate) fn is_note(name: &str) -> bool {
    name.starts_with('.') && name.ends_with(END)
}

#[cfg(test)]
mod tests {
    use super::{Journal, JournalState, TokenMark};
    use crate::{FileName, FileStore, WriteCredentials as _};
    use cliproxy_core::Secret;
    use std::{
        fs,
        time::{Duration, SystemTime},
    };

    #[tokio::test]
    async fn what_was_begun_is_known_after_a_crash() {
        let home = tempfile::tempdir().unwrap();
        let store = FileStore::new(home.path());
        let journal = Journal::of(&store);
        let name = FileName::parse("a.json").unwrap();
        let (used, next) = (Secret::from("canary-1"), Secret::from("canary-2"));
        let now = SystemTime::UNIX_EPOCH + Duration::from_secs(1_778_234_400);
        assert_eq!(journal.read(&name), None);

        journal
            .write(&name, &used, &JournalState::InFlight, now)
            .unwrap();
        let entry = Journal::of(&FileStore::new(home.path()))
            .read(&name)
            .unwrap();
        assert_eq!((entry.since, entry.process), (now, std::process::id()));
        assert_eq!(entry.state, JournalState::InFlight);
        assert_eq!(entry.mark, TokenMark::of(&name, &used));
        assert_ne!(
            entry.mark,
            TokenMark::of(&name, &next),
            "another token is another matter"
        );
        let other = FileName::parse("b.json").unwrap();
        assert_ne!(entry.mark, TokenMark::of(&other, &used));

        let refused = JournalState::Refused("invalid_grant".into());
        journal.write(&name, &used, &refused, now).unwrap();
        assert_eq!(journal.read(&name).map(|entry| entry.state), Some(refused));
        let file = home.path().join(".a.json.refresh");
        assert!(
            !fs::read_to_string(&file).unwrap().contains("canary"),
            "no token is in it"
        );

        fs::write(&file, r#"{"token":"x","sin"#).unwrap();
        assert_eq!(journal.read(&name), None, "half a note announces nothing");
        journal
            .write(&name, &used, &JournalState::InFlight, now)
            .unwrap();
        journal.clear(&name);
        assert_eq!(journal.read(&name), None);

        fs::write(home.path().join("a.json"), "{}").unwrap();
        journal
            .write(&name, &used, &JournalState::InFlight, now)
            .unwrap();
        store.delete(&name).await.unwrap();
        assert_eq!(journal.read(&name), None, "it goes with the credential");
    }
}
