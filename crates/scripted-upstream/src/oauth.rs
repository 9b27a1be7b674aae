//! An authorization server: where the tokens come from that some credentials are made of.
//!
//! It is part of the same server as the four protocols, so that what it hands out is what they
//! check. Each [`Account`] signs in at one [`Dialect`]'s endpoints (RFC 6749), with a refresh token
//! that may be used once, an authorization code with PKCE (RFC 7636), a device code (RFC 8628) or,
//! for a service account, a signed assertion (RFC 7523). A [`TokenBehaviour`] per call says how the
//! token endpoint misbehaves.
//!
//! - A refresh token that is used a second time is answered as reused, and takes everything with it
//!   that came of the same sign-in, unless [`Reuse`] says otherwise.
//! - A client is checked by its id and, where it has one, its secret, in the body or as HTTP Basic.
//! - An access token behaves as a key of its account until its lifetime is over; then the provider
//!   says in the protocol spoken that it has expired.
//! - Tokens say what they are: `SECRET_A_` begins an access token and `SECRET_R_` a refresh token,
//!   also within a JWT, so that a leak is found by searching. No two are the same.
//! - [`Call`]s are kept in the order in which they were decided, without a token in them. Calls and
//!   requests are numbered together, so that it can be told which came first.

mod account;
mod assertion;
mod behaviour;
mod books;
mod call;
mod code;
mod conduct;
mod device;
mod dialect;
mod digest;
mod endpoint;
mod failure;
mod gate;
mod grant;
mod jwt;
mod mint;
mod pages;
mod parameters;
mod reply;
mod serve;
mod server;
mod service_key;

pub use self::{
    account::{Account, Reuse},
    behaviour::TokenBehaviour,
    call::{Call, Outcome},
    dialect::Dialect,
    digest::token_digest,
    failure::{RetryHint, TokenFailure},
    gate::Gate,
    server::{AuthorizationServer, SignedIn},
    service_key::{KeyError, ServiceKey},
};
#[cfg(test)]
pub(crate) use self::{digest::challenge, service_key::signing};
pub(crate) use self::{endpoint::Endpoint, serve::serve, server::Presented};
