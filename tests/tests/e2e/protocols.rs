//! Each protocol goes through byte by byte, in both directions.

use cliproxy_core::Protocol;
use cliproxy_e2e::{CLIENT_KEY, Call, Entry, MODEL, Reply, TestClient, World, body, config};
use cliproxy_scripted_upstream::{
    Behaviour,
    grammar::{self, Outcome},
};
use http::Method;
use serde_json::{Value, json};

/// A response as it goes over the wire, its body cut into chunks that respect nothing.
fn wire(kind: &str, body: &str) -> Behaviour {
    let head =
        format!("HTTP/1.1 200 OK\r\ncontent-type: {kind}\r\ntransfer-encoding: chunked\r\n\r\n");
    let mut bytes = head.into_bytes();
    for chunk in body.as_bytes().chunks(37) {
        bytes.extend_from_slice(format!("{:x}\r\n", chunk.len()).as_bytes());
        bytes.extend_from_slice(chunk);
        bytes.extend_from_slice(b"\r\n");
    }
    bytes.extend_from_slice(b"0\r\n\r\n");
    Behaviour::Raw(bytes.into())
}

/// What the upstream itself says to a request with the key of account `a`.
async fn direct(world: &World, protocol: Protocol, call: Call) -> Reply {
    let client = TestClient::new(world.upstream.addr());
    client.send(call.anonymous().key(protocol, "sk-a")).await
}

/// The name under which the reply shows the model.
fn model_of(protocol: Protocol, reply: &Value) -> &Value {
    match protocol {
        Protocol::Gemini => &reply["modelVersion"],
        _ => &reply["model"],
    }
}

#[tokio::test]
async fn replies_and_streams_are_well_formed() {
    for protocol in Protocol::ALL {
        let world = World::start(protocol, "", [("a", Behaviour::Answer)]).await;
        let unary = world.gateway.send(Call::unary(protocol)).await;
        assert_eq!((unary.status, unary.whole), (200, true), "{protocol}");
        assert_eq!(unary.header("content-type"), "application/json");
        assert_eq!(model_of(protocol, &unary.json()), MODEL);
        assert!(unary.text().contains("scripted reply from a"), "{protocol}");

        let stream = world.gateway.send(Call::stream(protocol)).await;
        assert_eq!((stream.status, stream.whole), (200, true), "{protocol}");
        assert_eq!(
            stream.header("content-type"),
            "text/event-stream; charset=utf-8"
        );
        assert_eq!(stream.header("cache-control"), "no-cache");
        assert_eq!(stream.header("x-accel-buffering"), "no");
        let outcome = grammar::check(protocol, &stream.body);
        assert_eq!(outcome, Ok(Outcome::Completed), "{protocol}");
        world.assert_clean();
    }
}

/// Requests keep their bytes; only the model's name is replaced where an alias was used. `edit` is
/// applied to the text of a body that the provider accepts.
#[tokio::test]
async fn requests_keep_their_bytes() {
    let accounts = [("a", Behaviour::Answer)];
    for protocol in Protocol::ALL {
        let world = World::configured(accounts.clone(), |base| {
            let entry = Entry::new(protocol, "a", base);
            let models = format!("[{{name: {MODEL}}}, {{name: upstream-1, alias: nice}}]");
            config("", &[entry.models(&models)])
        })
        .await;
        for (asked, served) in [(MODEL, MODEL), ("nice", "upstream-1")] {
            for stream in [false, true] {
                let call = Call::generate(protocol, asked, stream);
                let text = body(protocol, asked, stream, "h\u{e9}llo").to_string();
                // Spaces, an escape that need not be one, and members in an order of their own.
                let text =
                    text.replacen('{', "{ \n\t", 1)
                        .replacen("h\u{e9}llo", "h\\u00e9llo\\/", 1);
                let reply = world.gateway.send(call.body(text.clone())).await;
                assert_eq!(reply.status, 200, "{}", reply.text());
                let received = world.upstream.take_requests().pop().expect("a request");
                let expected = text.replace(&format!("\"{asked}\""), &format!("\"{served}\""));
                assert_eq!(String::from_utf8_lossy(&received.body), expected);
                if protocol == Protocol::Gemini {
                    assert!(received.uri.path().contains(served), "{}", received.uri);
                }
            }
        }
        world.assert_clean();
    }
}

/// Replies keep their bytes too: comments, CRLF, spaces and event boundaries.
#[tokio::test]
async fn replies_keep_their_bytes() {
    for protocol in Protocol::ALL {
        let world = World::configured([("a", Behaviour::Answer)], |base| {
            let entry = Entry::new(protocol, "a", base);
            let models = "[{name: upstream-1}, {name: upstream-1, alias: nice}]";
            config("", &[entry.models(models)])
        })
        .await;
        let template = |stream| Call::generate(protocol, "upstream-1", stream);
        let stream = direct(&world, protocol, template(true)).await.text();
        let unary = direct(&world, protocol, template(false)).await.text();
        let streams = [
            stream.clone(),
            stream.replace("\r\n", "\n").replace('\n', "\r\n"),
            stream.replace("data: ", ": a comment\n\n: and another\ndata:  "),
            stream.replace("data: {", "id: 7\nretry: 10\ndata: { "),
        ];
        let sent = streams.map(|stream| (true, "text/event-stream", stream));
        let unary = [unary.clone(), unary.replace("\":", "\" :\t")];
        let unary = unary.map(|unary| (false, "application/json", unary));
        for (stream, kind, text) in sent.into_iter().chain(unary) {
            world.upstream.rewrite("a", [wire(kind, &text)]);
            for asked in ["upstream-1", "nice"] {
                let call = Call::generate(protocol, asked, stream);
                let reply = world.gateway.send(call).await;
                let expected = text.replace("\"upstream-1\"", &format!("\"{asked}\""));
                assert_eq!(reply.status, 200, "{protocol} {asked}: {}", reply.text());
                assert_eq!(reply.text(), expected, "{protocol} {asked}");
            }
        }
    }
}

