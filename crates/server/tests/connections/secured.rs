//! TLS: who gets in, with which certificate, speaking what.

use crate::rig::{Rig, message, request, soon};
use cliproxy_scripted_upstream::Behaviour;
use cliproxy_server::{ServerParams, Tls, TlsError};
use rustls_pki_types::{CertificateDer, ServerName};
use std::{fs, path::PathBuf, sync::Arc, time::Duration};
use tempfile::TempDir;
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::TcpStream,
};
use tokio_rustls::{
    TlsConnector,
    client::TlsStream,
    rustls::{
        ClientConfig, RootCertStore, SupportedProtocolVersion,
        crypto::aws_lc_rs,
        version::{TLS12, TLS13},
    },
};

/// A certificate for `localhost` and its key, in files.
pub(crate) struct Certificate {
    directory: TempDir,
    der: CertificateDer<'static>,
}

impl Certificate {
    pub(crate) fn new() -> Self {
        let issued = rcgen::generate_simple_self_signed(["localhost".to_owned()]).unwrap();
        let directory = tempfile::tempdir().unwrap();
        fs::write(directory.path().join("cert.pem"), issued.cert.pem()).unwrap();
        let key = issued.signing_key.serialize_pem();
        fs::write(directory.path().join("key.pem"), key).unwrap();
        Self {
            directory,
            der: issued.cert.der().clone(),
        }
    }

    pub(crate) fn files(&self) -> [PathBuf; 2] {
        ["cert.pem", "key.pem"].map(|name| self.directory.path().join(name))
    }

    pub(crate) fn load(&self) -> Tls {
        let [cert, key] = self.files();
        Tls::load(&cert, &key).unwrap()
    }

