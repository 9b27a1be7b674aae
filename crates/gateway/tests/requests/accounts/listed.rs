//! Files that are kept, and serve nothing.

use super::{Ends, Home, MODEL, ask};
use serde_json::{Value, json};

#[tokio::test]
async fn projects_serve_in_place_of_their_file() {
    let home = Home::new([], []);
    let projects = json!({"type": "gemini", "project_id": "one, two"});
    home.sign_in("a", Ends::Long, &projects);
    let rig = home.rig("").await;
    let status = rig.gateway.status();
    let mut shown: Vec<_> = status
        .credentials
        .iter()
        .map(|one| (&*one.id, &*one.credential, &*one.state))
        .collect();
    shown.sort_unstable();
    let expected = [
        ("a.json", "a", "parent"),
        ("a.json::one", "a [one]", "ready"),
        ("a.json::two", "a [two]", "ready"),
    ];
    assert_eq!(shown, expected);
}

#[tokio::test]
async fn who_serves_nothing_is_listed_with_the_reason() {
    let check = async |more: Value, state: &str, reason: Option<&str>| {
        let home = Home::new([], []);
        home.sign_in("a", Ends::Long, &more);
        let rig = home.rig("").await;
        assert_eq!(rig.send(&ask()).await.status, 404, "{more}");
        let status = rig.gateway.status();
        let [one] = &status.credentials[..] else {
            panic!("{status:?}");
        };
        assert_eq!(one.state, state, "{more}");
        assert_eq!(one.reason.as_deref(), reason, "{more}");
        assert_eq!(home.upstream.stats().requests, 0, "{more}");
    };
    check(json!({"disabled": true}), "disabled", None).await;
    check(
        json!({"type": "claude"}),
        "unsupported",
        Some("unsupported (passthrough only)"),
    )
    .await;
    check(
        json!({"type": "antigravity"}),
        "unsupported",
        Some("unsupported"),
    )
    .await;
    check(
        json!({"type": "somebody"}),
        "unsupported",
        Some("no requests are made with files of type somebody"),
    )
    .await;
    check(
        json!({"base_url": "http://example.com"}),
        "misconfigured",
        Some("base_url: write https: tokens would cross the network in the clear"),
    )
    .await;
    let key = json!({"client_email": "a@b", "private_key": "k"});
    check(
        json!({"type": "vertex", "project_id": "p", "location": "x.example/", "service_account": key}),
        "misconfigured",
        Some("location: none of Google's, like us-central1 or global"),
    )
    .await;
    check(
        json!({"type": "vertex", "service_account": key}),
        "misconfigured",
        Some("project_id: missing, and the key names none"),
    )
    .await;
    check(
        json!({"proxy_url": "sock5://secret@h"}),
        "misconfigured",
        Some("proxy_url: the proxy URL's scheme is not http, https, socks5 or socks5h"),
    )
    .await;
}

#[tokio::test]
async fn who_has_no_token_left_is_not_ready() {
    let check = async |ends: Ends, more: Value, expected: (&str, Option<&str>)| {
        let home = Home::new([], []);
        home.sign_in("a", ends, &more);
        let rig = home.rig("").await;
        let status = rig.gateway.status();
        let [one] = &status.credentials[..] else {
            panic!("{status:?}");
        };
        assert_eq!((&*one.state, one.reason.as_deref()), expected, "{more}");
        let explained = rig.gateway.explain_model(MODEL, None).unwrap();
        let step = &explained[0].steps[0];
        let (state, why) = expected;
        let told = why.map_or_else(|| state.to_owned(), |why| format!("{state}: {why}"));
        assert_eq!(step.candidates[0].state, told, "{more}");
        let nobody = step.outcome == "nobody is ready";
        assert_eq!(nobody, state != "ready", "{more}");
    };
    let ended = Some("its access token has ended, and there is no refresh token");
    let none = json!({"refresh_token": null});
    check(Ends::Ago, none.clone(), ("needs-login", ended)).await;
    check(Ends::Long, none, ("ready", None)).await;
    check(Ends::Ago, json!({}), ("ready", None)).await;
    let client = json!({"client_id": null, "id_token": null});
    let why = Some(
        "its access token has ended, and it cannot be refreshed: \
         set `oauth.codex.client_id` in the configuration: nothing says which OAuth client the \
         tokens belong to",
    );
    check(Ends::Ago, client.clone(), ("misconfigured", why)).await;
    check(Ends::Long, client, ("ready", None)).await;
}
