//! A control socket on loopback, and requests to it.

use cliproxy_config::{Env, Overrides, load_text};
use cliproxy_gateway::{Environment, Gateway};
use cliproxy_management::Control;
use serde_json::Value;
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

pub(crate) async fn soon<T>(future: impl Future<Output = T>) -> T {
    timeout(PATIENCE, future).await.expect("it happens")
}

/// A control socket that is served.
pub(crate) struct Rig {
    pub(crate) address: SocketAddr,
    pub(crate) token: String,
    pub(crate) stop: CancellationToken,
    pub(crate) served: JoinSet<()>,
}

/// An answer, read to the end of its connection.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) head: String,
    pub(crate) body: Value,
}

impl Rig {
    pub(crate) async fn new() -> Self {
        Self::with(|control| control).await
    }

    pub(crate) async fn with(settings: impl FnOnce(Control) -> Control) -> Self {
        let yaml = "codex-api-key:\n  - {name: main, api-key: sk-main, models: [{name: m}], \
                    base-url: \"http://127.0.0.1:9/v1\"}\n";
        let (env, overrides) = (Env::default(), Overrides::default());
        let loaded = load_text(yaml, Path::new("."), &env, &overrides).unwrap();
        let environment = Environment::new(|| SystemTime::UNIX_EPOCH, [7; 32]);
        let gateway = Gateway::new(&loaded.config, environment).unwrap();
        let control = settings(Control::bind().await.unwrap());
        let (address, token) = (control.address(), control.token().expose().to_owned());
        let stop = CancellationToken::new();
        let mut served = JoinSet::new();
        served.spawn(control.serve(Arc::new(gateway), stop.clone()));
        Self {
            address,
            token,
            stop,
            served,
        }
    }

    pub(crate) async fn connect(&self) -> TcpStream {
        TcpStream::connect(self.address).await.unwrap()
    }

    /// Sends these bytes on a connection of their own.
    pub(crate) async fn raw(&self, request: &str) -> Answer {
        let mut stream = self.connect().await;
        stream.write_all(request.as_bytes()).await.unwrap();
        read(stream).await
    }

    /// A request as it should be.
    pub(crate) async fn ask(&self, method: &str, target: &str, body: &str) -> Answer {
        let authorization = format!("Authorization: Bearer {}\r\n", self.token);
        self.ask_with(method, target, &authorization, body).await
    }

    pub(crate) async fn ask_with(
        &self,
        method: &str,
        target: &str,
        headers: &str,
        body: &str,
    ) -> Answer {
        let length = body.len();
        self.raw(&format!(
            "{method} {target} HTTP/1.1\r\nHost: {}\r\nContent-Length: {length}\r\n{headers}\r\n{body}",
            self.address
        ))
        .await
    }
}

async fn read(mut stream: TcpStream) -> Answer {
    let mut bytes = Vec::new();
    soon(stream.read_to_end(&mut bytes)).await.unwrap();
    let text = String::from_utf8(bytes).unwrap();
    let (head, body) = text.split_once("\r\n\r\n").expect("a head");
    Answer {
        status: head.split(' ').nth(1).unwrap().parse().unwrap(),
        head: head.to_ascii_lowercase(),
        body: serde_json::from_str(body).unwrap_or_default(),
    }
}

impl Answer {
    pub(crate) fn code(&self) -> &str {
        self.body["error"]["code"].as_str().unwrap_or_default()
    }

    #[track_caller]
    pub(crate) fn is(&self, status: u16, code: &str) {
        assert_eq!((self.status, self.code()), (status, code), "{self:?}");
    }
}
