//! The file store on a real directory, whole and broken.

mod crash;
mod locks;
mod meddling;
mod trouble;

use super::FileStore;
use crate::{
    Access, Expected, FileName, Journal, MemoryStore, ReadCredentials as _, StoreError, Trouble,
    WriteCredentials as _, rewrite, set_disabled,
    testing::{Fault, FaultyDisk, conforms},
};
use std::{
    fs,
    os::unix::fs::{MetadataExt as _, PermissionsExt as _, symlink},
    path::Path,
    sync::Arc,
    time::{Duration, SystemTime},
};
use tempfile::TempDir;

const OLD: &str = r#"{"type":"codex","n":1}"#;
const NEW: &str = r#"{"type":"codex","n":2}"#;

fn name(text: &str) -> FileName {
    FileName::parse(text).unwrap()
}

/// A directory with `a.json` in it, which says [`OLD`].
fn home() -> TempDir {
    let home = tempfile::tempdir().unwrap();
    write(home.path(), "a.json", OLD);
    home
}

fn write(directory: &Path, name: &str, text: &str) {
    let path = directory.join(name);
    fs::write(&path, text).unwrap();
    fs::set_permissions(&path, fs::Permissions::from_mode(0o600)).unwrap();
}

fn read(directory: &Path) -> String {
    fs::read_to_string(directory.join("a.json")).unwrap()
}

/// Every name in the directory.
fn names(directory: &Path) -> Vec<String> {
    let entries = fs::read_dir(directory).unwrap();
    let mut names: Vec<_> = entries
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    names.sort();
    names
}

/// Loads `a.json` and puts [`NEW`] in its place.
async fn replace(store: &FileStore) -> Result<(), StoreError> {
    let name = name("a.json");
    let expected = Expected::Version(store.load(&name).await?.version);
    store.put(&name, NEW.into(), expected).await.map(drop)
}

#[tokio::test]
async fn stores_keep_their_promises() {
    let home = tempfile::tempdir().unwrap();
    conforms(&FileStore::new(home.path().join("auths")))
        .await
        .unwrap();
    conforms(&MemoryStore::default()).await.unwrap();
}

#[tokio::test]
async fn a_new_file_is_for_nobody_else() {
    let home = tempfile::tempdir().unwrap();
    let directory = home.path().join("deep/auths");
    let store = FileStore::new(&directory);
    store
        .put(&name("a.json"), OLD.into(), Expected::Absent)
        .await
        .unwrap();
    let mode = |path: &Path| fs::metadata(path).unwrap().mode() & 0o777;
    assert_eq!(mode(&directory), 0o700);
    assert_eq!(mode(&directory.join("a.json")), 0o600);
}

#[tokio::test]
async fn the_operators_permissions_stay_but_nobody_else_writes() {
    let check = async |before: u32, after: u32| {
        let home = home();
        let path = home.path().join("a.json");
        fs::set_permissions(&path, fs::Permissions::from_mode(before)).unwrap();
        replace(&FileStore::new(home.path())).await.unwrap();
        let mode = fs::metadata(&path).unwrap().mode() & 0o777;
        assert_eq!(mode, after, "{before:o} became {mode:o}");
    };
    check(0o600, 0o600).await;
    check(0o640, 0o640).await;
    check(0o666, 0o644).await;
    check(0o400, 0o600).await;
}

#[tokio::test]
async fn what_says_the_same_keeps_its_file() {
    let home = home();
    let store = FileStore::new(home.path());
    let inode = || fs::metadata(home.path().join("a.json")).unwrap().ino();
    let before = inode();
    let stored = store.load(&name("a.json")).await.unwrap();
    let expected = Expected::Version(stored.version);
    let same = r#"{ "n": 1.0, "type": "codex" }"#;
    store
        .put(&name("a.json"), same.into(), expected)
        .await
        .unwrap();
    assert_eq!(inode(), before);
    assert_eq!(read(home.path()), OLD);
    replace(&store).await.unwrap();
    assert_ne!(inode(), before);
}

