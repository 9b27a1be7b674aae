//! Which way an account's requests and questions for tokens go.

use super::{ask, by};
use crate::rig::Rig;
use cliproxy_scripted_upstream::{
    Script, Upstream,
    oauth::{Account, Dialect},
};
use serde_json::{Value, json};

/// Stands for an upstream, and for a proxy that answers in its place.
fn upstream() -> Upstream {
    let account = Account::new("a", Dialect::Codex).refresh_token("refresh-token-1");
    Upstream::start(Script::new().account(account)).unwrap()
}

/// Requests that came, and questions for tokens.
fn came(upstream: &Upstream) -> (u64, usize) {
    (upstream.stats().received, upstream.oauth().calls().len())
}

/// A gateway with an account whose token has ended, and with these proxies.
async fn rig(origin: &Upstream, own: Value, yaml: &str) -> (Rig, tempfile::TempDir) {
    let directory = tempfile::tempdir().unwrap();
    let file = json!({
        "type": "codex",
        "label": "a",
        "email": "a@example.com",
        "client_id": "scripted-client",
        "base_url": format!("{}/v1", origin.base_url()),
        "access_token": "has-ended",
        "refresh_token": "refresh-token-1",
        "expires_at": 1_700_000_000,
        "proxy_url": own,
    });
    std::fs::write(directory.path().join("a.json"), file.to_string()).unwrap();
    let yaml = format!(
        "auth-dir: '{}'\noauth: {{codex: {{token_url: '{}'}}}}\nrequest-retry: 0\n{yaml}\n",
        directory.path().display(),
        origin.token_url(Dialect::Codex)
    );
    (Rig::of_accounts(&yaml).await, directory)
}

#[tokio::test]
async fn the_files_own_proxy_goes_before_that_of_the_configuration() {
    enum Way {
        Origin,
        Own,
        Configured,
    }
    let check = async |own: &str, configured: &str, expected: Way| {
        let (origin, first, second) = (upstream(), upstream(), upstream());
        let address = |named: &str| match named {
            "own" => first.base_url(),
            "configured" => second.base_url(),
            other => other.to_owned(),
        };
        let yaml = format!("proxy-url: '{}'", address(configured));
        let (rig, _directory) = rig(&origin, json!(address(own)), &yaml).await;
        assert_eq!(by(&rig.send(&ask()).await), "a");
        let went = [came(&origin), came(&first), came(&second)];
        let place = match expected {
            Way::Origin => 0,
            Way::Own => 1,
            Way::Configured => 2,
        };
        let mut all = [(0, 0); 3];
        all[place] = (1, 1);
        assert_eq!(went, all, "{own:?} before {configured:?}");
    };
    check("", "", Way::Origin).await;
    check("", "configured", Way::Configured).await;
    check("own", "configured", Way::Own).await;
    check("own", "", Way::Own).await;
    check("direct", "configured", Way::Origin).await;
    check("own", "direct", Way::Own).await;
}

#[tokio::test]
async fn nobody_is_asked_without_the_proxy_that_was_meant() {
    let check = async |own: &str, status: u16| {
        let origin = upstream();
        let (rig, _directory) = rig(&origin, json!(own), "").await;
        assert_eq!(rig.send(&ask()).await.status, status, "{own}");
        assert_eq!(came(&origin), (0, 0), "{own}");
    };
    check("sock5://user:secret@127.0.0.1:9", 404).await;
    check("http://", 404).await;
    // Nobody listens there.
    check("http://127.0.0.1:1", 503).await;
}

#[tokio::test]
async fn a_proxy_that_is_edited_is_used_from_then_on() {
    let (origin, first, second) = (upstream(), upstream(), upstream());
    let (rig, directory) = rig(&origin, json!(first.base_url()), "").await;
    assert_eq!(by(&rig.send(&ask()).await), "a");
    let path = directory.path().join("a.json");
    let mut file: Value = serde_json::from_slice(&std::fs::read(&path).unwrap()).unwrap();
    file["proxy_url"] = json!(second.base_url());
    let epoch = rig.gateway.snapshot().epoch;
    std::fs::write(&path, file.to_string()).unwrap();
    crate::rig::soon(rig.gateway.later_than(epoch)).await;
    // The token is one that only the first knows.
    assert_eq!(rig.send(&ask()).await.status, 401);
    assert_eq!(came(&first), (1, 1));
    assert_eq!(came(&second).0, 1);
    assert_eq!(came(&origin), (0, 0));
}
