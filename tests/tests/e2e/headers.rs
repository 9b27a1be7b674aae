//! Which headers travel, in both directions.

use cliproxy_core::Protocol::{self, Chat, Claude, Gemini, Responses};
use cliproxy_e2e::{CLIENT_KEY, Call, Entry, World, config};
use cliproxy_scripted_upstream::{Behaviour, Recorded};
use http::{HeaderMap, HeaderName, HeaderValue, StatusCode};

const ACCOUNT: [(&str, Behaviour); 1] = [("a", Behaviour::Answer)];

/// What the upstream receives of a request with these headers.
async fn received(world: &World, protocol: Protocol, headers: &[(&str, &str)]) -> Recorded {
    let call = headers
        .iter()
        .fold(Call::unary(protocol), |call, (name, value)| {
            call.header(name, value)
        });
    let reply = world.gateway.send(call).await;
    assert_eq!(reply.status, 200, "{}", reply.text());
    world.upstream.take_requests().pop().expect("a request")
}

#[tokio::test]
async fn true_statements_of_the_client_travel() {
    let everywhere = [
        ("user-agent", "my-agent/1.0"),
        ("idempotency-key", "once"),
        ("accept-language", "de"),
        ("x-client-request-id", "r-1"),
    ];
    for (protocol, own) in [
        (
            Chat,
            vec![
                ("openai-beta", "x=1"),
                ("x-stainless-lang", "js"),
                ("x-title", "T"),
            ],
        ),
        (
            Responses,
            vec![
                ("openai-beta", "x=1"),
                ("originator", "codex_cli_rs"),
                ("session_id", "s"),
            ],
        ),
        (
            Claude,
            vec![
                ("anthropic-beta", "a-2025,b"),
                ("x-app", "cli"),
                ("x-stainless-os", "Linux"),
            ],
        ),
        (
            Gemini,
            vec![
                ("x-goog-api-client", "genai/1"),
                ("x-goog-request-params", "m=1"),
            ],
        ),
    ] {
        let world = World::start(protocol, "", ACCOUNT).await;
        let headers: Vec<_> = everywhere.into_iter().chain(own).collect();
        let received = received(&world, protocol, &headers).await;
        for (name, value) in headers {
            assert_eq!(received.header(name), value, "{protocol} {name}");
        }
        world.assert_clean();
    }
}

#[tokio::test]
async fn what_is_none_of_the_upstreams_business_stays() {
    let headers = [
        ("cookie", "a=b"),
        ("forwarded", "for=1.2.3.4"),
        ("x-forwarded-for", "1.2.3.4"),
        ("x-forwarded-host", "gw.example"),
        ("x-real-ip", "1.2.3.4"),
        ("cf-connecting-ip", "1.2.3.4"),
        ("proxy-authorization", "Basic eA=="),
        ("x-cliproxy-anything", "x"),
        ("x-management-key", "x"),
        ("origin", "http://localhost"),
        ("referer", "http://localhost/secret"),
        ("openai-organization", "org-1"),
        ("x-unheard-of", "x"),
        ("api-key", "k"),
        ("te", "trailers"),
    ];
    for protocol in Protocol::ALL {
        let world = World::start(
            protocol,
            "cors: {allowed-origins: ['http://localhost']}",
            ACCOUNT,
        )
        .await;
        let mut call = Call::unary(protocol)
            .anonymous()
            .header("x-gateway-key", CLIENT_KEY);
        for (name, value) in headers {
            call = call.header(name, value);
        }
        // Placeholders of SDKs, which are keys of nobody.
        let call = ["authorization", "x-api-key", "x-goog-api-key"]
            .into_iter()
            .fold(call, |call, name| call.header(name, "sk-placeholder"));
        let reply = world.gateway.send(call).await;
        assert_eq!(reply.status, 200, "{}", reply.text());
        let received = world.upstream.take_requests().pop().expect("a request");
        for (name, value) in headers {
            assert_eq!(received.header(name), "", "{protocol}: {name}: {value}");
        }
        let all = format!("{:?} {}", received.headers, received.uri);
        assert!(
            !all.contains(CLIENT_KEY) && !all.contains("placeholder"),
            "{all}"
        );
        assert_eq!(received.header("host"), world.upstream.addr().to_string());
        world.assert_clean();
    }
}

/// The gateway names itself where the client does not, and never somebody else.
#[tokio::test]
async fn user_agent() {
    for protocol in Protocol::ALL {
        let world = World::start(protocol, "", ACCOUNT).await;
        let received = received(&world, protocol, &[]).await;
        let agent = received.header("user-agent");
        assert!(agent.starts_with("cliproxy/"), "{protocol}: {agent:?}");
    }
}

/// Headers of an entry: fixed ones, and copies of the client's, except what is a secret of its own.
#[tokio::test]
async fn headers_of_an_entry() {
    for protocol in Protocol::ALL {
        let world = World::configured(ACCOUNT, |base| {
            let headers =
                "headers: {X-Team: platform, X-Copy: $X-Client-Version, X-None: $X-Absent}";
            let entry = Entry::new(protocol, "a", base).with(headers);
            config("", &[entry.with("query-params: {extra: '1'}")])
        })
        .await;
        let received = received(
            &world,
            protocol,
            &[("x-client-version", "7"), ("x-team", "mine")],
        )
        .await;
        assert_eq!(received.header("x-team"), "platform");
        assert_eq!(received.header("x-copy"), "7");
        assert!(!received.headers.contains_key("x-none"));
        assert_eq!(received.uri.query(), Some("extra=1"));
    }
}

