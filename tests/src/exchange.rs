//! One request and its reply over a connection of its own.

use crate::{Call, soon};
use bytes::Bytes;
use http::HeaderMap;
use http_body_util::BodyExt as _;
use hyper::{body::Incoming, client::conn::http1};
use hyper_util::rt::TokioIo;
use serde_json::Value;
use std::{fmt, net::SocketAddr, pin::Pin};
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::TcpStream,
};

/// Sends requests to one address, each on a connection of its own.
#[derive(Clone, Copy, Debug)]
pub struct TestClient {
    addr: SocketAddr,
}

/// A reply that was read to its end.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Reply {
    /// The status.
    pub status: u16,
    /// The headers.
    pub headers: HeaderMap,
    /// The body, as far as it came.
    pub body: Bytes,
    /// Whether the body ended as HTTP wants.
    pub whole: bool,
}

/// A reply whose body is read piece by piece. Dropping it closes the connection.
pub struct Streaming {
    /// The status.
    pub status: u16,
    /// The headers.
    pub headers: HeaderMap,
    body: Incoming,
    connection: Driver,
    /// Whether the connection has nothing more to do.
    closed: bool,
    seen: Vec<u8>,
    cut: bool,
}

/// The IO of a connection: hyper makes progress only while it is polled.
type Driver = Pin<Box<dyn Future<Output = ()> + Send>>;

impl TestClient {
    /// A client of the server at `addr`.
    #[must_use]
    pub const fn new(addr: SocketAddr) -> Self {
        Self { addr }
    }

    /// Sends a request and reads the reply to its end.
    pub async fn send(&self, call: Call) -> Reply {
        self.open(call).await.finish().await
    }

    /// Sends a request and reads the head of its reply.
    ///
    /// # Panics
    ///
    /// If there is no head.
    pub async fn open(&self, call: Call) -> Streaming {
        let what = format!("{} {}", call.method, call.target);
        soon(&what, self.exchange(call))
            .await
            .unwrap_or_else(|error| panic!("{what}: {error}"))
    }

    async fn exchange(&self, call: Call) -> Result<Streaming, hyper::Error> {
        let stream = TcpStream::connect(self.addr).await.expect("a connection");
        let (mut sender, connection) = http1::handshake(TokioIo::new(stream)).await?;
        let mut connection: Driver = Box::pin(async move {
            // How the connection ends shows in the reply.
            let _ended = connection.await;
        });
        let request = call.into_request(&self.addr.to_string());
        let mut head = std::pin::pin!(sender.send_request(request));
        let mut closed = false;
        let response = loop {
            tokio::select! {
                biased;
                response = &mut head => break response?,
                () = &mut connection, if !closed => closed = true,
            }
        };
        let (head, body) = response.into_parts();
        Ok(Streaming {
            status: head.status.as_u16(),
            headers: head.headers,
            body,
            connection,
            closed,
            seen: Vec::new(),
            cut: false,
        })
    }

    /// Writes these bytes as they are and reads until the server closes the connection.
    ///
    /// # Panics
    ///
    /// If it keeps it open.
    pub async fn raw(&self, bytes: &[u8]) -> String {
        let mut stream = TcpStream::connect(self.addr).await.expect("a connection");
        // A server that has refused may have closed its side before everything was written.
        let _refused = stream.write_all(bytes).await;
        let mut answer = Vec::new();
        let _reset = soon("the end of the connection", stream.read_to_end(&mut answer)).await;
        String::from_utf8_lossy(&answer).into_owned()
    }
}

impl Reply {
    /// The body as JSON.
    ///
    /// # Panics
    ///
    /// If it is not.
    #[must_use]
    pub fn json(&self) -> Value {
        serde_json::from_slice(&self.body)
            .unwrap_or_else(|error| panic!("{error}: {} {:?}", self.status, self.text()))
    }

    /// The body as text.
    #[must_use]
    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }

    /// A header as text, or the empty text.
    #[must_use]
    pub fn header(&self, name: &str) -> &str {
        header_of(&self.headers, name)
    }
}

impl Streaming {
    /// A header as text, or the empty text.
    #[must_use]
    pub fn header(&self, name: &str) -> &str {
        header_of(&self.headers, name)
    }

    /// The next piece, or `None` at the end.
    pub async fn chunk(&mut self) -> Option<Bytes> {
        loop {
            let frame = tokio::select! {
                biased;
                frame = self.body.frame() => frame,
                () = &mut self.connection, if !self.closed => {
                    self.closed = true;
                    continue;
                }
            };
            let Some(Ok(frame)) = frame else {
                self.cut |= frame.is_some();
                return None;
            };
            if let Ok(data) = frame.into_data() {
                self.seen.extend_from_slice(&data);
                return Some(data);
            }
        }
    }

    /// Reads until the body so far contains `text`.
    ///
    /// # Panics
    ///
    /// If the body ends before.
    pub async fn until(&mut self, text: &str) {
        while !self.seen_text().contains(text) {
            let more = soon(text, self.chunk()).await;
            assert!(more.is_some(), "no {text:?} in {:?}", self.seen_text());
        }
    }

    /// What was read so far, as text.
    #[must_use]
    pub fn seen_text(&self) -> String {
        String::from_utf8_lossy(&self.seen).into_owned()
    }

    /// Reads to the end.
    pub async fn finish(mut self) -> Reply {
        while soon("the end of the body", self.chunk()).await.is_some() {}
        Reply {
            status: self.status,
            headers: self.headers,
            body: self.seen.into(),
            whole: !self.cut,
        }
    }
}

impl fmt::Debug for Streaming {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Streaming")
            .field("status", &self.status)
            .field("seen", &self.seen_text())
            .finish_non_exhaustive()
    }
}

fn header_of<'a>(headers: &'a HeaderMap, name: &str) -> &'a str {
    headers
        .get(name)
        .map_or("", |value| value.to_str().expect("text"))
}
