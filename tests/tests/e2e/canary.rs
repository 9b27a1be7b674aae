//! Secrets that were planted everywhere appear nowhere.

use cliproxy_core::Protocol;
use cliproxy_e2e::{CLIENT_KEY, Call, Entry, Gateway, Launch, MODEL, Reply, config};
use cliproxy_scripted_upstream::{
    Behaviour, Failure, Script, Upstream,
    oauth::{Account, Dialect, TokenBehaviour, TokenFailure},
};
use http::{HeaderMap, HeaderName, StatusCode};
use serde_json::json;
use std::time::Duration;

const CLIENT: &str = "canary-client-5f1d3a7c9e";
const NAMED: &str = "canary-named-77aa21b0cd";
const WRONG: &str = "canary-wrong-0b9e8d7c6f";
const HEADER: &str = "canary-header-4d4e4f5a5b";
const PROXY: &str = "canary-proxy-1a2b3c4d5e";
const QUERY: &str = "canary-query-6f6e6d6c6b";
const CARRIED: &str = "canary-carried-2b3c4d5e6f";

/// The key of an account.
fn key(account: &str) -> String {
    format!("canary-{account}-9a8b7c6d5e4f")
}

/// Nothing that was planted, nor the beginning of it, is in `text`.
#[track_caller]
fn clean(what: &str, text: &str) {
    let at = text.find("canary-");
    let around = at.map(|at| &text[at.saturating_sub(60)..(at + 40).min(text.len())]);
    assert_eq!(around, None, "{what}");
}

#[track_caller]
fn reply_is_clean(what: &str, reply: &Reply) {
    clean(what, &reply.text());
    clean(what, &format!("{:?}", reply.headers));
}

/// An upstream that repeats the key and the header it was given.
fn repeating(status: u16, account: &str) -> Behaviour {
    let key = key(account);
    let told = ["x-request-id", "request-id", "retry-after", "openai-model"];
    let told = told.map(|name| (HeaderName::from_static(name), key.parse().unwrap()));
    Behaviour::Status {
        status: StatusCode::from_u16(status).unwrap(),
        headers: HeaderMap::from_iter(told),
        body: format!(
            "{{\"error\":{{\"message\":\"{key} with {HEADER} and {QUERY} is not good: {key}\"}}}}"
        )
        .into(),
    }
}

/// What happens to the accounts `a` and `b`, in turn.
fn misfortunes() -> Vec<[Behaviour; 2]> {
    let limit = Failure::RateLimit {
        retry_after: Duration::from_secs(3),
    };
    vec![
        [Behaviour::Answer, Behaviour::Answer],
        [Failure::InvalidKey.into(), Behaviour::Answer],
        [Failure::InvalidKey.into(), Failure::InvalidKey.into()],
        [limit.into(), limit.into()],
        [Behaviour::ResetAfter(0), Behaviour::ResetAfter(0)],
        [Behaviour::ResetAfter(4), Behaviour::ResetAfter(4)],
        [Behaviour::TruncateAfter(4), Behaviour::TruncateAfter(4)],
        [Behaviour::Html, Behaviour::Empty],
        [Behaviour::ErrorEventFirst, Behaviour::JsonErrorIn200],
        [repeating(401, "a"), repeating(401, "b")],
        [repeating(400, "a"), repeating(400, "b")],
        [repeating(500, "a"), repeating(500, "b")],
        [repeating(200, "a"), repeating(200, "b")],
        [
            Behaviour::Redirect(format!("https://{}.example/?k={}", key("a"), key("a"))),
            Behaviour::Redirect(format!("https://u:{}@h/", key("b"))),
        ],
    ]
}

#[tokio::test]
async fn no_secret_is_told() {
    for protocol in Protocol::ALL {
        for log in ["log: {level: debug}", "log: {level: debug, format: json}"] {
            told(protocol, log).await;
        }
    }
}

