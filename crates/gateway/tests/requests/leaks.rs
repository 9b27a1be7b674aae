//! What can be printed of a gateway holds no secret.

use crate::rig::Rig;

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
