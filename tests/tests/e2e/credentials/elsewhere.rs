//! A key that only the gateway's environment has.

use super::{about, alone, config, fine, parsed, put, upstream};
use crate::reload::{REFUSED, noticed};
use cliproxy_e2e::{Finished, Gateway};
use serde_json::{Value, json};
use std::{collections::BTreeMap, fs};

const NOTED: &str = "claude-api-key[1].api-key: the environment variable ELSEWHERE is not set in this \
                     shell (the gateway may have it)";

/// The standard output of a command that works, and says what is not set here.
#[track_caller]
fn noting(finished: Finished) -> String {
    let Finished {
        code,
        stdout,
        stderr,
        ..
    } = finished;
    assert_eq!(code, Some(0), "{stdout}{stderr}");
    assert!(stderr.contains(NOTED), "{stderr}");
    stdout
}

/// The results of a check, by labels.
fn results(text: &str) -> BTreeMap<String, (String, String)> {
    let found = parsed(text);
    let rows = found["credentials"].as_array().unwrap().iter();
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    rows.map(|row| {
        (
            text(&row["credential"]),
            (text(&row["result"]), text(&row["state"])),
        )
    })
    .collect()
}

fn row(result: &str, state: &str) -> (String, String) {
    (result.to_owned(), state.to_owned())
}

const CHECK: [&str; 3] = ["credentials", "check", "--json"];

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn other_shells_do_without_it() {
    let upstream = upstream(&[]);
    let base = upstream.base_url();
    let config = format!(
        "{}  - {{name: there, api-key: env:ELSEWHERE, base-url: '{base}'}}\n",
        config(&upstream)
    );
    let home = tempfile::tempdir().unwrap();
    let home = home.path();
    fs::write(home.join("config.yaml"), &config).unwrap();
    let kimi = json!({"type": "kimi", "access_token": "SECRET_A", "device_id": "d"});
    put(home, "kimi.json", &kimi.to_string());
    for args in [
        &["credentials", "list"][..],
        &["credentials", "disable", "kimi"],
        &["credentials", "remove", "kimi", "--yes"],
    ] {
        noting(alone(home, args));
    }
    let found = results(&noting(alone(home, &CHECK)));
    assert_eq!(found["there"], row("note", "not judged"));
    assert_eq!(found["main"], row("ok", "ready"));

    // The gateway has it, so it knows.
    let launch = Gateway::serve(&config).env("ELSEWHERE", "SECRET_E");
    let gateway = Gateway::launch(launch).await;
    fine(about(&gateway, &["credentials", "list"]), 0);
    let found = results(&noting(about(&gateway, &CHECK)));
    assert_eq!(found["there"], row("ok", "ready"));

    let later = config.replace("SECRET_K_1", "env:LATER");
    let line = noticed(&gateway, REFUSED, || gateway.rewrite(&later)).await;
    let restart =
        "LATER is not set (a running gateway keeps the environment of its start: restart it";
    assert!(line.contains(restart), "{line}");
}

#[tokio::test]
async fn what_tokens_are_refreshed_with_is_missed_by_a_check() {
    let home = tempfile::tempdir().unwrap();
    let home = home.path();
    let config = "auth-dir: auths\noauth: {kimi: {client_id: env:ELSEWHERE}}\n";
    fs::write(home.join("config.yaml"), config).unwrap();
    let Finished { code, stderr, .. } = alone(home, &["credentials", "list"]);
    assert_eq!(code, Some(0), "{stderr}");
    let Finished { code, stderr, .. } = alone(home, &CHECK);
    assert_eq!(code, Some(78), "{stderr}");
    let here = "ELSEWHERE is not set (set it in this shell too: tokens are refreshed with it)";
    assert!(stderr.contains(here), "{stderr}");
}