#[tokio::test]
async fn other_operations() {
    let chat = Protocol::Chat;
    check(
        chat,
        "/v1/embeddings",
        &json!({"model": MODEL, "input": "hi"}),
        "/data/0/embedding",
    )
    .await;
    let claude = Protocol::Claude;
    let count = json!({"model": MODEL, "messages": [{"role": "user", "content": "hi"}]});
    check(claude, "/v1/messages/count_tokens", &count, "/input_tokens").await;
    let responses = Protocol::Responses;
    let count = json!({"model": MODEL, "input": "hi"});
    check(
        responses,
        "/v1/responses/input_tokens",
        &count,
        "/input_tokens",
    )
    .await;

    let gemini = Protocol::Gemini;
    let content = json!({"parts": [{"text": "hi"}]});
    let embed = json!({"content": content});
    let batch = json!({"requests": [{"model": format!("models/{MODEL}"), "content": content}]});
    let generate = json!({"contents": [content]});
    for base in ["/v1beta/models", "/v1/models"] {
        let path = |method: &str| format!("{base}/{MODEL}:{method}");
        check(
            gemini,
            &path("generateContent"),
            &generate,
            "/candidates/0/content",
        )
        .await;
        check(gemini, &path("countTokens"), &generate, "/totalTokens").await;
        check(gemini, &path("embedContent"), &embed, "/embedding/values/0").await;
        check(
            gemini,
            &path("batchEmbedContents"),
            &batch,
            "/embeddings/0/values/0",
        )
        .await;
    }

    /// The reply has something at `pointer`.
    async fn check(protocol: Protocol, path: &str, body: &Value, pointer: &str) {
        let world = World::start(protocol, "", [("a", Behaviour::Answer)]).await;
        let reply = world
            .gateway
            .send(Call::post(protocol, path, body.to_string()))
            .await;
        assert_eq!(reply.status, 200, "{path}: {}", reply.text());
        assert!(
            reply.json().pointer(pointer).is_some(),
            "{path}: {}",
            reply.text()
        );
        assert_eq!(world.hits("a"), 1);
        world.assert_clean();
    }
}

/// Google's clients that stream without `alt=sse` get events all the same.
#[tokio::test]
async fn gemini_streams_events_without_being_asked_for_them() {
    let gemini = Protocol::Gemini;
    let world = World::start(gemini, "", [("a", Behaviour::Answer)]).await;
    for base in ["/v1beta/models", "/v1/models"] {
        let target = format!("{base}/{MODEL}:streamGenerateContent");
        let reply = world
            .gateway
            .send(Call::stream(gemini).target(&target))
            .await;
        let outcome = grammar::check(gemini, &reply.body);
        assert_eq!(outcome, Ok(Outcome::Completed), "{target}");
    }
}

/// The client's query goes up, its credentials in it do not.
#[tokio::test]
async fn queries() {
    let generate = |model: &str| format!("/v1beta/models/{model}:generateContent");
    let stream = |model: &str| format!("/v1beta/models/{model}:streamGenerateContent");
    let gemini = Protocol::Gemini;
    check(
        Protocol::Claude,
        "/v1/messages?beta=true",
        Some("beta=true"),
    )
    .await;
    check(
        Protocol::Chat,
        "/v1/chat/completions?a=1&b=%20",
        Some("a=1&b=%20"),
    )
    .await;
    check(Protocol::Responses, "/v1/responses", None).await;
    check(
        gemini,
        &format!("{}?key={CLIENT_KEY}", generate(MODEL)),
        None,
    )
    .await;
    let key = format!("{}?alt=sse&key={CLIENT_KEY}&x=1", stream(MODEL));
    check(gemini, &key, Some("alt=sse&x=1")).await;
    let token = format!("{}?$alt=sse&auth_token={CLIENT_KEY}", stream(MODEL));
    check(gemini, &token, Some("$alt=sse")).await;

    async fn check(protocol: Protocol, target: &str, expected: Option<&str>) {
        let world = World::start(protocol, "", [("a", Behaviour::Answer)]).await;
        let call = Call::unary(protocol).target(target).method(Method::POST);
        let in_query = target.contains(CLIENT_KEY);
        let reply = world
            .gateway
            .send(if in_query { call.anonymous() } else { call })
            .await;
        assert_eq!(reply.status, 200, "{target}: {}", reply.text());
        let received = world.upstream.take_requests().pop().expect("a request");
        assert_eq!(received.uri.query(), expected, "{target}");
        world.assert_clean();
    }
}

/// Agents send megabytes.
#[tokio::test]
async fn a_large_body_arrives_whole() {
    for protocol in Protocol::ALL {
        let world = World::start(protocol, "", [("a", Behaviour::Answer)]).await;
        let text = "0123456789abcdef".repeat(200_000);
        let call = Call::say(protocol, MODEL, true, &text);
        let sent = call.clone();
        let reply = world.gateway.send(call).await;
        assert_eq!(reply.status, 200, "{}", reply.text());
        let received = world.upstream.take_requests().pop().expect("a request");
        assert!(sent.has_body(&received.body), "{protocol}");
    }
}
