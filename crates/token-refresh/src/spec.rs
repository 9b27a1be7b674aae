//! What the engine is told about a credential, and about itself.

use crate::{Policy, TokenEndpoint, Tokens, VaultDoor, Verdict};
use std::sync::Arc;

/// What the engine is told about a credential, when it appears and whenever it changes.
#[expect(
    clippy::exhaustive_structs,
    reason = "made by whoever knows files and providers"
)]
pub struct Spec {
    /// When it is refreshed.
    pub policy: Policy,
    /// Its tokens, as they were read. Those that the engine has itself replaced are recognised: a
    /// file that was read before it was written changes nothing.
    pub tokens: Tokens,
    /// Where they are kept.
    pub vault: Arc<dyn VaultDoor>,
    /// Who hands out new ones.
    pub endpoint: Arc<dyn TokenEndpoint>,
    /// Names what `endpoint` is made of (client, secret, address, proxy). Another value means that
    /// what was refused, or not reached, may be tried again.
    pub setup: u64,
    /// What was remembered; looked at when the credential appears.
    pub remembered: Remembered,
}

/// What is known about a credential's refresh token from before the start.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[expect(clippy::exhaustive_structs, reason = "read from disk")]
pub struct Remembered {
    /// It is refused for good; nothing if another token is meant.
    pub verdict: Option<Verdict>,
    /// It was being used when the process ended ([`Vault::begin`](crate::Vault::begin)).
    pub uncertain: bool,
}

/// How the engine works; may change at any time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(clippy::exhaustive_structs, reason = "made from the configuration")]
pub struct Settings {
    /// How many attempts run at a time; at least one does.
    pub workers: usize,
    /// Whether disabled credentials are refreshed too.
    pub refresh_disabled: bool,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            workers: 16,
            refresh_disabled: true,
        }
    }
}
