//! Who there is: models, accounts and what is behind them, all drawn from one seed.

use super::Scale;
use cliproxy_core::{CredentialId, Generation, ModelId, Protocol, ProviderId};
use cliproxy_scheduler::{CandidateSpec, ServingSpec, ShardSpec, Strategy};
use fastrand::Rng;
use std::sync::Arc;

/// A kind of account.
pub(super) struct Provider {
    pub(super) name: &'static str,
    pub(super) protocols: &'static [Protocol],
    /// How it words that a limit is used up.
    pub(super) wording: Wording,
    /// Of a hundred accounts.
    share: usize,
}

#[derive(Clone, Copy, Debug)]
pub(super) enum Wording {
    /// `anthropic-ratelimit-unified-5h-*`.
    Unified,
    /// `retry-after`.
    RetryAfter,
    /// `usage_limit_reached` with `resets_in_seconds`.
    UsageLimit,
    /// Google's `retryDelay`.
    RetryDelay,
}

pub(super) const PROTOCOLS: [Protocol; 2] = [Protocol::Chat, Protocol::Claude];

pub(super) const PROVIDERS: [Provider; 4] = [
    Provider {
        name: "claude",
        protocols: &[Protocol::Claude],
        wording: Wording::Unified,
        share: 40,
    },
    Provider {
        name: "openai-compatibility",
        protocols: &[Protocol::Chat],
        wording: Wording::RetryAfter,
        share: 30,
    },
    Provider {
        name: "relay",
        protocols: &[Protocol::Chat, Protocol::Claude],
        wording: Wording::UsageLimit,
        share: 20,
    },
    Provider {
        name: "vertex",
        protocols: &[Protocol::Chat, Protocol::Claude],
        wording: Wording::RetryDelay,
        share: 10,
    },
];

/// The accounts of this provider are projects under a few sign-ins, and have a tier of their own.
const PROJECTS: usize = 3;
const PROJECTS_PRIORITY: i32 = -20;

const MODELS: usize = 10;
/// The first so many have few accounts, so that it matters what becomes of each.
const RARE: usize = 3;
/// The last is served by projects only.
const OF_PROJECTS: usize = MODELS - 1;
/// The accounts of this provider serve all protocols.
const RELAY: usize = 2;

/// One model that clients ask for.
pub(super) struct Model {
    pub(super) name: String,
    /// What upstreams call it; two are a pool.
    pub(super) targets: Vec<ModelId>,
}

/// One credential, as the configuration has it now.
#[derive(Clone)]
pub(super) struct Account {
    pub(super) number: usize,
    pub(super) id: CredentialId,
    pub(super) provider: usize,
    pub(super) site: usize,
    /// Counts the keys it has had.
    pub(super) key: u64,
    /// Counts how often it was taken out.
    pub(super) absences: u64,
    pub(super) parent: Option<Arc<str>>,
    pub(super) priority: i32,
    pub(super) weight: u32,
    models: Vec<usize>,
    pub(super) serves_rare: bool,
    /// Whether the configuration names it.
    pub(super) listed: bool,
}

/// The configuration.
pub(super) struct World {
    pub(super) models: Vec<Model>,
    pub(super) accounts: Vec<Account>,
    pub(super) strategy: Strategy,
    /// By base URL, whose provider's they are.
    pub(super) sites: Vec<usize>,
}

impl World {
    pub(super) fn draw(scale: &Scale, rng: &mut Rng) -> Self {
        let models = (0..MODELS).map(|number| Model {
            name: format!("m{number}"),
            targets: match number % 4 {
                3 => vec![
                    format!("m{number}-a").as_str().into(),
                    format!("m{number}-b").as_str().into(),
                ],
                _ => vec![format!("m{number}").as_str().into()],
            },
        });
        let per_site = (scale.credentials / 16).max(2);
        let mut sites = Vec::new();
        let mut accounts = Vec::new();
        for (provider, plan) in PROVIDERS.iter().enumerate() {
            let members = scale.credentials * plan.share / 100;
            let first = sites.len();
            sites.resize(first + members.div_ceil(per_site), provider);
            for member in 0..members {
                let number = accounts.len();
                let projects = provider == PROJECTS;
                accounts.push(Account {
                    number,
                    id: format!("{}-{number:04}", plan.name).into(),
                    provider,
                    site: rng.usize(first..sites.len()),
                    key: 0,
                    absences: 0,
                    parent: projects.then(|| format!("sign-in-{}", member % 3).into()),
                    priority: match projects {
                        true => PROJECTS_PRIORITY,
                        false => priority(rng),
                    },
                    weight: weight(rng),
                    models: (RARE..MODELS)
                        .filter(|&model| rng.f64() < 0.7 && (projects || model != OF_PROJECTS))
                        .collect(),
                    serves_rare: false,
                    listed: true,
                });
            }
        }
        for rare in 0..RARE {
            for _ in 0..=rare {
                let mut relays = accounts.iter_mut().filter(|one| one.provider == RELAY);
                let of = scale.credentials * PROVIDERS[RELAY].share / 100;
                let account = relays.nth(rng.usize(..of)).unwrap();
                account.models.push(rare);
                account.serves_rare = true;
            }
        }
        Self {
            models: models.collect(),
            accounts,
            strategy: Strategy::RoundRobin,
            sites,
        }
    }

