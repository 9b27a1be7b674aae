//! Upstreams that lead away from themselves, or answer more than they were asked.

use bytes::Bytes;
use cliproxy_core::Protocol;
use cliproxy_e2e::{CLIENT_KEY, Call, Entry, Gateway, World, body, config, generate_path, soon};
use cliproxy_scripted_upstream::Behaviour;
use serde_json::json;
use std::net::TcpListener as Quiet;
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::{TcpListener, TcpStream},
};

/// A listener that nobody may connect to.
fn quiet() -> Quiet {
    let listener = Quiet::bind("127.0.0.1:0").unwrap();
    listener.set_nonblocking(true).unwrap();
    listener
}

#[track_caller]
fn untouched(listener: &Quiet) {
    let accepted = listener.accept().map(|(_, from)| from);
    assert_eq!(accepted.unwrap_err().kind(), std::io::ErrorKind::WouldBlock);
}

#[tokio::test]
async fn a_redirect_is_shown_and_not_followed() {
    for protocol in Protocol::ALL {
        let elsewhere = quiet();
        let address = elsewhere.local_addr().unwrap();
        let redirect = Behaviour::Redirect(format!("http://{address}/v1?key=planted"));
        let behaviours = vec![
            redirect.clone(),
            Behaviour::Answer,
            redirect,
            Behaviour::Answer,
        ];
        let settings = "request-retry: 0";
        let world = World::queued(protocol, settings, [("a", behaviours)]).await;
        for call in [Call::unary(protocol), Call::stream(protocol)] {
            let reply = world.gateway.send(call.clone()).await;
            assert_eq!(reply.status, 502, "{protocol} {}", reply.text());
            let message = reply.json()["error"]["message"].to_string();
            for part in ["`a`", "base-url", "127.0.0.1"] {
                assert!(message.contains(part), "{protocol}: {part}: {message}");
            }
            assert!(!reply.text().contains("planted"), "{}", reply.text());
            assert_eq!(reply.header("location"), "");
            // The credential is as healthy as before.
            assert_eq!(world.gateway.send(call).await.status, 200, "{protocol}");
        }
        untouched(&elsewhere);
        world.assert_clean();
    }
}

/// Other gateways have taken the address of the upstream from the client.
#[tokio::test]
async fn no_client_chooses_the_upstream() {
    for protocol in Protocol::ALL {
        let elsewhere = quiet();
        let url = format!("http://{}/v1", elsewhere.local_addr().unwrap());
        let world = World::start(protocol, "", [("a", Behaviour::Answer)]).await;
        let mut call = Call::unary(protocol);
        for name in [
            "api-base",
            "api_base",
            "base-url",
            "x-api-base",
            "x-base-url",
            "x-custom-host",
            "x-forwarded-host",
            "x-host",
            "x-original-url",
            "x-portkey-config",
            "x-portkey-custom-host",
            "x-portkey-provider",
            "x-rewrite-url",
            "x-upstream-url",
        ] {
            call = call.header(name, &url);
        }
        let reply = world.gateway.send(call.clone()).await;
        assert_eq!(reply.status, 200, "{}", reply.text());
        let received = world.upstream.take_requests().pop().unwrap();
        assert_eq!(received.header("host"), world.upstream.addr().to_string());
        assert!(
            !format!("{:?}", received.headers).contains(&url),
            "{protocol}"
        );

        // In a body they are members like any other, and go up as they came.
        let mut text = body(protocol, cliproxy_e2e::MODEL, false, "hello");
        for name in [
            "api_base",
            "base_url",
            "custom_host",
            "api_key",
            "proxy_url",
        ] {
            text[name] = json!(url);
        }
        text["extra_headers"] = json!({"host": url, "authorization": "Bearer planted"});
        let text = text.to_string();
        let _answer = world.gateway.send(call.body(text.clone())).await;
        let received = world.upstream.take_requests().pop().unwrap();
        assert_eq!(received.header("host"), world.upstream.addr().to_string());
        assert_eq!(String::from_utf8_lossy(&received.body), text, "{protocol}");
        let head = format!("{:?} {}", received.headers, received.uri);
        assert!(!head.contains("planted") && !head.contains(&url), "{head}");
        untouched(&elsewhere);
    }
}

