//! A server on loopback, and connections to it.

use cliproxy_config::{Env, Overrides, load_text};
use cliproxy_gateway::{Environment, Gateway};
use cliproxy_scripted_upstream::{Behaviour, Script, Upstream};
use cliproxy_server::{DoorParams, Listener, Server, ServerParams};
use std::{
    future::Future,
    net::SocketAddr,
    path::Path,
    sync::Arc,
    time::{Duration, SystemTime},
};
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::TcpStream,
    task::JoinSet,
    time::timeout,
};
use tokio_util::sync::CancellationToken;

/// Long enough for a slow machine; nothing waits for it to pass.
const PATIENCE: Duration = Duration::from_secs(20);
/// The client key.
pub(crate) const KEY: &str = "key-of-alice-0123456789";

/// What is awaited, in good time.
pub(crate) async fn soon<T>(future: impl Future<Output = T>) -> T {
    timeout(PATIENCE, Box::pin(future))
        .await
        .expect("it happens")
}

/// A running server, in front of an upstream.
pub(crate) struct Rig {
    pub(crate) address: SocketAddr,
    pub(crate) upstream: Upstream,
    pub(crate) server: Arc<Server>,
    stop: CancellationToken,
    served: JoinSet<bool>,
}

impl Rig {
    pub(crate) async fn new(behaviour: impl Into<Behaviour>) -> Self {
        Self::with(behaviour, |_| {}).await
    }

    /// A server with other settings.
    pub(crate) async fn with(
        behaviour: impl Into<Behaviour>,
        settings: impl FnOnce(&mut ServerParams),
    ) -> Self {
        Self::listening(behaviour, settings, async |listener| {
            listener.address("127.0.0.1", 0).await.unwrap()
        })
        .await
    }

    /// A server that listens where `listen` says.
    pub(crate) async fn listening(
        behaviour: impl Into<Behaviour>,
        settings: impl FnOnce(&mut ServerParams),
        listen: impl AsyncFnOnce(Listener) -> Listener,
    ) -> Self {
        let upstream = Upstream::start(Script::new().key("upstream-key", "a", behaviour)).unwrap();
        let base = upstream.base_url();
        let yaml = format!(
            "api-keys: [{KEY}]\nclaude-api-key:\n  - {{name: c, api-key: upstream-key, \
             base-url: \"{base}\", models: [{{name: m, alias: m}}]}}\n"
        );
        let loaded = load_text(
            &yaml,
            Path::new("."),
            &Env::default(),
            &Overrides::default(),
        );
        let environment = Environment::new(|| SystemTime::UNIX_EPOCH, [7; 32]);
        let gateway = Gateway::new(&loaded.unwrap().config, environment).unwrap();
        let listener = listen(Listener::new()).await;
        let unknown = SocketAddr::from(([127, 0, 0, 1], 0));
        let address = listener.local_addr().unwrap_or(unknown);
        let origins = vec!["https://app.example".to_owned()];
        let door = DoorParams::new(None, origins, true, "127.0.0.1");
        let mut params = ServerParams::new(door);
        params.limits.max_body = 1 << 20;
        params.limits.body_timeout = Duration::from_millis(300);
        params.limits.drain_timeout = PATIENCE;
        settings(&mut params);
        let server = Arc::new(Server::new(Arc::new(gateway), params));
        let stop = CancellationToken::new();
        let mut served = JoinSet::new();
        served.spawn(listener.serve(Arc::clone(&server), Vec::new(), stop.clone()));
        Self {
            address,
            upstream,
            server,
            stop,
            served,
        }
    }

    pub(crate) async fn connect(&self) -> Connection {
        Connection {
            stream: TcpStream::connect(self.address).await.unwrap(),
            unread: Vec::new(),
        }
    }

    /// One request on a connection of its own.
    pub(crate) async fn ask(&self, request: &str) -> Response {
        let mut connection = self.connect().await;
        connection.write(request).await;
        connection.response().await
    }

    /// Tells the server to stop.
    pub(crate) fn stop(&self) {
        self.stop.cancel();
    }

    /// Whether everything ended by itself, once it has ended.
    pub(crate) async fn stopped(&mut self) -> bool {
        soon(self.served.join_next()).await.unwrap().unwrap()
    }
}

/// A request with the right key. `head` is its line and headers of its own, without line ends.
pub(crate) fn request(head: &[&str], body: &str) -> String {
    let mut text = format!(
        "{} HTTP/1.1\r\nhost: localhost\r\nx-api-key: {KEY}\r\n",
        head[0]
    );
    for header in &head[1..] {
        text.push_str(header);
        text.push_str("\r\n");
    }
    if !body.is_empty() {
        text.push_str(&format!("content-length: {}\r\n", body.len()));
    }
    text + "\r\n" + body
}

/// A Messages request.
pub(crate) fn message(stream: bool) -> String {
    let body = format!(
        r#"{{"model":"m","stream":{stream},"max_tokens":99,"messages":[{{"role":"user","content":"hi"}}]}}"#
    );
    request(&["POST /v1/messages"], &body)
}

#[derive(Debug)]
pub(crate) struct Response {
    pub(crate) status: u16,
    /// Lower-case.
    pub(crate) head: String,
    pub(crate) body: String,
}

impl Response {
    pub(crate) fn has(&self, header: &str) -> bool {
        self.head.split("\r\n").any(|line| line == header)
    }
}

pub(crate) struct Connection {
    stream: TcpStream,
    unread: Vec<u8>,
}

impl Connection {
    pub(crate) async fn write(&mut self, text: impl AsRef<[u8]>) {
        self.stream.write_all(text.as_ref()).await.unwrap();
    }

    /// The next response, its body as it was framed if it is chunked.
    pub(crate) async fn response(&mut self) -> Response {
        let head = self.until(b"\r\n\r\n").await.to_ascii_lowercase();
        let status = head.split(' ').nth(1).unwrap().parse().unwrap();
        let body = if head.contains("transfer-encoding: chunked") {
            self.until(b"0\r\n\r\n").await
        } else {
            let length = head.split("content-length: ").nth(1);
            let length = length.map_or(0, |rest| {
                rest.split("\r\n").next().unwrap().parse().unwrap()
            });
            while self.unread.len() < length {
                self.read().await;
            }
            text(self.unread.drain(..length))
        };
        Response { status, head, body }
    }

    /// What arrives, up to and with this. All of it in time: drips do not win more.
    pub(crate) async fn until(&mut self, end: &[u8]) -> String {
        soon(async {
            loop {
                let found = self.unread.windows(end.len()).position(|part| part == end);
                if let Some(at) = found {
                    return text(self.unread.drain(..at + end.len()));
                }
                self.read().await;
            }
        })
        .await
    }

    async fn read(&mut self) {
        let read = soon(self.stream.read_buf(&mut self.unread)).await.unwrap();
        assert!(
            read > 0,
            "closed after {:?}",
            text(self.unread.iter().copied())
        );
    }

    /// Whatever is still to come, until the server has closed.
    pub(crate) async fn rest(mut self) -> String {
        // A reset ends a connection too.
        let _ = soon(self.stream.read_to_end(&mut self.unread)).await;
        text(self.unread.drain(..))
    }
}

fn text(bytes: impl Iterator<Item = u8>) -> String {
    String::from_utf8(bytes.collect()).unwrap()
}
