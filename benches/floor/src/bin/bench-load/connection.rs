//! One kept-alive connection, and one checked answer at a time.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::{Duration, Instant};

use anyhow::{Context as _, ensure};
use bytes::Bytes;
use http_body_util::{BodyExt as _, Full};
use hyper::client::conn::http1::{self, SendRequest};
use hyper::{Request, StatusCode, header};
use hyper_util::rt::TokioIo;
use tokio::net::TcpStream;

/// The last bytes of every stream.
const END: &[u8] = b"data: [DONE]\n\n";

/// What every request of a run looks like.
pub(crate) struct Order {
    pub(crate) address: SocketAddr,
    pub(crate) key: String,
    pub(crate) body: Bytes,
    /// Data events before `[DONE]`; none means one document.
    pub(crate) events: usize,
    /// What a right answer has.
    pub(crate) status: StatusCode,
}

/// How one answer came.
pub(crate) struct Answer {
    pub(crate) took: Duration,
    /// From the request to the first piece of the body.
    pub(crate) first: Duration,
    pub(crate) events: usize,
    pub(crate) bytes: usize,
}

pub(crate) struct Connection {
    order: Arc<Order>,
    sender: SendRequest<Full<Bytes>>,
}

impl Connection {
    pub(crate) async fn open(order: Arc<Order>) -> anyhow::Result<Self> {
        let socket = TcpStream::connect(order.address).await.context("connect")?;
        socket.set_nodelay(true)?;
        let (sender, driver) = http1::handshake(TokioIo::new(socket)).await?;
        // A broken connection is reported by the request that meets it.
        tokio::spawn(async move { drop(driver.await) });
        Ok(Self { order, sender })
    }

    /// Asks once, and calls `begun` when the answer begins.
    pub(crate) async fn ask(&mut self, begun: impl FnOnce()) -> anyhow::Result<Answer> {
        let Order {
            address,
            key,
            body,
            events,
            status,
        } = &*self.order;
        let request = Request::post("/v1/chat/completions")
            .header(header::HOST, address.to_string())
            .header(header::AUTHORIZATION, format!("Bearer {key}"))
            .header(header::CONTENT_TYPE, "application/json")
            .body(Full::new(body.clone()))?;

        let asked = Instant::now();
        self.sender.ready().await?;
        let reply = self.sender.send_request(request).await.context("request")?;
        begun();
        ensure!(reply.status() == *status, "answered {}", reply.status());
        if *status == StatusCode::TOO_MANY_REQUESTS {
            let after = reply.headers().get(header::RETRY_AFTER);
            let after = after.and_then(|after| after.to_str().ok()?.parse::<u64>().ok());
            ensure!(
                after.is_some_and(|after| after > 60),
                "retry-after: {after:?}"
            );
        }
        let mut reply = reply.into_body();
        let (mut first, mut seen) = (None, Seen::default());
        while let Some(frame) = reply.frame().await {
            if let Ok(data) = frame.context("reply")?.into_data() {
                first.get_or_insert_with(|| asked.elapsed());
                seen.add(&data);
            }
        }
        if *events > 0 {
            ensure!(
                seen.events == events + 1,
                "{} of {} events came",
                seen.events,
                events + 1
            );
            ensure!(
                seen.tail.ends_with(END),
                "the stream did not end with its end mark"
            );
        } else {
            ensure!(seen.tail.ends_with(b"}"), "the document is not complete");
        }
        let first = first.context("the body was empty")?;
        Ok(Answer {
            took: asked.elapsed(),
            first,
            events: seen.events,
            bytes: seen.bytes,
        })
    }
}

/// What has been seen of a body, for any split of it.
#[derive(Default)]
struct Seen {
    /// Events are counted by the blank line that ends them.
    events: usize,
    bytes: usize,
    /// The last bytes, as many as the end mark has.
    tail: Vec<u8>,
}

impl Seen {
    fn add(&mut self, data: &[u8]) {
        let mut before = self.tail.last().copied();
        for at in memchr::memchr_iter(b'\n', data) {
            let previous = if at == 0 {
                before.take()
            } else {
                Some(data[at - 1])
            };
            self.events += usize::from(previous == Some(b'\n'));
        }
        self.bytes += data.len();
        self.tail
            .extend_from_slice(&data[data.len().saturating_sub(END.len())..]);
        self.tail.drain(..self.tail.len().saturating_sub(END.len()));
    }
}
