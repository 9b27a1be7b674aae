//! A request to the gateway, before it is sent.

use crate::{CLIENT_KEY, MODEL, body, generate_path};
use bytes::Bytes;
use cliproxy_core::Protocol;
use http::{HeaderMap, HeaderName, HeaderValue, Method, Request, header};
use http_body_util::Full;
use serde_json::Value;

/// A request to the gateway.
#[derive(Clone, Debug)]
#[must_use]
pub struct Call {
    pub(crate) method: Method,
    pub(crate) target: String,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Bytes,
}

impl Call {
    /// A request without a body and without a key.
    pub fn bare(method: Method, target: &str) -> Self {
        Self {
            method,
            target: target.to_owned(),
            headers: HeaderMap::new(),
            body: Bytes::new(),
        }
    }

    /// A GET with the client key as a bearer.
    pub fn get(target: &str) -> Self {
        Self::bare(Method::GET, target).key(Protocol::Chat, CLIENT_KEY)
    }

    /// A POST with the client key where `protocol` has it.
    pub fn post(protocol: Protocol, target: &str, body: impl Into<Bytes>) -> Self {
        let call = Self::bare(Method::POST, target)
            .key(protocol, CLIENT_KEY)
            .header("content-type", "application/json");
        let call = match protocol {
            Protocol::Claude => call.header("anthropic-version", "2023-06-01"),
            _ => call,
        };
        call.body(body)
    }

    /// Asks [`MODEL`] for a reply.
    pub fn unary(protocol: Protocol) -> Self {
        Self::generate(protocol, MODEL, false)
    }

    /// Asks [`MODEL`] for a streamed reply.
    pub fn stream(protocol: Protocol) -> Self {
        Self::generate(protocol, MODEL, true)
    }

    /// Asks a model for a reply.
    pub fn generate(protocol: Protocol, model: &str, stream: bool) -> Self {
        Self::say(protocol, model, stream, "hello")
    }

    /// Asks a model for a reply to `text`.
    pub fn say(protocol: Protocol, model: &str, stream: bool, text: &str) -> Self {
        let body = body(protocol, model, stream, text).to_string();
        Self::post(protocol, &generate_path(protocol, model, stream), body)
    }

    /// The key, where `protocol` has it.
    pub fn key(self, protocol: Protocol, key: &str) -> Self {
        match protocol {
            Protocol::Chat | Protocol::Responses => {
                self.header("authorization", &format!("Bearer {key}"))
            }
            Protocol::Claude => self.header("x-api-key", key),
            Protocol::Gemini => self.header("x-goog-api-key", key),
        }
    }

    /// Without any key.
    pub fn anonymous(self) -> Self {
        ["authorization", "x-api-key", "x-goog-api-key"]
            .into_iter()
            .fold(self, Self::without)
    }

    /// Sets a header.
    pub fn header(mut self, name: &str, value: &str) -> Self {
        let name = HeaderName::from_bytes(name.as_bytes()).expect("a header name");
        let value = HeaderValue::from_str(value).expect("a header value");
        self.headers.insert(name, value);
        self
    }

    /// Removes a header.
    pub fn without(mut self, name: &str) -> Self {
        self.headers.remove(name);
        self
    }

    /// Sets the body.
    pub fn body(mut self, body: impl Into<Bytes>) -> Self {
        self.body = body.into();
        self
    }

    /// Sets the body.
    pub fn json(self, body: &Value) -> Self {
        self.body(body.to_string())
    }

    /// Whether this is its body.
    #[must_use]
    pub fn has_body(&self, body: &[u8]) -> bool {
        self.body == body
    }

    /// Sets path and query.
    pub fn target(mut self, target: &str) -> Self {
        target.clone_into(&mut self.target);
        self
    }

    /// The request, for a server that is called `host` unless a header says otherwise.
    ///
    /// # Panics
    ///
    /// If it is none.
    #[must_use]
    pub fn into_request(self, host: &str) -> Request<Full<Bytes>> {
        let mut request = Request::new(Full::new(self.body));
        *request.method_mut() = self.method;
        *request.uri_mut() = self.target.parse().expect("a target");
        *request.headers_mut() = self.headers;
        let host = host.parse().expect("a host");
        request.headers_mut().entry(header::HOST).or_insert(host);
        request
    }

    /// Sets the method.
    pub fn method(mut self, method: Method) -> Self {
        self.method = method;
        self
    }
}
