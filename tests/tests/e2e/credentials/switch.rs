//! Switching accounts off and on, and removing them, while a gateway runs.

use super::{
    Ends, about, alone, config, gateway, kept, one, put, refused, said, signed_in, status, until,
    upstream,
};
use serde_json::json;
use std::fs;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_gateway_notices() {
    let upstream = upstream(&["a"]);
    let file = signed_in(&upstream, "a", Ends::InAnHour, json!({"mine": {"x": 1.50}}));
    let gateway = gateway(&config(&upstream), &[("a.json", file.clone())]).await;
    let is = |state: &'static str| {
        move |listed: &serde_json::Value| {
            one(listed, "a.json").is_some_and(|one| one["state"] == state)
        }
    };
    assert_eq!(status(&gateway).await, 200);

    let said_so = said(about(&gateway, &["credentials", "disable", "a"]));
    assert!(said_so.contains("notices by itself"), "{said_so}");
    until(&gateway, "disabled", is("disabled"));
    assert_ne!(status(&gateway).await, 200);
    let mut expected = file;
    expected["disabled"] = json!(true);
    assert_eq!(kept(gateway.directory(), "a.json"), expected);
    let again = said(about(&gateway, &["credentials", "disable", "a.json"]));
    assert!(again.contains("is disabled already"), "{again}");

    said(about(&gateway, &["credentials", "enable", "a"]));
    until(&gateway, "enabled", is("ready"));
    assert_eq!(status(&gateway).await, 200);

    let unasked = about(&gateway, &["credentials", "remove", "a"]);
    refused(unasked, 2, "add --yes");
    said(about(&gateway, &["credentials", "remove", "a", "--yes"]));
    until(&gateway, "removed", |listed| {
        one(listed, "a.json").is_none()
    });
    assert_ne!(status(&gateway).await, 200);
    assert!(!gateway.directory().join("auths/a.json").exists());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_no_file_is_left_to_its_owner() {
    let upstream = upstream(&["a"]);
    let home = tempfile::tempdir().unwrap();
    fs::write(home.path().join("config.yaml"), config(&upstream)).unwrap();
    let projects = json!({"type": "gemini", "project_id": "one, two"});
    let file = signed_in(&upstream, "a", Ends::InAnHour, projects);
    put(home.path(), "g.json", &file.to_string());
    put(home.path(), "half.json", "{");
    let key = alone(home.path(), &["credentials", "disable", "main"]);
    refused(key, 1, "set `disabled: true` in its entry in ");
    let project = alone(
        home.path(),
        &["credentials", "remove", "g.json::one", "--yes"],
    );
    refused(project, 1, "is a project of g.json: name that");
    let half = alone(home.path(), &["credentials", "disable", "half"]);
    refused(
        half,
        1,
        "half.json is left as it is: cannot be read: not JSON",
    );
    let unknown = alone(home.path(), &["credentials", "enable", "haf"]);
    refused(unknown, 1, "there is no credential haf");
    said(alone(
        home.path(),
        &["credentials", "remove", "half", "--yes"],
    ));
    assert!(!home.path().join("auths/half.json").exists());
    assert_eq!(kept(home.path(), "g.json"), file);
}
