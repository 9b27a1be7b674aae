//! Blocks that outlive the process.

use std::time::{Duration, Instant};

use cliproxy_core::{CredentialId, ErrorKind, ModelId, canonical};

use crate::{Roster, health::Health};

/// A block as it is written down. Points in time are left to whoever has a wall clock.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KeptBlock {
    /// Who.
    pub credential: CredentialId,
    /// Which upstream model of it; `None` is the credential as a whole.
    pub model: Option<ModelId>,
    /// The failure that set it.
    pub reason: ErrorKind,
    /// How long it lasts from now; more than zero.
    pub remaining: Duration,
    /// How often a limit without a hint was hit; the next block is 2 to the power of it, in seconds.
    pub level: u32,
}

impl Roster {
    /// Every block that is on, ordered by credential, then the whole before its models.
    #[must_use]
    pub fn kept_blocks(&self, now: Instant) -> Vec<KeptBlock> {
        let now = self.timeline.moment(now);
        let mut kept = Vec::new();
        for seat in self.health.seats() {
            let mut keep = |model: Option<ModelId>, health: &Health| {
                if let Some(sentence) = health.sentence(now) {
                    kept.push(KeptBlock {
                        credential: seat.credential.clone(),
                        model,
                        reason: sentence.reason,
                        remaining: sentence.until.since(now),
                        level: health.level(),
                    });
                }
            };
            keep(None, &seat.vitals.whole);
            for (model, health) in seat.vitals.failed() {
                keep(Some(model), &health);
            }
        }
        kept.sort_by(|a, b| (&a.credential, &a.model).cmp(&(&b.credential, &b.model)));
        kept
    }

    /// Puts a block back, unless the credential or the model is gone, or its failures rest nobody any
    /// more. Says whether it was. A block that is on and lasts longer stays.
    pub fn restore(&self, kept: &KeptBlock, now: Instant) -> bool {
        let now = self.timeline.moment(now);
        let Some(seat) = self.health.get(&kept.credential) else {
            return false;
        };
        if !seat.cooling.enabled && kept.reason != ErrorKind::ModelUnavailable {
            return false;
        }
        let restore =
            |health: &Health| health.restore(kept.reason, kept.remaining, kept.level, now);
        let Some(model) = &kept.model else {
            restore(&seat.vitals.whole);
            return true;
        };
        let name = ModelId::from(canonical(model.as_str()));
        if !self.models_of(&kept.credential).contains(&name) {
            return false;
        }
        restore(&seat.vitals.model_or_clean(name.as_str()));
        true
    }
}
