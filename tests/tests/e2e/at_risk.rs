//! Tokens that cannot be written.

use cliproxy_core::Protocol::Responses;
use cliproxy_e2e::{CLIENT_KEY, Call, Gateway};
use cliproxy_scripted_upstream::{
    Script, Upstream,
    oauth::{Account, Dialect},
};
use serde_json::{Value, json};
use std::{fs, os::unix::fs::symlink, path::Path};

/// A directory as a cluster mounts it: what is in it are links, and nobody writes through them.
fn mount(auths: &Path, file: &Value) {
    fs::create_dir_all(auths.join("..2026")).unwrap();
    fs::write(auths.join("..2026/a.json"), file.to_string()).unwrap();
    symlink("..2026", auths.join("..data")).unwrap();
    symlink("..data/a.json", auths.join("a.json")).unwrap();
}

#[tokio::test]
async fn what_cannot_be_written_serves_and_is_reported() {
    let account = Account::new("a", Dialect::Codex);
    let upstream = Upstream::start(Script::new().account(account)).unwrap();
    let signed_in = upstream.oauth().sign_in("a").unwrap();
    let file = json!({
        "type": "codex",
        "label": "a",
        "access_token": signed_in.access_token.expose(),
        "refresh_token": signed_in.refresh_token.unwrap().expose(),
        "expired": "2001-02-03T04:05:06Z",
        "base_url": format!("{}/v1", upstream.base_url()),
    });
    let launch = Gateway::serve(&format!(
        "auth-dir: auths\napi-keys: [{CLIENT_KEY}]\n\
         oauth: {{codex: {{client_id: scripted-client, token_url: '{}'}}}}\n",
        upstream.token_url(Dialect::Codex)
    ));
    let auths = launch.path().join("auths");
    mount(&auths, &file);
    let gateway = Gateway::launch(launch).await;
    let ready = async || {
        let reply = gateway.send(Call::get("/readyz").anonymous()).await;
        assert_eq!(reply.status, 200);
        reply.json()["status"].clone()
    };
    let read =
        || -> Value { serde_json::from_slice(&fs::read(auths.join("a.json")).unwrap()).unwrap() };

    gateway.logged("new tokens cannot be written").await;
    for _ in 0..2 {
        let reply = gateway
            .send(Call::generate(Responses, "gpt-5.4", false))
            .await;
        assert_eq!(reply.status, 200, "{}", reply.text());
    }
    assert_eq!(upstream.stats().refreshes("a"), 1, "the new ones are kept");
    assert_eq!(ready().await, "degraded");
    assert_eq!(read(), file);
    // The operator puts a file in the place of the link.
    fs::write(auths.join("new"), file.to_string()).unwrap();
    fs::rename(auths.join("new"), auths.join("a.json")).unwrap();
    gateway.logged("tokens are on disk now").await;
    assert_eq!(ready().await, "ok");
    assert_ne!(read()["refresh_token"], file["refresh_token"]);
    assert_eq!(upstream.stats().refreshes("a"), 1);
}
