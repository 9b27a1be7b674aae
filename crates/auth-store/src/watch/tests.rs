//! Real directories, followed while they change. What is waited for is an event, never a time.

use crate::{
    Change, Changes, Expected, FileName, FileStore, LiveCredentials, WriteCredentials as _,
};
use std::{
    fs,
    os::unix::fs::symlink,
    path::Path,
    time::{Duration, SystemTime},
};
use tokio::time::timeout;

const ONE: &str = r#"{"type":"codex","access_token":"a","email":"e"}"#;
const HIGH: &str = r#"{"type":"codex","access_token":"a","email":"e","priority":5}"#;

/// Longer than any event takes: only a test that has failed waits for so long.
const LONG: Duration = Duration::from_secs(60);

struct Followed(LiveCredentials);

impl Followed {
    /// Follows a directory whose files are known.
    async fn start(directory: &Path) -> Self {
        let mut live = LiveCredentials::new(FileStore::new(directory), None);
        live.look(SystemTime::UNIX_EPOCH).await;
        Self(live)
    }

    async fn next(&mut self) -> Vec<String> {
        let changes = timeout(LONG, self.0.changes(|| SystemTime::UNIX_EPOCH));
        said(&changes.await.unwrap())
    }

    /// Waits until this has been said, in as many looks as it takes: the system may be slow between two
    /// steps of a test.
    async fn until(&mut self, expected: &[&str]) {
        let mut heard = Vec::new();
        while heard.len() < expected.len() {
            heard.extend(self.next().await);
        }
        assert_eq!(heard, expected);
    }
}

fn said(changes: &Changes) -> Vec<String> {
    let words = changes.credentials.iter().map(|change| {
        let word = match change {
            Change::Added(_) => '+',
            Change::Changed { ours: true, .. } => '=',
            Change::Changed { .. } => '~',
            Change::Recreated(_) => '*',
            Change::Removed(_) => '-',
        };
        format!("{word}{}", change.id())
    });
    words.collect()
}

/// Replaces a file in one step, as careful programs do.
fn replace(path: &Path, text: &str) {
    let draft = path.with_extension("new");
    fs::write(&draft, text).unwrap();
    fs::rename(&draft, path).unwrap();
}

#[tokio::test]
async fn files_come_change_and_go() {
    let home = tempfile::tempdir().unwrap();
    let a = home.path().join("a.json");
    let mut followed = Followed::start(home.path()).await;
    fs::write(&a, ONE).unwrap();
    followed.until(&["+a.json"]).await;
    fs::write(&a, HIGH).unwrap();
    followed.until(&["~a.json"]).await;
    replace(&a, ONE);
    followed.until(&["~a.json"]).await;
    fs::remove_file(&a).unwrap();
    followed.until(&["-a.json"]).await;
}

#[tokio::test]
async fn replacing_a_file_is_no_deletion_and_deleting_it_is() {
    let home = tempfile::tempdir().unwrap();
    let a = home.path().join("a.json");
    fs::write(&a, ONE).unwrap();
    let mut followed = Followed::start(home.path()).await;
    // Nothing is said of the first: the second says when it is over.
    replace(&a, ONE);
    fs::write(home.path().join("b.json"), ONE).unwrap();
    followed.until(&["+b.json"]).await;
    fs::remove_file(&a).unwrap();
    fs::write(&a, ONE).unwrap();
    followed.until(&["*a.json"]).await;
}

#[tokio::test]
async fn a_directory_behind_a_link_is_followed() {
    let home = tempfile::tempdir().unwrap();
    let (auths, link) = (home.path().join("auths"), home.path().join("link"));
    fs::create_dir(&auths).unwrap();
    symlink("auths", &link).unwrap();
    let mut followed = Followed::start(&link).await;
    fs::write(auths.join("a.json"), ONE).unwrap();
    followed.until(&["+a.json"]).await;
}

#[tokio::test]
async fn what_this_process_writes_is_known_to_be_ours() {
    let home = tempfile::tempdir().unwrap();
    let store = FileStore::new(home.path());
    let mut live = LiveCredentials::new(store.clone(), None);
    live.look(SystemTime::UNIX_EPOCH).await;
    let mut followed = Followed(live);
    let name = FileName::parse("a.json").unwrap();
    let version = store
        .put(&name, ONE.into(), Expected::Absent)
        .await
        .unwrap();
    followed.until(&["+a.json"]).await;
    store
        .put(&name, HIGH.into(), Expected::Version(version))
        .await
        .unwrap();
    followed.until(&["=a.json"]).await;
}

