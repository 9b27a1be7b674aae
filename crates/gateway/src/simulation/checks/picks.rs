//! Whether each pick may be, and each refusal had to be.
//!
//! A pick is never tried already, and ready; or else nobody is, and it is the one that doubts a long
//! block or tries an upstream that is passed over. A refusal finds nobody who is ready, nobody whose
//! block may be doubted, and nobody behind an upstream that nobody else tries: a request without a
//! session would have been refused as well.

use super::{Before, Checks, Turn, View};
use crate::simulation::{
    upstream::Upstreams,
    world::{Account, site_name},
};
use cliproxy_core::{CredentialId, ErrorKind, ModelId};
use cliproxy_scheduler::{NoCapacity, Pick, Roster, Standing, State, Strategy, UpstreamRest};
use std::time::{Duration, Instant};

/// Between two requests that try an upstream although others are ready.
pub(super) const REST: Duration = Duration::from_secs(30);

/// The longest until a long block is doubted.
const DOUBT: Duration = Duration::from_secs(60 * 60);

/// One request looks at no more than so many of those who are not ready.
const LOOKS: usize = 64;

/// A client is told to wait at least so long.
const SHORTEST_WAIT: Duration = Duration::from_secs(1);

impl Checks {
    pub(in crate::simulation) fn picked(
        &mut self,
        turn: &mut Turn,
        view: &View<'_>,
        before: &Before<'_>,
        pick: &Pick,
        now: Instant,
    ) {
        let account = view.reign.account(pick.credential());
        self.trace(now, ("picked", account.number));
        self.figures.picks += 1;
        self.comes_home(turn, view, before, pick.credential(), now);
        if let Err(violation) = self.may_be_picked(turn, view, before, pick, now) {
            self.violated(now, format!("picked {}: {violation}", account.id));
        }
        turn.picks += 1;
    }

    fn may_be_picked(
        &mut self,
        turn: &mut Turn,
        view: &View<'_>,
        before: &Before<'_>,
        pick: &Pick,
        now: Instant,
    ) -> Result<(), String> {
        let credential = pick.credential();
        let account = view.reign.account(credential);
        if view.tried.contains(credential) {
            return Err("tried already".into());
        }
        let Some(standing) = view.roster().standing(view.shard, credential, now) else {
            return Err("not in the route".into());
        };
        if let State::Blocked(block) = standing.state {
            if !pick.is_probe() || block.probe != Some(Duration::ZERO) {
                return Err(format!("{block:?}"));
            }
            if let Some(free) = somebody_free(view, now) {
                return Err(format!("a probe, and {free} is ready"));
            }
            if !self.recovery.probing.insert(credential.clone()) {
                return Err("two probes at a time".into());
            }
            if turn.probed {
                return Err("a second probe of one request".into());
            }
            turn.probed = true;
            turn.doubted = block.remaining;
            turn.probing = Some(credential.clone());
            self.figures.probes += 1;
            return Ok(());
        }
        if pick.is_probe() {
            return Err("a probe of nothing".into());
        }
        let site = &mut self.recovery.sites[account.site];
        match rest_of(before, account) {
            None => {}
            Some(rest) if rest.trial.is_zero() => {
                let last = site.trial.replace(now);
                self.figures.trials += 1;
                if last.is_some_and(|last| now - last < REST) {
                    return Err("two trials of its upstream within one rest".into());
                }
            }
            Some(_) => {
                self.figures.last_resorts += 1;
                if let Some(free) = somebody_free(view, now) {
                    return Err(format!("its upstream rests, and {free} is ready"));
                }
                if !turn.met.contains(&account.site) {
                    if site.alone > 0 {
                        return Err("two at a time try its upstream".into());
                    }
                    site.alone += 1;
                    turn.alone = Some(account.site);
                }
                return Ok(());
            }
        }
        if before.overtaken.is_some() {
            self.fairness.disturb(turn.route);
            for site in &mut self.recovery.sites {
                site.lost_trial = Some(now);
            }
            return Ok(());
        }
        if before.wanted.is_some() {
            return Ok(());
        }
        self.figures.rotations += 1;
        match self.is_watched(turn) {
            true => self.takes_its_turn(turn, view, before, &standing),
            false => Ok(()),
        }
    }

