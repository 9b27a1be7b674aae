//! Ten thousand accounts: what they take in memory is little more than their tokens.

use cliproxy_auth_store::{FileStore, Look, Scanner};
use std::{fs, time::Instant, time::SystemTime};

const FILES: usize = 10_000;

/// A file as Codex's sign-in leaves it: an id token that nobody needs again, and members that mean nothing
/// here.
fn file(n: usize) -> String {
    let access = "a".repeat(1_000);
    let id = "i".repeat(1_500);
    let unknown = "u".repeat(1_000);
    format!(
        r#"{{"type":"codex","email":"{n}@example.com","account_id":"account-{n}","access_token":"{access}{n}",
"refresh_token":"refresh-{n}","id_token":"{id}","expired":"2026-05-08T10:00:00Z",
"last_refresh":"2026-05-01T10:00:00Z","priority":{n},"unknown":{{"text":"{unknown}"}}}}"#
    )
}

#[test]
fn keep_typed_members_only() {
    let home = tempfile::tempdir().unwrap();
    for n in 0..FILES {
        fs::write(home.path().join(format!("codex-{n}.json")), file(n)).unwrap();
    }
    let mut scanner = Scanner::new(FileStore::new(home.path()));
    let mut records = 0;
    let begin = Instant::now();
    let measured = allocation_counter::measure(|| {
        let changes = scanner.look(&Look::All, SystemTime::UNIX_EPOCH);
        records = changes.credentials.len();
    });
    let took = begin.elapsed();
    let kept = measured.bytes_current / FILES as i64;
    println!("{FILES} files in {took:?}, {kept} bytes kept for each");
    assert_eq!(records, FILES);
    assert_eq!(scanner.records().iter().count(), FILES);
    // The access token has 1,000 bytes, the file 3,700.
    assert!((1_000..3_300).contains(&kept), "{kept} bytes for each file");
}
