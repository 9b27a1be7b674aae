//! Whose certificate is believed, and who is to blame for a connection.

mod proxies;

use crate::{CaBundle, ClientPool, ClientSpec, ProxySetting, TransportError, TransportFailure};
use bytes::Bytes;
use http::{HeaderMap, Method, Response};
use http_body_util::Full;
use rcgen::{
    BasicConstraints, Certificate, CertificateParams, CertifiedIssuer, DnType, IsCa, KeyPair,
    date_time_ymd,
};
use std::{future::Future, net::SocketAddr, sync::Arc, time::Duration};
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::TcpListener,
    task::JoinSet,
    time::timeout,
};
use tokio_rustls::{
    TlsAcceptor,
    rustls::{ServerConfig, SupportedProtocolVersion, version},
};

/// Long enough for a slow machine; nothing waits for it to pass.
async fn soon<T>(future: impl Future<Output = T>) -> T {
    let patience = Duration::from_secs(20);
    timeout(patience, future).await.expect("it happens")
}

/// An authority of this name.
fn authority(name: &str) -> CertifiedIssuer<'static, KeyPair> {
    let mut params = CertificateParams::new([]).unwrap();
    params.distinguished_name.push(DnType::CommonName, name);
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    CertifiedIssuer::self_signed(params, KeyPair::generate().unwrap()).unwrap()
}

/// What a server shows: its certificate for a name, and the key to it.
struct Shown {
    certificate: Certificate,
    key: KeyPair,
}

fn signed_by(
    authority: &CertifiedIssuer<'static, KeyPair>,
    name: &str,
    change: impl FnOnce(&mut CertificateParams),
) -> Shown {
    let mut params = CertificateParams::new([name.to_owned()]).unwrap();
    change(&mut params);
    let key = KeyPair::generate().unwrap();
    let certificate = params.signed_by(&key, authority).unwrap();
    Shown { certificate, key }
}

/// A server that answers every connection with an empty object.
struct Server {
    address: SocketAddr,
    _tasks: JoinSet<()>,
}

