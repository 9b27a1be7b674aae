//! An outgoing HTTP client.

use crate::{ClientSpec, ProxyError, ProxySetting, TransportError};
use bytes::Bytes;
use http::{HeaderMap, Method, Response, StatusCode};
use http_body::{Body, Frame, SizeHint};
use reqwest::tls;
use std::{
    pin::Pin,
    sync::Arc,
    task::{Context, Poll},
    thread::{self, ThreadId},
    time::Duration,
};
use url::Url;

/// Idle connections kept per host. More only helps a burst wider than this.
const IDLE_PER_HOST: usize = 64;
/// How long an idle connection is kept.
const IDLE_TIMEOUT: Duration = Duration::from_secs(90);
/// TCP keep-alive, so that a vanished peer is noticed below a silent stream.
const TCP_KEEPALIVE: Duration = Duration::from_secs(30);
/// HTTP/2 PING interval while streams are open, and how long its answer may take.
const PING_INTERVAL: Duration = Duration::from_secs(20);
const PING_TIMEOUT: Duration = Duration::from_secs(10);
/// The largest response head, in bytes of names and values.
const HEAD_LIMIT: u32 = 256 << 10;

/// A pooled HTTP client; clones share its connections.
///
/// No redirect is followed, nothing is decompressed, and only connecting has a timeout. The
/// certificate of an `https` upstream is always checked, over TLS 1.2 or newer; there is no way to
/// switch that off.
#[derive(Clone, Debug)]
pub struct HttpClient {
    seats: Arc<[Seat]>,
    /// It connects to nothing but a proxy.
    proxied: bool,
}

/// The connections of one thread.
///
/// A connection is driven by a task of the runtime it was opened on. Where each thread has a
/// runtime of its own, a shared pool would hand out connections of other threads, and every event
/// would cross between two of them.
#[derive(Debug)]
struct Seat {
    /// `None`: any thread.
    thread: Option<ThreadId>,
    client: reqwest::Client,
}

impl HttpClient {
    /// One pool per thread of `threads`; a single shared one if there are none.
    pub(crate) fn new(spec: &ClientSpec, threads: &[ThreadId]) -> Result<Self, ProxyError> {
        let seat = |thread| {
            let client = build(spec)?;
            Ok(Seat { thread, client })
        };
        let seats: Result<Vec<_>, _> = match threads {
            [] => [None].map(seat).into_iter().collect(),
            threads => threads.iter().map(|thread| seat(Some(*thread))).collect(),
        };
        Ok(Self {
            seats: seats?.into(),
            proxied: matches!(spec.proxy, ProxySetting::Proxy(_)),
        })
    }

    /// Whether both use the same connections.
    #[cfg(test)]
    pub(crate) fn is(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.seats, &other.seats)
    }

    /// The calling thread's own pool, or the first one for a thread that has none.
    fn here(&self) -> &reqwest::Client {
        let here = thread::current().id();
        let own = self.seats.iter().find(|seat| seat.thread == Some(here));
        &own.unwrap_or(&self.seats[0]).client
    }

    /// Sends a request and resolves when the response head has arrived.
    ///
    /// Dropping the future, or the body it resolves to, cancels the call.
    ///
    /// # Errors
    ///
    /// [`TransportError`] if no response head arrived, or one that this client cannot have been
    /// meant by: larger than 256 KiB, or 101 to a request that asked for no other protocol. No
    /// other status is an error here.
    pub async fn send<B>(
        &self,
        method: Method,
        url: Url,
        headers: HeaderMap,
        body: B,
    ) -> Result<Response<ResponseBody>, TransportError>
    where
        B: Body<Data = Bytes> + Send + Sync + 'static,
        B::Error: Into<Box<dyn std::error::Error + Send + Sync>>,
    {
        let mut request = reqwest::Request::new(method, url);
        *request.headers_mut() = headers;
        *request.body_mut() = Some(reqwest::Body::wrap(body));
        let sent = self.here().execute(request).await;
        let response = sent.map_err(|error| {
            let error = TransportError::new(error);
            match self.proxied {
                true => error.through_proxy(),
                false => error,
            }
        })?;
        if response.status() == StatusCode::SWITCHING_PROTOCOLS {
            return Err(TransportError::protocol("it switches protocols unasked"));
        }
        // Over HTTP/1 the library stops reading at 400 KiB only.
        if size(response.headers()) > HEAD_LIMIT as usize {
            return Err(TransportError::protocol(
                "its response head exceeds 256 KiB",
            ));
        }
        Ok(Response::<reqwest::Body>::from(response).map(ResponseBody))
    }
}

fn size(headers: &HeaderMap) -> usize {
    let sizes = headers
        .iter()
        .map(|(name, value)| name.as_str().len() + value.len());
    sizes.sum()
}

#[expect(
    clippy::disallowed_methods,
    reason = "this crate is the one place that builds clients"
)]
fn build(spec: &ClientSpec) -> Result<reqwest::Client, ProxyError> {
    let builder = reqwest::Client::builder()
        .redirect(reqwest::redirect::Policy::none())
        .referer(false)
        .connect_timeout(spec.connect_timeout)
        .pool_idle_timeout(IDLE_TIMEOUT)
        .pool_max_idle_per_host(IDLE_PER_HOST)
        .tcp_keepalive(TCP_KEEPALIVE)
        .tcp_nodelay(true)
        .http2_adaptive_window(true)
        .http2_keep_alive_interval(PING_INTERVAL)
        .http2_keep_alive_timeout(PING_TIMEOUT)
        .http2_max_header_list_size(HEAD_LIMIT)
        .tls_version_min(tls::Version::TLS_1_2);
    let builder = match &spec.proxy {
        ProxySetting::Inherit => builder,
        ProxySetting::Direct => builder.no_proxy(),
        ProxySetting::Proxy(url) => {
            let proxy = reqwest::Proxy::all(url.for_client()).map_err(|_| ProxyError::NotAUrl)?;
            builder.proxy(proxy)
        }
    };
    match &spec.ca {
        // What is inside a certificate is read only now.
        Some(bundle) => builder
            .tls_certs_merge(bundle.certificates()?)
            .build()
            .map_err(|_| ProxyError::Certificate),
        None => builder.build().map_err(|_| ProxyError::Client),
    }
}

/// The body of a reply, as it arrives.
#[derive(Debug)]
pub struct ResponseBody(reqwest::Body);

impl Body for ResponseBody {
    type Data = Bytes;
    type Error = TransportError;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, TransportError>>> {
        Pin::new(&mut self.0)
            .poll_frame(cx)
            .map_err(TransportError::new)
    }

    fn is_end_stream(&self) -> bool {
        self.0.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.0.size_hint()
    }
}

#[cfg(test)]
mod tests;
