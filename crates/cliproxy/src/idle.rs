//! A gateway that serves nobody.

use crate::{StartError, service::wall_clock};
use cliproxy_config::Config;
use cliproxy_gateway::{Environment, Gateway};
use std::sync::Arc;

/// A gateway of this configuration that has read its credential files, for whoever asks about them. It
/// listens nowhere, follows nothing, and refreshes only what it is told to
/// ([`Gateway::check`]).
///
/// # Errors
///
/// [`StartError`], where a service would not start either.
pub async fn idle_gateway(config: &Config) -> Result<Arc<Gateway>, StartError> {
    let mut salt = [0; 32];
    getrandom::fill(&mut salt)?;
    let gateway = Arc::new(Gateway::new(config, Environment::new(wall_clock, salt))?);
    gateway.read_credentials().await;
    Ok(gateway)
}
