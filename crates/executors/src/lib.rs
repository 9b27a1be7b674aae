//! Executing requests against providers: endpoint, headers, transport, error classification.
//!
//! One folder per provider; what every provider shares (the driver that sends, the body that
//! arrives, the classification of failures) exists once. Nothing here chooses a credential,
//! translates a body or knows how a client is answered; of tokens it is known how to ask for new
//! ones, and not when.
//!
//! ```
//! use cliproxy_core::Protocol;
//! use cliproxy_executors::{Endpoint, providers};
//!
//! let provider = providers::build("openai-compatibility", Endpoint::default()).expect("known");
//! assert_eq!(provider.executor.protocols(), [Protocol::Chat]);
//! assert!(providers::build("unheard-of", Endpoint::default()).is_none());
//!
//! // Accounts that sign in call something else than keys do.
//! let provider = providers::build_for_account("kimi", Endpoint::default()).expect("known");
//! assert_eq!(provider.executor.protocols(), [Protocol::Chat, Protocol::Claude]);
//! ```

mod address;
mod body;
mod call;
mod classify;
mod discover;
mod endpoint;
mod error;
mod headers;
mod oauth;
mod provider;
pub mod providers;
mod quoted;
mod reply_headers;
mod send;

pub use self::{
    body::UpstreamBody,
    call::{Call, Response, WallClock},
    classify::{Answer, Classified, classify},
    discover::list_models,
    endpoint::{AuthHeader, ChatApi, Endpoint, ExtraHeader, HeaderSource},
    error::{Timeout, UpstreamError},
    oauth::{OauthClient, ServiceKey, TokenEndpointError, TokenSetup, TokenSource},
    provider::{Executor, Provider},
    quoted::find_secret,
    reply_headers::{UpstreamHeaders, for_client},
};
