//! An upstream on loopback that keeps what it was sent and answers `{}`.

use cliproxy_proxyutil::{ClientPool, ClientSpec, HttpClient, ProxySetting};
use std::{future::Future, time::Duration};
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::{TcpListener, TcpStream},
    runtime::{Builder, Runtime},
    sync::mpsc,
    task::JoinSet,
    time::timeout,
};

const ANSWER: &[u8] = b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\n{}";

/// Long enough for a slow machine; nothing waits for it to pass.
const PATIENCE: Duration = Duration::from_secs(20);

/// A request as it came.
pub(super) struct Received {
    /// With the empty line.
    pub(super) head: Vec<u8>,
    pub(super) body: Vec<u8>,
    /// Something followed the body before it was answered.
    pub(super) more: bool,
}

impl Received {
    /// The request line and the header lines, cut where any reader might cut them.
    pub(super) fn lines(&self) -> impl Iterator<Item = &[u8]> {
        let head = &self.head[..self.head.len() - 4];
        let mut rest = Some(head);
        std::iter::from_fn(move || {
            let text = rest?;
            let end = text.windows(2).position(|pair| pair == b"\r\n");
            rest = end.map(|end| &text[end + 2..]);
            Some(&text[..end.unwrap_or(text.len())])
        })
    }

    pub(super) fn header(&self, name: &str) -> Option<&[u8]> {
        self.lines().find_map(|line| {
            let colon = line.iter().position(|&byte| byte == b':')?;
            let (found, value) = line.split_at(colon);
            found
                .eq_ignore_ascii_case(name.as_bytes())
                .then(|| value[1..].trim_ascii())
        })
    }
}

/// The upstream, and the client to reach it with, on one thread.
pub(super) struct Wire {
    pub(super) base: String,
    pub(super) host: String,
    pub(super) client: HttpClient,
    runtime: Runtime,
    received: std::cell::RefCell<mpsc::UnboundedReceiver<Received>>,
    _tasks: JoinSet<()>,
}

impl Wire {
    pub(super) fn start() -> Self {
        let runtime = Builder::new_current_thread().enable_all().build().unwrap();
        let listener = runtime.block_on(TcpListener::bind("127.0.0.1:0")).unwrap();
        let host = listener.local_addr().unwrap().to_string();
        let (sender, received) = mpsc::unbounded_channel();
        let mut tasks = JoinSet::new();
        tasks.spawn_on(accept(listener, sender), runtime.handle());
        let client = ClientPool::new().client(&ClientSpec {
            proxy: ProxySetting::Direct,
            connect_timeout: PATIENCE,
            ca: None,
        });
        Self {
            base: format!("http://{host}"),
            host,
            client: client.unwrap(),
            runtime,
            received: received.into(),
            _tasks: tasks,
        }
    }

    /// What arrives while `call` runs to its end.
    pub(super) fn sent<T>(&self, call: impl Future<Output = T>) -> Option<Received> {
        self.runtime.block_on(async {
            // The answer's body is not read: the next call may take another connection.
            drop(timeout(PATIENCE, call).await.expect("it is answered"));
            self.received.borrow_mut().try_recv().ok()
        })
    }
}

async fn accept(listener: TcpListener, sender: mpsc::UnboundedSender<Received>) {
    let mut connections = JoinSet::new();
    while let Ok((stream, _)) = listener.accept().await {
        connections.spawn(serve(stream, sender.clone()));
        while connections.try_join_next().is_some() {}
    }
}

async fn serve(mut stream: TcpStream, sender: mpsc::UnboundedSender<Received>) {
    let mut unread = Vec::new();
    while let Some(received) = receive(&mut stream, &mut unread).await {
        if sender.send(received).is_err() || stream.write_all(ANSWER).await.is_err() {
            return;
        }
    }
}

/// The next request; `None` when the peer has left.
async fn receive(stream: &mut TcpStream, unread: &mut Vec<u8>) -> Option<Received> {
    let end = loop {
        if let Some(end) = unread.windows(4).position(|four| four == b"\r\n\r\n") {
            break end + 4;
        }
        if stream.read_buf(unread).await.ok()? == 0 {
            return None;
        }
    };
    let mut received = Received {
        head: unread.drain(..end).collect(),
        body: Vec::new(),
        more: false,
    };
    let length = received.header("content-length");
    let length = length.and_then(|length| str::from_utf8(length).ok()?.parse().ok());
    let length: usize = length.unwrap_or_default();
    while unread.len() < length {
        if stream.read_buf(unread).await.ok()? == 0 {
            return None;
        }
    }
    received.body = unread.drain(..length).collect();
    received.more = !unread.is_empty();
    Some(received)
}
