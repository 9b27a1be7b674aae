//! Credential files made of what other programs have.

use super::{Ends, FILES, alone, config, fine, kept, put, refused, said, signed_in, upstream};
use cliproxy_scripted_upstream::oauth::ServiceKey;
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
    assert!(text.contains("codex-cf9df9b9.json"), "{text}");
    let real = fs::canonicalize(&auth).unwrap();
    let pointer = json!({"type": "codex", "link": real});
    assert_eq!(kept(home, "codex-cf9df9b9.json"), pointer);
    let mode = fs::metadata(home.join("auths/codex-cf9df9b9.json"))
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
    assert_eq!(kept(home, "codex-cf9df9b9.json"), pointer);

    // Whoever removes the link waits for the refreshes of the other program's file.
    let lock = home.join("auth.json.lock");
    fs::remove_file(&lock).unwrap();
    let remove = ["credentials", "remove", "codex-cf9df9b9", "--yes"];
    said(alone(home, &remove));
    assert!(lock.exists());
    let left = fs::read_dir(home.join(FILES)).unwrap().flatten();
    let left: Vec<_> = left.map(|entry| entry.file_name()).collect();
    let is_of_link = |name: &std::ffi::OsString| name.to_string_lossy().contains("cf9df9b9");
    assert!(!left.iter().any(is_of_link), "{left:?}");
    assert_eq!(read()["auth_mode"], "chatgpt");
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

/// Nothing is written, and each wrong step says what is wrong and what to do.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_could_not_be_used_is_not_written() {
    let upstream = upstream(&["a"]);
    let home = tempfile::tempdir().unwrap();
    let home = home.path();
    fs::write(home.join("config.yaml"), config(&upstream)).unwrap();
    let auth = codex(home, &signed_in(&upstream, "a", Ends::InAnHour, json!({})));
    let file = |name: &str, content: &Value| {
        let path = home.join(name);
        fs::write(&path, content.to_string()).unwrap();
        path.display().to_string()
    };
    let key = ServiceKey::generate().unwrap();
    let robot = |token_uri: &str| key.file("v@project.example", "project-1", token_uri);
    let whole = file("whole.json", &robot("https://auth.example/token"));
    let clear = file("clear.json", &robot("http://auth.example/token"));
    let mut damaged = robot("https://auth.example/token");
    let pem = damaged["private_key"].as_str().unwrap()[..300].to_owned();
    damaged["private_key"] = json!(pem);
    let damaged = file("damaged.json", &damaged);
    let bare = file("bare.json", &json!({"access_token": "SECRET_A_1"}));

    let check = |args: &[&str], part: &str| {
        refused(alone(home, &[&["import"], args].concat()), 1, part);
        let files = fs::read_dir(home.join(FILES));
        let files = files.map_or(0, |files| files.flatten().count());
        assert_eq!(files, 0, "{args:?}");
    };
    check(&["codxe", &auth], "there is no type codxe");
    check(&["codxe", &auth], "did you mean codex?");
    check(
        &["somebody", &auth],
        "there are codex, gemini, kimi, vertex, xai",
    );
    check(&["gemini", &auth], "it is of `codex`, not of `gemini`");
    check(
        &["codex", "--link", &auth, "--project", "p"],
        "leave --project out",
    );
    check(
        &["gemini", &bare, "--location", "eu"],
        "leave --location out",
    );
    let outside = "no credential file can be called ../x: the name has a separator";
    check(&["codex", "--link", &auth, "--name", "../x"], outside);
    let nowhere = "location: none of Google's, like us-central1 or global; give another --location";
    check(
        &["vertex", &whole, "--location", "eu.example.com/"],
        nowhere,
    );
    check(
        &["vertex", &damaged],
        "`service_account.private_key` in the credential file is damaged",
    );
    check(&["vertex", &clear], "would send a token in the clear");

    let text = said(alone(home, &["import", "vertex", &whole]));
    assert!(text.contains("vertex-project-1.json"), "{text}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn one_sign_in_belongs_in_one_file() {
    let upstream = upstream(&["a"]);
    let home = tempfile::tempdir().unwrap();
    let home = home.path();
    fs::write(home.join("config.yaml"), config(&upstream)).unwrap();
    let auth = codex(home, &signed_in(&upstream, "a", Ends::InAnHour, json!({})));
    said(alone(
        home,
        &["import", "codex", "--link", &auth, "--name", "link"],
    ));
    for how in ["--link", "--take-over"] {
        let again = alone(home, &["import", "codex", how, &auth, "--name", "copy"]);
        refused(again, 1, "auths/link.json already");
        assert!(!home.join("auths/copy.json").exists(), "{how}");
    }
    // Somebody copies it by hand.
    let mut copy: Value = serde_json::from_slice(&fs::read(&auth).unwrap()).unwrap();
    copy["type"] = json!("codex");
    put(home, "copy.json", &copy.to_string());
    let text = fine(alone(home, &["credentials", "check"]), 1);
    for part in [
        "its refresh token is in link.json too",
        "its refresh token is in copy.json too",
        "`cliproxy credentials remove` the other of copy, link",
        "2 need you",
    ] {
        assert!(text.contains(part), "{part}: {text}");
    }
    let text = said(alone(home, &["credentials", "list"]));
    assert!(text.contains("shared with copy.json"), "{text}");
    said(alone(home, &["credentials", "remove", "copy", "--yes"]));
    assert!(!home.join("auths/copy.json.lock").exists());
    let text = fine(alone(home, &["credentials", "check"]), 0);
    assert!(text.contains("nothing needs you"), "{text}");
    // As if one of two copies had been refreshed.
    copy["tokens"]["refresh_token"] = json!("SECRET_R_9");
    put(home, "copy.json", &copy.to_string());
    let text = said(alone(home, &["credentials", "list"]));
    assert!(text.contains("same account as copy.json"), "{text}");
    assert!(text.contains("same account as link.json"), "{text}");
}