    /// Something of everything that a reload can change.
    pub(super) fn change(&mut self, rng: &mut Rng) {
        let few = (self.accounts.len() / 50).max(1);
        for _ in 0..few {
            let at = rng.usize(..self.accounts.len());
            let account = &mut self.accounts[at];
            match rng.u8(..8) {
                0..=2 => {
                    account.listed = !account.listed;
                    account.absences += u64::from(!account.listed);
                }
                3 | 4 => account.key += 1,
                5 if account.provider != PROJECTS => account.priority = priority(rng),
                6 => account.weight = weight(rng),
                // Most reloads change nothing about most credentials.
                _ => {}
            }
        }
        self.strategy = match rng.u8(..10) {
            0 => Strategy::FillFirst,
            1 | 2 => Strategy::Weighted,
            _ => Strategy::RoundRobin,
        };
    }

    /// The accounts that were revoked get another key, in the end.
    pub(super) fn replace_key(&mut self, account: usize) {
        self.accounts[account].key += 1;
    }

    /// What a new client asks for: mostly models that many accounts serve.
    pub(super) fn wish(&self, rng: &mut Rng) -> (Protocol, usize) {
        let protocol = PROTOCOLS[rng.usize(..PROTOCOLS.len())];
        let rare = rng.u8(..8) == 0;
        let model = if rare {
            rng.usize(..RARE)
        } else {
            rng.usize(RARE..MODELS)
        };
        (protocol, model)
    }

    /// Every route with its candidates: by model, then by protocol.
    pub(super) fn shards(&self) -> Vec<ShardSpec> {
        let routes =
            (0..self.models.len()).flat_map(|model| PROTOCOLS.map(|spoken| (model, spoken)));
        let shards = routes.map(|(model, protocol)| ShardSpec {
            key: key(protocol, &self.models[model].name).into(),
            servings: self.servings(protocol, model),
        });
        shards.collect()
    }

    fn servings(&self, protocol: Protocol, model: usize) -> Vec<ServingSpec> {
        let serves = move |account: &&Account| {
            account.listed
                && account.models.contains(&model)
                && PROVIDERS[account.provider].protocols.contains(&protocol)
        };
        let accounts = self.accounts.iter().filter(serves);
        let candidates = accounts.map(|account| CandidateSpec {
            generation: Generation(account.key),
            parent: account.parent.clone(),
            upstream: Some(site_name(account.site)),
            weight: account.weight,
            priority: account.priority,
            ..CandidateSpec::new(
                account.id.clone(),
                ProviderId::from(PROVIDERS[account.provider].name),
            )
        });
        let candidates: Arc<[_]> = candidates.collect();
        vec![ServingSpec::new(
            candidates,
            self.models[model].targets.clone(),
        )]
    }
}

pub(super) fn key(protocol: Protocol, model: &str) -> String {
    format!("{}/{model}", protocol.as_str())
}

pub(super) fn site_name(site: usize) -> Arc<str> {
    format!("https://site-{site:02}.invalid").into()
}

fn priority(rng: &mut Rng) -> i32 {
    match rng.u8(..10) {
        0..=5 => 0,
        6..=8 => 10,
        _ => -5,
    }
}

fn weight(rng: &mut Rng) -> u32 {
    match rng.u8(..10) {
        0 => 0,
        1..=6 => 1,
        _ => rng.u32(2..6),
    }
}