/// The same with a log that says less: a line has the same fields at every level, but others are
/// written.
#[tokio::test]
async fn no_secret_is_told_at_any_level() {
    for (protocol, level) in Protocol::ALL
        .into_iter()
        .zip(["info", "warn", "error", "warn"])
    {
        for format in ["text", "json"] {
            told(
                protocol,
                &format!("log: {{level: {level}, format: {format}}}"),
            )
            .await;
        }
    }
}

async fn told(protocol: Protocol, log: &str) {
    let settings = format!(
        "{log}\nunix-socket: gw.sock\ndisable-cooling: true\nrequest-retry: 0\n\
         api-keys: [{CLIENT}, {{name: named, key: {NAMED}}}]"
    );
    let script = ["a", "b"].into_iter().fold(Script::new(), |script, name| {
        script.key(&key(name), name, Behaviour::Answer)
    });
    let upstream = Upstream::start(script).unwrap();
    let entry = |name: &str| {
        Entry::new(protocol, name, &upstream.base_url())
            .key(&key(name))
            .with(&format!("headers: {{X-Secret: {HEADER}}}"))
            .with(&format!("query-params: {{sig: {QUERY}}}"))
    };
    // An entry whose proxy is not there, for a model of its own.
    let lost = Entry::new(protocol, "lost", &upstream.base_url())
        .key(&key("lost"))
        .models("[{name: lost}]")
        .with(&format!("proxy-url: http://user:{PROXY}@127.0.0.1:9"));
    let text = config(&settings, &[entry("a"), entry("b"), lost]);
    let broken = text
        .replace("api-key", "api-keey")
        .replace("base-url: ", "base-url: [");
    let informed = !(log.contains("warn") || log.contains("error"));
    let (gateway, client) = Gateway::launch_quiet(Gateway::serve(&text), "gw.sock").await;

    for (round, behaviours) in misfortunes().into_iter().enumerate() {
        for (name, behaviour) in ["a", "b"].into_iter().zip(behaviours.clone()) {
            upstream.rewrite(name, [behaviour]);
        }
        for named in [CLIENT, NAMED] {
            for stream in [false, true] {
                let call = Call::generate(protocol, MODEL, stream).anonymous();
                let reply = client.send(call.key(protocol, named)).await;
                let what = format!("{protocol} round {round}: {behaviours:?}");
                reply_is_clean(&what, &reply);
            }
        }
    }
    for call in [
        Call::unary(protocol).anonymous().key(protocol, WRONG),
        Call::get(&format!("/v1/models?key={WRONG}")).anonymous(),
        Call::get(&format!("/v1/models?key={CLIENT}")).anonymous(),
        Call::unary(protocol)
            .anonymous()
            .key(protocol, CLIENT)
            .body("{"),
        Call::generate(protocol, "lost", false)
            .anonymous()
            .key(protocol, CLIENT),
        Call::generate(protocol, "unknown", true)
            .anonymous()
            .key(protocol, CLIENT),
        Call::get("/v1/models")
            .anonymous()
            .header("x-gateway-key", WRONG),
    ] {
        let what = format!("{protocol} {call:?}");
        reply_is_clean(&what, &client.send(call).await);
    }
    // Every place that a client has for a secret, whether or not anybody looks there. Not among them
    // are `x-request-id`, a path and the name of a model, which are logged by design.
    let mut carried = Call::unary(protocol).anonymous().key(protocol, CLIENT);
    for name in [
        "cookie",
        "api-key",
        "proxy-authorization",
        "x-management-key",
        "user-agent",
        "sec-websocket-protocol",
        "x-session-id",
        "idempotency-key",
    ] {
        carried = carried.header(name, CARRIED);
    }
    reply_is_clean("carried", &client.send(carried).await);
    for target in [
        format!("/v1/models?key={CLIENT}&auth_token={CARRIED}&api_key={CARRIED}"),
        format!("/v1/models/{MODEL}?k%65y={CLIENT}&auth_token={CARRIED}"),
        format!("/nowhere?key={CARRIED}&{CARRIED}"),
    ] {
        // What was asked for may be repeated to who asked, but to no log.
        let _answer = client.send(Call::get(&target).anonymous()).await;
    }
    if informed {
        gateway.signal("HUP");
        gateway.logged("configuration reloaded").await;
    }
    let before = gateway.log().len();
    gateway.rewrite(&broken);
    gateway.signal("HUP");
    gateway.logged_after(before, "reload").await;
    gateway.signal("TERM");
    let finished = gateway.ended().await;
    assert_eq!(finished.stderr.contains("stopped"), informed, "{log}");
    assert!(!finished.stderr.is_empty(), "{log}");
    clean(log, &finished.stderr);
}

