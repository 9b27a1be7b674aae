//! HTTP/2: what is served over it, and what a hostile client cannot do with it.

use crate::{
    rig::{KEY, Rig, message, soon},
    secured::{Certificate, secured},
};
use bytes::Bytes;
use cliproxy_scripted_upstream::Behaviour;
use cliproxy_server::ServerParams;
use http::Request;
use http_body_util::{BodyExt as _, Full};
use hyper::client::conn::http2::{SendRequest, handshake};
use hyper_util::rt::{TokioExecutor, TokioIo};
use std::time::Duration;
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::TcpStream,
    task::JoinSet,
};
use tokio_rustls::client::TlsStream;

const BRIEF: Duration = Duration::from_millis(50);

/// Types and flags of RFC 9113 section 6.
const DATA: u8 = 0;
const HEADERS: u8 = 1;
const PRIORITY: u8 = 2;
const RST_STREAM: u8 = 3;
const SETTINGS: u8 = 4;
const PING: u8 = 6;
const GOAWAY: u8 = 7;
const CONTINUATION: u8 = 9;
const END_STREAM: u8 = 1;
const END_HEADERS: u8 = 4;

struct Case {
    certificate: Certificate,
    rig: Rig,
}

impl Case {
    async fn new(
        behaviour: impl Into<Behaviour>,
        settings: impl FnOnce(&mut ServerParams),
    ) -> Self {
        let certificate = Certificate::new();
        let rig = secured(behaviour, certificate.load(), settings).await;
        Self { certificate, rig }
    }

    /// A client that knows what it does.
    async fn client(&self) -> Client {
        let io = TokioIo::new(self.certificate.http2(&self.rig).await);
        let (sender, connection) = handshake(TokioExecutor::new(), io).await.unwrap();
        let mut driver = JoinSet::new();
        driver.spawn(async move {
            // How it ends shows in the replies.
            let _ended = connection.await;
        });
        Client { sender, driver }
    }

    /// A client that says what it likes.
    async fn raw(&self, settings: &[u8]) -> Raw {
        let stream = self.certificate.http2(&self.rig).await;
        let mut raw = Raw {
            stream,
            unread: Vec::new(),
        };
        raw.write(b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n").await;
        raw.frame(SETTINGS, 0, 0, settings).await;
        raw
    }

    async fn still_serves(&self) {
        let (status, body) = self.client().await.ask(message_request(false, KEY)).await;
        assert_eq!(status, 200, "{body}");
    }
}

struct Client {
    sender: SendRequest<Full<Bytes>>,
    driver: JoinSet<()>,
}

impl Client {
    async fn ask(&mut self, request: Request<Full<Bytes>>) -> (u16, String) {
        let response = soon(self.sender.send_request(request)).await.unwrap();
        let status = response.status().as_u16();
        let body = soon(response.into_body().collect()).await.unwrap();
        (
            status,
            String::from_utf8_lossy(&body.to_bytes()).into_owned(),
        )
    }
}

fn message_request(stream: bool, key: &str) -> Request<Full<Bytes>> {
    let text = message(stream);
    let (_, body) = text.split_once("\r\n\r\n").unwrap();
    Request::post("https://localhost/v1/messages")
        .header("x-api-key", key)
        .body(Bytes::from(body.to_owned()).into())
        .unwrap()
}

struct Raw {
    stream: TlsStream<TcpStream>,
    unread: Vec<u8>,
}

/// Bytes of one frame.
fn frame(kind: u8, flags: u8, stream: u32, payload: &[u8]) -> Vec<u8> {
    let length = u32::try_from(payload.len()).unwrap().to_be_bytes();
    let mut bytes = vec![length[1], length[2], length[3], kind, flags];
    bytes.extend(stream.to_be_bytes());
    bytes.extend(payload);
    bytes
}

/// Header fields without compression (RFC 7541 section 6.2.2).
fn fields(fields: &[(&str, &str)]) -> Vec<u8> {
    let mut block = Vec::new();
    for (name, value) in fields {
        block.push(0);
        for text in [name, value] {
            block.push(u8::try_from(text.len()).unwrap());
            block.extend(text.as_bytes());
        }
    }
    block
}

fn get(path: &str) -> Vec<u8> {
    fields(&[
        (":method", "GET"),
        (":scheme", "https"),
        (":authority", "localhost"),
        (":path", path),
        ("x-api-key", KEY),
    ])
}

impl Raw {
    /// Whatever the server thinks of it by now.
    async fn write(&mut self, bytes: &[u8]) -> bool {
        soon(async {
            self.stream.write_all(bytes).await?;
            self.stream.flush().await
        })
        .await
        .is_ok()
    }

    async fn frame(&mut self, kind: u8, flags: u8, stream: u32, payload: &[u8]) -> bool {
        self.write(&frame(kind, flags, stream, payload)).await
    }

