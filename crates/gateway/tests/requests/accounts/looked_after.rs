//! Credentials without traffic: what there is of them, and refreshing by hand.

use super::{Ends, Home};
use crate::rig::Rig;
use cliproxy_gateway::{Checked, CredentialDetail};
use serde_json::json;

const KEYS: &str = "proxy-url: 'http://u:canary-1@10.0.0.1:8080'
claude-api-key:
  - {name: main, api-key: canary-2, proxy-url: direct}
  - {name: spare, api-key: canary-3, priority: 2, disabled: true}";

fn find<'a>(all: &'a [CredentialDetail], id: &str) -> &'a CredentialDetail {
    let label = |one: &&CredentialDetail| one.view.id == id || one.view.credential == id;
    all.iter().find(label).unwrap_or_else(|| panic!("{all:?}"))
}

#[tokio::test]
async fn everything_there_is_is_told_and_no_secret() {
    let home = Home::new([], []);
    let settings = json!({"proxy_url": "socks5://u:canary-4@10.0.0.2:1", "priority": 3});
    home.sign_in("a", Ends::Long, &settings);
    home.sign_in("b", Ends::Long, &json!({"type": "kimi", "client_id": null}));
    let rig = Rig::of_accounts(&home.yaml(KEYS)).await;
    let inventory = rig.gateway.inventory();
    let text = serde_json::to_string(&inventory).unwrap();
    assert!(!text.contains("canary"), "{text}");
    assert_eq!(serde_json::from_str(&text).ok(), Some(inventory.clone()));
    let directory = home.directory.path().display().to_string();
    assert_eq!(inventory.auth_dir, Some(directory));

    let all = &inventory.credentials;
    let labels: Vec<_> = all.iter().map(|one| &*one.view.credential).collect();
    assert_eq!(labels, ["main", "spare", "a", "b"]);
    let main = find(all, "main");
    assert_eq!(
        (&*main.view.state, main.view.proxy.as_deref()),
        ("ready", Some("direct"))
    );
    assert!(!main.offers.is_empty() && main.from.is_none());
    let spare = find(all, "spare");
    assert_eq!((&*spare.view.state, spare.view.priority), ("disabled", 2));
    assert_eq!(spare.offers, [""; 0]);
    let a = find(all, "a.json");
    assert_eq!(
        a.view.proxy.as_deref(),
        Some("socks5://redacted@10.0.0.2:1")
    );
    assert!(a.offers.iter().any(|model| model == "gpt-5.4"), "{a:?}");
    let b = find(all, "b.json").from.as_ref().unwrap();
    let missing = b.no_endpoint.as_deref().unwrap_or_default();
    assert!(missing.contains("oauth.kimi.client_id"), "{missing}");
}

#[tokio::test]
async fn only_what_is_due_is_refreshed_by_hand() {
    let home = Home::new([], []);
    home.sign_in("a", Ends::Ago, &json!({}));
    home.sign_in("b", Ends::Ago, &json!({}));
    home.sign_in("c", Ends::Long, &json!({}));
    let rig = Rig::of_config(&home.yaml(""));
    rig.gateway.read_credentials().await;
    let refreshes = || ["a", "b", "c"].map(|label| home.upstream.stats().refreshes(label));
    assert_eq!(refreshes(), [0, 0, 0]);
    let ids = ["a.json", "b.json", "c.json", "nobody.json"].map(Into::into);
    let checked = rig.gateway.check(&ids).await;
    // Also those that would wait their turn, were it a start.
    let expected = [
        Checked::Renewed,
        Checked::Renewed,
        Checked::Kept,
        Checked::NoTokens,
    ];
    assert_eq!(checked, expected);
    assert_eq!(refreshes(), [1, 1, 0]);
    assert_eq!(home.upstream.stats().requests, 0);
    let inventory = rig.gateway.inventory();
    let account = find(&inventory.credentials, "a.json").view.account.as_ref();
    let tokens = account.unwrap().tokens.as_ref().unwrap();
    assert_eq!(tokens.condition, "fresh");
    assert!(tokens.expires_at_ms > Some(inventory.at_ms));
}
