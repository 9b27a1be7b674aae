//! The floor: the least a gateway of this stack can do, and do correctly.
//!
//! axum in front, reqwest behind, the body read whole, `model` found by a borrowed serde scan,
//! the client's key replaced by the upstream's, the reply streamed through. Nothing is tuned:
//! the budgets of the gateway are ratios to what this straightforward program costs.

use std::borrow::Cow;
use std::net::SocketAddr;

use axum::Router;
use axum::body::Body;
use axum::extract::{Request, State};
use axum::response::{IntoResponse as _, Response};
use axum::serve::ListenerExt as _;
use hyper::StatusCode;
use hyper::header::{self, HeaderMap, HeaderName, HeaderValue};

/// As much as an agent may send.
const MAX_BODY: usize = 64 << 20;

/// What a connection's head says about that connection only (RFC 9110, section 7.6.1).
const HOP_BY_HOP: [HeaderName; 5] = [
    header::CONNECTION,
    header::TE,
    header::TRAILER,
    header::TRANSFER_ENCODING,
    header::UPGRADE,
];

#[derive(Clone)]
struct Floor {
    client: reqwest::Client,
    upstream: String,
}

/// Borrowed, so that only the two members are looked at; the rest is skipped by the parser.
#[derive(serde::Deserialize)]
struct Head<'a> {
    #[serde(borrow)]
    model: Option<Cow<'a, str>>,
    #[serde(default)]
    #[expect(dead_code, reason = "read to be validated, as a gateway does")]
    stream: bool,
}

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    let flags = xflags::parse_or_exit! {
        /// The address to listen on.
        required --listen address: SocketAddr
        /// The address of the upstream.
        required --upstream address: SocketAddr
    };
    let floor = Floor {
        client: reqwest::Client::builder()
            .no_proxy()
            .redirect(reqwest::redirect::Policy::none())
            .build()?,
        upstream: format!("http://{}", flags.upstream),
    };
    let listener = tokio::net::TcpListener::bind(flags.listen)
        .await?
        .tap_io(|socket| {
            // A socket that is already gone says so on its first read.
            drop(socket.set_nodelay(true));
        });
    axum::serve(listener, Router::new().fallback(forward).with_state(floor)).await?;
    Ok(())
}

async fn forward(State(floor): State<Floor>, request: Request) -> Response {
    let (parts, body) = request.into_parts();
    let Ok(body) = axum::body::to_bytes(body, MAX_BODY).await else {
        return StatusCode::PAYLOAD_TOO_LARGE.into_response();
    };
    match serde_json::from_slice::<Head<'_>>(&body) {
        Ok(Head {
            model: Some(model), ..
        }) if !model.is_empty() => {}
        _ => return StatusCode::BAD_REQUEST.into_response(),
    }

    let mut headers = end_to_end(parts.headers);
    headers.remove(header::HOST);
    headers.remove(header::CONTENT_LENGTH);
    headers.insert(
        header::AUTHORIZATION,
        HeaderValue::from_static("Bearer upstream-key"),
    );
    let url = format!("{}{}", floor.upstream, parts.uri);
    let reply = match floor
        .client
        .request(parts.method, url)
        .headers(headers)
        .body(body)
        .send()
        .await
    {
        Ok(reply) => reply,
        Err(_) => return StatusCode::BAD_GATEWAY.into_response(),
    };

    let mut response = Response::new(Body::empty());
    *response.status_mut() = reply.status();
    *response.headers_mut() = end_to_end(reply.headers().clone());
    *response.body_mut() = Body::from_stream(reply.bytes_stream());
    response
}

fn end_to_end(mut headers: HeaderMap) -> HeaderMap {
    for name in HOP_BY_HOP {
        headers.remove(name);
    }
    headers
}
