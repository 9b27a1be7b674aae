//! Disks that are full, read-only, or fail at one step.

use super::{NEW, OLD, home, name, names, read, replace};
use crate::{
    FileStore, StoreError, Trouble, WriteCredentials as _,
    testing::{Fault, FaultyDisk},
};
use std::{io::ErrorKind, sync::Arc};

#[tokio::test]
async fn a_disk_in_trouble_leaves_the_old_file() {
    let kinds = [
        (ErrorKind::StorageFull, Trouble::Full),
        (ErrorKind::ReadOnlyFilesystem, Trouble::ReadOnly),
        (ErrorKind::PermissionDenied, Trouble::Denied),
    ];
    for (kind, trouble) in kinds {
        let home = home();
        let disk = Arc::new(FaultyDisk::default());
        let store = FileStore::on(home.path(), disk.clone());
        disk.fail(Fault::Always(kind));
        assert_eq!(replace(&store).await, Err(StoreError::Unwritable(trouble)));
        assert_eq!(read(home.path()), OLD);
        assert_eq!(names(home.path()), ["a.json"]);
        disk.heal();
        replace(&store).await.unwrap();
        assert_eq!(read(home.path()), NEW);
    }
}

#[tokio::test]
async fn a_step_that_fails_leaves_the_old_file_or_the_new_one() {
    let mut outcomes = Vec::new();
    for kind in [ErrorKind::StorageFull, ErrorKind::Other] {
        for failing in 0.. {
            let home = home();
            let disk = Arc::new(FaultyDisk::default());
            let store = FileStore::on(home.path(), disk.clone());
            disk.fail(Fault::Once(failing, kind));
            let replaced = replace(&store).await;
            let steps = disk.steps();
            disk.heal();
            match &replaced {
                Ok(()) => assert_eq!(read(home.path()), NEW),
                // The new one has its name, which a crash might take away again.
                Err(StoreError::Unwritable(_)) if failing == SYNC_DIRECTORY => {
                    assert_eq!(read(home.path()), NEW);
                }
                Err(StoreError::Unwritable(_)) => assert_eq!(read(home.path()), OLD),
                Err(other) => panic!("{kind:?} at {failing}: {other}"),
            }
            assert_eq!(
                names(home.path()),
                [".write.lock", "a.json"],
                "{kind:?} at {failing}"
            );
            outcomes.push(replaced.is_ok());
            if replaced.is_err() {
                replace(&store).await.unwrap();
                assert_eq!(read(home.path()), NEW);
            }
            if failing >= steps {
                break;
            }
        }
    }
    // Create, append, sync, rename and the directory's sync count; permissions have a second choice.
    let one = [false, false, true, false, false, false, true];
    assert_eq!(outcomes, [one, one].concat());
}

/// The step after the rename, counted from 0.
const SYNC_DIRECTORY: usize = 5;

/// Only where it is not to be had at all, a write counts without it: there nothing else ever would.
#[tokio::test]
async fn a_directory_that_cannot_be_synced() {
    let check = async |kind: ErrorKind, counts: bool| {
        let home = home();
        let disk = Arc::new(FaultyDisk::default());
        let store = FileStore::on(home.path(), disk.clone());
        disk.fail(Fault::Once(SYNC_DIRECTORY, kind));
        assert_eq!(replace(&store).await.is_ok(), counts, "{kind:?}");
        assert_eq!(read(home.path()), NEW, "{kind:?}");
        // What says the same is not written again, but it does not count before the directory is synced.
        disk.fail(Fault::Once(0, ErrorKind::Other));
        assert_eq!(replace(&store).await.is_ok(), counts, "{kind:?}, again");
        assert_eq!(disk.steps(), usize::from(!counts), "{kind:?}");
        disk.fail(Fault::NoLocks);
        replace(&store).await.unwrap();
        assert_eq!(disk.steps(), usize::from(!counts), "{kind:?}");
        replace(&store).await.unwrap();
        assert_eq!(disk.steps(), usize::from(!counts), "once");
    };
    check(ErrorKind::Other, false).await;
    check(ErrorKind::StorageFull, false).await;
    check(ErrorKind::InvalidInput, true).await;
    check(ErrorKind::Unsupported, true).await;
    check(ErrorKind::PermissionDenied, true).await;
}

/// The store of a link is made anew whenever its file is looked at.
#[tokio::test]
async fn a_directory_of_a_link_that_cannot_be_synced() {
    let home = home();
    let disk = Arc::new(FaultyDisk::default());
    let elsewhere = FileStore::on("/nowhere", disk.clone());
    let store = || elsewhere.of_link(&home.path().join("a.json")).unwrap().0;
    disk.fail(Fault::Once(SYNC_DIRECTORY, ErrorKind::Other));
    assert!(replace(&store()).await.is_err());
    disk.fail(Fault::Once(0, ErrorKind::Other));
    assert!(
        replace(&store()).await.is_err(),
        "the same, and not synced yet"
    );
    disk.fail(Fault::NoLocks);
    assert!(replace(&store()).await.is_ok());
}

/// It is gone for everybody, and whoever has deleted it hears that it may come back.
#[tokio::test]
async fn a_deletion_that_a_crash_might_undo() {
    let home = home();
    let disk = Arc::new(FaultyDisk::default());
    let store = FileStore::on(home.path(), disk.clone());
    disk.fail(Fault::Once(1, ErrorKind::Other));
    let deleted = store.delete(&name("a.json")).await;
    assert!(
        matches!(deleted, Err(StoreError::Unwritable(_))),
        "{deleted:?}"
    );
    assert_eq!(names(home.path()), [".write.lock"]);
    assert_eq!(store.delete(&name("a.json")).await, Ok(()));
}