/// Keys that are shorter than a word are taken out where they stand alone.
#[tokio::test]
async fn no_short_secret_is_told() {
    for key in [
        "q", "q7", "q7z", "none", "q-7_z", "q7zzzz", "q7zzzzz", "q7zzzzzz",
    ] {
        for status in [400, 401, 500] {
            let text = format!("{{\"error\":{{\"message\":\"bad key {key}: '{key}'\"}}}}");
            let behaviour = Behaviour::Status {
                status: StatusCode::from_u16(status).unwrap(),
                headers: HeaderMap::from_iter([(
                    HeaderName::from_static("x-request-id"),
                    key.parse().unwrap(),
                )]),
                body: text.into(),
            };
            let script = Script::new().key(key, "a", behaviour);
            let upstream = Upstream::start(script).unwrap();
            let entry = Entry::new(Protocol::Chat, "a", &upstream.base_url()).key(key);
            let settings = "request-retry: 0\nlog: {level: debug}";
            let gateway = Gateway::start(&config(settings, &[entry])).await;
            let reply = gateway.send(Call::unary(Protocol::Chat)).await;
            let message = reply.json()["error"]["message"].to_string();
            let expected = "\"bad key [redacted]: '[redacted]'\"";
            assert_eq!(message, expected, "{key} {status}");
            assert_eq!(reply.header("x-request-id"), "", "{key} {status}");
            let log = gateway.log().join("\n");
            assert!(!log.contains(&format!("'{key}'")), "{log}");
        }
    }
}

/// What a client or an upstream says can neither forge a line of the log nor move a terminal.
#[tokio::test]
async fn no_line_is_forged() {
    const EVIL: &str =
        "\u{1b}[31m\r\n2026-01-01T00:00:00Z ERROR forged\u{7}\u{0}\u{9b}2J\u{202e}\u{2066}";
    for log in ["log: {level: debug}", "log: {level: debug, format: json}"] {
        for protocol in Protocol::ALL {
            let refusal = Behaviour::Status {
                status: StatusCode::SERVICE_UNAVAILABLE,
                headers: HeaderMap::new(),
                body: serde_json::json!({"error": {"message": EVIL, "type": EVIL, "code": EVIL}})
                    .to_string()
                    .into(),
            };
            let script = Script::new().key("key-of-a", "a", refusal);
            let upstream = Upstream::start(script).unwrap();
            let entry = Entry::new(protocol, "a", &upstream.base_url()).key("key-of-a");
            let settings = format!("request-retry: 0\n{log}");
            let gateway = Gateway::start(&config(&settings, &[entry])).await;
            for stream in [false, true] {
                let _refused = gateway.send(Call::generate(protocol, MODEL, stream)).await;
            }
            let text = cliproxy_e2e::body(protocol, EVIL, false, EVIL).to_string();
            let path = cliproxy_e2e::generate_path(protocol, MODEL, false);
            let path = path.replace(MODEL, "%1b%5b31m%0d%0aforged%e2%80%ae%c2%9b");
            let _unknown = gateway.send(Call::post(protocol, &path, text)).await;
            let path = "/v1/models/%1b%5b31m%0d%0aforged%e2%80%ae%c2%9b";
            let _unknown = gateway.send(Call::get(path)).await;
            gateway.signal("TERM");
            let finished = gateway.ended().await;
            assert!(finished.stderr.contains("forged"), "{protocol} {log}");
            for line in finished.stderr.lines() {
                let bidi = |char| matches!(char, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}');
                let bad = line.chars().find(|char| char.is_control() || bidi(*char));
                assert_eq!(bad, None, "{protocol}: {line:?}");
                assert!(!line.starts_with("2026-01-01"), "{line}");
            }
        }
    }
}

