//! The bearers that Claude Code sends itself.

use super::{own_spec, shown};
use crate::{
    count::CountEndpoint,
    derive::{DeriveError, Inputs},
    member::{Calls, Member},
};
use cliproxy_auth_store::{Credential, CredentialKind};
use cliproxy_config::Config;
use cliproxy_core::Generation;
use cliproxy_executors::{Endpoint, providers};
use cliproxy_translators::realm;
use std::sync::Arc;

/// The id of the credential that stands for the clients' own Claude bearers.
pub(crate) const PASSTHROUGH: &str = "claude-passthrough";

/// Serves the bearers that Claude Code sends itself. Not part of any route: it is called only when
/// the client brought its own credential.
pub(crate) fn passthrough(
    config: &Config,
    inputs: &Inputs<'_>,
) -> Result<Option<Arc<Member>>, DeriveError> {
    if !config.claude_passthrough {
        return Ok(None);
    }
    let endpoint = Endpoint {
        deadlines: config.upstream,
        ..Endpoint::default()
    };
    let Some(provider) = providers::build("claude", endpoint) else {
        return Ok(None);
    };
    let client = own_spec(config).and_then(|spec| inputs.clients.client(&spec));
    let client = client.map_err(|source| DeriveError::Client {
        entry: PASSTHROUGH.into(),
        source,
    })?;
    let member = Member {
        // No route has it.
        source: usize::MAX,
        credential: Credential {
            id: PASSTHROUGH.into(),
            generation: Generation::default(),
            provider: "claude".into(),
            kind: CredentialKind::Passthrough,
            label: PASSTHROUGH.into(),
            project: None,
        },
        realm: realm(PASSTHROUGH),
        calls: Arc::new(Calls {
            provider,
            dialects: Arc::default(),
            rules: Arc::default(),
            counts: CountEndpoint::default(),
            force_stream_usage: false,
        }),
        client,
        proxy: shown(&config.proxy),
        priority: 0,
        weight: 1,
        rounds: 0,
        parent: None,
        sign_in: None,
        origin: None,
    };
    Ok(Some(Arc::new(member)))
}