    /// A connection of a client that trusts this certificate only.
    async fn connect(
        &self,
        rig: &Rig,
        versions: &[&'static SupportedProtocolVersion],
        protocol: &str,
    ) -> std::io::Result<TlsStream<TcpStream>> {
        let mut roots = RootCertStore::empty();
        roots.add(self.der.clone()).unwrap();
        let provider = Arc::new(aws_lc_rs::default_provider());
        let mut config = ClientConfig::builder_with_provider(provider)
            .with_protocol_versions(versions)
            .unwrap()
            .with_root_certificates(roots)
            .with_no_client_auth();
        config.alpn_protocols = vec![protocol.into()];
        let stream = TcpStream::connect(rig.address).await.unwrap();
        let name = ServerName::try_from("localhost").unwrap();
        soon(TlsConnector::from(Arc::new(config)).connect(name, stream)).await
    }

    /// As a browser or an SDK would.
    pub(crate) async fn http2(&self, rig: &Rig) -> TlsStream<TcpStream> {
        self.connect(rig, &[&TLS13], "h2").await.unwrap()
    }
}

/// A server with this certificate.
pub(crate) async fn secured(
    behaviour: impl Into<Behaviour>,
    tls: Tls,
    settings: impl FnOnce(&mut ServerParams),
) -> Rig {
    Rig::listening(behaviour, settings, async |listener| {
        listener.tls(tls).address("127.0.0.1", 0).await.unwrap()
    })
    .await
}

async fn asked(mut stream: TlsStream<TcpStream>, request: &str) -> String {
    stream.write_all(request.as_bytes()).await.unwrap();
    let mut answer = Vec::new();
    // hyper does not wait for the other side's goodbye.
    let _rude = soon(stream.read_to_end(&mut answer)).await;
    String::from_utf8(answer).unwrap()
}

#[tokio::test]
async fn both_versions_and_both_protocols() {
    let certificate = Certificate::new();
    let rig = secured(Behaviour::Answer, certificate.load(), |_| {}).await;
    let closing = message(true).replace("\r\nhost", "\r\nconnection: close\r\nhost");
    for version in [&TLS12, &TLS13] {
        for protocol in ["http/1.1", "h2"] {
            let stream = certificate
                .connect(&rig, &[version], protocol)
                .await
                .unwrap();
            let agreed = stream.get_ref().1.alpn_protocol();
            assert_eq!(agreed, Some(protocol.as_bytes()));
            if protocol == "http/1.1" {
                let answer = asked(stream, &closing).await;
                assert!(answer.contains("message_stop"), "{answer}");
            }
        }
    }
    assert!(
        certificate
            .connect(&rig, &[&TLS13], "spdy/3")
            .await
            .is_err(),
        "a protocol that is not spoken"
    );
    let stranger = Certificate::new();
    assert!(stranger.connect(&rig, &[&TLS13], "h2").await.is_err());
    // Plain HTTP is not answered, and hurts nobody.
    let mut plain = rig.connect().await;
    plain.write(&request(&["GET /healthz"], "")).await;
    assert!(!plain.rest().await.contains("HTTP/1.1 200"));
    let stream = certificate.connect(&rig, &[&TLS12], "http/1.1").await;
    let answer = asked(stream.unwrap(), &closing).await;
    assert!(answer.starts_with("HTTP/1.1 200"), "{answer}");
}

#[tokio::test]
async fn versions_before_1_2_are_refused() {
    let certificate = Certificate::new();
    let rig = secured(Behaviour::Answer, certificate.load(), |_| {}).await;
    // A ClientHello (RFC 5246 section 7.4.1.2) that can do TLS 1.1 and nothing newer.
    let mut hello = vec![3, 2];
    hello.extend([7; 32]);
    hello.extend([0, 0, 4, 0xc0, 0x14, 0x00, 0x2f, 1, 0]);
    let body = u16::try_from(hello.len()).unwrap().to_be_bytes();
    let record = u16::try_from(hello.len() + 4).unwrap().to_be_bytes();
    let mut bytes = vec![22, 3, 1, record[0], record[1], 1, 0, body[0], body[1]];
    bytes.extend(hello);
    let mut stream = TcpStream::connect(rig.address).await.unwrap();
    stream.write_all(&bytes).await.unwrap();
    let mut answer = Vec::new();
    soon(stream.read_to_end(&mut answer)).await.unwrap();
    // An alert, fatal (RFC 5246 section 7.2).
    assert_eq!((answer[0], answer[5]), (21, 2), "{answer:?}");
}

#[tokio::test]
async fn a_handshake_has_its_time() {
    let certificate = Certificate::new();
    let rig = secured(Behaviour::Answer, certificate.load(), |params| {
        params.limits.header_timeout = Duration::from_millis(50);
    })
    .await;
    let silent = rig.connect().await;
    let mut slow = rig.connect().await;
    slow.write("\x16\x03\x01").await;
    assert_eq!(silent.rest().await, "");
    assert_eq!(slow.rest().await, "");
}

#[tokio::test]
async fn what_is_said_before_a_request_is_no_head() {
    let certificate = Certificate::new();
    let brief = Duration::from_millis(50);
    let rig = secured(Behaviour::Answer, certificate.load(), |params| {
        params.limits.header_timeout = brief;
    })
    .await;
    let mut quiet = certificate
        .connect(&rig, &[&TLS13], "http/1.1")
        .await
        .unwrap();
    let mut late = certificate
        .connect(&rig, &[&TLS13], "http/1.1")
        .await
        .unwrap();
    late.write_all(b"GET /healthz HTTP").await.unwrap();
    let mut rest = Vec::new();
    let _rude = soon(late.read_to_end(&mut rest)).await;
    assert_eq!(rest, b"", "a head has its time over TLS too");
    // The handshake was longer ago than a head may take, and the connection is only idle.
    let head = request(&["GET /healthz", "connection: close"], "");
    quiet.write_all(head.as_bytes()).await.unwrap();
    let mut answer = String::new();
    let _rude = soon(quiet.read_to_string(&mut answer)).await;
    assert!(answer.starts_with("HTTP/1.1 200"), "{answer}");
}

#[tokio::test]
async fn a_certificate_is_replaced_under_open_connections() {
    let (old, new) = (Certificate::new(), Certificate::new());
    let tls = old.load();
    let rig = secured(Behaviour::Answer, tls.clone(), |_| {}).await;
    let mut open = old.connect(&rig, &[&TLS13], "http/1.1").await.unwrap();
    let [cert, key] = new.files();
    tls.renew(tls.prepare(&cert, &key).unwrap());
    assert!(old.connect(&rig, &[&TLS13], "h2").await.is_err());
    assert!(new.connect(&rig, &[&TLS13], "h2").await.is_ok());
    let head = request(&["GET /healthz", "connection: close"], "");
    open.write_all(head.as_bytes()).await.unwrap();
    let mut answer = String::new();
    let _rude = soon(open.read_to_string(&mut answer)).await;
    assert!(answer.starts_with("HTTP/1.1 200"), "{answer}");
}

#[test]
fn certificates_that_cannot_be_used() {
    let (one, other) = (Certificate::new(), Certificate::new());
    let ([cert, key], [_, foreign]) = (one.files(), other.files());
    let missing = cert.with_file_name("missing.pem");
    let empty = cert.with_file_name("empty.pem");
    fs::write(&empty, "not PEM").unwrap();
    let check = |cert: &PathBuf, key: &PathBuf, named: &PathBuf, says: &str| {
        let error: TlsError = Tls::load(cert, key).unwrap_err();
        let text = error.to_string();
        assert!(text.contains(&named.display().to_string()), "{text}");
        assert!(text.contains(says), "{text}");
        // What is in use stays.
        let tls = one.load();
        assert!(tls.prepare(cert, key).is_err());
    };
    check(&missing, &key, &missing, "cannot read");
    check(&cert, &missing, &missing, "cannot read");
    check(&empty, &key, &empty, "no certificate");
    check(&cert, &empty, &empty, "no private key");
    check(&key, &key, &key, "no certificate");
    check(&cert, &foreign, &foreign, "cannot be used");
}
