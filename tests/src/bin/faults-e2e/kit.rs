//! What faulty replies are made of.

use anyhow::{Context as _, ensure};
use async_compression::tokio::write::GzipEncoder;
use bytes::Bytes;
use cliproxy_core::Protocol;
use cliproxy_e2e::{Call, TestClient};
use cliproxy_scripted_upstream::{Behaviour, Derailment, Script, Upstream};
use std::time::Duration;
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::TcpStream,
};

/// What a log, a terminal or a reader of either might fall for: escapes, a forged line, text that
/// turns its direction, and controls.
pub(crate) const EVIL: &str = "\x1b[31mred\x1b[0m\r\n2026-01-01T00:00:00Z ERROR forged\u{202e}detrevni\u{2066}\u{7}\u{0}\u{9b}2J";

/// The time between two pieces of something endless.
const PACE: Duration = Duration::from_millis(1);

/// What the rows of the table share.
pub(crate) struct Kit {
    /// The events of a healthy stream up to its first text, per protocol.
    openings: [Bytes; 4],
    /// A whole unary reply, per protocol.
    documents: [Bytes; 4],
    /// 24 MiB of one letter, compressed about a thousandfold.
    pub(crate) bomb: Bytes,
    /// As much of comments.
    pub(crate) comment_bomb: Bytes,
    /// Another host, which nobody may be sent to.
    pub(crate) elsewhere: String,
}

impl Kit {
    pub(crate) async fn gather(elsewhere: String) -> anyhow::Result<Self> {
        let upstream = Upstream::start(Script::new().key("k", "kit", Behaviour::Answer))?;
        let client = TestClient::new(upstream.addr());
        let mut openings = Vec::new();
        let mut documents = Vec::new();
        for protocol in Protocol::ALL {
            let ask = |stream| {
                Call::generate(protocol, "m", stream)
                    .anonymous()
                    .key(protocol, "k")
            };
            // The upstream's own paths, which are the gateway's.
            let stream = client.send(ask(true)).await;
            ensure!(stream.status == 200, "{}", stream.text());
            let text = stream.text();
            let first = text.find("scripted ").context("a first text")?;
            let blank = if protocol == Protocol::Gemini {
                "\r\n\r\n"
            } else {
                "\n\n"
            };
            let rest = text.get(first..).unwrap_or_default();
            let end = first + rest.find(blank).context("its end")? + blank.len();
            openings.push(stream.body.slice(..end));
            documents.push(client.send(ask(false)).await.body);
        }
        let gather = |list: Vec<Bytes>| <[Bytes; 4]>::try_from(list);
        Ok(Self {
            openings: gather(openings).ok().context("four")?,
            documents: gather(documents).ok().context("four")?,
            bomb: members(b"x").await?,
            comment_bomb: members(b": comment\n\n").await?,
            elsewhere,
        })
    }

    pub(crate) fn opening(&self, protocol: Protocol) -> &Bytes {
        &self.openings[place(protocol)]
    }

    pub(crate) fn document(&self, protocol: Protocol) -> &Bytes {
        &self.documents[place(protocol)]
    }

    /// The events up to the first text, and then this.
    pub(crate) fn events(&self, protocol: Protocol, then: &[u8]) -> Vec<u8> {
        [self.opening(protocol), then].concat()
    }
}

fn place(protocol: Protocol) -> usize {
    Protocol::ALL
        .into_iter()
        .position(|other| other == protocol)
        .unwrap_or_default()
}

/// 24 MiB that repeat `unit`, as a gzip file of many members: one is compressed, the rest are copies.
async fn members(unit: &[u8]) -> anyhow::Result<Bytes> {
    let mut member = GzipEncoder::new(Vec::new());
    member
        .write_all(&unit.repeat((1 << 20) / unit.len()))
        .await?;
    member.shutdown().await?;
    Ok(member.into_inner().repeat(24).into())
}

pub(crate) async fn gzip(bytes: &[u8]) -> anyhow::Result<Bytes> {
    let mut file = GzipEncoder::new(Vec::new());
    file.write_all(bytes).await?;
    file.shutdown().await?;
    Ok(file.into_inner().into())
}

/// A whole HTTP response that is not framed: its end is the end of the connection.
pub(crate) fn http(kind: &str, more: &str, body: &[u8]) -> Vec<u8> {
    let head =
        format!("HTTP/1.1 200 OK\r\ncontent-type: {kind}\r\n{more}connection: close\r\n\r\n");
    [head.as_bytes(), body].concat()
}

/// The same for events.
pub(crate) fn sse(body: &[u8]) -> Vec<u8> {
    http("text/event-stream", "", body)
}

/// A chunked one; `rest` follows the only chunk.
pub(crate) fn chunked(body: &[u8], rest: &[u8]) -> Vec<u8> {
    let size = format!("{:x}\r\n", body.len());
    let chunk = if body.is_empty() {
        Vec::new()
    } else {
        [size.as_bytes(), body, b"\r\n"].concat()
    };
    let head =
        b"HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\ntransfer-encoding: chunked\r\n\r\n";
    [&head[..], &chunk, rest].concat()
}

/// Exactly these bytes, then the end of the connection.
pub(crate) fn raw(bytes: impl Into<Bytes>) -> Behaviour {
    Behaviour::Raw(bytes.into())
}

/// Exactly these bytes, then silence.
pub(crate) fn held(bytes: impl Into<Bytes>) -> Behaviour {
    derail(0, Derailment::SayAndStall(bytes.into()))
}

/// These bytes, and then some more for ever.
pub(crate) fn endless(first: impl Into<Bytes>, again: impl Into<Bytes>) -> Behaviour {
    let (first, again) = (first.into(), again.into());
    derail(
        0,
        Derailment::Repeat {
            first,
            again,
            pause: PACE,
        },
    )
}

pub(crate) const fn derail(after: usize, then: Derailment) -> Behaviour {
    Behaviour::Derail { after, then }
}

/// How many bytes the upstream's response to this call has on the wire.
pub(crate) async fn wire_length(
    upstream: &Upstream,
    protocol: Protocol,
    key: &str,
    path: &str,
    body: &str,
) -> anyhow::Result<usize> {
    let credential = match protocol {
        Protocol::Chat | Protocol::Responses => format!("authorization: Bearer {key}"),
        Protocol::Claude => format!("x-api-key: {key}\r\nanthropic-version: 2023-06-01"),
        Protocol::Gemini => format!("x-goog-api-key: {key}"),
    };
    let request = format!(
        "POST {path} HTTP/1.1\r\nhost: localhost\r\n{credential}\r\nx-scripted-derail-after: \
         1000000\r\nconnection: close\r\ncontent-type: application/json\r\ncontent-length: {}\r\n\r\n{body}",
        body.len()
    );
    let mut connection = TcpStream::connect(upstream.addr()).await?;
    connection.write_all(request.as_bytes()).await?;
    let mut reply = Vec::new();
    connection.read_to_end(&mut reply).await?;
    ensure!(
        reply.starts_with(b"HTTP/1.1 200"),
        "{}",
        String::from_utf8_lossy(&reply)
    );
    Ok(reply.len() - "connection: close\r\n".len())
}
