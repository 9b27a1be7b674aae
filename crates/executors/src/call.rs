//! One attempt, and what comes back.

use crate::UpstreamBody;
use cliproxy_auth_store::Credential;
use cliproxy_core::{Deadlines, ModelId, Operation, Protocol};
use cliproxy_json::Slices;
use cliproxy_proxyutil::HttpClient;
use http::{HeaderMap, StatusCode};
use std::time::SystemTime;

/// Reads the wall clock: dates in an upstream's retry hints are compared with it.
pub type WallClock = fn() -> SystemTime;

/// One attempt of one request with one credential.
#[derive(Clone, Debug)]
pub struct Call<'a> {
    /// Who pays.
    pub credential: &'a Credential,
    /// The client for this credential's proxy setting.
    pub client: &'a HttpClient,
    /// The protocol of `body`, one of [`crate::Executor::protocols`].
    pub protocol: Protocol,
    /// What is asked for.
    pub operation: Operation,
    /// The model as the upstream knows it.
    pub model: &'a ModelId,
    /// The client's request headers. Each provider forwards the ones it names.
    pub headers: &'a HeaderMap,
    /// The client's query, without anything that authenticates it to the gateway.
    pub query: Option<&'a str>,
    /// The body as it goes up. Cheap to clone: attempts share it.
    pub body: Slices,
    /// The wall clock.
    pub clock: WallClock,
}

/// A successful response whose body has yet to arrive.
#[derive(Debug)]
pub struct Response {
    /// 2xx.
    pub status: StatusCode,
    /// As the upstream sent them; [`crate::for_client`] says which may travel on.
    pub headers: HeaderMap,
    /// The body, decompressed.
    pub body: UpstreamBody,
    /// The deadlines that still apply.
    pub deadlines: Deadlines,
}
