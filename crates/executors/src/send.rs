//! The one driver that every provider's attempt goes through.

use crate::{
    Call, Endpoint, Response, Timeout, UpstreamBody, UpstreamError, WallClock,
    classify::{Answer, classify},
    headers::own_secret,
    reply_headers::{presentable, repeats},
};
use bytes::Bytes;
use cliproxy_core::{ErrorKind, Operation, Scope};
use cliproxy_json::Slices;
use cliproxy_proxyutil::{ResponseBody, TransportError, TransportFailure};
use http::{HeaderMap, Method, StatusCode, header};
use http_body::{Body, Frame, SizeHint};
use std::{
    convert::Infallible,
    pin::Pin,
    task::{Context, Poll},
    time::Duration,
};
use tokio::time::{Instant, timeout};
use url::Url;

/// An error body is not waited for longer than this, however it dribbles.
const ERROR_BODY: Duration = Duration::from_secs(10);

/// Sends one attempt and classifies whatever is not a success.
pub(crate) async fn send(
    call: Call<'_>,
    endpoint: &Endpoint,
    url: Url,
    headers: HeaderMap,
) -> Result<Response, Box<UpstreamError>> {
    let mut deadlines = endpoint.deadlines;
    let (protocol, operation, clock) = (call.protocol, call.operation, call.clock);
    let spread = call.spread;
    let credential = call.credential;
    let secret = own_secret(credential, call.token);
    let begun = Instant::now();
    let head_deadline = match operation {
        Operation::CountTokens => {
            let count = deadlines.count_tokens;
            *deadlines
                .total
                .insert(deadlines.total.map_or(count, |total| total.min(count)))
        }
        Operation::GenerateStream => deadlines.header_stream,
        Operation::Embed | Operation::EmbedBatch | Operation::Generate => deadlines.header_unary,
    };
    let body = SlicesBody::new(call.body);
    let sent = call.client.send(Method::POST, url, headers, body);
    let late = |_| Box::new(UpstreamError::timeout(Timeout::Header));
    let response = timeout(
        deadlines.total.unwrap_or(head_deadline).min(head_deadline),
        sent,
    )
    .await
    .map_err(late)?
    .map_err(|error| Box::new(unreached(error)))?;
    let (head, body) = response.into_parts();
    if head.status.is_success() {
        if let Some(total) = &mut deadlines.total {
            *total = total.saturating_sub(begun.elapsed());
        }
        let body = UpstreamBody::open(&head.headers, body)?;
        return Ok(Response {
            status: head.status,
            headers: presentable(head.headers, secret, endpoint),
            body,
            deadlines,
        });
    }
    if head.status.is_redirection() {
        let host = redirected(&head.headers);
        let host = host.filter(|host| !repeats(host.as_bytes(), secret, endpoint));
        return Err(Box::new(not_followed(&credential.label, host)));
    }
    if head.status.is_informational() {
        // Only 101 gets here. Passed on, it would make a tunnel of the client's connection.
        return Err(Box::new(UpstreamError::malformed(
            "the upstream switches protocols, which nobody asked for",
        )));
    }
    if !head.status.is_client_error() && !head.status.is_server_error() {
        // No class that RFC 9110 knows, so nobody can say what the client should make of it.
        let text = format!("the upstream answered with status {}", head.status.as_u16());
        return Err(Box::new(UpstreamError::malformed(text)));
    }
    let left = deadlines
        .total
        .map(|total| total.saturating_sub(begun.elapsed()));
    let limit = left.map_or(ERROR_BODY, |left| left.min(ERROR_BODY));
    let body = error_body(&head.headers, body, limit).await;
    let answer = Answer {
        protocol,
        operation,
        status: head.status,
        headers: head.headers,
        body,
    };
    let mut error = refused(answer, clock, spread);
    error.headers = presentable(error.headers, secret, endpoint);
    Err(Box::new(error))
}

/// The body is read with the headers' content coding, and given up where it does not decode: the
/// status is worth more than the text.
async fn error_body(headers: &HeaderMap, body: ResponseBody, limit: Duration) -> Option<Bytes> {
    let body = UpstreamBody::open(headers, body).ok()?;
    body.collect_error(limit).await
}

fn refused(answer: Answer, clock: WallClock, spread: f64) -> UpstreamError {
    let classified = classify(&answer, clock(), spread);
    UpstreamError {
        kind: classified.kind,
        scope: classified.scope,
        stop: classified.stop,
        status: classified.status,
        answered: classified.answered,
        retry_after: classified.retry_after,
        message: classified.message,
        headers: answer.headers,
        body: answer.body.unwrap_or_default(),
        source: None,
    }
}

fn unreached(error: TransportError) -> UpstreamError {
    let (scope, status) = match error.failure() {
        // The request may have been accepted; nobody knows. Another credential is tried, and this
        // one keeps its health.
        TransportFailure::Closed => (Scope::Request, StatusCode::BAD_GATEWAY),
        TransportFailure::ConnectTimeout => (Scope::Provider, StatusCode::GATEWAY_TIMEOUT),
        TransportFailure::Connect
        | TransportFailure::Protocol
        | TransportFailure::Proxy
        | TransportFailure::Tls => (Scope::Provider, StatusCode::BAD_GATEWAY),
    };
    let message = error.to_string();
    UpstreamError {
        status,
        ..UpstreamError::transport(scope, message, Some(Box::new(error)))
    }
}

/// The host a redirect points to, if it is another one.
pub(crate) fn redirected(headers: &HeaderMap) -> Option<String> {
    let location = headers.get(header::LOCATION)?.to_str().ok()?;
    Url::parse(location).ok()?.host_str().map(str::to_owned)
}

/// Redirects are not followed: the credential would leave its host. This says nothing about the
/// credential's health, and another entry may be configured better.
pub(crate) fn not_followed(entry: &str, host: Option<String>) -> UpstreamError {
    let host = host.map_or_else(String::new, |host| format!(" to `{host}`"));
    let message = format!(
        "the upstream of `{entry}` redirects{host}, which is not followed; change the entry's \
         base-url to where the upstream is"
    );
    UpstreamError {
        kind: ErrorKind::Internal,
        ..UpstreamError::transport(Scope::Request, message, None)
    }
}

/// A request body that is already there: a few slices, whose length is known.
struct SlicesBody {
    slices: std::vec::IntoIter<Bytes>,
    left: u64,
}

impl SlicesBody {
    fn new(slices: Slices) -> Self {
        let left = slices.len() as u64;
        Self {
            slices: slices.into_iter().collect::<Vec<_>>().into_iter(),
            left,
        }
    }
}

impl Body for SlicesBody {
    type Data = Bytes;
    type Error = Infallible;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        _cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Infallible>>> {
        let next = self.slices.next();
        if let Some(slice) = &next {
            self.left -= slice.len() as u64;
        }
        Poll::Ready(next.map(|slice| Ok(Frame::data(slice))))
    }

    fn is_end_stream(&self) -> bool {
        self.left == 0
    }

    fn size_hint(&self) -> SizeHint {
        SizeHint::with_exact(self.left)
    }
}
