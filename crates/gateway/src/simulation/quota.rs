//! What an account may use, and what it says when that is used up.

use cliproxy_core::ModelId;
use fastrand::Rng;
use rustc_hash::FxHashMap;
use std::time::{Duration, Instant};

const MINUTE: Duration = Duration::from_secs(60);
const HOUR: Duration = Duration::from_secs(60 * 60);

/// How true it is what an account says about the end of its limit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Promise {
    Right,
    Nothing,
    /// Hours or days, although the limit ends early.
    TooLong,
    TooShort,
}

/// A number of requests per window, and again when the window is over.
#[derive(Debug)]
pub(super) struct Quota {
    limit: u32,
    window: Duration,
    /// Each model has its own.
    by_model: bool,
    promise: Promise,
    meters: FxHashMap<Option<ModelId>, Meter>,
}

#[derive(Clone, Copy, Debug)]
struct Meter {
    used: u32,
    ends: Instant,
    promised: Option<Instant>,
}

/// A limit is used up.
#[derive(Clone, Copy, Debug)]
pub(super) struct Exhausted {
    /// How long it is said to last.
    pub(super) promised: Option<Duration>,
    pub(super) whole_account: bool,
}

impl Quota {
    /// Those who serve what is rare are all limited, and most of them say that it lasts long.
    pub(super) fn draw(serves_rare: bool, rng: &mut Rng) -> Option<Self> {
        let (limit, window) = match rng.u8(if serves_rare { 9 } else { 0 }..20) {
            0..=8 => return None,
            9..=12 => (rng.u32(2..6), MINUTE),
            13..=16 => (rng.u32(10..25), HOUR),
            _ => (rng.u32(20..60), 5 * HOUR),
        };
        let promise = match rng.u8(if serves_rare { 8 } else { 0 }..20) {
            0..=7 => Promise::Right,
            8..=12 => Promise::Nothing,
            13..=16 => Promise::TooLong,
            _ => Promise::TooShort,
        };
        Some(Self {
            limit,
            window,
            by_model: rng.bool(),
            promise,
            meters: FxHashMap::default(),
        })
    }

    /// Takes one request from what is left.
    pub(super) fn spend(
        &mut self,
        model: &ModelId,
        now: Instant,
        rng: &mut Rng,
    ) -> Result<(), Exhausted> {
        let meter = self.meters.entry(self.by_model.then(|| model.clone()));
        let fresh = Meter {
            used: 0,
            ends: now + self.window,
            promised: None,
        };
        let meter = meter.or_insert(fresh);
        if meter.ends <= now {
            *meter = fresh;
        }
        if meter.used < self.limit {
            meter.used += 1;
            return Ok(());
        }
        let left = meter.ends - now;
        let promised = match self.promise {
            Promise::Right => Some(left),
            Promise::Nothing => None,
            // The same date, however often one asks.
            Promise::TooLong => {
                let until = meter.promised.get_or_insert_with(|| {
                    let longer = Duration::from_secs(rng.u64(2 * 3600..9 * 24 * 3600));
                    meter.ends + longer
                });
                Some(*until - now)
            }
            Promise::TooShort => Some((left / 10).max(Duration::from_secs(1))),
        };
        Err(Exhausted {
            promised,
            whole_account: !self.by_model,
        })
    }

    /// Since when a request would be served; `None` if it would not.
    pub(super) fn free_since(&self, model: &ModelId, now: Instant) -> Option<Option<Instant>> {
        let key = self.by_model.then(|| model.clone());
        match self.meters.get(&key) {
            Some(meter) if meter.ends <= now => Some(Some(meter.ends)),
            Some(meter) if meter.used >= self.limit => None,
            _ => Some(None),
        }
    }
}
