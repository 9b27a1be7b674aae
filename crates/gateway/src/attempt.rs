//! One attempt: call the upstream, and believe its success only when there is something to show.

use crate::{
    commit::{Uncommitted, too_large},
    in_band::in_band,
};
use bytes::Bytes;
use cliproxy_core::Protocol;
use cliproxy_executors::{Call, Executor, Response, Timeout, UpstreamError};
use cliproxy_sse::Framer;
use cliproxy_translators::{BodySeen, Observed, Remembered, ReplyLosses, ReplyTap};
use http::{HeaderMap, HeaderValue, StatusCode, header};
use tokio::time::timeout;

/// What a good attempt has reached. Nothing of it has gone to the client.
#[derive(Debug)]
pub(crate) enum Reached {
    Stream(Box<Uncommitted>),
    Whole(Box<Whole>),
}

/// A unary reply, read to its end.
#[derive(Debug)]
pub(crate) struct Whole {
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Bytes,
    pub(crate) tap: ReplyTap,
    /// What of it is worth remembering, by the ids of its calls, once it is translated.
    pub(crate) remembered: Vec<(String, Remembered)>,
    /// What the client does not get of it.
    pub(crate) losses: ReplyLosses,
}

/// Makes one attempt. With `folds` events are read to their end, for a client that does not stream:
/// whoever asks puts them together.
pub(crate) async fn attempt(
    executor: &dyn Executor,
    call: Call<'_>,
    folds: bool,
    max_event: usize,
) -> Result<Reached, Box<UpstreamError>> {
    let (protocol, operation) = (call.protocol, call.operation);
    let response = executor.execute(call).await?;
    let total = response.deadlines.total;
    let reached = async {
        if is_stream(&response.headers, operation.streams()) {
            if folds {
                return events(response, protocol, max_event).await;
            }
            let opened = Uncommitted::open(response, protocol, max_event).await?;
            return Ok(Reached::Stream(Box::new(opened)));
        }
        whole(response, protocol).await
    };
    match total {
        Some(total) => timeout(total, reached)
            .await
            .map_err(|_| Box::new(UpstreamError::timeout(Timeout::Total)))?,
        None => reached.await,
    }
}

/// What the upstream says it sends counts, not what was asked for: a refusal of a stream is JSON,
/// and a server that names no type sends what it was asked for.
pub(crate) fn is_stream(headers: &HeaderMap, asked: bool) -> bool {
    let kind = headers
        .get(header::CONTENT_TYPE)
        .and_then(|kind| kind.to_str().ok())
        .unwrap_or_default();
    let is = |name: &str| {
        kind.get(..name.len())
            .is_some_and(|start| start.eq_ignore_ascii_case(name))
    };
    is("text/event-stream") || asked && !is("application/json") && !is("text/html")
}

async fn whole(response: Response, protocol: Protocol) -> Result<Reached, Box<UpstreamError>> {
    let Response {
        status,
        headers,
        body,
        deadlines,
    } = response;
    let body = body.collect(deadlines.idle_unary).await?;
    let mut tap = ReplyTap::new(protocol);
    match tap.body(&body) {
        BodySeen::Reply => Ok(Reached::Whole(Box::new(Whole {
            status,
            headers,
            body,
            tap,
            remembered: Vec::new(),
            losses: ReplyLosses::default(),
        }))),
        BodySeen::Malformed => Err(Box::new(UpstreamError::malformed(
            if body.trim_ascii().is_empty() {
                "the upstream's reply is empty"
            } else {
                "the upstream's reply is not JSON; check the entry's base-url"
            },
        ))),
        BodySeen::Failure(failure) => Err(Box::new(UpstreamError {
            headers,
            ..in_band(protocol, &failure, &body)
        })),
    }
}

/// A stream that answers a unary request, read to its end.
async fn events(
    response: Response,
    protocol: Protocol,
    max_event: usize,
) -> Result<Reached, Box<UpstreamError>> {
    let Response {
        status,
        mut headers,
        body,
        deadlines,
    } = response;
    // It may have named no type.
    let events = HeaderValue::from_static("text/event-stream");
    headers.insert(header::CONTENT_TYPE, events);
    let body = body.collect(deadlines.idle_stream).await?;
    let mut tap = ReplyTap::new(protocol);
    let mut framer = Framer::new(max_event);
    framer.push(body.clone());
    while let Some(frame) = framer.next_frame().map_err(|_| too_large())? {
        if let Observed::Failure(failure) = tap.observe(&frame) {
            let data = frame.data().unwrap_or_default();
            return Err(Box::new(UpstreamError {
                headers,
                ..in_band(protocol, &failure, &data)
            }));
        }
    }
    Ok(Reached::Whole(Box::new(Whole {
        status,
        headers,
        body,
        tap,
        remembered: Vec::new(),
        losses: ReplyLosses::default(),
    })))
}
