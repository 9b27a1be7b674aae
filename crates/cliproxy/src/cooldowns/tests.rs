//! Rests that outlive the process.

use super::{CooldownFiles, file_name};
use cliproxy_core::ErrorKind;
use cliproxy_gateway::KeptBlock;
use std::{
    fs,
    os::unix::fs::PermissionsExt as _,
    path::Path,
    time::{Duration, SystemTime},
};

const NOON: u64 = 1_800_000_000;

fn at(seconds: u64) -> SystemTime {
    SystemTime::UNIX_EPOCH + Duration::from_secs(NOON + seconds)
}

fn block(credential: &str, model: Option<&str>, remaining: u64) -> KeptBlock {
    KeptBlock {
        credential: credential.into(),
        model: model.map(Into::into),
        reason: ErrorKind::Quota,
        remaining: Duration::from_secs(remaining),
        level: 2,
    }
}

fn names(directory: &Path) -> Vec<String> {
    let entries = fs::read_dir(directory.join("cooldowns"))
        .into_iter()
        .flatten();
    let names = entries.map(|entry| entry.unwrap().file_name().into_string().unwrap());
    let mut names: Vec<_> = names.collect();
    names.sort();
    names
}

/// What a next process reads at a moment.
fn read(directory: &Path, seconds: u64) -> Vec<KeptBlock> {
    let files = CooldownFiles::new(directory);
    let documents = files
        .files()
        .into_iter()
        .filter_map(|path| super::read(&path).ok());
    let rests = documents.flat_map(|document| document.records);
    rests.filter_map(|rest| rest.block(at(seconds))).collect()
}

#[test]
fn only_what_is_still_on_comes_back() {
    let directory = tempfile::tempdir().unwrap();
    let mut files = CooldownFiles::new(directory.path());
    let blocks = [
        block("a:1", None, 60),
        block("a:1", Some("m"), 600),
        block("b", Some("n"), 30),
    ];
    files.save(&blocks, at(0)).unwrap();
    assert_eq!(names(directory.path()), ["a_1.cds", "b.cds"]);
    let path = directory.path().join("cooldowns/b.cds");
    let mode = fs::metadata(&path).unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o600);
    assert_eq!(read(directory.path(), 0), blocks);
    assert_eq!(read(directory.path(), 60), [block("a:1", Some("m"), 540)]);
    assert!(read(directory.path(), 600).is_empty());
}

#[test]
fn files_follow_what_rests() {
    let directory = tempfile::tempdir().unwrap();
    let mut files = CooldownFiles::new(directory.path());
    files
        .save(&[block("a", None, 60), block("b", None, 60)], at(0))
        .unwrap();
    // The same blocks a little later are not written again.
    let path = directory.path().join("cooldowns/b.cds");
    fs::write(&path, "touched").unwrap();
    files
        .save(&[block("a", None, 58), block("b", None, 58)], at(2))
        .unwrap();
    assert_eq!(fs::read_to_string(&path).unwrap(), "touched");
    files.save(&[block("b", None, 600)], at(2)).unwrap();
    assert_eq!(names(directory.path()), ["b.cds"]);
    assert_eq!(read(directory.path(), 2), [block("b", None, 600)]);
    files.save(&[], at(2)).unwrap();
    assert!(names(directory.path()).is_empty());
}

#[test]
fn a_file_that_is_broken_leaves_the_others() {
    let directory = tempfile::tempdir().unwrap();
    let mut files = CooldownFiles::new(directory.path());
    files
        .save(&[block("a", None, 60), block("b", None, 60)], at(0))
        .unwrap();
    let broken = directory.path().join("cooldowns/a.cds");
    for text in [
        "",
        "{",
        "[]",
        r#"{"version":1,"auth_id":"a","updated_at":"","records":[{}]}"#,
    ] {
        fs::write(&broken, text).unwrap();
        assert_eq!(read(directory.path(), 0), [block("b", None, 60)], "{text}");
    }
    fs::write(&broken, vec![b' '; 2 << 20]).unwrap();
    assert_eq!(read(directory.path(), 0), [block("b", None, 60)]);
}

#[test]
fn ids_as_file_names() {
    let check = |id, name: &str| assert_eq!(file_name(id), name);
    check(
        "gemini:apikey:33aa5510f4bf",
        "gemini_apikey_33aa5510f4bf.cds",
    );
    check("../../etc/passwd", "_.._etc_passwd.cds");
    check(".hidden", "hidden.cds");
    check(
        "anna@example.com.json::project",
        "anna_example.com.json__project.cds",
    );
}
