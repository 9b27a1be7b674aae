//! One connection of a client.

use crate::{Call, Reply, Streaming, soon};
use bytes::Bytes;
use http::{Request, Response, Uri, header};
use http_body_util::Full;
use hyper::{
    body::Incoming,
    client::conn::{http1, http2},
};
use hyper_util::rt::{TokioExecutor, TokioIo};
use std::{fmt, pin::Pin};
use tokio::io::{AsyncRead, AsyncWrite};

/// The IO of a connection: hyper makes progress only while it is polled.
type Driver = Pin<Box<dyn Future<Output = ()> + Send>>;

/// Which version of HTTP a client speaks.
#[expect(
    clippy::exhaustive_enums,
    reason = "a test says which of them it means"
)]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Http {
    /// HTTP/1.1.
    One,
    /// HTTP/2.
    Two,
}

/// An open connection. Requests follow one another on it; dropping it closes it.
pub struct Session {
    sender: Sender,
    driver: Driver,
    /// Whether the connection has nothing more to do.
    closed: bool,
    authority: String,
    certificate: Option<Vec<u8>>,
}

enum Sender {
    One(http1::SendRequest<Full<Bytes>>),
    Two(http2::SendRequest<Full<Bytes>>),
}

impl Session {
    /// Speaks HTTP over `io` to the server of this name.
    pub(crate) async fn begin<I>(io: I, http: Http, authority: String) -> Result<Self, hyper::Error>
    where
        I: AsyncRead + AsyncWrite + Send + Unpin + 'static,
    {
        let io = TokioIo::new(io);
        // How a connection ends shows in the reply.
        let (sender, driver): (_, Driver) = match http {
            Http::One => {
                let (sender, connection) = http1::handshake(io).await?;
                let driver = async move { drop(connection.await) };
                (Sender::One(sender), Box::pin(driver))
            }
            Http::Two => {
                let (sender, connection) = http2::handshake(TokioExecutor::new(), io).await?;
                let driver = async move { drop(connection.await) };
                (Sender::Two(sender), Box::pin(driver))
            }
        };
        Ok(Self {
            sender,
            driver,
            closed: false,
            authority,
            certificate: None,
        })
    }

    pub(crate) fn certified(self, certificate: Option<Vec<u8>>) -> Self {
        Self {
            certificate,
            ..self
        }
    }

    /// The server's certificate, as DER; `None` without TLS.
    #[must_use]
    pub fn certificate(&self) -> Option<&[u8]> {
        self.certificate.as_deref()
    }

    /// Sends a request and reads the reply to its end.
    pub async fn send(self, call: Call) -> (Reply, Self) {
        self.open(call).await.finish_keeping().await
    }

    /// Sends a request and reads the head of its reply.
    ///
    /// # Panics
    ///
    /// If there is no head.
    pub async fn open(self, call: Call) -> Streaming {
        let what = format!("{} {}", call.method, call.target);
        soon(&what, self.try_open(call))
            .await
            .unwrap_or_else(|error| panic!("{what}: {error}"))
    }

    /// As [`Session::open`], where it is no fault of the test if that does not work.
    ///
    /// # Errors
    ///
    /// If there is no head.
    pub async fn try_open(mut self, call: Call) -> Result<Streaming, hyper::Error> {
        let response = self.exchange(call).await?;
        Ok(Streaming::new(response, self))
    }

    async fn exchange(&mut self, call: Call) -> Result<Response<Incoming>, hyper::Error> {
        let mut request = Request::new(Full::new(call.body));
        *request.method_mut() = call.method;
        *request.headers_mut() = call.headers;
        let mut head: Pin<Box<dyn Future<Output = _> + Send>> = match &mut self.sender {
            Sender::One(sender) => {
                *request.uri_mut() = call.target.parse().expect("a target");
                let host = self.authority.parse().expect("a host");
                request.headers_mut().entry(header::HOST).or_insert(host);
                Box::pin(sender.send_request(request))
            }
            Sender::Two(sender) => {
                let uri = Uri::builder()
                    .scheme("https")
                    .authority(self.authority.as_str())
                    .path_and_query(call.target);
                *request.uri_mut() = uri.build().expect("a target");
                Box::pin(sender.send_request(request))
            }
        };
        loop {
            tokio::select! {
                biased;
                response = &mut head => return response,
                () = &mut self.driver, if !self.closed => self.closed = true,
            }
        }
    }

    /// Keeps the connection going. Resolves once, when it has nothing more to do.
    pub(crate) async fn drive(&mut self) {
        if self.closed {
            return std::future::pending().await;
        }
        self.driver.as_mut().await;
        self.closed = true;
    }
}

impl fmt::Debug for Session {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Session")
            .field("authority", &self.authority)
            .finish_non_exhaustive()
    }
}
