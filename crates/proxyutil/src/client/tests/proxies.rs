//! Proxies as clients meet them: what they are told, and what becomes of their connections.

use super::{ALL, acceptor, authority, bundle, signed_by, soon};
use crate::{CaBundle, ClientPool, ClientSpec, HttpClient, ProxySetting};
use bytes::Bytes;
use http::{HeaderMap, Method};
use http_body_util::{BodyExt as _, Full};
use parking_lot::Mutex;
use std::{net::SocketAddr, sync::Arc, time::Duration};
use tokio::{
    io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _},
    net::{TcpListener, TcpStream},
    task::JoinSet,
};
use tokio_rustls::TlsAcceptor;

/// What was heard on each connection.
type Heard = Arc<Mutex<Vec<Vec<String>>>>;

/// A proxy of every kind that answers in the name of whoever is asked for.
struct Proxy {
    address: SocketAddr,
    heard: Heard,
    /// The authority of its certificate, and of all whom it answers for.
    ca: CaBundle,
    _tasks: JoinSet<()>,
}

impl Proxy {
    async fn start() -> Self {
        let ours = authority("ours");
        let acceptor = acceptor(&signed_by(&ours, "localhost", |_| {}), ALL);
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let heard = Heard::default();
        let mut tasks = JoinSet::new();
        let all = Arc::clone(&heard);
        tasks.spawn(async move {
            let mut connections = JoinSet::new();
            while let Ok((stream, _)) = listener.accept().await {
                let number = all.lock().len();
                all.lock().push(Vec::new());
                let connection = Connection {
                    heard: Arc::clone(&all),
                    number,
                    acceptor: acceptor.clone(),
                };
                connections.spawn(connection.begin(stream));
            }
        });
        Self {
            address,
            heard,
            ca: bundle(&[&ours]),
            _tasks: tasks,
        }
    }

    /// A client that goes through it, by a `proxy-url` with `HOST` in place of its address.
    fn client(&self, url: &str) -> HttpClient {
        let host = format!("localhost:{}", self.address.port());
        client(&url.replace("HOST", &host), Some(&self.ca))
    }
}

fn client(proxy: &str, ca: Option<&CaBundle>) -> HttpClient {
    let spec = ClientSpec {
        proxy: ProxySetting::parse(proxy).unwrap(),
        connect_timeout: Duration::from_secs(10),
        ca: ca.cloned(),
    };
    ClientPool::new().client(&spec).unwrap()
}

/// Asks, and reads the answer.
async fn ask(client: &HttpClient, url: &str) {
    let body = Full::new(Bytes::new());
    let sent = client.send(Method::POST, url.parse().unwrap(), HeaderMap::new(), body);
    let response = soon(sent).await.unwrap();
    assert_eq!(response.status(), 200, "{url}");
    let body = soon(response.into_body().collect()).await.unwrap();
    assert_eq!(body.to_bytes(), "{}", "{url}");
}

/// One connection of a proxy.
struct Connection {
    heard: Heard,
    number: usize,
    acceptor: TlsAcceptor,
}

impl Connection {
    fn note(&self, what: String) {
        self.heard.lock()[self.number].push(what);
    }

    async fn begin(self, mut stream: TcpStream) {
        let mut first = [0];
        drop(stream.peek(&mut first).await);
        match first {
            // A greeting of SOCKS 5 (RFC 1928 section 3).
            [5] => {
                self.greet(&mut stream).await;
                self.serve(stream).await;
            }
            // A TLS handshake (RFC 8446 section 5.1).
            [22] => {
                if let Ok(inner) = self.acceptor.accept(stream).await {
                    self.serve(inner).await;
                }
            }
            _ => self.serve(stream).await,
        }
    }

    async fn serve(&self, mut stream: impl AsyncRead + AsyncWrite + Unpin) {
        while let Some(asked) = self.head(&mut stream).await {
            if !asked.starts_with("CONNECT") {
                answer(&mut stream).await;
                continue;
            }
            stream.write_all(b"HTTP/1.1 200 OK\r\n\r\n").await.unwrap();
            stream.flush().await.unwrap();
            let mut inner = self.acceptor.accept(stream).await.unwrap();
            while self.head(&mut inner).await.is_some() {
                answer(&mut inner).await;
            }
            return;
        }
    }

    /// The first line of a request, with who asks; `None` once nobody does.
    async fn head(&self, stream: &mut (impl AsyncRead + Unpin)) -> Option<String> {
        const USER: &str = "proxy-authorization: ";
        let mut head = Vec::new();
        while !head.ends_with(b"\r\n\r\n") {
            head.push(stream.read_u8().await.ok()?);
        }
        let head = String::from_utf8(head).unwrap();
        let mut line = head.lines().next().unwrap().to_owned();
        let names = |line: &&str| line.to_ascii_lowercase().starts_with(USER);
        if let Some(user) = head.lines().find(names) {
            line = format!("{line}, {}", &user[USER.len()..]);
        }
        self.note(line.clone());
        Some(line)
    }

