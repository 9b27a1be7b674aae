//! Credential files made of what other programs have.

use super::{Ends, alone, config, fine, kept, refused, said, signed_in, upstream};
use serde_json::{Value, json};
use std::{fs, os::unix::fs::PermissionsExt as _, path::Path};

/// What Codex keeps of a sign-in, in a file of its own.
fn codex(home: &Path, file: &Value) -> String {
    let path = home.join("auth.json");
    let member = |name: &str| file[name].clone();
    let auth = json!({
        "auth_mode": "chatgpt",
        "client_id": "scripted-client",
        "tokens": {
            "access_token": member("access_token"),
            "refresh_token": member("refresh_token"),
            "account_id": "acc-1",
        },
        "last_refresh": "2020-01-01T00:00:00Z",
    });
    fs::write(&path, auth.to_string()).unwrap();
    path.display().to_string()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_linked_file_is_refreshed_where_it_is() {
    let upstream = upstream(&["a"]);
    let home = tempfile::tempdir().unwrap();
    let home = home.path();
    fs::write(home.join("config.yaml"), config(&upstream)).unwrap();
    let auth = codex(home, &signed_in(&upstream, "a", Ends::InAnHour, json!({})));
    refused(alone(home, &["import", "codex", &auth]), 1, "add --link");

    let text = said(alone(home, &["import", "codex", "--link", &auth]));
    assert!(text.contains("codex-acc-1.json"), "{text}");
    let real = fs::canonicalize(&auth).unwrap();
    let pointer = json!({"type": "codex", "link": real});
    assert_eq!(kept(home, "codex-acc-1.json"), pointer);
    let mode = fs::metadata(home.join("auths/codex-acc-1.json"))
        .unwrap()
        .permissions()
        .mode();
    assert_eq!(mode & 0o777, 0o600);
    let again = alone(home, &["import", "codex", "--link", &auth]);
    refused(again, 1, "is there already");

    let read = || -> Value { serde_json::from_slice(&fs::read(&auth).unwrap()).unwrap() };
    let mut old = read();
    // As if it had been signed in to long ago.
    old["tokens"]["expires_at"] = json!(1_600_000_000);
    fs::write(&auth, old.to_string()).unwrap();
    fine(alone(home, &["credentials", "check"]), 0);
    assert_eq!(upstream.stats().refreshes("a"), 1);
    assert_ne!(
        read()["tokens"]["refresh_token"],
        old["tokens"]["refresh_token"]
    );
    assert_eq!(read()["auth_mode"], "chatgpt");
    assert_eq!(kept(home, "codex-acc-1.json"), pointer);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_copy_says_who_is_signed_out() {
    let upstream = upstream(&["a"]);
    let home = tempfile::tempdir().unwrap();
    let home = home.path();
    fs::write(home.join("config.yaml"), config(&upstream)).unwrap();
    let auth = codex(home, &signed_in(&upstream, "a", Ends::InAnHour, json!({})));
    let args = ["import", "codex", "--take-over", "--name", "mine", &auth];
    let text = said(alone(home, &args));
    assert!(text.contains("signs the program out"), "{text}");
    assert_eq!(kept(home, "mine.json")["type"], "codex");
    refused(
        alone(home, &["import", "claude", "--take-over", &auth]),
        1,
        "claude-passthrough",
    );
    refused(
        alone(home, &["import", "codex", "nowhere.json"]),
        1,
        "cannot read nowhere.json",
    );
    fs::write(home.join("key.json"), r#"{"type": "service_account"}"#).unwrap();
    let key = home.join("key.json").display().to_string();
    refused(
        alone(home, &["import", "vertex", &key]),
        1,
        "no `private_key`",
    );
}
