//! The control socket: how a running gateway is asked what it decided, and told to forget failures.
//!
//! A [`Control`] answers HTTP on a port of its own on 127.0.0.1, to whoever has its token. Port and
//! token are in a [`RunFile`], one per process, which only the user who runs the gateway can read;
//! a [`RunDirectory`] finds the gateways that run. The rules are in `docs/control.md`.

// From a connection to an answer.
mod control;
mod desk;

mod answer;
mod body;
mod call;
mod door;
mod query;
mod route;

// How the gateway is found.
mod run_directory;
mod run_file;
mod run_record;

pub use self::{
    call::{Call, ResetCall},
    control::{Control, ControlError},
    route::{CREDENTIALS, EXPLAIN, RECENT, RESET, STATUS},
    run_directory::{RunDirectory, RunError},
    run_file::RunFile,
    run_record::RunRecord,
};
