//! What is said, and kept, of refreshes.

use super::door::{Door, Doors};
use crate::gateway::Gateway;
use cliproxy_core::CredentialId;
use cliproxy_token_refresh::{Ending, Event, Observer, Spawner};
use std::{
    sync::{Arc, Weak},
    time::Duration,
};

/// Told by the engine.
pub(super) struct Notes {
    pub(super) gateway: Weak<Gateway>,
    pub(super) doors: Arc<Doors>,
    pub(super) spawner: Spawner,
}

impl Observer for Notes {
    fn note(&self, credential: &CredentialId, event: &Event) {
        let door = self.doors.get(credential);
        match event {
            Event::Ended(ending, took) => {
                say(credential, door.as_deref(), *ending, *took);
                let is_new = matches!(ending, Ending::Granted | Ending::AtRisk | Ending::Adopted);
                if let Some(gateway) = self.gateway.upgrade().filter(|_| is_new) {
                    gateway.has_new_tokens(credential);
                }
            }
            Event::Verdict(verdict) => {
                if let Some(door) = door {
                    let Spawner { tasks, runtime } = &self.spawner;
                    tasks.spawn_on(door.remember(verdict.clone()), runtime);
                }
            }
            _ => {}
        }
    }
}

fn say(id: &CredentialId, door: Option<&Door>, ending: Ending, took: Duration) {
    let credential = door.map_or(id.as_str(), |door| &*door.label);
    let (file, ended) = (id.as_str(), ending.as_str());
    let ms = took.as_millis();
    match ending {
        Ending::Granted => tracing::info!(credential, file, ms, "tokens refreshed"),
        Ending::Written => tracing::info!(credential, file, "tokens are on disk now"),
        Ending::Adopted => {
            tracing::info!(credential, file, "tokens refreshed by another program");
        }
        Ending::AtRisk => tracing::error!(
            credential,
            file,
            "new tokens cannot be written: a crash would lose them"
        ),
        Ending::Permanent => tracing::error!(
            credential,
            file,
            "sign in again: the refresh token is refused"
        ),
        Ending::Misconfigured => tracing::error!(
            credential,
            file,
            "tokens cannot be refreshed: check the client under `oauth`"
        ),
        Ending::Discarded | Ending::Blocked => {
            tracing::debug!(credential, file, ended, "tokens not refreshed");
        }
        _ => tracing::warn!(credential, file, ended, ms, "tokens not refreshed"),
    }
}