/// How a key is sent can be chosen where a host wants it otherwise.
#[tokio::test]
async fn auth_header() {
    for (line, bearer, x_api_key) in [
        ("auth-header: x-api-key", "", "sk-a"),
        ("auth-header: bearer", "Bearer sk-a", ""),
        ("auth-header: both", "Bearer sk-a", "sk-a"),
    ] {
        for protocol in [Claude, Chat] {
            let entry = |base: &str| config("", &[Entry::new(protocol, "a", base).with(line)]);
            let world = World::configured(ACCOUNT, entry).await;
            let received = received(&world, protocol, &[]).await;
            assert_eq!(
                received.header("authorization"),
                bearer,
                "{protocol} {line}"
            );
            assert_eq!(received.header("x-api-key"), x_api_key, "{protocol} {line}");
            world.assert_clean();
        }
    }
}

/// What a provider sends along with a reply, or with an error.
fn replying(status: u16, body: &'static str) -> Behaviour {
    let headers = [
        ("content-type", "application/json"),
        ("request-id", "req_up"),
        ("x-request-id", "req_up"),
        ("retry-after", "3"),
        ("openai-processing-ms", "12"),
        ("anthropic-ratelimit-requests-remaining", "9"),
        ("x-ratelimit-remaining-tokens", "8"),
        ("x-codex-primary-used-percent", "7"),
        ("set-cookie", "session=secret"),
        ("connection", "x-hop"),
        ("x-hop", "1"),
        ("access-control-allow-origin", "*"),
        ("x-cliproxy-served-by", "spoofed"),
        ("x-internal", "2"),
        ("server", "theirs"),
    ];
    let headers = headers.map(|(name, value)| {
        (
            HeaderName::from_static(name),
            HeaderValue::from_static(value),
        )
    });
    Behaviour::Status {
        status: StatusCode::from_u16(status).unwrap(),
        headers: HeaderMap::from_iter(headers),
        body: body.into(),
    }
}

#[tokio::test]
async fn response_headers() {
    const USEFUL: [&str; 3] = ["request-id", "x-request-id", "openai-processing-ms"];
    const LIMITS: [&str; 3] = [
        "anthropic-ratelimit-requests-remaining",
        "x-ratelimit-remaining-tokens",
        "x-codex-primary-used-percent",
    ];
    const NEVER: [&str; 4] = [
        "set-cookie",
        "x-hop",
        "access-control-allow-origin",
        "connection",
    ];
    for (settings, limits, rest) in [
        ("", true, false),
        ("expose-account-limits: false", false, false),
        ("passthrough-headers: true", true, true),
    ] {
        for (status, body) in [(200, "{}"), (400, "{\"error\":{\"message\":\"no\"}}")] {
            for protocol in Protocol::ALL {
                let world = World::start(protocol, settings, [("a", replying(status, body))]).await;
                let reply = world.gateway.send(Call::unary(protocol)).await;
                assert_eq!(reply.status, status, "{}", reply.text());
                let has = |name: &str| reply.headers.contains_key(name);
                for name in USEFUL {
                    assert!(has(name), "{protocol} {status} {settings}: {name}");
                }
                for name in LIMITS {
                    assert_eq!(has(name), limits, "{protocol} {status} {settings}: {name}");
                }
                for name in NEVER {
                    assert!(!has(name), "{protocol} {status} {settings}: {name}");
                }
                assert_eq!(has("x-internal"), rest, "{protocol} {status} {settings}");
                assert_ne!(reply.header("x-cliproxy-served-by"), "spoofed");
            }
        }
    }
}

/// Everything that a reply says about who served it is a name from the configuration or a label.
#[tokio::test]
async fn own_headers() {
    for protocol in Protocol::ALL {
        let world = World::configured(ACCOUNT, |base| {
            let named = config("", &[Entry::new(protocol, "unnamed", base).key("sk-a")]);
            // Without a name, in the sections that need none.
            match protocol {
                Chat => named,
                _ => named.replace("- name: unnamed\n    api-key", "- api-key"),
            }
        })
        .await;
        let reply = world.gateway.send(Call::unary(protocol)).await;
        let label = reply.header("x-cliproxy-served-by");
        assert!(!label.is_empty() && !label.contains("sk-a"), "{label}");
        let id = reply.header("x-cliproxy-request-id");
        world.gateway.logged(&format!("id={id} ")).await;
        let proposed = Call::unary(protocol).header("x-request-id", "mine-1");
        let reply = world.gateway.send(proposed).await;
        assert_eq!(reply.header("x-cliproxy-request-id"), "mine-1");
    }
    let world = World::start(Chat, "response-headers: false", ACCOUNT).await;
    let reply = world.gateway.send(Call::unary(Chat)).await;
    assert!(
        !reply
            .headers
            .keys()
            .any(|name| name.as_str().starts_with("x-cliproxy-"))
    );
}
