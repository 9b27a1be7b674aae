//! Who rests how long, as a list of rests.

use std::collections::{BTreeMap, BTreeSet};

use super::*;

/// How long a failure of the upstream rests a model.
pub(super) const TRANSIENT: Duration = Duration::from_secs(5);

/// How long an upstream that nobody reaches is passed over, and how near to each other failures
/// have to be.
const PASSED_OVER: Duration = Duration::from_secs(30);
const NEAR: Duration = Duration::from_secs(10);

/// A credential or an upstream. What is removed and comes back has another life.
pub(super) type Life = (usize, u64);

/// One upstream model of a credential, or the whole of it.
type Part = (Life, Option<&'static str>);

/// Why somebody may be picked.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Right {
    /// It is ready, or the request itself found its upstream failing.
    Own,
    /// Nobody else tries to reach this upstream.
    Upstream(Life),
    /// Nobody else doubts this credential's rest.
    Probe(Life),
}

/// Where a pick has gone.
#[derive(Clone, Copy)]
pub(super) struct Visit {
    pub(super) who: Life,
    pub(super) upstream: Option<Life>,
    pub(super) right: Right,
}

#[derive(Clone, Copy)]
struct Rest {
    reason: ErrorKind,
    until: Instant,
    doubt: Option<Instant>,
}

#[derive(Default)]
struct Upstream {
    trial: Option<Instant>,
    failures: Vec<(Instant, usize)>,
    tried_alone: bool,
}

#[derive(Default)]
pub(super) struct Health {
    rests: BTreeMap<Part, Rest>,
    upstreams: BTreeMap<Life, Upstream>,
    probed: BTreeSet<Life>,
}

impl Health {
    fn rest(&self, part: Part, now: Instant) -> Option<Rest> {
        let rest = self.rests.get(&part).copied();
        rest.filter(|rest| rest.until > now)
    }

