//! Clients: where they connect to, and what they speak there.

use crate::{Call, Http, Identity, Reply, Session, Streaming, soon};
use std::{
    io,
    net::SocketAddr,
    path::{Path, PathBuf},
    sync::Arc,
};
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::{TcpStream, UnixStream},
};
use tokio_rustls::{
    TlsConnector,
    rustls::{ClientConfig, RootCertStore, crypto::aws_lc_rs},
};

/// Sends requests to one address, each on a connection of its own.
#[derive(Clone, Debug)]
pub struct TestClient {
    place: Place,
}

#[derive(Clone, Debug)]
enum Place {
    Tcp(SocketAddr),
    Tls(SocketAddr, Http, Arc<ClientConfig>),
    Unix(PathBuf),
}

impl TestClient {
    /// A client of the server at `addr`.
    #[must_use]
    pub const fn new(addr: SocketAddr) -> Self {
        let place = Place::Tcp(addr);
        Self { place }
    }

    /// A client of the server that listens on this Unix socket.
    #[must_use]
    pub fn unix(path: &Path) -> Self {
        let place = Place::Unix(path.to_owned());
        Self { place }
    }

    /// A client of the HTTPS server at `addr`, which has one of these identities.
    ///
    /// # Panics
    ///
    /// If a certificate is none.
    #[must_use]
    pub fn tls(addr: SocketAddr, http: Http, trusted: &[&Identity]) -> Self {
        let mut roots = RootCertStore::empty();
        for identity in trusted {
            roots.add(identity.der()).expect("a certificate");
        }
        let provider = Arc::new(aws_lc_rs::default_provider());
        let mut config = ClientConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .expect("TLS 1.2 and 1.3")
            .with_root_certificates(roots)
            .with_no_client_auth();
        config.alpn_protocols = match http {
            Http::One => vec![b"http/1.1".to_vec()],
            Http::Two => vec![b"h2".to_vec()],
        };
        let place = Place::Tls(addr, http, Arc::new(config));
        Self { place }
    }

    /// Sends a request and reads the reply to its end.
    pub async fn send(&self, call: Call) -> Reply {
        self.open(call).await.finish().await
    }

    /// Sends a request and reads the head of its reply.
    pub async fn open(&self, call: Call) -> Streaming {
        self.connect().await.open(call).await
    }

    /// Opens a connection.
    ///
    /// # Panics
    ///
    /// If it cannot.
    pub async fn connect(&self) -> Session {
        let connected = soon("a connection", Box::pin(self.try_connect())).await;
        connected.unwrap_or_else(|error| panic!("{self:?}: {error}"))
    }

    /// Opens a connection.
    ///
    /// # Errors
    ///
    /// If it cannot.
    pub async fn try_connect(&self) -> io::Result<Session> {
        let session = match &self.place {
            Place::Tcp(addr) => {
                let stream = TcpStream::connect(addr).await?;
                Session::begin(stream, Http::One, addr.to_string()).await
            }
            Place::Unix(path) => {
                let stream = UnixStream::connect(path).await?;
                Session::begin(stream, Http::One, "localhost".to_owned()).await
            }
            Place::Tls(addr, http, config) => {
                let stream = TcpStream::connect(addr).await?;
                let name = "localhost".try_into().map_err(io::Error::other)?;
                let connector = TlsConnector::from(Arc::clone(config));
                let stream = connector.connect(name, stream).await?;
                let chain = stream.get_ref().1.peer_certificates();
                let certificate = chain.and_then(|chain| Some(chain.first()?.to_vec()));
                let authority = format!("localhost:{}", addr.port());
                let session = Session::begin(stream, *http, authority).await;
                session.map(|session| session.certified(certificate))
            }
        };
        session.map_err(io::Error::other)
    }

    /// Writes these bytes as they are and reads until the server closes the connection.
    pub async fn raw(&self, bytes: &[u8]) -> String {
        String::from_utf8_lossy(&self.raw_bytes(bytes).await).into_owned()
    }

    /// As [`TestClient::raw`], without TLS whatever the server speaks, for what is not text.
    ///
    /// # Panics
    ///
    /// If it keeps it open, or is no TCP address.
    pub async fn raw_bytes(&self, bytes: &[u8]) -> Vec<u8> {
        let (Place::Tcp(addr) | Place::Tls(addr, ..)) = &self.place else {
            panic!("{self:?}: not a TCP address");
        };
        let mut stream = TcpStream::connect(addr).await.expect("a connection");
        // A server that has refused may have closed its side before everything was written.
        let _refused = stream.write_all(bytes).await;
        let mut answer = Vec::new();
        let _reset = soon("the end of the connection", stream.read_to_end(&mut answer)).await;
        answer
    }
}
