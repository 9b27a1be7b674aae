//! Responses, and the headers that a connection or a browser needs on them.

use crate::{concurrency::Slot, served::ServedBody};
use bytes::Bytes;
use cliproxy_gateway::Reply;
use http::{HeaderMap, HeaderValue, Response, StatusCode, header};
use serde_json::Value;

pub(crate) fn response(reply: Reply) -> Response<ServedBody> {
    response_holding(reply, None)
}

pub(crate) fn response_holding(reply: Reply, slot: Option<Slot>) -> Response<ServedBody> {
    let mut response = Response::new(ServedBody::new(reply.body, slot));
    *response.status_mut() = reply.status;
    *response.headers_mut() = reply.headers;
    response
}

pub(crate) fn json(status: StatusCode, body: &Value) -> Response<ServedBody> {
    let mut headers = HeaderMap::new();
    let kind = HeaderValue::from_static("application/json");
    headers.insert(header::CONTENT_TYPE, kind);
    response(Reply {
        status,
        headers,
        body: Bytes::from(body.to_string()).into(),
    })
}

/// Nothing more is read from this connection.
pub(crate) fn close(response: &mut Response<ServedBody>) {
    let close = HeaderValue::from_static("close");
    response.headers_mut().insert(header::CONNECTION, close);
}

pub(crate) fn with_challenge(mut refused: Response<ServedBody>) -> Response<ServedBody> {
    if refused.status() == StatusCode::UNAUTHORIZED {
        let bearer = HeaderValue::from_static("Bearer");
        refused
            .headers_mut()
            .insert(header::WWW_AUTHENTICATE, bearer);
    }
    refused
}

pub(crate) fn preflight(origin: &HeaderValue) -> Response<ServedBody> {
    let mut answer = response(Reply {
        status: StatusCode::NO_CONTENT,
        headers: HeaderMap::new(),
        body: Bytes::new().into(),
    });
    let headers = answer.headers_mut();
    let mut put = |name, value| headers.insert(name, HeaderValue::from_static(value));
    put(header::ACCESS_CONTROL_ALLOW_METHODS, "GET, POST, OPTIONS");
    put(header::ACCESS_CONTROL_ALLOW_HEADERS, "*, authorization");
    put(header::ACCESS_CONTROL_MAX_AGE, "600");
    cors(origin.clone(), headers);
    answer
}

/// Never `*`: the origin was named in the configuration.
pub(crate) fn cors(origin: HeaderValue, headers: &mut HeaderMap) {
    headers.insert(header::ACCESS_CONTROL_ALLOW_ORIGIN, origin);
    headers.append(header::VARY, HeaderValue::from_static("origin"));
}
