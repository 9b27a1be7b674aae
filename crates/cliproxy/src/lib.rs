//! The gateway as one piece: a configuration in, a running service out.
//!
//! The `cliproxy` program is a thin command line over this; another program can embed the same
//! service, or take the crates below it one by one.
//!
//! ```no_run
//! use cliproxy::{Service, ServiceParams};
//! use cliproxy_config::{Env, Overrides, load};
//!
//! # async fn run() -> Result<(), Box<dyn std::error::Error>> {
//! let loaded = load("config.yaml".as_ref(), &Env::of_process(), &Overrides::default())?;
//! let service = Service::start(loaded.config, ServiceParams::default()).await?;
//! println!("listening on {:?}", service.addresses());
//! // …
//! service.stop().await;
//! # Ok(())
//! # }
//! ```

mod control;
mod cooldowns;
mod idle;
mod open_files;
mod service;
mod settings;
mod workers;

pub use self::{
    control::{ControlParams, default_state_dir},
    idle::idle_gateway,
    open_files::OpenFiles,
    service::{ReloadError, Reloaded, Service, ServiceParams, StartError},
    settings::{check_tls, has_accounts},
    workers::Workers,
};
pub use cliproxy_gateway::{Candidate, Choice, Custom, Selector};
