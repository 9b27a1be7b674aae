//! Whether what has failed comes back in time, and is left alone until then.
//!
//! - A transient block lasts 60 s, or as long as a hint of the upstream; a quota as long as its
//!   hint, a week at most, or half an hour of back-off at most.
//! - A block of more than an hour is doubted after a quarter of it, an hour at most. So a quota that
//!   ends early is found within an hour and one request, if nobody else is ready.
//! - Between two failures nobody is asked but by a probe: each window of a limit costs one attempt,
//!   and the echoes of those that were under way.
//! - An upstream rests for 30 s after a failure or a trial. So when an outage ends, and the attempts
//!   have ended that met it, the next request that wants the upstream after 30 s reaches it.

use super::{Checks, Figures, Turn, picks::REST};
use crate::simulation::{
    upstream::{SLOWEST_FAILURE, Upstreams},
    world::Account,
};
use cliproxy_core::{CredentialId, ErrorKind, ModelId, Scope};
use cliproxy_executors::UpstreamError;
use cliproxy_scheduler::{Block, Pick, Recorded};
use rustc_hash::{FxHashMap, FxHashSet};
use std::{
    ops::Range,
    time::{Duration, Instant},
};

const MINUTE: Duration = Duration::from_secs(60);
const HOUR: Duration = Duration::from_secs(60 * 60);
const WEEK: Duration = Duration::from_secs(7 * 24 * 60 * 60);

pub(super) struct Recovery {
    /// Until when who rests, as it was said when that began: what outlives reloads.
    blocks: FxHashMap<Subject, Instant>,
    pub(super) probing: FxHashSet<CredentialId>,
    pub(super) sites: Vec<Site>,
}

/// An account under one key, between two absences; as a whole, or one model of it.
type Subject = (usize, u64, u64, Option<ModelId>);

fn subject(account: &Account, model: Option<&ModelId>) -> Subject {
    let Account {
        number,
        key,
        absences,
        ..
    } = *account;
    (number, key, absences, model.cloned())
}

/// What is seen of one upstream.
pub(super) struct Site {
    outages: Vec<Range<Instant>>,
    /// When somebody last tried it although it is passed over.
    pub(super) trial: Option<Instant>,
    /// When a trial may have been lost, because its request joined another.
    pub(super) lost_trial: Option<Instant>,
    /// Requests that try it because nobody else is left.
    pub(super) alone: u32,
    failed: Option<Instant>,
    answered: Option<Instant>,
    /// Since when somebody wants to go there after its last outage.
    wanted: Option<Instant>,
}

impl Recovery {
    pub(super) fn new(upstreams: &Upstreams) -> Self {
        let sites = (0..upstreams.sites()).map(|site| Site {
            outages: upstreams
                .outages(site)
                .iter()
                .map(|outage| outage.time.clone())
                .collect(),
            trial: None,
            lost_trial: None,
            alone: 0,
            failed: None,
            answered: None,
            wanted: None,
        });
        Self {
            blocks: FxHashMap::default(),
            probing: FxHashSet::default(),
            sites: sites.collect(),
        }
    }

    /// Until when an account rests, or one model of it.
    fn blocked(&self, account: &Account, model: &ModelId, now: Instant) -> Option<Duration> {
        let ends = [None, Some(model)].map(|model| self.blocks.get(&subject(account, model)));
        let last = ends.into_iter().flatten().max()?;
        (*last > now).then(|| *last - now)
    }

    /// A reply has begun, or has come to its end.
    pub(super) fn works(
        &mut self,
        account: &Account,
        model: &ModelId,
        is_probe: bool,
        now: Instant,
    ) {
        self.blocks.remove(&subject(account, Some(model)));
        let whole = subject(account, None);
        if is_probe || self.blocks.get(&whole).is_some_and(|end| *end <= now) {
            self.blocks.remove(&whole);
        }
    }

    /// An upstream has answered.
    pub(super) fn answered(&mut self, site: usize, now: Instant, figures: &mut Figures) {
        let site = &mut self.sites[site];
        if let Some(end) = site.last_outage(now)
            && site.answered.is_none_or(|last| last < end)
        {
            figures.outages += 1;
            if let Some(wanted) = site.wanted.take() {
                figures.longest_return = figures.longest_return.max(now - wanted);
            }
        }
        site.wanted = None;
        site.answered = Some(now);
    }

