//! Which way requests to an upstream take.

use cliproxy_core::Protocol::{Chat, Responses};
use cliproxy_e2e::{CLIENT_KEY, Call, Gateway, MODEL};
use cliproxy_scripted_upstream::{Behaviour, Script, Upstream};
use serde_json::json;

/// Servers of which each answers for all: whoever was asked is the way that was taken.
const SERVERS: [&str; 5] = ["upstream", "key", "entry", "configuration", "environment"];

/// What one level says of proxies.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Says {
    Nothing,
    Direct,
    /// A proxy of its own.
    Own,
}
use Says::{Direct, Nothing, Own};

struct Ways([Upstream; 5]);

impl Ways {
    fn new() -> Self {
        let script = || Script::new().key("sk-a", "a", Behaviour::Answer);
        Self(SERVERS.map(|_| Upstream::start(script()).unwrap()))
    }

    fn url(&self, server: &str) -> String {
        let at = SERVERS.iter().position(|name| *name == server).unwrap();
        self.0[at].base_url()
    }

    fn setting(&self, level: &str, says: Says) -> String {
        match says {
            Nothing => String::new(),
            Direct => "direct".to_owned(),
            Own => self.url(level),
        }
    }

    /// Who was asked, once.
    fn taken(&self) -> &'static str {
        let received = self.0.each_ref().map(|server| server.stats().received);
        assert_eq!(received.iter().sum::<u64>(), 1, "{received:?}");
        let at = received.iter().position(|count| *count == 1).unwrap();
        SERVERS[at]
    }
}

/// Starts a gateway and asks it.
async fn ask(yaml: &str, files: &[(&str, &str)], variables: &[(&str, String)], call: Call) {
    let mut launch = Gateway::serve(yaml);
    for (name, text) in files {
        launch = launch.file(name, text);
    }
    for (name, value) in variables {
        launch = launch.env(name, value);
    }
    let gateway = Gateway::launch(launch).await;
    let reply = gateway.send(call).await;
    assert_eq!(reply.status, 200, "{yaml}{}", reply.text());
}

#[tokio::test]
async fn the_innermost_level_that_says_something_decides() {
    let check =
        async |[key, entry, global]: [Says; 3], variables: &[(&str, &'static str)], taken| {
            let ways = Ways::new();
            let (base, global) = (ways.url("upstream"), ways.setting("configuration", global));
            let yaml = format!(
                "api-keys: [{CLIENT_KEY}]
proxy-url: '{global}'
openai-compatibility:
  - name: a
    base-url: {base}/v1
    proxy-url: '{}'
    api-key-entries: [{{api-key: sk-a, proxy-url: '{}'}}]
    models: [{{name: {MODEL}}}]
",
                ways.setting("entry", entry),
                ways.setting("key", key),
            );
            let environment = ways.url("environment");
            let or_own = |value: &'static str| match value {
                "" => environment.clone(),
                value => value.to_owned(),
            };
            let variables: Vec<_> = variables
                .iter()
                .map(|(name, value)| (*name, or_own(value)))
                .collect();
            ask(&yaml, &[], &variables, Call::unary(Chat)).await;
            assert_eq!(ways.taken(), taken, "{yaml}{variables:?}");
        };
    // An empty value stands for the proxy of the environment.
    let environment = [("HTTP_PROXY", "")];
    check([Nothing, Nothing, Nothing], &[], "upstream").await;
    check([Nothing, Nothing, Nothing], &environment, "environment").await;
    for name in ["http_proxy", "ALL_PROXY", "all_proxy"] {
        check([Nothing; 3], &[(name, "")], "environment").await;
    }
    let except = [("HTTP_PROXY", ""), ("NO_PROXY", "127.0.0.0/8")];
    check([Nothing, Nothing, Nothing], &except, "upstream").await;
    check([Nothing, Nothing, Own], &except, "configuration").await;
    check([Nothing, Nothing, Own], &environment, "configuration").await;
    check([Nothing, Nothing, Direct], &environment, "upstream").await;
    check([Nothing, Own, Own], &environment, "entry").await;
    check([Nothing, Direct, Own], &environment, "upstream").await;
    check([Own, Own, Own], &environment, "key").await;
    check([Own, Direct, Direct], &environment, "key").await;
    check([Direct, Own, Own], &environment, "upstream").await;
}

#[tokio::test]
async fn an_account_has_a_proxy_of_its_own() {
    let check = async |own, global, taken| {
        let ways = Ways::new();
        let global = ways.setting("configuration", global);
        let yaml = format!("api-keys: [{CLIENT_KEY}]\nauth-dir: .\nproxy-url: '{global}'\n");
        let file = json!({
            "type": "codex",
            "account_id": "acc",
            "access_token": "sk-a",
            "base_url": format!("{}/v1", ways.url("upstream")),
            "proxy_url": ways.setting("key", own),
        });
        let files = [("a.json", &*file.to_string())];
        let environment = [("HTTP_PROXY", ways.url("environment"))];
        let call = Call::generate(Responses, "gpt-5.4", false);
        ask(&yaml, &files, &environment, call).await;
        assert_eq!(ways.taken(), taken, "{own:?} {global:?}");
    };
    check(Nothing, Nothing, "environment").await;
    check(Nothing, Own, "configuration").await;
    check(Nothing, Direct, "upstream").await;
    check(Own, Own, "key").await;
    check(Own, Direct, "key").await;
    check(Direct, Own, "upstream").await;
}
