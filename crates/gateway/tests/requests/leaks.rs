//! What can be printed of a gateway holds no secret.

use crate::rig::{Ask, Rig, entry, refusing, section};
use cliproxy_core::Protocol;
use cliproxy_scripted_upstream::{Behaviour, Script, Upstream};

const FILE: &str = "\
api-keys: [canary-client-key-0123456789, {name: a, key: canary-named-key-0123456789}]
proxy-url: http://user:canary-proxy-password@127.0.0.1:9
claude-passthrough: true
claude-api-key:
  - api-key: canary-upstream-key
    base-url: https://claude.example.com/?key=canary-of-the-base-url
    proxy-url: socks5://u:canary-own-password@127.0.0.1:9
    headers: {X-Key: canary-header-value}
    query-params: {key: canary-query-value}
openai-compatibility:
  - name: other
    base-url: https://other.example.com/v1
    api-key-entries: [{api-key: canary-other-key}]
    models: [{name: m, alias: a}]
";

#[test]
fn nothing_that_is_printed_holds_a_secret() {
    let rig = Rig::new(FILE);
    let snapshot = rig.gateway.snapshot();
    for text in [
        format!("{snapshot:?}"),
        format!("{snapshot:#?}"),
        format!("{:?} {:#?}", rig.gateway, snapshot.access()),
    ] {
        let at = text.find("canary");
        let around = at.map(|at| &text[at.saturating_sub(80)..at + 30]);
        assert_eq!(around, None);
    }
    // The entries are in there.
    assert!(format!("{snapshot:?}").contains("claude:apikey:"));
}

/// Everything that a gateway says about itself, as those who ask get it.
fn reports(rig: &Rig) -> String {
    let gateway = &rig.gateway;
    let last = gateway.explain_last().unwrap();
    let texts = [
        serde_json::to_string(&gateway.explain(&last.request_id)),
        serde_json::to_string(&gateway.recent(10)),
        serde_json::to_string(&gateway.explain_model("m", None)),
        serde_json::to_string(&gateway.status()),
        serde_json::to_string(&gateway.reset("a", None)),
        serde_json::to_string(&gateway.reset("canary-upstream-kez", None)),
    ];
    texts.map(Result::unwrap).concat()
}

#[tokio::test]
async fn no_report_holds_a_secret() {
    let quoted = r#"{"error":{"message":"canary-upstream-key is bad","type":"t"}}"#;
    let closed = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let nowhere = closed.local_addr().unwrap();
    drop(closed);
    for (protocol, failure) in [
        (Protocol::Chat, refusing(401, quoted)),
        (Protocol::Claude, refusing(500, quoted)),
        (Protocol::Gemini, Behaviour::ErrorEventFirst),
        (Protocol::Responses, Behaviour::Html),
    ] {
        let script = Script::new().key("canary-upstream-key", "a", failure);
        let upstream = Upstream::start(script).unwrap();
        let key = "canary-upstream-key";
        let found = entry(
            protocol,
            &upstream.base_url(),
            key,
            "m",
            "headers: {X-K: canary-header}",
        );
        // Enough of them that the upstream itself is in a report.
        let lost = ["1", "2", "3", "4"].map(|number| {
            let key = format!("canary-other-key-{number}");
            let base = format!("http://{nowhere}?key=canary-of-the-base-url");
            entry(
                protocol,
                &base,
                &key,
                "m",
                "query-params: {k: canary-of-the-query}",
            )
            .replace("canary-of-the-base-url/v1", "canary-of-the-base-url")
        });
        let names = (found + &lost.concat()).replace("name: canary-upstream-key,", "name: a,");
        let names = names.replace("name: canary-other-key-", "name: other-");
        let rig = Rig::new(&format!(
            "api-keys: [canary-client-key-0123456789]\nrouting: {{session-affinity: true}}\n\
             proxy-url: direct\nrequest-retry: 0\n{}:\n{names}",
            section(protocol)
        ));
        for stream in [false, true] {
            let ask = Ask::new(protocol, "m", stream)
                .header("x-api-key", "canary-client-key-0123456789")
                .header("x-session-id", "canary-session");
            assert_ne!(rig.send(&ask).await.status, 200);
            let reports = reports(&rig);
            let at = reports.find("canary");
            let around = at.map(|at| &reports[at.saturating_sub(80)..at + 30]);
            assert_eq!(around, None, "{protocol}");
            // They do speak of it.
            let upstreams = rig.gateway.status().upstreams.len();
            let spoken = [&*nowhere.to_string(), "\"other-1\"", "\"a\""];
            let spoken = spoken.map(|text| reports.contains(text));
            assert_eq!((upstreams, spoken), (1, [true; 3]), "{reports}");
        }
    }
}
