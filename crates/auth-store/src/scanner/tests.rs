//! Looking at real directories.

use super::Scanner;
use crate::{
    Change, Changes, Expected, FileName, FileStore, Look, NewTokens, ReadCredentials as _,
    WriteCredentials as _, rewrite,
    testing::{Fault, FaultyDisk},
};
use std::{
    collections::BTreeMap,
    fs,
    os::unix::fs::{PermissionsExt as _, symlink},
    path::Path,
    sync::Arc,
    time::{Duration, SystemTime},
};
use tempfile::TempDir;

const ONE: &str =
    r#"{"type":"codex","access_token":"a","refresh_token":"r","email":"e","account_id":"e"}"#;
const HIGH: &str = r#"{"type":"codex","access_token":"a","refresh_token":"r","email":"e","account_id":"e","priority":5}"#;

fn name(text: &str) -> FileName {
    FileName::parse(text).unwrap()
}

fn write(home: &TempDir, name: &str, text: &str) {
    let path = home.path().join(name);
    fs::write(&path, text).unwrap();
    fs::set_permissions(&path, fs::Permissions::from_mode(0o600)).unwrap();
}

fn scanner(home: &TempDir) -> Scanner {
    Scanner::new(FileStore::new(home.path()))
}

/// Long before any file here was written: none of them has settled.
const EARLY: SystemTime = SystemTime::UNIX_EPOCH;

/// Long after: all of them have.
fn late() -> SystemTime {
    SystemTime::UNIX_EPOCH + Duration::from_secs(1 << 40)
}

fn all(scanner: &mut Scanner) -> Changes {
    scanner.look(&Look::All, EARLY)
}

/// The ids of what was added, changed and so on, in one line.
fn said(changes: &Changes) -> String {
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
    words.collect::<Vec<_>>().join(" ")
}

#[test]
fn one_level_and_any_case() {
    let home = tempfile::tempdir().unwrap();
    fs::create_dir(home.path().join("sub")).unwrap();
    for name in ["b.json", "sub/a.json", "c.JSON", "d.txt", ".e.json"] {
        write(&home, name, ONE);
    }
    write(&home, "f.json", "");
    write(&home, "g.json", "{");
    let mut scanner = scanner(&home);
    let changes = all(&mut scanner);
    assert_eq!(said(&changes), "+b.json +c.JSON");
    let problems: Vec<_> = changes
        .problems
        .iter()
        .map(|problem| problem.file.as_str())
        .collect();
    assert_eq!(problems, ["f.json", "g.json"]);
    assert_eq!(all(&mut scanner), Changes::default(), "said once");
    fs::remove_file(home.path().join("b.json")).unwrap();
    write(&home, "f.json", ONE);
    assert_eq!(said(&all(&mut scanner)), "-b.json +f.json");
}

#[test]
fn files_that_cannot_have_changed_are_not_read_again() {
    let home = tempfile::tempdir().unwrap();
    write(&home, "a.json", ONE);
    let path = home.path().join("a.json");
    let modified = fs::metadata(&path).unwrap().modified().unwrap();
    let check = |now: SystemTime, expected: &str| {
        let mut scanner = scanner(&home);
        write(&home, "a.json", ONE);
        scanner.look(&Look::All, now);
        // Nothing tells the scanner of this but the name in its cache: the file itself stays as it was.
        let digest = crate::FileDigest::of(HIGH.as_bytes());
        let high = crate::CredentialFile::read(&name("a.json"), HIGH.as_bytes());
        let high = crate::Observation::of(high, digest, false);
        scanner.records.observe(&name("a.json"), high, false);
        assert_eq!(said(&scanner.look(&Look::All, now)), expected);
    };
    check(modified, "~a.json");
    check(late(), "");
}

