//! The lists of models, in the shapes of three vendors.

use crate::shape::error_of;
use cliproxy_core::Protocol::{self, Chat, Claude, Gemini, Responses};
use cliproxy_e2e::{CLIENT_KEY, Call, Entry, Gateway, Reply, config, soon};
use cliproxy_scripted_upstream::{Behaviour, Script, Upstream};
use serde_json::Value;

/// Nothing of these entries is called.
fn entry(protocol: Protocol, name: &str) -> Entry {
    Entry::new(protocol, name, "http://127.0.0.1:9")
}

fn get(shape: Protocol, target: &str) -> Call {
    let call = Call::get(target).anonymous().key(shape, CLIENT_KEY);
    if shape == Claude {
        return call.header("anthropic-version", "2023-06-01");
    }
    call
}

/// The names in a list, whatever its shape.
fn names(reply: &Reply) -> Vec<String> {
    assert_eq!(reply.status, 200, "{}", reply.text());
    let list = reply.json();
    let (entries, key) = match &list["data"] {
        Value::Null => (&list["models"], "name"),
        data => (data, "id"),
    };
    let entries = entries.as_array().unwrap_or_else(|| panic!("{list}"));
    entries
        .iter()
        .map(|entry| entry[key].as_str().unwrap().to_owned())
        .collect()
}

/// What a gateway with these entries lists.
async fn listed(settings: &str, entries: &[Entry]) -> Vec<String> {
    let gateway = Gateway::start(&config(settings, entries)).await;
    let mut names = names(&gateway.send(get(Chat, "/v1/models")).await);
    names.sort_unstable();
    names
}

#[tokio::test]
async fn three_shapes() {
    let models = "[{name: up-1, alias: one, display-name: Number One}, {name: org/two}]";
    let entries = [entry(Chat, "a").models(models)];
    let gateway = Gateway::start(&config("", &entries)).await;
    let list = async |shape, target: &str| gateway.send(get(shape, target)).await.json();

    let openai = list(Chat, "/v1/models").await;
    assert_eq!(openai["object"], "list");
    assert_eq!(openai["data"][0]["object"], "model");
    assert_eq!(openai["data"][0]["owned_by"], "a");
    let claude = list(Claude, "/v1/models").await;
    assert_eq!(claude["data"][0]["type"], "model");
    assert_eq!(claude["has_more"], false);
    assert!(claude["data"][0]["created_at"].is_string(), "{claude}");
    let gemini = list(Gemini, "/v1/models").await;
    assert_eq!(gemini["models"][0]["name"], "models/one");
    assert_eq!(gemini["models"][0]["displayName"], "Number One");
    assert!(
        gemini["models"][0]["supportedGenerationMethods"].is_array(),
        "{gemini}"
    );
    assert_eq!(list(Chat, "/v1beta/models").await, gemini);
    assert_eq!(list(Claude, "/v1beta/models").await, gemini);

    for (shape, base, key, prefix) in [
        (Chat, "/v1/models", "id", ""),
        (Responses, "/v1/models", "id", ""),
        (Claude, "/v1/models", "id", ""),
        (Gemini, "/v1/models", "name", "models/"),
        (Gemini, "/v1beta/models", "name", "models/"),
    ] {
        let all = names(&gateway.send(get(shape, base)).await);
        assert_eq!(
            all,
            ["one", "org/two"].map(|name| format!("{prefix}{name}"))
        );
        for name in ["one", "org/two"] {
            let one = list(shape, &format!("{base}/{name}")).await;
            assert_eq!(one[key], format!("{prefix}{name}"), "{one}");
        }
        let missing = gateway.send(get(shape, &format!("{base}/three"))).await;
        error_of(shape, 404, &missing);
        let hidden = gateway.send(get(shape, &format!("{base}/up-1"))).await;
        error_of(shape, 404, &hidden);
        let stranger = get(shape, base).anonymous();
        let refused = match (base, shape) {
            ("/v1beta/models", _) => Gemini,
            // Without the key that would tell, it looks like OpenAI's.
            (_, Gemini) => Chat,
            (_, shape) => shape,
        };
        error_of(refused, 401, &gateway.send(stranger).await);
    }
}

#[tokio::test]
async fn pages() {
    let models = (1..=5).map(|number| format!("{{name: m{number}}}"));
    let models = format!("[{}]", models.collect::<Vec<_>>().join(", "));
    let gateway = Gateway::start(&config("", &[entry(Claude, "a").models(&models)])).await;
    let check = async |query: &str, expected: &[&str], more: bool| {
        let reply = gateway
            .send(get(Claude, &format!("/v1/models?{query}")))
            .await;
        assert_eq!(names(&reply), expected, "{query}");
        let page = reply.json();
        assert_eq!(page["has_more"], more, "{query}");
        assert_eq!(
            page["first_id"].as_str(),
            expected.first().copied(),
            "{query}"
        );
        assert_eq!(
            page["last_id"].as_str(),
            expected.last().copied(),
            "{query}"
        );
    };
    check("limit=2", &["m1", "m2"], true).await;
    check("limit=2&after_id=m2", &["m3", "m4"], true).await;
    check("limit=2&after_id=m4", &["m5"], false).await;
    check("limit=2&before_id=m4", &["m2", "m3"], true).await;
    check("limit=2&before_id=m2", &["m1"], false).await;
    check("after_id=m5", &[], false).await;
    check("", &["m1", "m2", "m3", "m4", "m5"], false).await;
}

