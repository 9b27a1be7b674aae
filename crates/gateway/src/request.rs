//! What a client asks for.

use bytes::Bytes;
use cliproxy_access::Principal;
use cliproxy_core::{Operation, Protocol};
use http::HeaderMap;

/// A request that was let in, as it was received.
#[derive(Debug)]
pub struct Request {
    /// What the client speaks.
    pub protocol: Protocol,
    /// What the address asks for; a body that says `"stream": true` turns `Generate` into
    /// `GenerateStream`.
    pub operation: Operation,
    /// The model, where the address names it (Gemini).
    pub model: Option<String>,
    /// The body, decompressed.
    pub body: Bytes,
    /// The request's headers, credentials of the client included; executors know what not to
    /// forward.
    pub headers: HeaderMap,
    /// The query, without the client's credentials.
    pub query: Option<String>,
    /// Who asks.
    pub principal: Principal,
}
