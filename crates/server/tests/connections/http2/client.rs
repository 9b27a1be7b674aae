//! HTTP/2 clients: one that knows what it does, and one that says what it likes.

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

pub(super) const BRIEF: Duration = Duration::from_millis(50);

/// Types and flags of RFC 9113 section 6.
pub(super) const DATA: u8 = 0;
pub(super) const HEADERS: u8 = 1;
pub(super) const PRIORITY: u8 = 2;
pub(super) const RST_STREAM: u8 = 3;
pub(super) const SETTINGS: u8 = 4;
pub(super) const PING: u8 = 6;
pub(super) const GOAWAY: u8 = 7;
pub(super) const CONTINUATION: u8 = 9;
pub(super) const END_STREAM: u8 = 1;
pub(super) const END_HEADERS: u8 = 4;

pub(super) struct Case {
    pub(super) certificate: Certificate,
    pub(super) rig: Rig,
}

impl Case {
    pub(super) async fn new(
        behaviour: impl Into<Behaviour>,
        settings: impl FnOnce(&mut ServerParams),
    ) -> Self {
        let certificate = Certificate::new();
        let rig = secured(behaviour, certificate.load(), settings).await;
        Self { certificate, rig }
    }

    /// A client that knows what it does.
    pub(super) async fn client(&self) -> Client {
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
    pub(super) async fn raw(&self, settings: &[u8]) -> Raw {
        let stream = self.certificate.http2(&self.rig).await;
        let mut raw = Raw {
            stream,
            unread: Vec::new(),
        };
        raw.write(b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n").await;
        raw.frame(SETTINGS, 0, 0, settings).await;
        raw
    }

    pub(super) async fn still_serves(&self) {
        let (status, body) = self.client().await.ask(message_request(false, KEY)).await;
        assert_eq!(status, 200, "{body}");
    }
}

pub(super) struct Client {
    pub(super) sender: SendRequest<Full<Bytes>>,
    pub(super) driver: JoinSet<()>,
}

impl Client {
    pub(super) async fn ask(&mut self, request: Request<Full<Bytes>>) -> (u16, String) {
        let response = soon(self.sender.send_request(request)).await.unwrap();
        let status = response.status().as_u16();
        let body = soon(response.into_body().collect()).await.unwrap();
        (
            status,
            String::from_utf8_lossy(&body.to_bytes()).into_owned(),
        )
    }
}

pub(super) fn message_request(stream: bool, key: &str) -> Request<Full<Bytes>> {
    let text = message(stream);
    let (_, body) = text.split_once("\r\n\r\n").unwrap();
    Request::post("https://localhost/v1/messages")
        .header("x-api-key", key)
        .body(Bytes::from(body.to_owned()).into())
        .unwrap()
}

pub(super) struct Raw {
    pub(super) stream: TlsStream<TcpStream>,
    pub(super) unread: Vec<u8>,
}

/// Bytes of one frame.
pub(super) fn frame(kind: u8, flags: u8, stream: u32, payload: &[u8]) -> Vec<u8> {
    let length = u32::try_from(payload.len()).unwrap().to_be_bytes();
    let mut bytes = vec![length[1], length[2], length[3], kind, flags];
    bytes.extend(stream.to_be_bytes());
    bytes.extend(payload);
    bytes
}

/// Header fields without compression (RFC 7541 section 6.2.2).
pub(super) fn fields(fields: &[(&str, &str)]) -> Vec<u8> {
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

pub(super) fn get(path: &str) -> Vec<u8> {
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
    pub(super) async fn write(&mut self, bytes: &[u8]) -> bool {
        soon(async {
            self.stream.write_all(bytes).await?;
            self.stream.flush().await
        })
        .await
        .is_ok()
    }

    pub(super) async fn frame(&mut self, kind: u8, flags: u8, stream: u32, payload: &[u8]) -> bool {
        self.write(&frame(kind, flags, stream, payload)).await
    }

    /// A request with the body of `message`.
    pub(super) async fn post(&mut self, stream: u32, message: &str) {
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
    pub(super) async fn next(&mut self) -> Option<(u8, u8, u32, Vec<u8>)> {
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
    pub(super) async fn closed(&mut self) -> bool {
        let mut goaway = false;
        while let Some((kind, ..)) = self.next().await {
            goaway |= kind == GOAWAY;
        }
        goaway
    }
}
