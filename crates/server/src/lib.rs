//! Client-facing HTTP: the listener, the checks at the door, and the routes.
//!
//! What happens at the door, in this order: connection and head limits, `Host` and `Origin`, the
//! client key, then the body with its limits. Only what passed all of it becomes a
//! [`Request`](cliproxy_gateway::Request). The server never sees a credential.

mod listen;
mod service;

mod route;

mod body;
mod door;
mod refusal;

mod health;
mod listing;

pub use self::{
    door::DoorParams,
    listen::{BindError, Listener, ListenerParams},
    service::{Server, ServerParams},
};