    /// A pick of the rotation: of the highest priority that has somebody, and whose turn it is.
    fn takes_its_turn(
        &mut self,
        turn: &Turn,
        view: &View<'_>,
        before: &Before<'_>,
        picked: &Standing<'_>,
    ) -> Result<(), String> {
        let standings = || before.standings.iter();
        let free = standings().filter(|&one| view.is_free(one));
        let highest = free.clone().map(|one| one.priority).max();
        if highest != Some(picked.priority) {
            return Err(format!(
                "priority {}, and {highest:?} is ready",
                picked.priority
            ));
        }
        let of_tier = |one: &&Standing<'_>| one.priority == picked.priority;
        match view.reign.roster.strategy() {
            Strategy::FillFirst => {
                let first = free.clone().find(of_tier).map(|one| one.credential);
                if first != Some(picked.credential) {
                    return Err(format!("{first:?} is the first"));
                }
                self.fairness.disturb(turn.route);
                Ok(())
            }
            Strategy::RoundRobin => {
                let tier: Vec<_> = standings().filter(of_tier).collect();
                self.fairness
                    .turn(turn.route, view, &tier, picked.credential)
            }
            _ => {
                self.fairness.disturb(turn.route);
                Ok(())
            }
        }
    }

    pub(in crate::simulation) fn refused(
        &mut self,
        turn: &Turn,
        view: &View<'_>,
        before: &Before<'_>,
        none: NoCapacity,
        truth: &Upstreams,
        now: Instant,
    ) {
        self.trace(now, ("refused", turn.route));
        self.figures.refusals += 1;
        // A pick that finds nobody changes nothing.
        let all = view.roster().standings(view.shard, now);
        let untried = all.filter(|one| !view.tried.contains(one.credential));
        let untried: Vec<_> = untried.collect();
        let standings = || untried.iter();
        let behind = |one: &&Standing<'_>| matches!(one.state, State::Behind(_));
        let looks = standings().filter(behind).count() <= LOOKS;
        let mut violations = Vec::new();
        for one in standings() {
            let account = view.reign.account(one.credential);
            let who = one.credential;
            match &one.state {
                State::Ready => violations.push(format!("{who} is ready")),
                State::Behind(_) if !looks => {}
                State::Behind(_) => {
                    let site = &self.recovery.sites[account.site];
                    if site.alone == 0 || turn.met.contains(&account.site) {
                        violations.push(format!("nobody tries {}", site_name(account.site)));
                    }
                }
                State::Blocked(block) => {
                    let held = turn.probed || self.recovery.probing.contains(who);
                    let targets = view.reign.targets(turn.route);
                    if held {
                        continue;
                    }
                    if block.probe == Some(Duration::ZERO)
                        && is_due(view.roster(), who, targets, now)
                    {
                        violations.push(format!("{who} may be doubted"));
                    }
                    if let [target] = targets
                        && block.reason == ErrorKind::Quota
                        && let Some(since) = truth.well_since(account, target, now)
                        && now - since > DOUBT
                    {
                        let well = now - since;
                        violations.push(format!("{who} is well for {well:?}: {block:?}"));
                    }
                }
                _ => {}
            }
        }
        let ends = standings().filter_map(|one| ends_in(before, view, one));
        let earliest = ends.min().map(|end| end.max(SHORTEST_WAIT));
        let told = match none {
            NoCapacity::CoolingDown { retry_after } => Some(retry_after),
            _ => None,
        };
        if earliest != told {
            violations.push(format!("the first ends in {earliest:?}: {none:?}"));
        }
        for violation in violations {
            let violation = format!("{:?} refused: {violation}", turn.route);
            self.violated(now, violation);
        }
    }
}

/// Somebody who is ready and untried, if there is one. Whoever was picked although nobody is has
/// changed nothing for the others.
fn somebody_free<'a>(view: &View<'a>, now: Instant) -> Option<&'a CredentialId> {
    let mut standings = view.reign.roster.standings(view.shard, now);
    let free = standings.find(|one| view.is_free(one))?;
    Some(free.credential)
}

fn rest_of<'a>(before: &'a Before<'_>, account: &Account) -> Option<&'a UpstreamRest> {
    let site = site_name(account.site);
    before.rests.iter().find(|rest| rest.upstream == site)
}

/// In how long somebody who is not ready will be.
fn ends_in(before: &Before<'_>, view: &View<'_>, one: &Standing<'_>) -> Option<Duration> {
    let account = view.reign.account(one.credential);
    let rest = rest_of(before, account).map_or(Duration::ZERO, |rest| rest.trial);
    match &one.state {
        State::Blocked(block) => Some(block.remaining.max(rest)),
        State::Behind(rest) => Some(*rest),
        _ => None,
    }
}

/// Whether every block of a credential, and of one of its targets, may be doubted.
fn is_due(roster: &Roster, who: &CredentialId, targets: &[ModelId], now: Instant) -> bool {
    let health = roster.health(now);
    let Some(health) = health.iter().find(|health| health.credential == *who) else {
        return false;
    };
    let may = |block: &Option<cliproxy_scheduler::Block>| {
        block.is_none_or(|block| block.probe == Some(Duration::ZERO))
    };
    let mut models = health.models.iter();
    may(&health.block) && models.any(|(model, block)| targets.contains(model) && may(block))
}
