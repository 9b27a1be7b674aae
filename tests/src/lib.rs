//! Drives the real `cliproxy` binary against a scripted upstream.
//!
//! A test starts both, talks HTTP to the gateway, and looks at what the client saw, what the
//! upstream received and what the log says. Nothing sleeps: a test waits for a reply, a log line or
//! a count of the upstream.
//!
//! ```no_run
//! use cliproxy_core::Protocol;
//! use cliproxy_e2e::{Call, World};
//! use cliproxy_scripted_upstream::{Behaviour, Failure};
//!
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() {
//! let accounts = [("a", Failure::Unavailable.into()), ("b", Behaviour::Answer)];
//! let world = World::start(Protocol::Chat, "", accounts).await;
//! let reply = world.gateway.send(Call::unary(Protocol::Chat)).await;
//! assert_eq!(reply.status, 200);
//! assert_eq!(reply.header("x-cliproxy-served-by"), "b");
//! # }
//! ```
//!
//! The binary is the one that `CLIPROXY_BIN` names, or else `cliproxy` beside the tests' own target
//! directory: build it first (`cargo build -p cliproxy`, which `cargo xtask test` and `cargo xtask
//! e2e` do).

#![expect(
    clippy::expect_used,
    clippy::panic,
    reason = "a test harness: a panic is how it fails the test"
)]

mod auth_dir;
mod call;
mod client;
mod entry;
mod exchange;
mod gateway;
mod identity;
mod launch;
mod process;
mod protocol;
mod resources;
mod session;
mod world;

pub use self::{
    auth_dir::{AuthDir, Ends, without_tokens},
    call::Call,
    client::TestClient,
    entry::{Entry, config},
    exchange::{Reply, Streaming},
    gateway::Gateway,
    identity::Identity,
    launch::{Finished, Launch, write as write_private},
    process::Process,
    protocol::{MODEL, body, generate_path},
    resources::Resources,
    session::{Http, Session},
    world::World,
};

use std::time::Duration;

/// The client key that a configuration of [`config`] accepts.
pub const CLIENT_KEY: &str = "e2e-client-key";

/// How long anything may take that should happen at once. Nothing waits for it to pass.
pub const PATIENCE: Duration = Duration::from_secs(30);

/// Looks again and again until it is so: for what nobody announces.
///
/// # Panics
///
/// If it is not within [`PATIENCE`]; `what` is named.
pub async fn eventually(what: &str, mut is_so: impl AsyncFnMut() -> bool) {
    let look = async {
        while !is_so().await {
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    };
    soon(what, look).await;
}

/// Waits for something that should happen.
///
/// # Panics
///
/// If it does not within [`PATIENCE`]; `what` is named.
pub async fn soon<F: Future>(what: &str, future: F) -> F::Output {
    match tokio::time::timeout(PATIENCE, future).await {
        Ok(output) => output,
        Err(_) => panic!("{what}: nothing in {PATIENCE:?}"),
    }
}