    /// A request with the body of `message`.
    async fn post(&mut self, stream: u32, message: &str) {
        let (_, body) = message.split_once("\r\n\r\n").unwrap();
        let head = fields(&[
            (":method", "POST"),
            (":scheme", "https"),
            (":authority", "localhost"),
            (":path", "/v1/messages"),
            ("x-api-key", KEY),
        ]);
        self.frame(HEADERS, END_HEADERS, stream, &head).await;
        self.frame(DATA, END_STREAM, stream, body.as_bytes()).await;
    }

    /// The next frame's type, flags, stream and payload; `None` once the server has closed.
    async fn next(&mut self) -> Option<(u8, u8, u32, Vec<u8>)> {
        loop {
            if let [a, b, c, kind, flags, s0, s1, s2, s3, rest @ ..] = self.unread.as_slice() {
                let length = u32::from_be_bytes([0, *a, *b, *c]) as usize;
                if let Some(payload) = rest.get(..length) {
                    let stream = u32::from_be_bytes([*s0, *s1, *s2, *s3]);
                    let found = (*kind, *flags, stream, payload.to_vec());
                    self.unread.drain(..9 + length);
                    return Some(found);
                }
            }
            match soon(self.stream.read_buf(&mut self.unread)).await {
                Ok(0) | Err(_) => return None,
                Ok(_) => {}
            }
        }
    }

