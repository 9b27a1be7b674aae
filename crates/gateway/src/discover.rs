//! Asking upstreams which models they have.

use cliproxy_config::Config;
use cliproxy_executors::list_models;
use cliproxy_proxyutil::ClientPool;
use futures_util::future::join_all;

use crate::derive::{Target, discovery_targets};

/// The models of every entry that asks for discovery and answers, by the id of its first
/// credential: names need not differ, and an entry that moves in the file keeps its list.
///
/// All are asked at once, so that one that does not answer holds up no other.
pub(crate) async fn models(config: &Config, clients: &ClientPool) -> Vec<(String, Vec<String>)> {
    let targets = discovery_targets(config, clients);
    let found = join_all(targets.iter().map(ask)).await;
    found.into_iter().flatten().collect()
}

async fn ask(target: &Target<'_>) -> Option<(String, Vec<String>)> {
    let Target {
        entry,
        endpoint,
        credential,
        client,
    } = target;
    match list_models(endpoint, credential, client).await {
        Ok(models) => {
            tracing::info!(entry, models = models.len(), "models discovered");
            Some((credential.id.as_str().to_owned(), models))
        }
        Err(error) => {
            tracing::warn!(entry, %error, "models cannot be discovered");
            None
        }
    }
}
