//! Over real sockets: well-formedness, strictness, behaviours, state.

mod behaviours;
mod client;
mod demo;
mod derail;
mod failures;
mod lenient;
mod oauth;
mod state;
mod streams;
mod strict;