#[tokio::test]
async fn a_mounted_set_is_exchanged_as_a_whole() {
    let home = tempfile::tempdir().unwrap();
    for (set, text) in [("..1", ONE), ("..2", HIGH)] {
        fs::create_dir(home.path().join(set)).unwrap();
        fs::write(home.path().join(set).join("a.json"), text).unwrap();
    }
    symlink("..1", home.path().join("..data")).unwrap();
    symlink("..data/a.json", home.path().join("a.json")).unwrap();
    let mut followed = Followed::start(home.path()).await;
    symlink("..2", home.path().join("..data_tmp")).unwrap();
    fs::rename(home.path().join("..data_tmp"), home.path().join("..data")).unwrap();
    followed.until(&["~a.json"]).await;
}

#[tokio::test]
async fn another_directory_is_followed_from_then_on() {
    let (old, new) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    fs::write(old.path().join("a.json"), ONE).unwrap();
    fs::write(new.path().join("a.json"), ONE).unwrap();
    fs::write(new.path().join("b.json"), ONE).unwrap();
    let mut followed = Followed::start(old.path()).await;
    let moved = followed
        .0
        .move_to(FileStore::new(new.path()), SystemTime::UNIX_EPOCH)
        .await;
    assert_eq!(said(&moved), ["-a.json", "+a.json", "+b.json"]);
    fs::write(old.path().join("a.json"), HIGH).unwrap();
    fs::write(new.path().join("b.json"), HIGH).unwrap();
    followed.until(&["~b.json"]).await;
}

#[tokio::test]
async fn the_file_that_a_pointer_record_names_is_followed() {
    let (home, vendor) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let there = vendor.path().join("auth.json");
    fs::write(&there, r#"{"tokens":{"access_token":"a"}}"#).unwrap();
    let pointer = format!(r#"{{"type":"codex","link":"{}"}}"#, there.display());
    fs::write(home.path().join("mine.json"), pointer).unwrap();
    let mut followed = Followed::start(home.path()).await;
    replace(&there, r#"{"tokens":{"access_token":"b"}}"#);
    followed.until(&["~mine.json"]).await;
}

#[tokio::test(start_paused = true)]
async fn a_directory_that_comes_later_is_found() {
    let home = tempfile::tempdir().unwrap();
    let auths = home.path().join("auths");
    let mut followed = Followed::start(&auths).await;
    fs::create_dir(&auths).unwrap();
    fs::write(auths.join("a.json"), ONE).unwrap();
    followed.until(&["+a.json"]).await;
}

#[tokio::test(start_paused = true)]
async fn where_there_are_no_events_files_are_looked_at() {
    let home = tempfile::tempdir().unwrap();
    let poll = Some(Duration::from_secs(3600));
    let mut live = LiveCredentials::new(FileStore::new(home.path()), poll);
    live.look(SystemTime::UNIX_EPOCH).await;
    fs::write(home.path().join("a.json"), ONE).unwrap();
    let changes = live.changes(|| SystemTime::UNIX_EPOCH).await;
    assert_eq!(said(&changes), ["+a.json"]);
}

#[tokio::test]
async fn what_was_found_for_nobody_is_told_to_the_next() {
    let home = tempfile::tempdir().unwrap();
    let mut followed = Followed::start(home.path()).await;
    fs::write(home.path().join("a.json"), ONE).unwrap();
    // Given up at every point that it can be given up at.
    let heard = loop {
        let mut polls = 0;
        let mut next = Box::pin(followed.next());
        let heard = std::future::poll_fn(|context| {
            polls += 1;
            match next.as_mut().poll(context) {
                std::task::Poll::Ready(heard) => std::task::Poll::Ready(Some(heard)),
                std::task::Poll::Pending if polls > 1 => std::task::Poll::Ready(None),
                std::task::Poll::Pending => std::task::Poll::Pending,
            }
        });
        if let Some(heard) = heard.await {
            break heard;
        }
    };
    assert_eq!(heard, ["+a.json"]);
}
