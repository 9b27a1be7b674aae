//! Run files on a real file system, with real sockets and processes behind them.

use super::{RunDirectory, RunError};
use crate::run_record::RunRecord;
use cliproxy_core::Secret;
use std::{
    fs,
    net::{SocketAddr, TcpListener},
    os::unix::fs::{PermissionsExt as _, symlink},
    path::Path,
    process::{Command, id},
    sync::Arc,
};
use tempfile::TempDir;

/// A directory for state, and the one for run files below it.
fn made() -> (TempDir, Arc<RunDirectory>) {
    let state = tempfile::tempdir().unwrap();
    let directory = RunDirectory::create(state.path()).unwrap();
    (state, Arc::new(directory))
}

fn record(pid: u32, control: SocketAddr) -> RunRecord {
    RunRecord {
        pid,
        started_ms: 1,
        config: "/config.yaml".to_owned(),
        address: "127.0.0.1:8317".to_owned(),
        control,
        token: Secret::from("token"),
    }
}

/// A port that answers as long as the listener lives.
fn listening() -> (TcpListener, SocketAddr) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    (listener, address)
}

/// A port that nobody listens on any more.
fn silent() -> SocketAddr {
    listening().1
}

/// The number of a process that has ended, and was waited for.
fn ended() -> u32 {
    let mut child = Command::new("true").spawn().unwrap();
    child.wait().unwrap();
    child.id()
}

fn mode(path: &Path) -> u32 {
    fs::symlink_metadata(path).unwrap().permissions().mode() & 0o7777
}

fn names(directory: &RunDirectory) -> Vec<String> {
    let entries = fs::read_dir(directory.path()).unwrap();
    let mut names: Vec<String> = entries
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    names.sort();
    names
}

#[test]
fn only_the_owner_can_read() {
    let (state, directory) = made();
    let deeper = state.path().join("a/b");
    RunDirectory::create(&deeper).unwrap();
    assert_eq!(mode(&deeper), 0o700);
    assert_eq!(mode(&deeper.join("run")), 0o700);

    let _file = directory.write(&record(7, silent())).unwrap();
    assert_eq!(mode(&directory.path().join("7.json")), 0o600);
    assert_eq!(names(&directory), ["7.json"]);
}

#[test]
fn a_directory_that_others_can_read_is_closed() {
    let (state, directory) = made();
    for open in [0o755, 0o777, 0o1777] {
        fs::set_permissions(directory.path(), fs::Permissions::from_mode(open)).unwrap();
        RunDirectory::create(state.path()).unwrap();
        assert_eq!(mode(directory.path()), 0o700, "{open:o}");
    }
}

#[test]
fn no_link_is_followed() {
    let elsewhere = tempfile::tempdir().unwrap();
    let state = tempfile::tempdir().unwrap();
    symlink(elsewhere.path(), state.path().join("run")).unwrap();
    let created = RunDirectory::create(state.path());
    assert!(matches!(created, Err(RunError::Io { .. })), "{created:?}");
    assert!(RunDirectory::open(state.path()).is_err());

    // Links at both names that a file has: what they lead to is not touched.
    let (_state, directory) = made();
    let victim = elsewhere.path().join("victim");
    fs::write(&victim, "precious").unwrap();
    for name in ["7.tmp", "7.json"] {
        symlink(&victim, directory.path().join(name)).unwrap();
    }
    let file = directory.write(&record(7, silent())).unwrap();
    assert_eq!(names(&directory), ["7.json"]);
    assert!(directory.read("7.json").is_some());
    drop(file);
    assert_eq!(fs::read_to_string(victim).unwrap(), "precious");
}

#[test]
fn a_state_directory_that_cannot_be_used_is_named() {
    let state = tempfile::tempdir().unwrap();
    let file = state.path().join("file");
    fs::write(&file, "").unwrap();
    let error = RunDirectory::create(&file).unwrap_err().to_string();
    assert!(error.contains(file.to_str().unwrap()), "{error}");
    assert!(RunDirectory::open(state.path()).unwrap().is_none());
}

#[test]
fn a_file_goes_with_its_process() {
    let (_state, directory) = made();
    let file = directory.write(&record(7, silent())).unwrap();
    drop(file);
    assert_eq!(names(&directory), [""; 0]);

    // Another process of that number has come: its file stays.
    let old = directory.write(&record(7, silent())).unwrap();
    let other = RunRecord {
        token: Secret::from("another"),
        ..record(7, silent())
    };
    let new = directory.write(&other).unwrap();
    drop(old);
    assert_eq!(names(&directory), ["7.json"]);
    drop(new);
    assert_eq!(names(&directory), [""; 0]);
}

#[tokio::test]
async fn only_gateways_that_run_are_found() {
    let (_state, directory) = made();
    let (_listener, address) = listening();
    let dead = ended();
    let write = |name: &str, text: &str| fs::write(directory.path().join(name), text).unwrap();
    let json = |pid, control| record(pid, control).to_json();
    // This process and its parent live; one of them listens.
    let (own, parent) = (id(), std::os::unix::process::parent_id());
    write(&format!("{own}.json"), &json(own, address));
    write(&format!("{parent}.json"), &json(parent, silent()));
    write(&format!("{dead}.json"), &json(dead, address));
    write(&format!("{dead}.tmp"), "{");
    // What is being written, and what is none of ours, is left alone.
    write(&format!("{own}.tmp"), &json(own, address));
    write("notes.json", "{}");
    write("1.txt", "");

    assert_eq!(directory.running().await, [record(own, address)]);
    let mut left = [
        format!("{own}.json"),
        format!("{own}.tmp"),
        "notes.json".to_owned(),
        "1.txt".to_owned(),
    ];
    left.sort();
    assert_eq!(names(&directory), left);
}

#[tokio::test]
async fn a_file_that_says_something_else_than_its_name_is_not_believed() {
    let (_state, directory) = made();
    let (_listener, address) = listening();
    let own = id();
    let path = directory.path().join(format!("{own}.json"));
    let large = format!("{}{}", record(own, address).to_json(), " ".repeat(70_000));
    for text in [&record(1, address).to_json(), "", "[]", "nonsense", &large] {
        fs::write(&path, text).unwrap();
        let found = directory.running().await;
        // White space behind what was read changes nothing.
        let expected: &[RunRecord] = match text.len() {
            70_000.. => &[record(own, address)],
            _ => &[],
        };
        assert_eq!(found, expected, "{text:.40}");
        assert!(path.exists(), "it may be half written");
    }
    // A pipe would block whoever opens it to read.
    fs::remove_file(&path).unwrap();
    let made = Command::new("mkfifo").arg(&path).status().unwrap();
    assert!(made.success());
    assert_eq!(directory.running().await, []);
}
