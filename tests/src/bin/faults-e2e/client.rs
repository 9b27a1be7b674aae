//! A client that keeps its connection for as long as it can, and may leave at any event.

use bytes::Bytes;
use cliproxy_e2e::Call;
use http::{HeaderMap, header};
use http_body_util::{BodyExt as _, Full};
use hyper::client::conn::http1::{self, SendRequest};
use hyper_util::rt::TokioIo;
use std::{net::SocketAddr, time::Duration};
use tokio::{net::TcpStream, task::JoinSet, time::sleep};

/// As much of a body as is kept: its beginning, and a little of its end.
const KEPT: usize = 512 << 10;
const TAIL: usize = 64 << 10;

/// When a client leaves.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Leave {
    /// So long after it has sent its request, unless the head of the reply has come.
    Early(Duration),
    /// After this event of the reply.
    After(usize),
}

/// What a client saw of a reply.
#[derive(Debug)]
pub(crate) struct Seen {
    pub(crate) status: u16,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Vec<u8>,
    /// Why the body did not end as HTTP wants.
    pub(crate) cut: Option<String>,
}

/// How a call ended.
#[derive(Debug)]
pub(crate) enum Ended {
    Replied(Seen),
    /// No head came.
    Broken(String),
    Left,
}

pub(crate) struct Client {
    addr: SocketAddr,
    link: Option<Link>,
}

/// A connection and the task that drives it; dropping it closes the connection.
struct Link {
    sender: SendRequest<Full<Bytes>>,
    _driver: JoinSet<()>,
}

impl Client {
    pub(crate) const fn new(addr: SocketAddr) -> Self {
        Self { addr, link: None }
    }

    /// Sends a request and reads its reply, or leaves.
    pub(crate) async fn send(&mut self, call: Call, leave: Option<Leave>) -> Ended {
        match self.exchange(call, leave).await {
            Ok(ended) => {
                if matches!(&ended, Ended::Left | Ended::Broken(_)) {
                    self.link = None;
                }
                ended
            }
            Err(error) => {
                self.link = None;
                Ended::Broken(error.to_string())
            }
        }
    }

    async fn exchange(&mut self, call: Call, leave: Option<Leave>) -> anyhow::Result<Ended> {
        let request = call.into_request(&self.addr.to_string());
        let mut link = match self.link.take() {
            Some(link) if !link.sender.is_closed() => link,
            _ => Link::open(self.addr).await?,
        };
        link.sender.ready().await?;
        let head = link.sender.send_request(request);
        let response = match leave {
            Some(Leave::Early(after)) => tokio::select! {
                head = head => head?,
                () = sleep(after) => return Ok(Ended::Left),
            },
            _ => head.await?,
        };
        let (head, mut body) = response.into_parts();
        let is_stream = head
            .headers
            .get(header::CONTENT_TYPE)
            .is_some_and(|kind| kind.as_bytes().starts_with(b"text/event-stream"));
        let last = match leave {
            Some(Leave::After(events)) if is_stream => Some(events),
            _ => None,
        };
        let mut events = 0;
        let mut seen = Seen {
            status: head.status.as_u16(),
            headers: head.headers,
            body: Vec::new(),
            cut: None,
        };
        if last == Some(0) {
            return Ok(Ended::Left);
        }
        while let Some(frame) = body.frame().await {
            match frame {
                Ok(frame) => {
                    let data = frame.into_data().unwrap_or_default();
                    if last.is_some() {
                        events += blank_lines(&data);
                    }
                    seen.keep(&data);
                }
                Err(error) => {
                    seen.cut = Some(error.to_string());
                    return Ok(Ended::Replied(seen));
                }
            }
            if last.is_some_and(|last| events >= last) {
                return Ok(Ended::Left);
            }
        }
        self.link = Some(link);
        Ok(Ended::Replied(seen))
    }
}

impl Link {
    async fn open(addr: SocketAddr) -> anyhow::Result<Self> {
        let stream = TcpStream::connect(addr).await?;
        stream.set_nodelay(true)?;
        let (sender, connection) = http1::handshake(TokioIo::new(stream)).await?;
        let mut driver = JoinSet::new();
        driver.spawn(async move {
            // How the connection ends shows in the reply.
            let _ended = connection.await;
        });
        Ok(Self {
            sender,
            _driver: driver,
        })
    }
}

impl Seen {
    /// Keeps a body within bounds: of one that is endless, the middle is comments.
    fn keep(&mut self, data: &[u8]) {
        self.body.extend_from_slice(data);
        if self.body.len() > KEPT + 2 * TAIL {
            let end = self.body.len() - TAIL;
            self.body.drain(KEPT..end);
        }
    }
}

/// The ends of events in a piece of a stream. One that lies between two pieces is not counted: where
/// a client leaves is random anyway.
fn blank_lines(data: &[u8]) -> usize {
    let count = |part: &[u8]| {
        data.windows(part.len())
            .filter(|window| *window == part)
            .count()
    };
    count(b"\n\n") + count(b"\r\n\r\n")
}