fn acceptor(shown: &Shown, versions: &[&'static SupportedProtocolVersion]) -> TlsAcceptor {
    let chain = vec![shown.certificate.der().clone()];
    let key = shown.key.serialize_der().try_into().unwrap();
    let config = ServerConfig::builder_with_protocol_versions(versions)
        .with_no_client_auth()
        .with_single_cert(chain, key)
        .unwrap();
    TlsAcceptor::from(Arc::new(config))
}

impl Server {
    async fn start(shown: &Shown, versions: &[&'static SupportedProtocolVersion]) -> Self {
        let acceptor = acceptor(shown, versions);
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let mut tasks = JoinSet::new();
        tasks.spawn(async move {
            loop {
                let (stream, _) = listener.accept().await.unwrap();
                // A client that refuses the certificate leaves in the middle of the handshake.
                let Ok(mut stream) = acceptor.accept(stream).await else {
                    continue;
                };
                let mut request = vec![0; 4096];
                let _asked = stream.read(&mut request).await;
                let reply = b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\n{}";
                let _told = stream.write_all(reply).await;
                let _closed = stream.shutdown().await;
            }
        });
        Self {
            address,
            _tasks: tasks,
        }
    }

    async fn ask(&self, ca: Option<&CaBundle>) -> Result<Response<()>, TransportError> {
        let spec = ClientSpec {
            proxy: ProxySetting::Direct,
            connect_timeout: Duration::from_secs(10),
            ca: ca.cloned(),
        };
        let client = ClientPool::new().client(&spec).unwrap();
        let url = format!("https://localhost:{}/secret", self.address.port());
        let body = Full::new(Bytes::new());
        let sent = client.send(Method::POST, url.parse().unwrap(), HeaderMap::new(), body);
        soon(sent).await.map(|response| response.map(drop))
    }
}

#[track_caller]
fn refused(asked: Result<Response<()>, TransportError>, cause: &str) {
    let error = asked.unwrap_err();
    assert_eq!(error.failure(), TransportFailure::Tls, "{error}");
    let text = error.to_string();
    for part in [cause, "base-url", "ca-file"] {
        assert!(text.contains(part), "{part}: {text}");
    }
    assert!(!text.contains("secret"), "{text}");
}

fn bundle(authorities: &[&CertifiedIssuer<'static, KeyPair>]) -> CaBundle {
    let pems: String = authorities.iter().map(|ca| ca.pem()).collect();
    CaBundle::parse(pems.as_bytes()).unwrap()
}

const ALL: &[&SupportedProtocolVersion] = &[&version::TLS12, &version::TLS13];

#[tokio::test]
async fn only_an_authority_that_was_named_is_believed() {
    let (ours, theirs) = (authority("ours"), authority("theirs"));
    let server = Server::start(&signed_by(&ours, "localhost", |_| {}), ALL).await;
    refused(server.ask(None).await, "UnknownIssuer");
    refused(server.ask(Some(&bundle(&[&theirs]))).await, "UnknownIssuer");
    let namesake = bundle(&[&authority("ours")]);
    refused(server.ask(Some(&namesake)).await, "BadSignature");
    for trusted in [bundle(&[&ours]), bundle(&[&theirs, &ours])] {
        assert_eq!(server.ask(Some(&trusted)).await.unwrap().status(), 200);
    }
}

/// What an operator does first: the certificate itself in the file.
#[tokio::test]
async fn a_certificate_that_signed_itself() {
    let made = rcgen::generate_simple_self_signed(["localhost".to_owned()]).unwrap();
    let trusted = CaBundle::parse(made.cert.pem().as_bytes()).unwrap();
    let shown = Shown {
        certificate: made.cert,
        key: made.signing_key,
    };
    let server = Server::start(&shown, ALL).await;
    refused(server.ask(None).await, "certificate");
    assert_eq!(server.ask(Some(&trusted)).await.unwrap().status(), 200);
}

#[tokio::test]
async fn what_a_trusted_authority_signed_must_still_fit() {
    let ours = authority("ours");
    let trusted = bundle(&[&ours]);
    let check = async |shown: Shown, cause| {
        let server = Server::start(&shown, ALL).await;
        refused(server.ask(Some(&trusted)).await, cause);
    };
    let other = signed_by(&ours, "elsewhere.example", |_| {});
    check(other, "not valid for name").await;
    let over = signed_by(&ours, "localhost", |params| {
        params.not_before = date_time_ymd(2020, 1, 1);
        params.not_after = date_time_ymd(2021, 1, 1);
    });
    check(over, "expired").await;
    let early = signed_by(&ours, "localhost", |params| {
        params.not_before = date_time_ymd(2999, 1, 1);
        params.not_after = date_time_ymd(3000, 1, 1);
    });
    check(early, "not valid yet").await;
}

#[tokio::test]
async fn both_versions_that_are_still_safe() {
    let ours = authority("ours");
    let trusted = bundle(&[&ours]);
    let shown = signed_by(&ours, "localhost", |_| {});
    for version in ALL {
        let server = Server::start(&shown, &[version]).await;
        let answered = server.ask(Some(&trusted)).await;
        assert_eq!(answered.unwrap().status(), 200, "{version:?}");
    }
}

/// `https` in front of a server that speaks plain HTTP is the usual mistake in a base URL.
#[tokio::test]
async fn a_server_without_tls() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let server = Server {
        address: listener.local_addr().unwrap(),
        _tasks: JoinSet::new(),
    };
    let plain = async {
        let (mut stream, _) = listener.accept().await.unwrap();
        let reply = b"HTTP/1.1 400 Bad Request\r\ncontent-length: 0\r\n\r\n";
        stream.write_all(reply).await.unwrap();
        // Read to the end: unread data would become a reset.
        let mut rest = Vec::new();
        let _left = stream.read_to_end(&mut rest).await;
    };
    let (asked, ()) = tokio::join!(server.ask(None), plain);
    refused(asked, "corrupt message");
}

/// An address that nobody listens on.
fn closed() -> SocketAddr {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    listener.local_addr().unwrap()
}

/// How a request to `url` fails, and what the system said.
async fn failure(proxy: ProxySetting, url: &str) -> (TransportFailure, String) {
    let spec = ClientSpec {
        proxy,
        connect_timeout: Duration::from_secs(10),
        ca: None,
    };
    let client = ClientPool::new().client(&spec).unwrap();
    let body = Full::new(Bytes::new());
    let sent = client.send(Method::POST, url.parse().unwrap(), HeaderMap::new(), body);
    let error = soon(sent).await.unwrap_err();
    assert!(error.to_string().contains(error.cause()), "{error}");
    (error.failure(), error.cause().to_owned())
}

#[tokio::test]
async fn a_client_with_a_proxy_is_stopped_by_nothing_else() {
    let server = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = server.local_addr().unwrap();
    for scheme in ["http", "socks5", "socks5h"] {
        for url in [format!("http://{address}"), format!("https://{address}")] {
            let proxy = ProxySetting::parse(&format!("{scheme}://u:p@{}", closed())).unwrap();
            let (failure, cause) = failure(proxy, &url).await;
            assert_eq!(failure, TransportFailure::Proxy, "{scheme} {url}: {cause}");
        }
    }
    let url = format!("http://{}", closed());
    let (failure, cause) = failure(ProxySetting::Direct, &url).await;
    assert_eq!(failure, TransportFailure::Connect);
    assert_eq!(cause, "Connection refused");
}
