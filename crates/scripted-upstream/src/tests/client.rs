//! A small HTTP client, and requests that every provider accepts.

use crate::{Behaviour, Script, Upstream};
use bytes::Bytes;
use cliproxy_core::Protocol;
use http::{HeaderMap, Request, StatusCode};
use http_body_util::{BodyExt as _, Full};
use hyper::client::conn::http1;
use hyper_util::rt::TokioIo;
use serde_json::{Value, json};
use std::{pin::pin, time::Duration};
use tokio::{net::TcpStream, time::timeout};

/// Long enough for a slow machine; nothing waits for it to pass.
pub(super) const PATIENCE: Duration = Duration::from_secs(20);

/// What came back.
#[derive(Debug)]
pub(super) struct Reply {
    pub(super) status: StatusCode,
    pub(super) headers: HeaderMap,
    pub(super) body: Vec<u8>,
    /// Whether the body ended as HTTP wants.
    pub(super) whole: bool,
}

impl Reply {
    pub(super) fn json(&self) -> Value {
        serde_json::from_slice(&self.body)
            .unwrap_or_else(|error| panic!("{error}: {}", String::from_utf8_lossy(&self.body)))
    }

    pub(super) fn header(&self, name: &str) -> &str {
        self.headers
            .get(name)
            .map_or("", |value| value.to_str().expect("text"))
    }
}

/// An upstream whose key `k`, labelled `account`, behaves so.
pub(super) fn upstream(behaviour: impl Into<Behaviour>) -> Upstream {
    start(Script::new().key("k", "account", behaviour))
}

pub(super) fn start(script: Script) -> Upstream {
    Upstream::start(script).expect("a free port")
}

/// A request that `protocol` accepts.
pub(super) fn body(protocol: Protocol, stream: bool) -> Value {
    match protocol {
        Protocol::Chat => {
            json!({"model": "m", "stream": stream, "messages": [{"role": "user", "content": "hello"}]})
        }
        Protocol::Claude => json!({
            "model": "m", "max_tokens": 4096, "stream": stream,
            "messages": [{"role": "user", "content": "hello"}],
        }),
        Protocol::Gemini => json!({"contents": [{"role": "user", "parts": [{"text": "hello"}]}]}),
        Protocol::Responses => json!({"model": "m", "stream": stream, "input": "hello"}),
    }
}

pub(super) fn path(protocol: Protocol, stream: bool) -> &'static str {
    match (protocol, stream) {
        (Protocol::Chat, _) => "/v1/chat/completions",
        (Protocol::Claude, _) => "/v1/messages",
        (Protocol::Responses, _) => "/v1/responses",
        (Protocol::Gemini, false) => "/v1beta/models/m:generateContent",
        (Protocol::Gemini, true) => "/v1beta/models/m:streamGenerateContent?alt=sse",
    }
}

pub(super) fn request(
    protocol: Protocol,
    path: &str,
    key: &str,
    body: &Value,
) -> Request<Full<Bytes>> {
    let credential = match protocol {
        Protocol::Chat | Protocol::Responses => ("authorization", format!("Bearer {key}")),
        Protocol::Claude => ("x-api-key", key.to_owned()),
        Protocol::Gemini => ("x-goog-api-key", key.to_owned()),
    };
    let mut request = Request::post(path)
        .header("host", "localhost")
        .header(credential.0, credential.1);
    if protocol == Protocol::Claude {
        request = request.header("anthropic-version", "2023-06-01");
    }
    request
        .body(Full::new(Bytes::from(body.to_string())))
        .expect("a request")
}

/// Sends a request on a connection of its own. `Err` if there was no response head.
pub(super) async fn send(
    upstream: &Upstream,
    request: Request<Full<Bytes>>,
) -> Result<Reply, hyper::Error> {
    let stream = TcpStream::connect(upstream.addr())
        .await
        .expect("a connection");
    let (mut sender, connection) = http1::handshake(TokioIo::new(stream)).await?;
    let mut connection = pin!(connection);
    let mut exchange = pin!(async {
        let (head, mut incoming) = sender.send_request(request).await?.into_parts();
        let mut body = Vec::new();
        let mut whole = true;
        while let Some(frame) = incoming.frame().await {
            match frame {
                Ok(frame) => body.extend_from_slice(&frame.into_data().unwrap_or_default()),
                Err(_cut) => {
                    whole = false;
                    break;
                }
            }
        }
        Ok(Reply {
            status: head.status,
            headers: head.headers,
            body,
            whole,
        })
    });
    let both = async {
        tokio::select! {
            reply = &mut exchange => reply,
            _ended = &mut connection => exchange.await,
        }
    };
    timeout(PATIENCE, both).await.expect("an answer in time")
}

/// Posts a body with key `k`.
pub(super) async fn post(
    upstream: &Upstream,
    protocol: Protocol,
    path: &str,
    body: &Value,
) -> Reply {
    send(upstream, request(protocol, path, "k", body))
        .await
        .expect("a response head")
}

/// Asks for a generation with key `k`.
pub(super) async fn generate(
    upstream: &Upstream,
    protocol: Protocol,
    stream: bool,
    body: &Value,
) -> Reply {
    post(upstream, protocol, path(protocol, stream), body).await
}

/// Merges `patch` into `value`: objects member by member, `null` removes.
pub(super) fn patched(mut value: Value, patch: &Value) -> Value {
    merge(&mut value, patch);
    value
}

fn merge(value: &mut Value, patch: &Value) {
    match (value, patch) {
        (Value::Object(members), Value::Object(changes)) => {
            for (name, change) in changes {
                if change.is_null() {
                    members.remove(name);
                } else {
                    merge(members.entry(name.clone()).or_insert(Value::Null), change);
                }
            }
        }
        (value, patch) => value.clone_from(patch),
    }
}
