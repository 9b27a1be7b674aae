//! A server that answers with exactly the bytes it was given, and tells what it was sent.

use bytes::Bytes;
use std::{collections::VecDeque, future::Future, net::SocketAddr, time::Duration};
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::{TcpListener, TcpStream},
    sync::{mpsc, watch},
    task::JoinSet,
    time::timeout,
};

/// Long enough for a slow machine; nothing waits for it to pass.
const PATIENCE: Duration = Duration::from_secs(20);

/// What is awaited, in good time.
pub(crate) async fn soon<T>(future: impl Future<Output = T>) -> T {
    timeout(PATIENCE, future).await.expect("it happens")
}

/// What is written for one request, and what is done with the connection then.
#[derive(Debug)]
pub(crate) struct Step {
    bytes: Bytes,
    fed: Option<mpsc::UnboundedReceiver<Bytes>>,
    then: Then,
}

#[derive(Clone, Copy, Debug)]
pub(crate) enum Then {
    /// Closes it in good order.
    Close,
    /// Leaves it open, and silent, until the peer leaves.
    Hold,
    /// Serves the next request on it.
    Keep,
    /// Resets it.
    Reset,
}

impl Step {
    pub(crate) fn new(bytes: impl Into<Bytes>, then: Then) -> Self {
        Self {
            bytes: bytes.into(),
            fed: None,
            then,
        }
    }

    /// A whole response: status and headers as text, and a body whose length is announced.
    pub(crate) fn reply(head: &str, body: &[u8]) -> Self {
        let head = format!("HTTP/1.1 {head}\r\ncontent-length: {}\r\n\r\n", body.len());
        Self::new([head.as_bytes(), body].concat(), Then::Keep)
    }

    /// Bytes as they are, and more of them in the pieces that the sender is given.
    pub(crate) fn more(bytes: impl Into<Bytes>) -> (Self, mpsc::UnboundedSender<Bytes>) {
        let (feed, fed) = mpsc::unbounded_channel();
        let mut step = Self::new(bytes, Then::Keep);
        step.fed = Some(fed);
        (step, feed)
    }

    /// A head, and a body in the pieces that the sender is given.
    pub(crate) fn fed(head: &str) -> (Self, mpsc::UnboundedSender<Bytes>) {
        let (feed, fed) = mpsc::unbounded_channel();
        let head = format!("HTTP/1.1 {head}\r\nconnection: close\r\n\r\n");
        let mut step = Self::new(head, Then::Close);
        step.fed = Some(fed);
        (step, feed)
    }
}

/// A request as it came.
#[derive(Clone, Debug)]
pub(crate) struct Received {
    pub(crate) line: String,
    pub(crate) headers: Vec<(String, String)>,
    pub(crate) body: Vec<u8>,
}

impl Received {
    pub(crate) fn all(&self, name: &str) -> Vec<&str> {
        let named = self.headers.iter().filter(|(known, _)| known == name);
        named.map(|(_, value)| value.as_str()).collect()
    }
}

#[derive(Debug, Default)]
pub(crate) struct State {
    /// Connections ever accepted.
    pub(crate) accepted: usize,
    /// Connections that have ended.
    pub(crate) ended: usize,
    pub(crate) requests: Vec<Received>,
    steps: VecDeque<Step>,
}

/// A running server. It stops when it is dropped.
#[derive(Debug)]
pub(crate) struct Wire {
    pub(crate) address: SocketAddr,
    state: watch::Sender<State>,
    _tasks: JoinSet<()>,
}

impl Wire {
    /// Serves one request per step, whatever connection it comes on.
    pub(crate) async fn start(steps: impl IntoIterator<Item = Step>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let state = watch::Sender::new(State {
            steps: steps.into_iter().collect(),
            ..State::default()
        });
        let mut tasks = JoinSet::new();
        tasks.spawn(accept(listener, state.clone()));
        Self {
            address,
            state,
            _tasks: tasks,
        }
    }

    pub(crate) fn base(&self) -> String {
        format!("http://{}", self.address)
    }

    pub(crate) fn requests(&self) -> Vec<Received> {
        self.state.borrow().requests.clone()
    }

    pub(crate) fn accepted(&self) -> usize {
        self.state.borrow().accepted
    }

    pub(crate) async fn wait_for(&self, wanted: impl FnMut(&State) -> bool) {
        let mut changes = self.state.subscribe();
        soon(changes.wait_for(wanted)).await.unwrap();
    }
}

async fn accept(listener: TcpListener, state: watch::Sender<State>) {
    let mut connections = JoinSet::new();
    loop {
        let (stream, _) = listener.accept().await.unwrap();
        state.send_modify(|state| state.accepted += 1);
        let state = state.clone();
        connections.spawn(async move {
            serve(stream, &state).await;
            state.send_modify(|state| state.ended += 1);
        });
    }
}

async fn serve(mut stream: TcpStream, state: &watch::Sender<State>) {
    let mut unread = Vec::new();
    while let Some(request) = receive(&mut stream, &mut unread).await {
        let mut step = None;
        state.send_modify(|state| {
            state.requests.push(request);
            step = state.steps.pop_front();
        });
        let Some(mut step) = step else { return };
        // A peer that has left is seen at the next read.
        let _ = stream.write_all(&step.bytes).await;
        if let Some(fed) = &mut step.fed {
            while let Some(piece) = fed.recv().await {
                let _ = stream.write_all(&piece).await;
            }
        }
        match step.then {
            Then::Keep => {}
            Then::Close => return,
            Then::Hold => {
                while stream
                    .read_buf(&mut unread)
                    .await
                    .is_ok_and(|read| read > 0)
                {}
            }
            Then::Reset => return stream.set_zero_linger().unwrap(),
        }
    }
}

/// The next request; `None` when the peer has left.
async fn receive(stream: &mut TcpStream, unread: &mut Vec<u8>) -> Option<Received> {
    let end = loop {
        if let Some(end) = unread.windows(4).position(|four| four == b"\r\n\r\n") {
            break end;
        }
        match stream.read_buf(unread).await {
            Ok(read) if read > 0 => {}
            _ => return None,
        }
    };
    let head = String::from_utf8(unread.drain(..end + 4).collect()).unwrap();
    let mut lines = head.trim_end().split("\r\n");
    let line = lines.next().unwrap().to_owned();
    let headers: Vec<_> = lines
        .map(|line| line.split_once(": ").unwrap())
        .map(|(name, value)| (name.to_owned(), value.to_owned()))
        .collect();
    let length = headers.iter().find(|(name, _)| name == "content-length");
    let length = length.map_or(0, |(_, length)| length.parse().unwrap());
    while unread.len() < length {
        if stream.read_buf(unread).await.ok()? == 0 {
            return None;
        }
    }
    Some(Received {
        line,
        headers,
        body: unread.drain(..length).collect(),
    })
}