#[test]
fn what_was_written_here_is_told_apart_once() {
    let home = tempfile::tempdir().unwrap();
    write(&home, "a.json", ONE);
    let disk = Arc::new(FaultyDisk::default());
    let mut scanner = Scanner::new(FileStore::on(home.path(), disk.clone()));
    all(&mut scanner);
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_time()
        .build()
        .unwrap();
    let store = scanner.store().clone();
    let access = "b".into();
    let tokens = NewTokens {
        access: &access,
        refresh: None,
        id: None,
        expires_at: None,
        granted_at: late(),
    };
    let a = name("a.json");
    let written = rewrite(&store, &a, |file| tokens.write_into(file));
    runtime.block_on(written).unwrap();
    let ours = fs::read_to_string(home.path().join("a.json")).unwrap();
    assert_eq!(said(&all(&mut scanner)), "=a.json");
    assert_eq!(said(&all(&mut scanner)), "");
    write(&home, "a.json", ONE);
    assert_eq!(said(&all(&mut scanner)), "~a.json");
    // Somebody puts back what was once ours.
    write(&home, "a.json", &ours);
    assert_eq!(said(&all(&mut scanner)), "~a.json");
    // A write that failed is nobody's.
    let version = runtime.block_on(store.load(&a)).unwrap().version;
    disk.fail(Fault::Always(std::io::ErrorKind::StorageFull));
    let put = store.put(&a, HIGH.into(), Expected::Version(version));
    runtime.block_on(put).unwrap_err();
    write(&home, "a.json", HIGH);
    assert_eq!(said(&all(&mut scanner)), "~a.json");
    assert_eq!(runtime.block_on(store.list()).unwrap(), [a]);
}

#[test]
fn links_of_a_mount_are_read_and_others_are_refused() {
    let home = tempfile::tempdir().unwrap();
    fs::create_dir(home.path().join("..1")).unwrap();
    write(&home, "..1/y.json", ONE);
    symlink("..1", home.path().join("..data")).unwrap();
    symlink("..data/y.json", home.path().join("y.json")).unwrap();
    write(&home, "elsewhere", ONE);
    symlink(home.path().join("elsewhere"), home.path().join("x.json")).unwrap();
    let mut scanner = scanner(&home);
    let changes = all(&mut scanner);
    assert_eq!(said(&changes), "+y.json");
    let problem = changes.problems[0].to_string();
    assert!(
        problem.starts_with("x.json: a symbolic link to /"),
        "{problem}"
    );
    assert!(
        problem.contains("(remove it, and `cliproxy import"),
        "{problem}"
    );
    // The set is exchanged.
    fs::create_dir(home.path().join("..2")).unwrap();
    write(&home, "..2/y.json", HIGH);
    symlink("..2", home.path().join("..next")).unwrap();
    fs::rename(home.path().join("..next"), home.path().join("..data")).unwrap();
    assert_eq!(said(&all(&mut scanner)), "~y.json");
}

#[test]
fn what_is_no_file_of_credentials_says_what_to_do() {
    let home = tempfile::tempdir().unwrap();
    write(&home, "large.json", &" ".repeat((1 << 20) + 1));
    let mut scanner = scanner(&home);
    let problem = all(&mut scanner).problems[0].to_string();
    assert_eq!(
        problem,
        "large.json: larger than 1 MiB (it is not used; remove it, or put a credential file in its \
         place)"
    );
}

#[test]
fn a_file_that_others_can_read_is_named_once() {
    let home = tempfile::tempdir().unwrap();
    write(&home, "a.json", ONE);
    fs::set_permissions(
        home.path().join("a.json"),
        fs::Permissions::from_mode(0o644),
    )
    .unwrap();
    let mut scanner = scanner(&home);
    let problems = all(&mut scanner).problems;
    assert_eq!(problems.len(), 1);
    let expected = "a.json: other users can read it (mode 0644) (chmod 600)";
    assert_eq!(problems[0].to_string(), expected);
    assert_eq!(all(&mut scanner), Changes::default());
}

