//! Asking upstreams which models they have.

use cliproxy_config::{Config, Entry};
use cliproxy_proxyutil::ClientPool;

use crate::derive::discovery_target;

/// The models of every entry that asks for discovery and answers, by entry name.
pub(crate) async fn models(config: &Config, clients: &ClientPool) -> Vec<(String, Vec<String>)> {
    let wanted =
        |entry: &&Entry| entry.discover_models && entry.models.is_none() && !entry.disabled;
    let mut found = Vec::new();
    for entry in config.entries.iter().filter(wanted) {
        let Some((endpoint, credential, client)) = discovery_target(config, entry, clients) else {
            continue;
        };
        match cliproxy_executors::list_models(&endpoint, &credential, &client).await {
            Ok(models) => {
                tracing::info!(
                    entry = entry.name,
                    models = models.len(),
                    "models discovered"
                );
                found.push((entry.name.clone(), models));
            }
            Err(error) => {
                tracing::warn!(entry = entry.name, %error, "models cannot be discovered");
            }
        }
    }
    found
}