    /// When both the credential and the first of its models are free.
    pub(super) fn until(&self, who: Life, models: &[&'static str], now: Instant) -> Instant {
        let end = |model| self.rest((who, model), now).map_or(now, |rest| rest.until);
        let first = models.iter().map(|&model| end(Some(model))).min();
        first.unwrap().max(end(None))
    }

    /// When both may be asked: a rest is over, or may be doubted.
    pub(super) fn due(&self, who: Life, models: &[&'static str], now: Instant) -> Instant {
        let due = |model| {
            let rest = self.rest((who, model), now);
            rest.map_or(now, |rest| rest.doubt.unwrap_or(rest.until))
        };
        let first = models.iter().map(|&model| due(Some(model))).min();
        first.unwrap().max(due(None))
    }

    /// Until then an upstream is passed over.
    pub(super) fn trial(&self, upstream: Life) -> Option<Instant> {
        self.upstreams.get(&upstream)?.trial
    }

    /// What keeps a credential from being asked for a model, as one rest that ends last.
    pub(super) fn block(&self, who: Life, model: &'static str, now: Instant) -> Option<Block> {
        let of = |scope, model| Some((scope, self.rest((who, model), now)?));
        let both = [of(Scope::Credential, None), of(Scope::Model, Some(model))];
        let both = both.into_iter().flatten();
        let (scope, rest) =
            both.max_by_key(|(_, rest)| (rest.until, rest.reason == ErrorKind::Quota))?;
        Some(Block {
            reason: rest.reason,
            scope,
            remaining: rest.until - now,
            probe: rest.doubt.map(|doubt| doubt.saturating_duration_since(now)),
        })
    }

    /// Whether the rest passes by itself.
    pub(super) fn recovers(&self, who: Life, models: &[&'static str], now: Instant) -> bool {
        let free_at = |&&model: &&&'static str| self.until(who, &[model], now);
        let model = models.iter().min_by_key(free_at).unwrap();
        let reason = self.block(who, model, now).map(|block| block.reason);
        reason.is_none_or(|reason| matches!(reason, ErrorKind::Quota | ErrorKind::Upstream))
    }

    pub(super) fn may_try_alone(&self, upstream: Life) -> bool {
        !self.upstreams[&upstream].tried_alone
    }

    pub(super) fn may_probe(&self, who: Life) -> bool {
        !self.probed.contains(&who)
    }

    /// A pick goes there. If it is the one that sees whether an upstream is back, the next has to
    /// wait as long again.
    pub(super) fn visit(&mut self, visit: Visit, now: Instant) {
        match visit.right {
            Right::Upstream(life) => self.upstreams.get_mut(&life).unwrap().tried_alone = true,
            Right::Probe(life) => drop(self.probed.insert(life)),
            Right::Own => {
                let upstream = visit
                    .upstream
                    .and_then(|life| self.upstreams.get_mut(&life));
                if let Some(Upstream {
                    trial: Some(trial), ..
                }) = upstream
                    && *trial <= now
                {
                    *trial = now + PASSED_OVER;
                }
            }
        }
    }

    pub(super) fn leave(&mut self, visit: Visit) {
        match visit.right {
            Right::Upstream(life) => self.upstreams.get_mut(&life).unwrap().tried_alone = false,
            Right::Probe(life) => drop(self.probed.remove(&life)),
            Right::Own => {}
        }
    }

    pub(super) fn record(
        &mut self,
        visit: Visit,
        model: &'static str,
        outcome: Outcome,
        now: Instant,
    ) {
        let probe = matches!(visit.right, Right::Probe(_));
        match outcome {
            Outcome::Began | Outcome::Succeeded => {
                self.reached(visit.upstream);
                if probe || outcome == Outcome::Succeeded {
                    self.rests.remove(&(visit.who, Some(model)));
                }
                if probe {
                    self.rests.remove(&(visit.who, None));
                }
            }
            Outcome::Failed {
                kind,
                scope,
                retry_after,
            }
            | Outcome::Ruled {
                kind,
                scope,
                retry_after,
            } => {
                if !matches!(kind, ErrorKind::Upstream | ErrorKind::Transport) {
                    self.reached(visit.upstream);
                }
                if scope == Scope::Provider {
                    self.missed(visit, now);
                }
                let length = match kind {
                    ErrorKind::Upstream => TRANSIENT,
                    ErrorKind::Auth => HOUR / 2,
                    ErrorKind::ModelUnavailable => DAY / 2,
                    _ => match retry_after {
                        Some(hint) => hint.min(7 * DAY),
                        None => return,
                    },
                };
                let model = (scope != Scope::Credential).then_some(model);
                self.rests_for((visit.who, model), kind, length, now);
            }
        }
    }

    /// No rest ends sooner because of another failure; each is doubted anew.
    fn rests_for(&mut self, part: Part, reason: ErrorKind, length: Duration, now: Instant) {
        let until = now + length;
        let before = self
            .rest(part, now)
            .filter(|rest| rest.until > until || rest.until == until && reason != ErrorKind::Quota);
        let (reason, until) = before.map_or((reason, until), |rest| (rest.reason, rest.until));
        let left = until - now;
        let doubt = (left > HOUR).then(|| now + (left / 4).min(HOUR));
        let rest = Rest {
            reason,
            until,
            doubt,
        };
        self.rests.insert(part, rest);
    }

    /// An upstream was not reached: of the last three times, near to each other, two credentials.
    fn missed(&mut self, visit: Visit, now: Instant) {
        let Some(upstream) = visit.upstream else {
            return;
        };
        let upstream = self.upstreams.entry(upstream).or_default();
        upstream.failures.push((now, visit.who.0));
        let near = |&&(at, _): &&(Instant, usize)| now - at <= NEAR;
        let near = upstream.failures.iter().filter(near).rev().take(3);
        let who: Vec<_> = near.map(|&(_, who)| who).collect();
        let several = who.iter().any(|&other| other != visit.who.0);
        if upstream.trial.is_some() || who.len() == 3 && several {
            upstream.trial = Some(now + PASSED_OVER);
        }
    }

    /// An upstream has answered.
    pub(super) fn reached(&mut self, upstream: Option<Life>) {
        let upstream = upstream.and_then(|life| self.upstreams.get_mut(&life));
        if let Some(upstream) = upstream
            && upstream.trial.take().is_some()
        {
            upstream.failures.clear();
        }
    }

    /// Forgets what is known against a credential, or against one of its models.
    pub(super) fn forget(&mut self, who: Life, model: Option<&'static str>) {
        let kept = |of: &Part| of.0 != who || model.is_some() && of.1 != model;
        self.rests.retain(|part, _| kept(part));
    }
}
