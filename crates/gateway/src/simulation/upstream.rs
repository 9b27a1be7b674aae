//! How upstreams behave, which the gateway can only find out by asking.

use super::{
    Scale,
    quota::Quota,
    refusal,
    world::{Account, PROVIDERS, World},
};
use cliproxy_core::{ModelId, Protocol};
use cliproxy_executors::UpstreamError;
use fastrand::Rng;
use std::{
    ops::Range,
    time::{Duration, Instant, SystemTime},
};

/// The longest that a failing attempt takes: an upstream that is silent.
pub(super) const SLOWEST_FAILURE: Duration = Duration::from_secs(15);

/// The longest until a good attempt shows that it is one.
pub(super) const SLOWEST_START: Duration = Duration::from_secs(4);

/// What an attempt leads to.
pub(super) enum Reaction {
    Failed {
        after: Duration,
        error: Box<UpstreamError>,
    },
    Served {
        begins: Duration,
        lasts: Duration,
        end: End,
    },
}

/// How a reply ends that has begun.
pub(super) enum End {
    Complete,
    Broken(Box<UpstreamError>),
    /// The client has gone.
    Abandoned,
}

pub(super) struct Upstreams {
    start: Instant,
    sites: Vec<Site>,
    owners: Vec<Owner>,
}

/// What is behind one base URL.
struct Site {
    outages: Vec<Outage>,
    /// The share of requests that fail without a reason.
    flaky: f64,
}

pub(super) struct Outage {
    pub(super) time: Range<Instant>,
    kind: OutageKind,
}

#[derive(Clone, Copy)]
enum OutageKind {
    Unreachable,
    Failing,
    Silent,
}

/// Who pays for one account.
struct Owner {
    quota: Option<Quota>,
    /// From when on the key with this number is refused.
    revoked: Option<(Instant, u64)>,
    lacks: Option<ModelId>,
}

impl Upstreams {
    pub(super) fn draw(scale: &Scale, world: &World, start: Instant, rng: &mut Rng) -> Self {
        let length = scale.time().as_secs();
        let sites = world.sites.iter().map(|_| Site {
            outages: (0..rng.u64(..length.div_ceil(3 * 3600)))
                .map(|_| Outage::draw(start, length, rng))
                .collect(),
            flaky: if rng.bool() { 0.0 } else { rng.f64() * 0.01 },
        });
        let sites = sites.collect();
        let owners = world.accounts.iter().map(|account| Owner {
            quota: Quota::draw(account.serves_rare, rng),
            revoked: (rng.f64() < 0.04)
                .then(|| (start + Duration::from_secs(rng.u64(..length)), 0)),
            lacks: (rng.f64() < 0.04).then(|| {
                let model = &world.models[rng.usize(..world.models.len())];
                model.targets[0].clone()
            }),
        });
        Self {
            start,
            sites,
            owners: owners.collect(),
        }
    }

    /// The outages of one site.
    pub(super) fn outages(&self, site: usize) -> &[Outage] {
        &self.sites[site].outages
    }

    pub(super) fn sites(&self) -> usize {
        self.sites.len()
    }

    /// One request reaches the upstream of an account.
    pub(super) fn ask(
        &mut self,
        account: &Account,
        protocol: Protocol,
        model: &ModelId,
        now: Instant,
        rng: &mut Rng,
    ) -> Reaction {
        let date = SystemTime::UNIX_EPOCH + Duration::from_secs(1_778_234_400) + (now - self.start);
        let site = &self.sites[account.site];
        let failed = |after: u64, error| Reaction::Failed {
            after: Duration::from_millis(after),
            error: Box::new(error),
        };
        if let Some(outage) = site.outage(now) {
            return match outage.kind {
                OutageKind::Unreachable => failed(30, refusal::unreachable()),
                OutageKind::Failing => {
                    let status = [500, 502, 503, 529][rng.usize(..4)];
                    failed(200, refusal::failing(status, protocol, date))
                }
                OutageKind::Silent => Reaction::Failed {
                    after: SLOWEST_FAILURE,
                    error: Box::new(refusal::silent()),
                },
            };
        }
        let owner = &mut self.owners[account.number];
        if owner.refuses(account, now) {
            return failed(100, refusal::revoked(protocol, date));
        }
        if owner.lacks.as_ref() == Some(model) {
            return failed(100, refusal::lacking(protocol, date));
        }
        if let Some(quota) = &mut owner.quota
            && let Err(limit) = quota.spend(model, now, rng)
        {
            let wording = PROVIDERS[account.provider].wording;
            return failed(150, refusal::limited(wording, limit, protocol, date));
        }
        if rng.f64() < site.flaky {
            return match rng.u8(..3) {
                0 => failed(500, refusal::broken()),
                1 => failed(300, refusal::failing(503, protocol, date)),
                _ => failed(300, refusal::failing(500, protocol, date)),
            };
        }
        let slowest = u64::try_from(SLOWEST_START.as_millis()).unwrap();
        Reaction::Served {
            begins: Duration::from_millis(rng.u64(200..slowest)),
            lasts: Duration::from_millis(rng.u64(500..40_000)),
            end: match rng.u8(..100) {
                0 => End::Abandoned,
                1 => End::Broken(Box::new(refusal::broken())),
                2 if site.flaky > 0.0 => {
                    End::Broken(Box::new(refusal::failing(500, protocol, date)))
                }
                _ => End::Complete,
            },
        }
    }

    /// Since when the upstream would serve this, chance aside; `None` if it would not.
    pub(super) fn well_since(
        &self,
        account: &Account,
        model: &ModelId,
        now: Instant,
    ) -> Option<Instant> {
        let site = &self.sites[account.site];
        let owner = &self.owners[account.number];
        let lacks = owner.lacks.as_ref() == Some(model);
        if lacks || site.outage(now).is_some() || owner.refuses(account, now) {
            return None;
        }
        let quota = match &owner.quota {
            Some(quota) => quota.free_since(model, now)?,
            None => None,
        };
        let ended = site.outages.iter().map(|outage| outage.time.end);
        let ended = ended.filter(|&end| end <= now).max();
        Some(
            self.start
                .max(quota.unwrap_or(self.start))
                .max(ended.unwrap_or(self.start)),
        )
    }

    /// The accounts whose key is refused, so that somebody replaces it.
    pub(super) fn refused<'a>(
        &'a self,
        accounts: &'a [Account],
        now: Instant,
    ) -> impl Iterator<Item = usize> + 'a {
        let refused = move |account: &&Account| self.owners[account.number].refuses(account, now);
        accounts
            .iter()
            .filter(refused)
            .map(|account| account.number)
    }
}

impl Site {
    fn outage(&self, now: Instant) -> Option<&Outage> {
        let mut outages = self.outages.iter();
        outages.find(|outage| outage.time.contains(&now))
    }
}

impl Outage {
    fn draw(start: Instant, length: u64, rng: &mut Rng) -> Self {
        let from = start + Duration::from_secs(rng.u64(..length));
        let lasts = match rng.u8(..3) {
            0 => rng.u64(5..60),
            1 => rng.u64(60..600),
            _ => rng.u64(600..2_400),
        };
        Self {
            time: from..from + Duration::from_secs(lasts),
            kind: match rng.u8(..3) {
                0 => OutageKind::Unreachable,
                1 => OutageKind::Failing,
                _ => OutageKind::Silent,
            },
        }
    }
}

impl Owner {
    fn refuses(&self, account: &Account, now: Instant) -> bool {
        self.revoked
            .is_some_and(|(from, key)| from <= now && account.key == key)
    }
}