#[tokio::test]
async fn only_credential_files_of_one_level_are_listed() {
    let home = home();
    fs::create_dir(home.path().join("sub")).unwrap();
    fs::create_dir(home.path().join("d.json")).unwrap();
    for other in [
        "sub/b.json",
        "c.JSON",
        "d.txt",
        ".e.json",
        "f.json.lock",
        "g.json.bak",
    ] {
        fs::write(home.path().join(other), OLD).unwrap();
    }
    let listed = FileStore::new(home.path()).list().await.unwrap();
    assert_eq!(listed, [name("a.json"), name("c.JSON")]);
    let missing = FileStore::new(home.path().join("nowhere"));
    assert_eq!(missing.list().await, Ok(Vec::new()));
}

#[tokio::test]
async fn nothing_is_written_through_a_link() {
    let home = tempfile::tempdir().unwrap();
    let (auths, other) = (home.path().join("auths"), home.path().join("other.json"));
    fs::create_dir_all(auths.join("..2026")).unwrap();
    fs::write(auths.join("..2026/x.json"), OLD).unwrap();
    symlink("..2026", auths.join("..data")).unwrap();
    symlink("..data/x.json", auths.join("x.json")).unwrap();
    fs::write(&other, OLD).unwrap();
    symlink(&other, auths.join("y.json")).unwrap();
    symlink("..data/../../other.json", auths.join("z.json")).unwrap();
    fs::create_dir(auths.join("..2026/sub")).unwrap();
    symlink("..data/sub/../../../other.json", auths.join("w.json")).unwrap();
    let store = FileStore::new(&auths);

    let x = name("x.json");
    let mounted = store.load(&x).await.unwrap();
    assert_eq!(mounted.access, Access::ReadOnly);
    let put = store.put(&x, NEW.into(), Expected::Version(mounted.version));
    assert_eq!(put.await, Err(StoreError::Unwritable(Trouble::ReadOnly)));
    let deleted = store.delete(&name("x.json")).await;
    assert_eq!(deleted, Err(StoreError::Unwritable(Trouble::ReadOnly)));

    for refused in ["w.json", "y.json", "z.json"] {
        let found = store.load(&name(refused)).await;
        assert!(
            matches!(found, Err(StoreError::Link(_))),
            "{refused}: {found:?}"
        );
        let put = store
            .put(&name(refused), NEW.into(), Expected::Absent)
            .await;
        assert!(
            matches!(put, Err(StoreError::Link(_))),
            "{refused}: {put:?}"
        );
        assert!(matches!(
            store.delete(&name(refused)).await,
            Err(StoreError::Link(_))
        ));
        assert!(auths.join(refused).is_symlink());
    }
    assert_eq!(fs::read_to_string(&other).unwrap(), OLD);
    assert_eq!(
        fs::read_to_string(auths.join("..2026/x.json")).unwrap(),
        OLD
    );
}

#[tokio::test]
async fn a_link_that_appears_while_a_file_is_written_is_replaced_not_followed() {
    let home = home();
    let store = FileStore::new(home.path());
    let version = store.load(&name("a.json")).await.unwrap().version;
    let other = home.path().join("other");
    fs::write(&other, OLD).unwrap();
    fs::remove_file(home.path().join("a.json")).unwrap();
    symlink(&other, home.path().join("a.json")).unwrap();
    let put = store
        .put(&name("a.json"), NEW.into(), Expected::Version(version))
        .await;
    assert!(matches!(put, Err(StoreError::Link(_))), "{put:?}");
    assert_eq!(fs::read_to_string(&other).unwrap(), OLD);
}

#[tokio::test]
async fn what_is_no_credential_file_is_not_read() {
    let home = tempfile::tempdir().unwrap();
    fs::create_dir(home.path().join("d.json")).unwrap();
    fs::write(home.path().join("large.json"), vec![b' '; (1 << 20) + 1]).unwrap();
    rustix::fs::mkfifoat(rustix::fs::CWD, home.path().join("pipe.json"), 0o600.into()).unwrap();
    let store = FileStore::new(home.path());
    for odd in ["d.json", "large.json", "pipe.json"] {
        let found = store.load(&name(odd)).await;
        assert!(
            matches!(found, Err(StoreError::NotAFile(_))),
            "{odd}: {found:?}"
        );
    }
}