/// The next request on a connection.
async fn request(stream: &mut TcpStream) {
    let mut seen = Vec::new();
    let end = loop {
        if let Some(end) = seen.windows(4).position(|four| four == b"\r\n\r\n") {
            break end + 4;
        }
        let read = stream.read_buf(&mut seen).await.unwrap();
        assert!(read > 0, "{}", String::from_utf8_lossy(&seen));
    };
    let head = String::from_utf8_lossy(&seen[..end]).to_lowercase();
    let (_, length) = head.split_once("content-length: ").unwrap();
    let length: usize = length.split("\r\n").next().unwrap().parse().unwrap();
    while seen.len() < end + length {
        assert!(stream.read_buf(&mut seen).await.unwrap() > 0);
    }
}

/// A second reply behind the first one is not the next client's.
#[tokio::test]
async fn a_forged_second_reply_is_nobodys() {
    let ok = |text: &str| {
        let kind = "content-type: application/json";
        format!(
            "HTTP/1.1 200 OK\r\n{kind}\r\ncontent-length: {}\r\n\r\n{text}",
            text.len()
        )
    };
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let base = format!("http://{}", listener.local_addr().unwrap());
    let entry = Entry::new(Protocol::Chat, "a", &base);
    let settings = format!("api-keys: [{CLIENT_KEY}, another-key]");
    let gateway = Gateway::start(&config(&settings, &[entry])).await;
    let (first, second) = (r#"{"choices":[],"n":1}"#, r#"{"choices":[],"n":2}"#);
    let upstream = async {
        let (mut stream, _) = listener.accept().await.unwrap();
        request(&mut stream).await;
        let forged = ok(r#"{"choices":[],"forged":true}"#);
        let both = [ok(first), forged].concat();
        stream.write_all(both.as_bytes()).await.unwrap();
        let (mut next, _) = listener.accept().await.unwrap();
        request(&mut next).await;
        next.write_all(ok(second).as_bytes()).await.unwrap();
        (stream, next)
    };
    let clients = async {
        let reply = gateway.send(Call::unary(Protocol::Chat)).await;
        assert_eq!(reply.text(), first);
        let other = Call::unary(Protocol::Chat).anonymous();
        let reply = gateway.send(other.key(Protocol::Chat, "another-key")).await;
        assert_eq!(reply.text(), second);
    };
    soon("both replies", async { tokio::join!(upstream, clients) }).await;
}

/// A key that an upstream repeats inside a stream, in two pieces.
#[tokio::test]
async fn a_secret_in_two_pieces() {
    let key = "canary-in-pieces-1234";
    let (protocol, model) = (Protocol::Chat, cliproxy_e2e::MODEL);
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let base = format!("http://{}", listener.local_addr().unwrap());
    for models in ["", "[{name: upstream-name, alias: scripted}]"] {
        let mut entry = Entry::new(protocol, "a", &base).key(key);
        if !models.is_empty() {
            entry = entry.models(&models.replace("scripted", model));
        }
        let gateway = Gateway::start(&config("", &[entry])).await;
        let start = "HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\nconnection: close\r\n\r\n\
                     data: {\"id\":\"c\",\"model\":\"upstream-name\",\"choices\":[{\"index\":0,\"delta\":{\"content\":\"so far\"}}]}\n\n\
                     data: {\"model\":\"upstream-name\",\"error\":{\"message\":\"bad key canary-in-";
        let text = body(protocol, model, true, "hello").to_string();
        let call = Call::post(protocol, &generate_path(protocol, model, true), text);
        let upstream = async {
            let (mut stream, _) = listener.accept().await.unwrap();
            request(&mut stream).await;
            stream.write_all(start.as_bytes()).await.unwrap();
            stream
        };
        let (mut reply, mut stream) = tokio::join!(gateway.open(call), upstream);
        reply.until("so far").await;
        let rest = Bytes::from_static(b"pieces-1234\",\"code\":401}}\n\n");
        stream.write_all(&rest).await.unwrap();
        drop(stream);
        let whole = reply.finish().await.text();
        assert!(whole.contains("bad key [redacted]"), "{models}: {whole}");
        assert!(!whole.contains("canary"), "{models}: {whole}");
    }
}
