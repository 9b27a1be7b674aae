//! Asking token endpoints for new tokens.
//!
//! The protocol is RFC 6749's, spoken by the `oauth2` crate; what providers do otherwise is ironed
//! out below it, in [`exchange`], so that it stays the only reader of answers. What an answer means
//! for the next attempt is one table, `refusal.rs`, written down in `docs/credentials.md`. No text of
//! an answer, and nothing that was sent, gets into an error: either may hold a token.

mod answer;
mod client;
mod exchange;
mod grant;
mod refresh_token;
mod refusal;
mod setup;
mod token_url;
mod unanswered;

pub use self::setup::{OauthClient, ServiceKey, TokenEndpointError, TokenSetup, TokenSource};
pub(crate) use self::{
    client::Client,
    exchange::{Exchange, Manners, Proof},
    refresh_token::{Dialect, refresh_token},
    token_url::checked,
};