    /// Reads until the server has closed; whether it said why.
    async fn closed(&mut self) -> bool {
        let mut goaway = false;
        while let Some((kind, ..)) = self.next().await {
            goaway |= kind == GOAWAY;
        }
        goaway
    }
}

#[tokio::test]
async fn requests_share_a_connection() {
    let case = Case::new(Behaviour::Answer, |_| {}).await;
    let mut client = case.client().await;
    for stream in [false, true] {
        let (status, body) = client.ask(message_request(stream, KEY)).await;
        assert_eq!(status, 200, "{body}");
        assert_eq!(body.contains("message_stop"), stream);
    }
    let mut other = client.sender.clone();
    let both = tokio::join!(
        other.send_request(message_request(true, KEY)),
        client.ask(message_request(false, KEY)),
    );
    assert_eq!((both.0.unwrap().status().as_u16(), both.1.0), (200, 200));
    let (status, body) = client.ask(message_request(false, "wrong")).await;
    assert_eq!(status, 401, "{body}");
    assert_eq!(client.ask(message_request(false, KEY)).await.0, 200);
    assert_eq!(client.driver.len(), 1);
}

#[tokio::test]
async fn a_host_that_is_not_the_authority() {
    let case = Case::new(Behaviour::Answer, |_| {}).await;
    let mut client = case.client().await;
    let mut check = async |authority: &str, host: &str, status: u16| {
        let mut request = message_request(false, KEY);
        *request.uri_mut() = format!("https://{authority}/v1/messages").parse().unwrap();
        if !host.is_empty() {
            request.headers_mut().insert("host", host.parse().unwrap());
        }
        let (answered, body) = client.ask(request).await;
        assert_eq!(answered, status, "{authority} {host}: {body}");
    };
    check("localhost", "", 200).await;
    check("localhost", "localhost", 200).await;
    check("localhost", "evil.example", 400).await;
    check("evil.example", "", 403).await;
    check("evil.example", "localhost", 400).await;
}

#[tokio::test]
async fn a_client_that_leaves_or_resets_ends_the_upstream_call() {
    let case = Case::new(Behaviour::StallAfter(3), |_| {}).await;
    let mut client = case.client().await;
    let request = message_request(true, KEY);
    let response = soon(client.sender.send_request(request)).await.unwrap();
    soon(case.rig.upstream.wait_for(|stats| stats.streams == 1)).await;
    // Dropping the response resets its stream and leaves the connection.
    drop(response);
    soon(case.rig.upstream.wait_for(|stats| stats.cancelled == 1)).await;
    // As does a connection that breaks.
    let mut raw = case.raw(&[]).await;
    raw.post(1, &message(true)).await;
    while raw.next().await.is_some_and(|(kind, ..)| kind != DATA) {}
    drop(raw);
    soon(case.rig.upstream.wait_for(|stats| stats.cancelled == 2)).await;
}

#[tokio::test]
async fn floods_close_the_connection_and_nobody_elses() {
    let case = Case::new(Behaviour::Answer, |_| {}).await;
    let mut bystander = case.client().await;
    let opened = frame(HEADERS, END_HEADERS, 1, &get("/v1/models"));
    let floods: [(&str, Vec<u8>, Vec<u8>); 6] = [
        ("pings", Vec::new(), frame(PING, 0, 0, &[0; 8])),
        ("settings", Vec::new(), frame(SETTINGS, 0, 0, &[])),
        (
            "priorities",
            Vec::new(),
            frame(PRIORITY, 0, 3, &[0, 0, 0, 0, 9]),
        ),
        ("empty data", opened.clone(), frame(DATA, 0, 1, &[])),
        ("unknown frames", Vec::new(), frame(0xbe, 0, 0, b"hello")),
        (
            "empty continuations",
            frame(HEADERS, 0, 1, &get("/v1/models")),
            frame(CONTINUATION, 0, 1, &[]),
        ),
    ];
    for (name, before, one) in floods {
        let mut raw = case.raw(&[]).await;
        raw.write(&before).await;
        // Written until the server has had enough, and at most so often.
        let batch = one.repeat(500);
        for _ in 0..100 {
            if !raw.write(&batch).await {
                break;
            }
        }
        raw.closed().await;
        let (status, _) = bystander.ask(message_request(false, KEY)).await;
        assert_eq!(status, 200, "{name}");
    }
}

#[tokio::test]
async fn requests_that_are_reset_at_once_close_the_connection() {
    let case = Case::new(Behaviour::HeaderDelay(Duration::MAX), |_| {}).await;
    let mut raw = case.raw(&[]).await;
    let mut flood = Vec::new();
    for stream in (1..20_000).step_by(2) {
        flood.extend(frame(
            HEADERS,
            END_HEADERS | END_STREAM,
            stream,
            &get("/v1/models"),
        ));
        flood.extend(frame(RST_STREAM, 0, stream, &8_u32.to_be_bytes()));
    }
    raw.write(&flood).await;
    raw.closed().await;
    // Nothing of it is left behind.
    soon(case.rig.upstream.wait_for(|stats| stats.active == 0)).await;
    case.rig.upstream.rewrite("a", [Behaviour::Answer]);
    case.still_serves().await;
}

#[tokio::test]
async fn a_head_without_end() {
    let case = Case::new(Behaviour::Answer, |_| {}).await;
    let mut raw = case.raw(&[]).await;
    raw.frame(HEADERS, 0, 1, &get("/v1/models")).await;
    let name = "x".repeat(100);
    let more = fields(&[(&name, &name)]).repeat(50);
    let mut written = 0;
    while raw.frame(CONTINUATION, 0, 1, &more).await {
        written += more.len();
        assert!(written < 64 << 20, "it is read for ever");
    }
    raw.closed().await;
    case.still_serves().await;
}

#[tokio::test]
async fn there_are_only_so_many_requests_at_a_time() {
    let case = Case::new(Behaviour::HeaderDelay(Duration::MAX), |_| {}).await;
    let mut raw = case.raw(&[]).await;
    for number in 0..270 {
        raw.post(number * 2 + 1, &message(false)).await;
    }
    let mut refused = 0;
    while refused < 270 - 256 {
        let (kind, _, _, payload) = raw.next().await.expect("the connection stays");
        // REFUSED_STREAM: it may be sent again.
        if kind == RST_STREAM && payload == 7_u32.to_be_bytes() {
            refused += 1;
        }
    }
    let upstream = &case.rig.upstream;
    assert_eq!(
        soon(upstream.wait_for(|stats| stats.active == 256))
            .await
            .received,
        256
    );
    drop(raw);
    soon(upstream.wait_for(|stats| stats.active == 0)).await;
}

#[tokio::test]
async fn a_connection_without_a_request_is_closed() {
    let case = Case::new(Behaviour::Answer, |params| {
        params.limits.idle_timeout = BRIEF;
    })
    .await;
    let mut unused = case.raw(&[]).await;
    assert!(unused.closed().await, "it is told so");
    let mut used = case.raw(&[]).await;
    used.frame(HEADERS, END_HEADERS | END_STREAM, 1, &get("/v1/models"))
        .await;
    assert!(used.closed().await);
}

#[tokio::test]
async fn a_client_that_opens_no_window_is_left() {
    for stream in [false, true] {
        let case = Case::new(Behaviour::Answer, |params| {
            params.limits.idle_timeout = BRIEF;
            params.limits.write_timeout = BRIEF;
        })
        .await;
        // SETTINGS_INITIAL_WINDOW_SIZE 0: the reply's head can be sent and none of its body.
        let mut raw = case.raw(&[0, 4, 0, 0, 0, 0]).await;
        raw.post(1, &message(stream)).await;
        let mut data = 0;
        while let Some((kind, _, _, payload)) = raw.next().await {
            if kind == DATA {
                data += payload.len();
            }
            // It is there, and takes nothing.
            raw.frame(PING, 0, 0, &[0; 8]).await;
        }
        assert_eq!(data, 0);
        soon(case.rig.upstream.wait_for(|stats| stats.active == 0)).await;
        case.still_serves().await;
    }
}

#[tokio::test]
async fn a_drain_lets_requests_end_and_no_new_one_begin() {
    let paced = Behaviour::Paced {
        interval: Duration::from_millis(10),
    };
    let mut case = Case::new(paced, |_| {}).await;
    let mut client = case.client().await;
    let request = message_request(true, KEY);
    let response = soon(client.sender.send_request(request)).await.unwrap();
    case.rig.stop();
    let body = soon(response.into_body().collect()).await.unwrap();
    let body = String::from_utf8_lossy(&body.to_bytes()).into_owned();
    assert!(body.contains("message_stop"), "{body}");
    let late = soon(client.sender.send_request(message_request(false, KEY))).await;
    assert!(late.is_err(), "the connection is over");
    assert!(case.rig.stopped().await);
}
