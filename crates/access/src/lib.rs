//! Turns a presented client key into a [`Principal`].
//!
//! Nothing here serves HTTP, reads a configuration or knows an upstream: the input is the parts of
//! a request, the output is who asks. Only this crate can make a [`Principal`], so a handler that
//! takes one cannot be reached by a request that was not judged here.
//!
//! ```
//! use cliproxy_access::{Access, ClientKey, ConfigApiKeys, Denied, Presented};
//! use cliproxy_core::Secret;
//! use futures_util::FutureExt as _;
//! use http::HeaderMap;
//! use std::sync::Arc;
//!
//! let key = ClientKey::from_secret(&Secret::from("sk-team-1")).map(|key| key.named("ci"));
//! let access = Access::new(vec![Arc::new(ConfigApiKeys::new(key))]);
//!
//! let mut headers = HeaderMap::new();
//! headers.insert("authorization", "Bearer sk-team-1".parse()?);
//! let presented = Presented { headers: &headers, query: None, path: "/v1/messages" };
//!
//! // Configured keys are judged without waiting; a provider of your own may wait.
//! let judged = access.authenticate(&presented).now_or_never();
//! assert!(matches!(judged, Some(Ok(principal)) if &**principal.label() == "ci"));
//!
//! let nothing = Presented { headers: &HeaderMap::new(), ..presented };
//! let judged = access.authenticate(&nothing).now_or_never();
//! assert!(matches!(judged, Some(Err(Denied::Missing))));
//! # Ok::<_, http::header::InvalidHeaderValue>(())
//! ```

mod source;

mod presented;
mod query;

mod principal;
mod provider;

mod client_key;
mod config_api_keys;

mod access;

#[cfg(test)]
mod tests;

pub use self::{
    access::{Access, Denied},
    client_key::ClientKey,
    config_api_keys::{ConfigApiKeys, MAX_KEY},
    presented::Presented,
    principal::{Identity, Principal},
    provider::{AccessError, AccessProvider},
    query::{redact_query, strip_credentials_from_query},
    source::{CREDENTIAL_HEADERS, CREDENTIAL_QUERY_KEYS, Source},
};
