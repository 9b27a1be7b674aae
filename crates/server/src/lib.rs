//! Client-facing HTTP: the listener, the checks at the door, and the routes.
//!
//! What happens at the door, in this order: connection and head limits, `Host` and `Origin`, the
//! client key, then the body with its limits. Only what passed all of it becomes a
//! [`Request`](cliproxy_gateway::Request). The server never sees a credential.

// What it is told.
mod params;

// From a socket to a connection.
mod accept;
mod admission;
mod listen;
mod peer;
mod socket;
mod tls;
mod worker;

// A connection, and who watches over it.
mod activity;
mod connection;
mod control_frames;
mod timed_io;

// From a request to a response.
mod service;

mod route;

mod body;
mod buffered;
mod concurrency;
mod decode;
mod door;
mod refusal;
mod response;
mod served;

mod health;
mod listing;

pub use self::{
    door::DoorParams,
    listen::{BindError, Listener},
    params::{Concurrency, Limits, ServerParams},
    peer::Peer,
    served::ServedBody,
    service::Server,
    tls::{Renewal, Tls, TlsError},
};
