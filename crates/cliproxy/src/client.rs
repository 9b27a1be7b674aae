//! A small HTTP client for what is on this machine.

use anyhow::Context as _;
use bytes::Bytes;
use http::{HeaderMap, Request, StatusCode};
use http_body_util::{BodyExt as _, Full, Limited};
use hyper_util::{
    client::legacy::{self, connect::HttpConnector},
    rt::TokioExecutor,
};
use std::time::{Duration, Instant};
use tokio::time::timeout;

/// A reply on loopback that takes longer than this will not come.
const PATIENCE: Duration = Duration::from_secs(10);

/// The largest reply, in bytes.
const MAX_REPLY: usize = 64 << 20;

/// A client that keeps its connections.
pub(crate) struct Client(legacy::Client<HttpConnector, Full<Bytes>>);

/// A reply, read to its end.
#[derive(Debug)]
pub(crate) struct Reply {
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Bytes,
    /// From the request to the last byte.
    pub(crate) took: Duration,
}

impl Client {
    pub(crate) fn new() -> Self {
        let mut connector = HttpConnector::new();
        connector.set_nodelay(true);
        Self(legacy::Client::builder(TokioExecutor::new()).build(connector))
    }

    pub(crate) async fn send(&self, request: Request<Full<Bytes>>) -> anyhow::Result<Reply> {
        let path = request.uri().path().to_owned();
        let exchange = async {
            let started = Instant::now();
            let (head, body) = self.0.request(request).await?.into_parts();
            let body = Limited::new(body, MAX_REPLY).collect().await;
            let body = body.map_err(anyhow::Error::from_boxed)?.to_bytes();
            anyhow::Ok(Reply {
                status: head.status,
                headers: head.headers,
                body,
                took: started.elapsed(),
            })
        };
        timeout(PATIENCE, exchange)
            .await
            .with_context(|| format!("{path}: no reply in {} s", PATIENCE.as_secs()))?
            .with_context(|| format!("{path}: the connection broke"))
    }
}

impl Reply {
    /// A header as text; empty if there is none.
    pub(crate) fn header(&self, name: &str) -> &str {
        let value = self.headers.get(name);
        value
            .and_then(|value| value.to_str().ok())
            .unwrap_or_default()
    }

    /// The beginning of the body, for messages about it.
    pub(crate) fn excerpt(&self) -> String {
        String::from_utf8_lossy(&self.body)
            .chars()
            .take(200)
            .collect()
    }
}