#[tokio::test]
async fn an_edit_meanwhile_is_kept() {
    let home = home();
    let store = FileStore::new(home.path());
    let stale = Expected::Version(store.load(&name("a.json")).await.unwrap().version);
    write(
        home.path(),
        "a.json",
        r#"{"type":"codex","proxy_url":"direct"}"#,
    );
    let put = store.put(&name("a.json"), NEW.into(), stale).await;
    assert_eq!(put, Err(StoreError::Conflict));
    rewrite(&store, &name("a.json"), |file| set_disabled(file, true))
        .await
        .unwrap();
    let both = r#"{"type":"codex","proxy_url":"direct","disabled":true}"#;
    assert_eq!(read(home.path()), both);
    write(home.path(), "a.json", "{\"type\"");
    let broken = rewrite(&store, &name("a.json"), |file| set_disabled(file, true)).await;
    assert!(
        matches!(broken, Err(StoreError::Unreadable(_))),
        "{broken:?}"
    );
    assert_eq!(
        read(home.path()),
        "{\"type\"",
        "half a file is left to who writes it"
    );
}

#[tokio::test]
async fn a_file_that_is_a_mount_is_written_in_place() {
    let home = home();
    let disk = Arc::new(FaultyDisk::default());
    let store = FileStore::on(home.path(), disk.clone());
    disk.fail(Fault::Mounted);
    let inode = || fs::metadata(home.path().join("a.json")).unwrap().ino();
    let before = inode();
    let shorter = r#"{"n":3}"#;
    let version = store.load(&name("a.json")).await.unwrap().version;
    store
        .put(&name("a.json"), shorter.into(), Expected::Version(version))
        .await
        .unwrap();
    assert_eq!(read(home.path()), shorter);
    assert_eq!(inode(), before);
    assert_eq!(names(home.path()), [".write.lock", "a.json"]);
}

#[tokio::test]
async fn drafts_of_a_killed_writer_are_removed_once_they_are_old() {
    let home = home();
    let disk = Arc::new(FaultyDisk::default());
    let store = FileStore::on(home.path(), disk.clone());
    disk.fail(Fault::Killed(2));
    replace(&store).await.unwrap_err();
    disk.heal();
    assert_eq!(names(home.path()).len(), 3, "{:?}", names(home.path()));
    fs::write(home.path().join(".notes.tmp"), "").unwrap();
    let draft = fs::read_dir(home.path()).unwrap().flatten();
    let draft = draft
        .map(|entry| entry.path())
        .find(|path| path.to_string_lossy().ends_with(".tmp") && !path.ends_with(".notes.tmp"));
    let written = fs::metadata(draft.unwrap()).unwrap().modified().unwrap();
    assert_eq!(store.remove_drafts(written + Duration::from_secs(600)), 0);
    assert_eq!(store.remove_drafts(written + Duration::from_secs(601)), 1);
    assert_eq!(names(home.path()), [".notes.tmp", ".write.lock", "a.json"]);
}

#[tokio::test]
async fn a_linked_file_is_a_store_of_its_own() {
    let home = home();
    let vendor = home.path().join("vendor");
    fs::create_dir(&vendor).unwrap();
    let file = vendor.join(".credentials");
    fs::write(&file, OLD).unwrap();
    let store = FileStore::new(home.path());
    let (there, name) = store.of_link(&file).unwrap();
    let version = there.load(&name).await.unwrap().version;
    there
        .put(&name, NEW.into(), Expected::Version(version))
        .await
        .unwrap();
    assert_eq!(fs::read_to_string(&file).unwrap(), NEW);
    for odd in ["relative.json", "/", "/a/.."] {
        assert!(store.of_link(Path::new(odd)).is_none(), "{odd}");
    }
}

#[test]
fn a_journal_in_a_directory_that_is_gone_says_so() {
    let home = tempfile::tempdir().unwrap();
    let journal = Journal::of(&FileStore::new(home.path().join("gone")));
    let written = journal.write(
        &name("a.json"),
        &"token".into(),
        &crate::JournalState::InFlight,
        SystemTime::UNIX_EPOCH,
    );
    assert!(
        matches!(written, Err(StoreError::Unwritable(_))),
        "{written:?}"
    );
}