/// Google asks for the client's secret, so what lacks it is told before the first refresh.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_google_client_without_its_secret() {
    let home = tempfile::tempdir().unwrap();
    let home = home.path();
    fs::write(home.join("config.yaml"), "auth-dir: auths\n").unwrap();
    let mut file = json!({"access_token": "SECRET_A_1", "refresh_token": "SECRET_R_1",
        "client_id": "app", "email": "me@x.com", "expiry_date": 4_000_000_000_000_u64});
    let path = home.join("creds.json");
    let import = |file: &Value, name: &str| {
        fs::write(&path, file.to_string()).unwrap();
        let path = path.display().to_string();
        let args = ["import", "gemini", &path, "--project", name];
        said(alone(home, &args))
    };
    let text = import(&file, "bare");
    assert!(
        text.contains("only for a client that shows its secret"),
        "{text}"
    );
    assert!(
        text.contains("set `oauth.gemini-cli.client_secret` in "),
        "{text}"
    );
    let text = fine(alone(home, &["credentials", "check"]), 1);
    assert!(
        text.contains("only for a client that shows its secret"),
        "{text}"
    );
    file["client_secret"] = json!("SECRET_C_1");
    let text = import(&file, "whole");
    assert!(text.contains("its token ends in"), "{text}");
    assert!(home.join("auths/gemini-me@x.com-whole.json").exists());
}

#[test]
fn a_client_of_the_configuration_is_a_type() {
    let home = tempfile::tempdir().unwrap();
    let home = home.path();
    let config = "auth-dir: auths\noauth: {mine: {client_id: me, token_url: 'https://auth.example/token'}}\n";
    fs::write(home.join("config.yaml"), config).unwrap();
    let path = home.join("tokens.json");
    let tokens = json!({"access_token": "SECRET_A_1", "refresh_token": "SECRET_R_1",
        "expired": 4_000_000_000_u64});
    fs::write(&path, tokens.to_string()).unwrap();
    let path = path.display().to_string();
    refused(
        alone(home, &["import", "mien", &path]),
        1,
        "did you mean mine?",
    );
    let args = ["import", "mine", "--take-over", &path, "--name", "m"];
    let text = said(alone(home, &args));
    assert!(text.contains("its tokens are kept fresh"), "{text}");
    assert_eq!(kept(home, "m.json")["type"], "mine");
    let text = fine(alone(home, &["credentials", "check"]), 0);
    assert!(text.contains("nothing needs you"), "{text}");
}