#[test]
fn a_directory_that_is_not_there_is_empty() {
    let home = tempfile::tempdir().unwrap();
    let auths = home.path().join("auths");
    let mut scanner = Scanner::new(FileStore::new(&auths));
    assert_eq!(all(&mut scanner), Changes::default());
    fs::create_dir(&auths).unwrap();
    fs::write(auths.join("a.json"), ONE).unwrap();
    assert_eq!(said(&all(&mut scanner)), "+a.json");
    fs::remove_dir_all(&auths).unwrap();
    assert_eq!(said(&all(&mut scanner)), "-a.json");
}

#[test]
fn a_directory_that_cannot_be_read_keeps_what_was_in_it() {
    let home = tempfile::tempdir().unwrap();
    let auths = home.path().join("auths");
    fs::create_dir(&auths).unwrap();
    fs::write(auths.join("a.json"), ONE).unwrap();
    let mut scanner = Scanner::new(FileStore::new(&auths));
    all(&mut scanner);
    // What is no directory cannot be listed, whoever asks.
    fs::rename(&auths, home.path().join("away")).unwrap();
    fs::write(&auths, "").unwrap();
    let changes = all(&mut scanner);
    assert_eq!(said(&changes), "");
    assert_eq!(changes.problems.len(), 1, "{changes:?}");
    assert_eq!(all(&mut scanner), Changes::default(), "said once");
    assert_eq!(scanner.records().iter().count(), 1);
}

#[test]
fn a_pointer_record_follows_the_file_of_another_program() {
    let home = tempfile::tempdir().unwrap();
    let vendor = tempfile::tempdir().unwrap();
    write(
        &vendor,
        "auth.json",
        r#"{"tokens":{"access_token":"a","refresh_token":"r"}}"#,
    );
    let path = vendor.path().join("auth.json");
    let pointer = format!(r#"{{"type":"codex","link":"{}"}}"#, path.display());
    write(&home, "mine.json", &pointer);
    let mut scanner = scanner(&home);
    assert_eq!(said(&scanner.look(&Look::All, late())), "+mine.json");
    let names: Vec<_> = scanner.links().into_iter().collect();
    assert_eq!(names, [(path.clone(), [name("mine.json")].into())]);
    // Also where the pointer itself has long settled.
    write(
        &vendor,
        "auth.json",
        r#"{"tokens":{"access_token":"bb","refresh_token":"s"}}"#,
    );
    assert_eq!(said(&scanner.look(&Look::All, late())), "~mine.json");

    let check = |link: &str, expected: &str| {
        write(
            &home,
            "mine.json",
            &format!(r#"{{"type":"codex","link":"{link}"}}"#),
        );
        let problems = Scanner::new(FileStore::new(home.path()))
            .look(&Look::All, EARLY)
            .problems;
        let problem = problems.iter().map(ToString::to_string).collect::<String>();
        assert!(problem.contains(expected), "{link}: {problem}");
    };
    check("auth.json", "mine.json: link: not the whole path of a file");
    check(
        "/nowhere/auth.json",
        "mine.json: link: /nowhere/auth.json: it is gone",
    );
    fs::write(&path, "{").unwrap();
    check(&path.display().to_string(), "mine.json: not JSON");
}

#[test]
fn only_the_files_that_are_named_are_looked_at() {
    let home = tempfile::tempdir().unwrap();
    write(&home, "a.json", ONE);
    write(&home, "b.json", ONE);
    let mut scanner = scanner(&home);
    all(&mut scanner);
    write(&home, "a.json", HIGH);
    write(&home, "b.json", HIGH);
    let names = |names: &[(&str, bool)]| {
        let names = names
            .iter()
            .map(|(text, was_deleted)| (name(text), *was_deleted));
        Look::Names(names.collect::<BTreeMap<_, _>>())
    };
    let look = names(&[("a.json", false), ("never.json", true)]);
    assert_eq!(said(&scanner.look(&look, EARLY)), "~a.json");
    assert_eq!(
        said(&scanner.look(&names(&[("b.json", true)]), EARLY)),
        "*b.json"
    );
    fs::remove_file(Path::new(home.path()).join("b.json")).unwrap();
    assert_eq!(
        said(&scanner.look(&names(&[("b.json", true)]), EARLY)),
        "-b.json"
    );
}
