//! Keeping others out.

use super::{OLD, home, name, names, replace, write};
use crate::{
    FileStore, LockCredentials as _, Reach, StoreError, WriteCredentials as _, rewrite,
    testing::{Fault, FaultyDisk},
};
use futures_util::future::join_all;
use std::{fs, sync::Arc, time::Duration};

#[tokio::test]
async fn two_processes_exclude_each_other() {
    let home = home();
    // Two stores over one directory share nothing but the directory, as two processes do.
    let (one, other) = (FileStore::new(home.path()), FileStore::new(home.path()));
    let held = one.lock(&name("a.json"), Duration::ZERO).await.unwrap();
    assert_eq!(held.reach, Reach::Everyone);
    let busy = other.lock(&name("a.json"), Duration::ZERO).await;
    assert!(matches!(busy, Err(StoreError::Busy)), "{busy:?}");
    other.lock(&name("b.json"), Duration::ZERO).await.unwrap();
    let a = name("a.json");
    let (waited, ()) = tokio::join!(other.lock(&a, Duration::from_secs(30)), async {
        drop(held);
    });
    assert_eq!(waited.unwrap().reach, Reach::Everyone);
}

#[tokio::test]
async fn a_lock_of_a_deleted_credential_is_nobodys() {
    let home = home();
    let (one, other) = (FileStore::new(home.path()), FileStore::new(home.path()));
    let held = one.lock(&name("a.json"), Duration::ZERO).await.unwrap();
    other.delete(&name("a.json")).await.unwrap();
    assert!(home.path().join("a.json.lock").exists(), "somebody has it");
    drop(held);
    write(home.path(), "a.json", OLD);
    other.delete(&name("a.json")).await.unwrap();
    assert_eq!(names(home.path()), [".write.lock"]);
    one.lock(&name("a.json"), Duration::ZERO).await.unwrap();
}

#[tokio::test]
async fn whoever_deletes_under_the_lock_leaves_none_behind() {
    let home = home();
    let (one, other) = (FileStore::new(home.path()), FileStore::new(home.path()));
    let a = name("a.json");
    write(home.path(), "a.json", OLD);
    let held = one.lock(&a, Duration::ZERO).await.unwrap();
    one.delete(&a).await.unwrap();
    let (waited, ()) = tokio::join!(other.lock(&a, Duration::from_secs(30)), async {
        one.remove_lock(&a, held);
    });
    // Who has waited holds one that the next can see.
    waited.as_ref().unwrap();
    assert!(one.lock(&a, Duration::ZERO).await.is_err());
    other.remove_lock(&a, waited.unwrap());
    assert_eq!(names(home.path()), [".write.lock"]);

    write(home.path(), "a.json", OLD);
    let held = one.lock(&a, Duration::ZERO).await.unwrap();
    one.remove_lock(&a, held);
    assert!(home.path().join("a.json.lock").exists(), "it is in use");
}

#[tokio::test]
async fn without_locks_the_process_keeps_its_own_order() {
    let home = home();
    let disk = Arc::new(FaultyDisk::default());
    disk.fail(Fault::NoLocks);
    let (one, other) = (
        FileStore::on(home.path(), disk.clone()),
        FileStore::on(home.path(), disk),
    );
    // The credential's own file can still be agreed on.
    let held = one.lock(&name("a.json"), Duration::ZERO).await.unwrap();
    assert_eq!(held.reach, Reach::Everyone);
    assert!(other.lock(&name("a.json"), Duration::ZERO).await.is_err());
    drop(held);
    // Where there is none, only this process is kept out, and knows that.
    let held = one.lock(&name("new.json"), Duration::ZERO).await.unwrap();
    assert_eq!(held.reach, Reach::ThisProcess);
    assert!(one.lock(&name("new.json"), Duration::ZERO).await.is_err());
    replace(&one).await.unwrap();
}

#[tokio::test]
async fn two_processes_write_their_files_at_once() {
    const FILES: [&str; 2] = ["a.json", "b.json"];
    let home = home();
    write(home.path(), "b.json", OLD);
    let text = |file: &str, n| format!(r#"{{"type":"codex","file":"{file}","n":{n}}}"#);
    let process = async |file: &str| {
        let store = FileStore::new(home.path());
        for n in 0..20 {
            let patch = |_: &[u8]| Ok(text(file, n).into_bytes());
            rewrite(&store, &name(file), patch).await.unwrap();
        }
    };
    join_all(FILES.map(process)).await;
    for file in FILES {
        let found = fs::read_to_string(home.path().join(file)).unwrap();
        assert_eq!(found, text(file, 19));
    }
    assert_eq!(names(home.path()), [".write.lock", "a.json", "b.json"]);
}
