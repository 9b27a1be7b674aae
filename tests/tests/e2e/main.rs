//! The gateway as its clients, its upstreams and its operators see it: one binary, because each one
//! more would be linked again.

#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "helpers of tests fail the test"
)]

mod access;
mod accounts;
mod affinity;
mod at_risk;
mod bodies;
mod canary;
mod config_files;
mod credentials;
mod errors;
mod explain;
mod failover;
mod headers;
mod lifecycle;
mod models;
mod operations;
mod protocols;
mod proxies;
mod recordings;
mod reload;
mod retries;
mod scheduling;
mod shape;
mod shutdown;
mod stream_deadlines;
mod streaming;
mod tls;
mod translate;
mod trusted;
mod upstream;
