//! A small HTTP client.

use anyhow::Context as _;
use bytes::Bytes;
use http::{HeaderMap, Request, StatusCode};
use http_body_util::{BodyExt as _, Full};
use hyper_util::{
    client::legacy::{self, connect::HttpConnector},
    rt::TokioExecutor,
};
use std::time::{Duration, Instant};
use tokio::time::timeout;

/// A reply on loopback that takes longer than this will not come.
const PATIENCE: Duration = Duration::from_secs(10);

/// A client that keeps its connections.
pub(super) struct Client(legacy::Client<HttpConnector, Full<Bytes>>);

/// A reply, read to its end.
#[derive(Debug)]
pub(super) struct Reply {
    pub(super) status: StatusCode,
    pub(super) headers: HeaderMap,
    pub(super) body: Bytes,
    /// From the request to the last byte.
    pub(super) took: Duration,
}

impl Client {
    pub(super) fn new() -> Self {
        let mut connector = HttpConnector::new();
        connector.set_nodelay(true);
        Self(legacy::Client::builder(TokioExecutor::new()).build(connector))
    }

    pub(super) async fn send(&self, request: Request<Full<Bytes>>) -> anyhow::Result<Reply> {
        let path = request.uri().path().to_owned();
        let exchange = async {
            let started = Instant::now();
            let (head, body) = self.0.request(request).await?.into_parts();
            let body = body.collect().await?.to_bytes();
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
    pub(super) fn header(&self, name: &str) -> &str {
        let value = self.headers.get(name);
        value
            .and_then(|value| value.to_str().ok())
            .unwrap_or_default()
    }

    /// The beginning of the body, for messages about it.
    pub(super) fn excerpt(&self) -> String {
        String::from_utf8_lossy(&self.body)
            .chars()
            .take(200)
            .collect()
    }
}
