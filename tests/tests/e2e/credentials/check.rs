//! Looking after tokens by hand.

use super::{
    Ends, FILES, about, alone, config, fine, gateway, kept, one, parsed, put, refused, said,
    signed_in, until, upstream,
};
use cliproxy_e2e::CLIENT_KEY;
use cliproxy_scripted_upstream::{Behaviour, Script, Upstream, oauth::TokenBehaviour};
use serde_json::{Value, json};
use std::{fs, os::unix::fs::symlink, path::Path, time::Duration};

/// What a check finds, by the names of the files.
#[track_caller]
fn checked(text: &str) -> Vec<(String, String, bool)> {
    let found = parsed(text);
    let rows = found["credentials"].as_array().unwrap().iter();
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    let rows = rows.filter(|row| row["name"] != "");
    rows.map(|row| {
        let is_new = row["refreshed"].as_bool().unwrap();
        (text(&row["name"]), text(&row["result"]), is_new)
    })
    .collect()
}

fn row(name: &str, result: &str, is_new: bool) -> (String, String, bool) {
    (name.to_owned(), result.to_owned(), is_new)
}

const CHECK: [&str; 3] = ["credentials", "check", "--json"];

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_due_is_refreshed_once() {
    let labels = ["a", "b", "c"];
    let upstream = upstream(&labels);
    let home = tempfile::tempdir().unwrap();
    let home = home.path();
    fs::write(home.join("config.yaml"), config(&upstream)).unwrap();
    for (label, ends) in labels
        .into_iter()
        .zip([Ends::Ago, Ends::Ago, Ends::InAnHour])
    {
        let file = signed_in(&upstream, label, ends, json!({"mine": [1]}));
        put(home, &format!("{label}.json"), &file.to_string());
    }
    let before = labels.map(|label| kept(home, &format!("{label}.json")));

    let rows = checked(&fine(alone(home, &CHECK), 0));
    let expected = [
        row("a", "ok", true),
        row("b", "ok", true),
        row("c", "ok", false),
    ];
    assert_eq!(rows, expected);
    let refreshes = || labels.map(|label| upstream.stats().refreshes(label));
    assert_eq!(refreshes(), [1, 1, 0]);
    let after = labels.map(|label| kept(home, &format!("{label}.json")));
    assert_ne!(before[0]["refresh_token"], after[0]["refresh_token"]);
    assert_ne!(before[1]["access_token"], after[1]["access_token"]);
    assert_eq!(before[2], after[2]);
    assert_eq!(after[0]["mine"], json!([1]));
    assert_eq!(upstream.stats().requests, 0, "no model is called");

    let rows = checked(&fine(alone(home, &CHECK), 0));
    assert!(rows.iter().all(|(_, _, is_new)| !is_new), "{rows:?}");
    assert_eq!(refreshes(), [1, 1, 0]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn trouble_says_what_to_do() {
    let upstream = upstream(&["a", "b"]);
    let home = tempfile::tempdir().unwrap();
    let home = home.path();
    fs::write(home.join("config.yaml"), config(&upstream)).unwrap();
    for label in ["a", "b"] {
        let file = signed_in(&upstream, label, Ends::Ago, json!({}));
        put(home, &format!("{label}.json"), &file.to_string());
    }
    upstream.oauth().revoke("a");

    let text = fine(alone(home, &["credentials", "check"]), 1);
    for part in [
        "its refresh token is refused",
        "sign in again, and put",
        "1 needs you",
    ] {
        assert!(text.contains(part), "{part}: {text}");
    }
    // The other one has been refreshed all the same, and the refused one is not sent again.
    assert_eq!(upstream.stats().refreshes("b"), 1);
    let calls = upstream.oauth().calls().len();
    let rows = checked(&fine(alone(home, &CHECK), 1));
    assert_eq!(rows, [row("a", "trouble", false), row("b", "ok", false)]);
    assert_eq!(upstream.oauth().calls().len(), calls);

    let rows = checked(&fine(alone(home, &[&CHECK[..], &["b"]].concat()), 0));
    assert_eq!(rows, [row("b", "ok", false)]);
    let unknown = alone(home, &["credentials", "check", "c"]);
    refused(unknown, 1, "there is no credential c; ");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn wrong_files_say_what_to_do() {
    let upstream = upstream(&[]);
    let check = |file: &str, parts: &[&str]| {
        let home = tempfile::tempdir().unwrap();
        fs::write(home.path().join("config.yaml"), config(&upstream)).unwrap();
        put(home.path(), "x.json", file);
        let text = fine(alone(home.path(), &["credentials", "check"]), 1);
        for part in parts {
            assert!(text.contains(part), "{part}: {text}");
        }
    };
    check(
        r#"{"tokens": {"access_token": "SECRET_A_1"}}"#,
        &["no type", "add a type, like codex"],
    );
    check(
        r#"{"type": "codxe", "access_token": "SECRET_A_1", "refresh_token": "SECRET_R_1"}"#,
        &["correct `type` in ", "did you mean codex?"],
    );
    check(
        r#"{"type": "codxe", "access_token": "SECRET_A_1"}"#,
        &["did you mean codex?"],
    );
    check(
        r#"{"type": "vertex", "location": "x/y", "service_account":
            {"client_email": "a@b", "private_key": "k", "project_id": "p"}}"#,
        &["location: none of Google's", "correct it in "],
    );
    check(
        r#"{"type": "vertex", "service_account":
            {"client_email": "a@b", "private_key": "k", "project_id": "p"}}"#,
        &["is not in PEM form", "download the key again"],
    );
    check(
        r#"{"type": "codex", "access_token": "SECRET_A_1", "weight": 1.5}"#,
        &["weight: not a share of the work"],
    );
    check(
        r#"{"type": "codex"}"#,
        &["access_token is missing", "copy the whole file"],
    );
    check(
        r#"{"type": "kimi", "access_token": "SECRET_A_1", "refresh_token": "SECRET_R_1"}"#,
        &["set `oauth.kimi.client_id` in the configuration"],
    );
    check(
        r#"{"type": "service_account", "private_key": "SECRET_K_2"}"#,
        &["`cliproxy import vertex FILE`"],
    );
    check(
        r#"{"type": "codex", "link": "auth.json"}"#,
        &["link: not the whole path of a file", "name the whole path"],
    );
    check(
        r#"{"type": "codex", "access_token": "SECRET_A_1", "proxy_url": "ftp://SECRET_P_3@x"}"#,
        &["proxy_url: ", "correct it in "],
    );
    check("{", &["not JSON", "repair or remove it"]);

    // The list has the same remedy as the check.
    let home = tempfile::tempdir().unwrap();
    fs::write(home.path().join("config.yaml"), config(&upstream)).unwrap();
    let key = r#"{"type": "service_account", "private_key": "SECRET_K_2"}"#;
    put(home.path(), "key.json", key);
    let text = said(alone(home.path(), &["credentials", "list"]));
    assert!(text.contains("`cliproxy import vertex FILE`"), "{text}");
    assert!(!text.contains("copy the whole file"), "{text}");

    let home = tempfile::tempdir().unwrap();
    fs::write(home.path().join("config.yaml"), config(&upstream)).unwrap();
    let files = home.path().join(FILES);
    fs::create_dir(&files).unwrap();
    symlink("/elsewhere/a.json", files.join("x.json")).unwrap();
    let text = fine(alone(home.path(), &["credentials", "check"]), 1);
    let remedy = "\nx           remove it, and `cliproxy import TYPE FILE` the other one";
    assert!(text.contains(remedy), "{text}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_gateway_that_runs_is_not_disturbed() {
    let upstream = upstream(&["a"]);
    let gateway = gateway(&config(&upstream), &[]).await;
    let home: &Path = gateway.directory();
    let file = signed_in(&upstream, "a", Ends::Ago, json!({}));
    // Both see it now, and both find that it is due.
    put(home, "a.json", &file.to_string());
    let rows = checked(&fine(about(&gateway, &CHECK), 0));
    let [(name, result, _)] = &rows[..] else {
        panic!("{rows:?}");
    };
    assert_eq!((&**name, &**result), ("a", "ok"));
    until(&gateway, "fresh tokens", |listed| {
        one(listed, "a.json").is_some_and(|one| one["account"]["tokens"]["condition"] == "fresh")
    });
    assert_eq!(upstream.stats().refreshes("a"), 1);
    let text = said(about(&gateway, &["credentials", "check"]));
    assert!(text.contains("nothing needs you"), "{text}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_not_as_meant_is_said() {
    let upstream = upstream(&["a"]);
    let home = tempfile::tempdir().unwrap();
    let home = home.path();
    fs::write(home.join("config.yaml"), config(&upstream)).unwrap();
    let check = |more: Value, code: i32, part: &str| {
        let file = signed_in(&upstream, "a", Ends::InAnHour, more);
        put(home, "a.json", &file.to_string());
        let text = fine(alone(home, &["credentials", "check"]), code);
        assert!(text.contains(part), "{part}: {text}");
    };
    check(
        json!({"priority": "high"}),
        0,
        "priority: not a whole number (write",
    );
    check(
        json!({"expired": "tomorrow"}),
        0,
        "expired: no moment in time (write",
    );
    check(json!({"prioritty": 1}), 0, "did you mean `priority`?");
    let serves = "it serves: disabled: neither true nor false";
    check(json!({"disabled": "true"}), 1, serves);
    let serves = "it serves: disable: means nothing to the gateway";
    check(json!({"disable": true}), 1, serves);
    check(json!({"disable": true}), 1, "did you mean `disabled`?");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nobody_is_asked_for_what_cannot_be_written() {
    let upstream = upstream(&["a"]);
    let home = tempfile::tempdir().unwrap();
    let home = home.path();
    fs::write(home.join("config.yaml"), config(&upstream)).unwrap();
    let file = signed_in(&upstream, "a", Ends::Ago, json!({}));
    put(home, "a.json", &file.to_string());
    // Permissions keep no test away that runs as root. This is where the note has to be.
    let note = home.join(FILES).join(".a.json.refresh");
    fs::create_dir_all(note.join("in the way")).unwrap();

    let text = fine(alone(home, &["credentials", "check"]), 1);
    for part in [
        "nobody was asked for tokens: cannot write the credential",
        "read and write its file and the directory of it",
    ] {
        assert!(text.contains(part), "{part}: {text}");
    }
    assert_eq!(upstream.oauth().calls().len(), 0);
    // So the sign-in is still good.
    fs::remove_dir_all(note).unwrap();
    let rows = checked(&fine(alone(home, &CHECK), 0));
    assert_eq!(rows, [row("a", "ok", true)]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_refresh_that_runs_is_waited_for() {
    let upstream = upstream(&["a"]);
    let slow = TokenBehaviour::Answer.delayed(Duration::from_secs(3));
    upstream.oauth().rewrite("a", [slow]);
    let gateway = gateway(&config(&upstream), &[]).await;
    let file = signed_in(&upstream, "a", Ends::Ago, json!({}));
    put(gateway.directory(), "a.json", &file.to_string());
    until(&gateway, "a refresh", |listed| {
        one(listed, "a.json")
            .is_some_and(|one| one["account"]["tokens"]["condition"] == "refreshing")
    });
    let rows = checked(&fine(about(&gateway, &CHECK), 0));
    assert_eq!(rows, [row("a", "ok", false)]);
    assert_eq!(upstream.stats().refreshes("a"), 1);
}

/// Only the gateway asks upstreams for their models.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn models_that_were_asked_for_are_taken_from_the_gateway() {
    let script = Script::new().models(["found"]);
    let upstream = Upstream::start(script.key("sk-a", "a", Behaviour::Answer)).unwrap();
    let config = format!(
        "api-keys: [{CLIENT_KEY}]\nopenai-compatibility:\n  - {{name: asked, base-url: '{}/v1', \
         discover-models: true, api-key-entries: [{{api-key: sk-a}}]}}\n",
        upstream.base_url()
    );
    let gateway = gateway(&config, &[]).await;
    gateway.logged("models discovered").await;
    until(&gateway, "the model", |listed| {
        listed["credentials"][0]["offers"] == json!(["found"])
    });
    let text = said(about(&gateway, &["credentials", "check"]));
    assert!(text.contains("nothing needs you"), "{text}");
    assert!(!text.contains("no models"), "{text}");
}
