//! What there is, as the disk says and as a gateway says.

use super::{
    Ends, about, alone, config, gateway, one, parsed, put, refused, said, signed_in, status, until,
    upstream,
};
use cliproxy_e2e::Launch;
use cliproxy_scripted_upstream::{
    Failure, Script, Upstream,
    oauth::{Account, Dialect},
};
use serde_json::{Value, json};
use std::{fs, time::Duration};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn files_and_keys_are_listed_where_no_gateway_runs() {
    let upstream = upstream(&["a", "b"]);
    let home = tempfile::tempdir().unwrap();
    fs::write(home.path().join("config.yaml"), config(&upstream)).unwrap();
    let file = |label, more| signed_in(&upstream, label, Ends::InAnHour, more).to_string();
    put(
        home.path(),
        "a.json",
        &file(
            "a",
            json!({"proxy_url": "socks5://u:SECRET_P_2@127.0.0.1:9"}),
        ),
    );
    put(home.path(), "b.json", &file("b", json!({"disabled": true})));
    put(
        home.path(),
        "c.json",
        r#"{"type": "claude", "access_token": "SECRET_A_x"}"#,
    );
    put(home.path(), "half.json", r#"{"type": "codex", "#);
    put(home.path(), "notes.txt", "");

    let listed = parsed(&said(alone(
        home.path(),
        &["credentials", "list", "--json"],
    )));
    assert_eq!(listed["gateway"], Value::Null);
    let state = |id| one(&listed, id).map(|one| one["state"].as_str().unwrap().to_owned());
    let states = ["a.json", "b.json", "c.json", "half.json"].map(state);
    let expected = [Some("ready"), Some("disabled"), Some("unsupported"), None];
    assert_eq!(states, expected.map(|state| state.map(str::to_owned)));
    let a = one(&listed, "a.json").unwrap();
    assert_eq!(a["proxy"], "socks5://redacted@127.0.0.1:9");
    assert!(a["offers"].as_array().unwrap().contains(&json!("gpt-5.4")));
    let tokens = &a["account"]["tokens"];
    assert_eq!(tokens["condition"], "fresh");
    assert!(tokens["next_at_ms"].as_u64() < tokens["expires_at_ms"].as_u64());

    let text = said(alone(home.path(), &["credentials", "list"]));
    for part in [
        "no gateway runs with them",
        "unsupported (passthrough only)",
        "http://redacted@127.0.0.1:9",
        "half.json: not JSON",
        "notes.txt is passed over: a credential file ends in .json",
    ] {
        assert!(text.contains(part), "{part}: {text}");
    }
    assert_eq!(upstream.stats().requests, 0, "nobody is asked");

    let shown = said(alone(home.path(), &["credentials", "show", "a"]));
    for part in ["tokens        fresh", "next refresh  in ", "gpt-5.4-mini"] {
        assert!(shown.contains(part), "{part}: {shown}");
    }
    let unknown = alone(home.path(), &["credentials", "show", "main2"]);
    refused(
        unknown,
        1,
        "there is no credential main2; did you mean main?",
    );
    let broken = said(alone(home.path(), &["credentials", "show", "half"]));
    assert!(broken.contains("repair or remove it"), "{broken}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_gateway_that_runs_knows_more() {
    let retry_after = Duration::from_secs(600);
    let limited =
        Account::new("a", Dialect::Codex).behaves([Failure::RateLimit { retry_after }.into()]);
    let upstream = Upstream::start(Script::new().account(limited)).unwrap();
    let file = signed_in(&upstream, "a", Ends::InAnHour, json!({}));
    let gateway = gateway(&config(&upstream), &[("a.json", file)]).await;
    assert_eq!(status(&gateway).await, 429);
    let listed = until(&gateway, "a limit", |listed| {
        let models = one(listed, "a.json").unwrap()["models"].as_array().unwrap();
        models.iter().any(|model| model["reason"] == "quota")
    });
    assert_eq!(listed["gateway"]["pid"], gateway.id());
    let text = said(about(&gateway, &["credentials", "list"]));
    assert!(
        text.contains(&format!("as process {} on ", gateway.id())),
        "{text}"
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_gateway_warns_of_one_sign_in_in_two_files() {
    let upstream = upstream(&["a", "b"]);
    let file = |label| signed_in(&upstream, label, Ends::InAnHour, json!({}));
    let (a, b) = (file("a"), file("b"));
    let files = [("a.json", a.clone()), ("b.json", b)];
    let gateway = gateway(&config(&upstream), &files).await;
    let warning = "one refresh token, which can be used once";
    assert_eq!(gateway.log_count(warning), 0);
    put(gateway.directory(), "copy.json", &a.to_string());
    let line = gateway.logged(warning).await;
    assert!(line.contains("a.json, copy.json"), "{line}");
    assert!(!line.contains("b.json"), "{line}");
    let text = said(about(&gateway, &["credentials", "list"]));
    assert!(text.contains("shared with copy.json"), "{text}");
}

/// One setting that is missing may be that of thousands.
#[tokio::test]
async fn what_many_files_lack_is_said_once() {
    let upstream = upstream(&["a"]);
    let file = |number: u8| {
        let token = format!("token-{number}");
        let file = json!({"type": "kimi", "device_id": token, "refresh_token": token});
        (format!("{number}.json"), file)
    };
    let files = [1, 2, 3, 4, 5].map(file);
    let files = files.each_ref().map(|(name, file)| (&**name, file.clone()));
    let gateway = gateway(&config(&upstream), &files).await;
    let warning = "tokens cannot be refreshed";
    let line = gateway.logged(warning).await;
    for part in ["1.json", "kimi", "others=4", "oauth.kimi.client_id"] {
        assert!(line.contains(part), "{part} in {line}");
    }
    assert_eq!(gateway.log_count(warning), 1);
}

#[test]
fn a_new_user_is_told_where_to_begin() {
    let nothing = Launch::new(&["credentials", "list"]).run();
    refused(nothing, 78, "`cliproxy init` writes one");
    let empty = Launch::new(&["credentials", "list"]).file("config.yaml", "auth-dir: auths\n");
    let text = said(empty.run());
    assert!(
        text.starts_with("no credentials: put an API key into"),
        "{text}"
    );
    assert!(text.contains("auths is not there yet"), "{text}");
}
