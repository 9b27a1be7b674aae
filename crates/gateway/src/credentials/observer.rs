//! What is said, and kept, of refreshes.

use super::{
    door::{Door, Doors},
    sign_in::refused_client,
};
use crate::gateway::Gateway;
use cliproxy_core::CredentialId;
use cliproxy_token_refresh::{Ending, Event, Observer, Spawner};
use std::{
    sync::{Arc, Weak},
    time::Duration,
};
use tracing::Level;

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
    let signs = door.is_some_and(|door| door.key.is_some());
    let (level, what) = told(ending, signs);
    match level {
        Level::ERROR => tracing::error!(credential, file, ended, ms, "{what}"),
        Level::WARN => tracing::warn!(credential, file, ended, ms, "{what}"),
        Level::INFO => tracing::info!(credential, file, ended, ms, "{what}"),
        _ => tracing::debug!(credential, file, ended, ms, "{what}"),
    }
}

/// How much an ending matters, and what is said of it. `signs` is whether it is a service account.
const fn told(ending: Ending, signs: bool) -> (Level, &'static str) {
    match ending {
        Ending::Granted => (Level::INFO, "tokens refreshed"),
        Ending::Written => (Level::INFO, "tokens are on disk now"),
        Ending::Adopted => (Level::INFO, "tokens refreshed by another program"),
        Ending::AtRisk => (
            Level::ERROR,
            "new tokens cannot be written: a crash would lose them",
        ),
        Ending::Permanent => (Level::ERROR, "sign in again: the refresh token is refused"),
        Ending::Misconfigured => (Level::ERROR, refused_client(signs)),
        // The refresh token that others may have a copy of can be used up by now.
        Ending::Discarded => (
            Level::WARN,
            "its file was deleted while its tokens were refreshed: if there are new ones, they are lost; \
             or, if it was a link, in the file that it named",
        ),
        Ending::Blocked => (Level::DEBUG, "tokens not refreshed"),
        _ => (Level::WARN, "tokens not refreshed"),
    }
}

#[cfg(test)]
mod tests {
    use super::told;
    use cliproxy_token_refresh::Ending;
    use tracing::Level;

    #[test]
    fn what_somebody_has_to_know_is_no_detail() {
        for ending in Ending::ALL {
            let expected = match ending {
                Ending::Granted | Ending::Written | Ending::Adopted => Level::INFO,
                Ending::AtRisk | Ending::Permanent | Ending::Misconfigured => Level::ERROR,
                // Known already.
                Ending::Blocked => Level::DEBUG,
                _ => Level::WARN,
            };
            assert_eq!(told(ending, false).0, expected, "{}", ending.as_str());
        }
        let deleted = told(Ending::Discarded, false).1;
        // Who is told may not know any more which of both it was.
        for part in ["deleted", "lost", "if it was a link, in the file"] {
            assert!(deleted.contains(part), "{deleted}");
        }
    }

    #[test]
    fn a_service_account_has_no_client() {
        let said = |signs| told(Ending::Misconfigured, signs).1;
        assert!(said(false).contains("`oauth`"), "{}", said(false));
        let of_key = said(true);
        assert!(!of_key.contains("oauth"), "{of_key}");
        assert!(
            of_key.contains("key") && of_key.contains("clock"),
            "{of_key}"
        );
    }
}