    /// What an attempt has failed with, and what was made of it.
    pub(super) fn failed(
        &mut self,
        (account, model): (&Account, &ModelId),
        error: &UpstreamError,
        before: Option<Block>,
        recorded: Recorded,
        now: Instant,
        figures: &mut Figures,
    ) -> Result<(), String> {
        if error.scope == Scope::Provider {
            self.sites[account.site].failed = Some(now);
        }
        if !error.answered || error.scope == Scope::Provider {
            // The next who wants to go there begins to wait.
            self.sites[account.site].wanted = None;
        }
        if error.scope != Scope::Provider && error.answered {
            self.answered(account.site, now, figures);
        }
        let Recorded::Blocked(block) = recorded else {
            return match error.scope {
                Scope::Request => Ok(()),
                _ => Err(format!("{error}: {recorded:?}")),
            };
        };
        let whole = block.scope == Scope::Credential;
        let subject = subject(account, (!whole).then_some(model));
        self.blocks.insert(subject, now + block.remaining);
        let hint = error.retry_after.map(|hint| hint.min(WEEK));
        let longest = match error.kind {
            ErrorKind::Quota => hint.unwrap_or(HOUR / 2),
            ErrorKind::Transport | ErrorKind::Upstream => hint.unwrap_or(MINUTE).max(MINUTE),
            ErrorKind::Auth | ErrorKind::Forbidden => HOUR / 2,
            _ => 12 * HOUR,
        };
        let standing = before.map_or(Duration::ZERO, |block| block.remaining);
        if block.remaining > longest.max(standing) {
            return Err(format!("{error}: {block:?}, and {longest:?} would do"));
        }
        let doubt = (block.remaining > HOUR).then(|| (block.remaining / 4).min(HOUR));
        if block.probe != doubt {
            return Err(format!("{block:?} is to be doubted in {doubt:?}"));
        }
        if error.kind != ErrorKind::Quota {
            return Ok(());
        }
        let Some(before) = before else {
            figures.windows += 1;
            return Ok(());
        };
        figures.echoes += 1;
        let same = before.reason == ErrorKind::Quota && before.scope == block.scope;
        match hint {
            None if same && block.remaining != standing => Err(format!(
                "an echo has made {standing:?} {:?}",
                block.remaining
            )),
            _ => Ok(()),
        }
    }
}

impl Site {
    fn last_outage(&self, now: Instant) -> Option<Instant> {
        let ended = self.outages.iter().map(|outage| outage.end);
        ended.filter(|&end| end <= now).max()
    }

    /// Somebody whose own health is fine wants to go there, and it rests for so long, or not.
    pub(super) fn is_wanted(
        &mut self,
        rests: Option<Duration>,
        now: Instant,
    ) -> Result<(), String> {
        if let Some(rests) = rests {
            return match self.may_rest(rests, now) {
                true => Ok(()),
                false => Err(format!("its upstream rests for another {rests:?}")),
            };
        }
        if let Some(end) = self.last_outage(now)
            && self.is_well(now)
            && self.answered.is_none_or(|last| last < end)
        {
            self.wanted.get_or_insert(now);
        }
        Ok(())
    }

    /// Whether it may be passed over for so long.
    fn may_rest(&self, for_: Duration, now: Instant) -> bool {
        let last = self.failed.max(self.trial).max(self.lost_trial);
        last.is_some_and(|last| now + for_ <= last + REST)
    }

    /// Whether all that met an outage have failed, and the rest after that is over.
    fn is_well(&self, now: Instant) -> bool {
        let aftermath = SLOWEST_FAILURE + REST;
        let mut outages = self.outages.iter();
        outages.all(|outage| now < outage.start || outage.end + aftermath < now)
    }
}

impl Checks {
    /// An attempt begins.
    pub(in crate::simulation) fn attempts(
        &mut self,
        turn: &mut Turn,
        account: &Account,
        pick: &Pick,
        target: &ModelId,
        now: Instant,
    ) {
        turn.attempts += 1;
        self.figures.attempts += 1;
        if turn.attempts > self.attempts {
            self.violated(now, format!("{} attempts of one request", turn.attempts));
        }
        if let Some(left) = self.recovery.blocked(account, target, now)
            && !pick.is_probe()
        {
            let who = &account.id;
            self.violated(
                now,
                format!("{who} is asked for {target}, and rests for {left:?}"),
            );
        }
    }
}