/// Problems of a configuration name the place, not the secret that is there.
#[test]
fn no_secret_is_in_a_problem() {
    let check = |text: &str| {
        for command in ["check-config", "serve"] {
            let launch = Launch::new(&[command]).file("config.yaml", text);
            let finished = launch.env("CLIPROXY_PORT", "not-a-port").run();
            assert_eq!(finished.code, Some(78), "{text}: {}", finished.stderr);
            clean(text, &format!("{}{}", finished.stdout, finished.stderr));
        }
    };
    let key = key("a");
    check(&format!("api-keys: {{{key}: {key}}}"));
    check(&format!("api-keys: [[{key}]]"));
    check(&format!(
        "claude-api-key: [{{api-key: {key}, base-url: 'ftp://{key}@x'}}]"
    ));
    check(&format!("claude-api-key: [{{api-key: [{key}]}}]"));
    check(&format!(
        "claude-api-key: [{{api-key: k, base-url: 'https://u:{key}@h/'}}]"
    ));
    check(&format!(
        "claude-api-key: [{{api-key: k, headers: {{Authorization: $Authorization, X-A: '{key}\u{7f}'}}}}]"
    ));
    check(&format!(
        "claude-api-key: [{{api-key: {key}, proxy-url: 'nonsense://u:{key}@x'}}]"
    ));
    check(&format!(
        "claude-api-key: [{{api-key: k, headers: {{'bad name': {key}}}}}]"
    ));
    check(&format!(
        "openai-compatibility: [{{name: a, api-key-entries: [{{api-key: {key}, weight: {key}}}]}}]"
    ));
}

/// Tokens of an account: those of its file, and those of every refresh.
#[tokio::test]
async fn no_token_is_told() {
    const ACCESS: &str = "canary-access-1b2c3d4e5f";
    const REFRESH: &str = "canary-refresh-6a7b8c9d0e";
    for (answer, status) in [
        (TokenBehaviour::Answer, 200),
        (TokenFailure::InvalidGrant.into(), 503),
        (TokenBehaviour::ErrorIn200(TokenFailure::InvalidGrant), 503),
        (TokenFailure::InvalidClient.into(), 503),
    ] {
        let account = Account::new("a", Dialect::Codex)
            .access_token(ACCESS)
            .refresh_token(REFRESH)
            .tokens([answer.clone()]);
        let upstream = Upstream::start(Script::new().account(account)).unwrap();
        let yaml = format!(
            "log: {{level: debug}}\nrequest-retry: 0\nauth-dir: .\napi-keys: [{CLIENT_KEY}]\n\
             oauth: {{codex: {{client_id: scripted-client, token_url: '{}'}}}}\n",
            upstream.token_url(Dialect::Codex)
        );
        let file = json!({
            "type": "codex",
            "label": "a",
            "access_token": ACCESS,
            "refresh_token": REFRESH,
            "expired": "2001-02-03T04:05:06Z",
            "base_url": format!("{}/v1", upstream.base_url()),
        });
        let launch = Gateway::serve(&yaml).file("a.json", &file.to_string());
        let gateway = Gateway::launch(launch).await;
        let call = Call::generate(Protocol::Responses, "gpt-5.4", false);
        let reply = gateway.send(call).await;
        assert_eq!(reply.status, status, "{answer:?} {}", reply.text());
        assert_eq!(upstream.stats().refreshes("a"), 1, "{answer:?}");
        reply_is_clean("the reply", &reply);
        let told = gateway.command(&["status", "--json"]).run();
        assert!(told.stdout.contains("a.json"), "{}", told.stderr);
        gateway.logged("gpt-5.4").await;
        let log = gateway.log().join("\n");
        for text in [&log, &told.stdout, &told.stderr] {
            clean("the log or the status", text);
            assert!(!text.contains("SECRET_"), "a token of a refresh");
        }
    }
}
