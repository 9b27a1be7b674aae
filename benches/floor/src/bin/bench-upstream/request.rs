//! Reads one request body after another from a kept-alive HTTP/1.1 connection (RFC 9112).

use anyhow::{Context as _, bail};
use bytes::{Buf as _, Bytes, BytesMut};
use tokio::io::AsyncReadExt as _;
use tokio::net::TcpStream;

/// How the head says where the body ends (RFC 9112, section 6.3).
#[derive(Clone, Copy)]
enum Framing {
    Length(usize),
    Chunked,
}

/// How the client wants to be answered: its path says so.
#[derive(Clone, Copy)]
pub(crate) enum Protocol {
    Chat,
    Claude,
}

/// One request.
pub(crate) struct Asked {
    pub(crate) protocol: Protocol,
    pub(crate) body: Bytes,
}

struct Head {
    length: usize,
    framing: Framing,
    protocol: Protocol,
}

/// A client's connection and what was read ahead of it.
pub(crate) struct Connection {
    socket: TcpStream,
    ahead: BytesMut,
}

impl Connection {
    pub(crate) fn new(socket: TcpStream) -> Self {
        Self {
            socket,
            ahead: BytesMut::with_capacity(64 << 10),
        }
    }

    /// Where the answer is written.
    pub(crate) fn socket(&mut self) -> &mut TcpStream {
        &mut self.socket
    }

    /// What the next request asks; `None` when the client has hung up between two requests.
    pub(crate) async fn next_asked(&mut self) -> anyhow::Result<Option<Asked>> {
        let Head {
            length: head,
            framing,
            protocol,
        } = loop {
            if let Some(found) = parse_head(&self.ahead)? {
                break found;
            }
            if !self.read_more().await? {
                return Ok(None);
            }
        };
        self.ahead.advance(head);
        let body = match framing {
            Framing::Length(length) => self.take(length).await?,
            Framing::Chunked => self.take_chunks().await?,
        };
        Ok(Some(Asked { protocol, body }))
    }

    async fn take(&mut self, length: usize) -> anyhow::Result<Bytes> {
        self.ahead.reserve(length.saturating_sub(self.ahead.len()));
        while self.ahead.len() < length {
            self.read_some().await?;
        }
        Ok(self.ahead.split_to(length).freeze())
    }

    async fn take_chunks(&mut self) -> anyhow::Result<Bytes> {
        let mut body = BytesMut::new();
        loop {
            let (line, size) = loop {
                match httparse::parse_chunk_size(&self.ahead) {
                    Ok(httparse::Status::Complete(found)) => break found,
                    Ok(httparse::Status::Partial) => self.read_some().await?,
                    Err(_) => bail!("malformed chunk size"),
                }
            };
            self.ahead.advance(line);
            let chunk = self.take(usize::try_from(size)? + b"\r\n".len()).await?;
            if size == 0 {
                return Ok(body.freeze());
            }
            body.extend_from_slice(&chunk[..chunk.len() - b"\r\n".len()]);
        }
    }

    async fn read_some(&mut self) -> anyhow::Result<()> {
        if !self.read_more().await? {
            bail!("the client hung up inside a request");
        }
        Ok(())
    }

    /// Whether there was more.
    async fn read_more(&mut self) -> anyhow::Result<bool> {
        self.ahead.reserve(16 << 10);
        Ok(self.socket.read_buf(&mut self.ahead).await? > 0)
    }
}

/// What the head says, once it is complete.
fn parse_head(ahead: &[u8]) -> anyhow::Result<Option<Head>> {
    let mut headers = [httparse::EMPTY_HEADER; 64];
    let mut request = httparse::Request::new(&mut headers);
    let httparse::Status::Complete(length) = request.parse(ahead)? else {
        return Ok(None);
    };
    let mut framing = Framing::Length(0);
    for header in request.headers.iter() {
        if header.name.eq_ignore_ascii_case("content-length") {
            let value = std::str::from_utf8(header.value)?;
            framing = Framing::Length(value.parse().context("malformed content-length")?);
        } else if header.name.eq_ignore_ascii_case("transfer-encoding") {
            framing = Framing::Chunked;
        }
    }
    let protocol = match request.path {
        Some(path) if path.starts_with("/v1/messages") => Protocol::Claude,
        _ => Protocol::Chat,
    };
    Ok(Some(Head {
        length,
        framing,
        protocol,
    }))
}