    /// The handshake of RFC 1928, with a password (RFC 1929) if there is one.
    async fn greet(&self, stream: &mut TcpStream) {
        let greeting = bytes(stream, 2).await;
        let methods = bytes(stream, greeting[1].into()).await;
        let mut user = String::new();
        if methods.contains(&2) {
            stream.write_all(&[5, 2]).await.unwrap();
            bytes(stream, 1).await;
            user = format!(", {}:{}", text(stream).await, text(stream).await);
            stream.write_all(&[1, 0]).await.unwrap();
        } else {
            stream.write_all(&[5, 0]).await.unwrap();
        }
        let request = bytes(stream, 4).await;
        assert_eq!(request, [5, 1, 0, 3], "to a name, which is resolved here");
        let name = text(stream).await;
        let port = stream.read_u16().await.unwrap();
        self.note(format!("SOCKS {name}:{port}{user}"));
        let granted = [5, 0, 0, 1, 0, 0, 0, 0, 0, 0];
        stream.write_all(&granted).await.unwrap();
    }
}

async fn answer(stream: &mut (impl AsyncWrite + Unpin)) {
    let reply = b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\n{}";
    stream.write_all(reply).await.unwrap();
    stream.flush().await.unwrap();
}

async fn bytes(stream: &mut TcpStream, count: usize) -> Vec<u8> {
    let mut bytes = vec![0; count];
    stream.read_exact(&mut bytes).await.unwrap();
    bytes
}

/// A text behind its length.
async fn text(stream: &mut TcpStream) -> String {
    let length = stream.read_u8().await.unwrap();
    String::from_utf8(bytes(stream, length.into()).await).unwrap()
}

/// A name that nobody resolves (RFC 6761 section 6.4), and one that the proxy's certificate is for.
const PLAIN: &str = "http://nobody.invalid/x";
const SECURE: &str = "https://localhost:7/x";

#[tokio::test]
async fn what_a_proxy_is_told() {
    let check = async |proxy: &str, url: &str, expected: &[&str]| {
        let server = Proxy::start().await;
        ask(&server.client(proxy), url).await;
        assert_eq!(*server.heard.lock(), [expected], "{proxy} {url}");
    };
    let whole = "POST http://nobody.invalid/x HTTP/1.1";
    let known = format!("{whole}, Basic dTpw");
    check("http://HOST", PLAIN, &[whole]).await;
    check("http://u:p@HOST", PLAIN, &[&known]).await;
    check("https://u:p@HOST", PLAIN, &[&known]).await;
    let (tunnel, inside) = ("CONNECT localhost:7 HTTP/1.1", "POST /x HTTP/1.1");
    let known = format!("{tunnel}, Basic dTpw");
    check("http://HOST", SECURE, &[tunnel, inside]).await;
    check("http://u:p@HOST", SECURE, &[&known, inside]).await;
    check("https://u:p@HOST", SECURE, &[&known, inside]).await;
    let socks = "SOCKS nobody.invalid:80";
    let known = format!("{socks}, u:p@");
    for scheme in ["socks5", "socks5h"] {
        let (nobody, user) = (
            format!("{scheme}://HOST"),
            format!("{scheme}://u:p%40@HOST"),
        );
        check(&nobody, PLAIN, &[socks, inside]).await;
        check(&user, PLAIN, &[&known, inside]).await;
    }
}

#[tokio::test]
async fn a_connection_to_a_proxy_is_used_again() {
    for (proxy, url) in [
        ("http://HOST", PLAIN),
        ("http://HOST", SECURE),
        ("socks5://HOST", PLAIN),
    ] {
        let server = Proxy::start().await;
        let client = server.client(proxy);
        for _ in 0..100 {
            ask(&client, url).await;
        }
        let heard = server.heard.lock();
        let counts: Vec<_> = heard.iter().map(Vec::len).collect();
        assert!(
            matches!(counts[..], [100 | 101]),
            "{proxy} {url}: {counts:?}"
        );
    }
}

#[tokio::test]
async fn a_proxy_that_says_nothing_is_left_with_the_request() {
    for scheme in ["http", "socks5"] {
        for url in [PLAIN, SECURE] {
            let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
            let address = listener.local_addr().unwrap();
            let client = client(&format!("{scheme}://{address}"), None);
            let body = Full::new(Bytes::new());
            let sent = client.send(Method::POST, url.parse().unwrap(), HeaderMap::new(), body);
            let mut sent = Box::pin(sent);
            let met = async {
                let (mut stream, _) = listener.accept().await.unwrap();
                stream.read_u8().await.unwrap();
                stream
            };
            let mut stream = tokio::select! {
                _ = &mut sent => panic!("nobody has answered"),
                stream = soon(met) => stream,
            };
            drop(sent);
            // However it ends: one that is kept would be waited for.
            let ended = soon(stream.read_to_end(&mut Vec::new())).await;
            drop(ended);
        }
    }
}