#[tokio::test]
async fn what_is_listed() {
    let three = "[{name: alpha}, {name: beta}, {name: beta-preview}]";
    let alone = |line| [entry(Claude, "a").models(three).with(line)];
    assert_eq!(
        listed("", &alone("weight: 1")).await,
        ["alpha", "beta", "beta-preview"]
    );
    assert_eq!(
        listed("", &alone("excluded-models: ['*-preview']")).await,
        ["alpha", "beta"]
    );
    assert_eq!(
        listed("", &alone("excluded-models: [BETA*, nothing]")).await,
        ["alpha"]
    );
    assert_eq!(listed("", &alone("excluded-models: ['*']")).await, [""; 0]);
    assert_eq!(listed("", &alone("disabled: true")).await, [""; 0]);

    let prefixed = [entry(Chat, "a")
        .models("[{name: alpha}]")
        .with("prefix: team")];
    assert_eq!(
        listed("force-model-prefix: true", &prefixed).await,
        ["team/alpha"]
    );
    assert_eq!(listed("", &prefixed).await, ["alpha", "team/alpha"]);

    // One name from two entries is one model.
    let twice = [entry(Chat, "a"), entry(Chat, "b"), entry(Claude, "c")];
    assert_eq!(listed("", &twice).await, ["scripted-1"]);

    // Without `models`, a vendor's section serves the vendor's catalogue, and a compatible one
    // nothing.
    let claude = listed("", &[entry(Claude, "a").models("")]).await;
    assert!(
        claude.iter().all(|name| name.starts_with("claude-")) && claude.len() > 2,
        "{claude:?}"
    );
    let gemini = listed("", &[entry(Gemini, "a").models("")]).await;
    assert!(
        gemini.iter().any(|name| name.starts_with("gemini-")),
        "{gemini:?}"
    );
    let codex = listed("", &[entry(Responses, "a").models("")]).await;
    assert!(
        codex.iter().any(|name| name.starts_with("gpt-")),
        "{codex:?}"
    );
    assert_eq!(listed("", &[entry(Chat, "a").models("")]).await, [""; 0]);
}

/// Prefixes choose an entry, and do not reach its upstream.
#[tokio::test]
async fn prefixes() {
    for (settings, plain) in [("", 200), ("force-model-prefix: true", 404)] {
        for protocol in Protocol::ALL {
            let script = Script::new().key("sk-a", "a", Behaviour::Answer);
            let upstream = Upstream::start(script).unwrap();
            let entry = Entry::new(protocol, "a", &upstream.base_url()).with("prefix: team");
            let gateway = Gateway::start(&config(settings, &[entry])).await;
            let reply = gateway
                .send(Call::generate(protocol, "team/scripted-1", false))
                .await;
            assert_eq!(reply.status, 200, "{protocol}: {}", reply.text());
            assert!(
                reply.text().contains("\"team/scripted-1\""),
                "{}",
                reply.text()
            );
            let received = upstream.take_requests().pop().expect("a request");
            let text = format!(
                "{}{}",
                received.uri,
                String::from_utf8_lossy(&received.body)
            );
            assert!(
                text.contains("scripted-1") && !text.contains("team"),
                "{text}"
            );
            let reply = gateway
                .send(Call::generate(protocol, "scripted-1", false))
                .await;
            assert_eq!(
                reply.status,
                plain,
                "{protocol} {settings}: {}",
                reply.text()
            );
        }
    }
}

/// An upstream that is asked for its models.
#[tokio::test]
async fn discovery() {
    let script = Script::new().models(["found-1", "found-2"]);
    let script = script.key("sk-a", "a", Behaviour::Answer);
    let upstream = Upstream::start(script).unwrap();
    let entry = Entry::new(Chat, "a", &upstream.base_url())
        .models("")
        .with("discover-models: true");
    let gateway = Gateway::start(&config("", &[entry])).await;
    soon("discovery", gateway.logged("models discovered")).await;
    let appear = async { while names(&gateway.send(get(Chat, "/v1/models")).await).is_empty() {} };
    soon("the models", appear).await;
    assert_eq!(
        names(&gateway.send(get(Chat, "/v1/models")).await),
        ["found-1", "found-2"]
    );
    let reply = gateway.send(Call::generate(Chat, "found-2", false)).await;
    assert_eq!(reply.status, 200, "{}", reply.text());
    assert!(upstream.violations().is_empty());
}

/// An upstream that cannot be asked is reported, and the gateway serves the rest.
#[tokio::test]
async fn discovery_fails() {
    let lost = entry(Chat, "lost").models("").with("discover-models: true");
    let gateway = Gateway::start(&config("", &[lost, entry(Claude, "b")])).await;
    gateway.logged("models cannot be discovered").await;
    assert_eq!(
        names(&gateway.send(get(Chat, "/v1/models")).await),
        ["scripted-1"]
    );
}
