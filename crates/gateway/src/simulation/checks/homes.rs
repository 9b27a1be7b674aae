//! Where each session is at home, by the table of `docs/affinity.md`, and whether it is served there.
//!
//! This is a second account of the bindings, kept by looking at picks and replies only.
//! A session's home is where its prompt cache is: the credential that has served it, until it moves
//! for a reason that the table names. A turn *could hit* if its home has served the session before,
//! within the TTL, is in the route and is ready, and its upstream answers. The number of hits has to
//! be the number of turns that could hit: that is the most any gateway could reach.

use super::{Before, Checks, Figures, Turn, View};
use crate::simulation::{Scale, TTL};
use cliproxy_core::{CredentialId, ErrorKind};
use cliproxy_scheduler::State;
use rustc_hash::{FxHashMap, FxHashSet};
use std::time::{Duration, Instant};

/// A block up to this long is sat out.
const SHORT: Duration = Duration::from_secs(60);

/// A session's number and its model's.
pub(super) type Place = (usize, usize);

#[derive(Clone, Debug)]
struct Home {
    credential: CredentialId,
    /// Counts the moves of all sessions: names this stay.
    stay: u64,
    used: Instant,
    away: bool,
}

/// What one request knows of its session's home.
#[derive(Debug, Default)]
pub(super) struct Outlook {
    /// Where it believes the session to be.
    stay: Option<(CredentialId, u64)>,
    /// The home has to serve it, as far as it is up to the gateway.
    could_hit: bool,
}

impl Outlook {
    /// A visit there has brought no reply. Says whether that was to be a hit.
    pub(super) fn leaves(&mut self, credential: &CredentialId) -> bool {
        let own = self.stay.as_ref().is_some_and(|(own, _)| own == credential);
        own && std::mem::take(&mut self.could_hit)
    }
}

#[derive(Default)]
pub(super) struct Homes {
    affinity: bool,
    /// Whether bindings are never evicted.
    bound: bool,
    homes: FxHashMap<Place, Home>,
    stays: u64,
    /// Those in which a reply has begun: before that there is no cache.
    served: FxHashSet<u64>,
    /// Who was last chosen to serve in the stead of a home, by stay: a request keeps to the stay that
    /// it found, although another request may have moved the session since.
    stand_ins: FxHashMap<u64, (CredentialId, Instant)>,
    /// Who served last: what a cache is found by, with affinity or without.
    last: FxHashMap<Place, (CredentialId, Instant)>,
}

impl Homes {
    pub(super) fn new(scale: &Scale) -> Self {
        Self {
            affinity: scale.affinity,
            bound: scale.capacity >= 4 * scale.sessions as u64,
            ..Self::default()
        }
    }

    pub(super) fn arrives(
        &mut self,
        place: Place,
        outlook: &mut Outlook,
        bound: Option<&CredentialId>,
        now: Instant,
    ) -> Result<(), String> {
        if !self.affinity {
            return Ok(());
        }
        if self
            .homes
            .get(&place)
            .is_some_and(|home| now - home.used >= TTL)
        {
            self.homes.remove(&place);
        }
        if bound.is_none() && !self.bound {
            self.homes.remove(&place);
        }
        let home = self.homes.get_mut(&place);
        let credential = home.as_ref().map(|home| home.credential.clone());
        if let Some(home) = home {
            home.used = now;
            outlook.stay = Some((home.credential.clone(), home.stay));
        }
        if bound == credential.as_ref() {
            return Ok(());
        }
        Err(format!(
            "{place:?} is at home at {credential:?} and bound to {bound:?}"
        ))
    }

    /// Who has to be picked.
    fn wanted(&self, turn: &mut Turn, view: &View<'_>, now: Instant) -> Option<CredentialId> {
        let home = self.homes.get(&turn.session?)?;
        let (credential, stay) = turn.home.stay.clone()?;
        let is_ready = |who: &CredentialId| {
            !view.tried.contains(who) && view.state(who, now) == Some(State::Ready)
        };
        let first = turn.picks == 0;
        if first && turn.outranked {
            return None;
        }
        if is_ready(&credential) {
            turn.home.could_hit = first && self.served.contains(&stay) && home.stay == stay;
            return Some(credential);
        }
        let (stand_in, since) = self.stand_ins.get(&stay)?.clone();
        (now - since < TTL && is_ready(&stand_in)).then_some(stand_in)
    }

    /// Whether the session's home has moved to the picked credential by now.
    fn settles(
        &mut self,
        turn: &mut Turn,
        view: &View<'_>,
        picked: &CredentialId,
        now: Instant,
    ) -> Settled {
        let Some(place) = turn.session else {
            return Settled::Nothing;
        };
        let outlook = &mut turn.home;
        let current = self.homes.get(&place);
        let Some((own, stay)) = outlook.stay.clone() else {
            match current {
                None => self.moves(place, outlook, picked, now),
                Some(home) => {
                    outlook.stay = Some((home.credential.clone(), home.stay));
                }
            }
            return Settled::Nothing;
        };
        if own == *picked {
            return Settled::Nothing;
        }
        let outranked = std::mem::take(&mut turn.outranked);
        let settled = match view.state(&own, now) {
            _ if outranked => Settled::Promoted,
            _ if !self.served.contains(&stay) => Settled::Nothing,
            None | Some(State::WithoutTarget) => Settled::Moved,
            Some(State::Blocked(block)) => {
                let passing = matches!(
                    block.reason,
                    ErrorKind::Quota | ErrorKind::Transport | ErrorKind::Upstream
                );
                match passing && block.remaining <= SHORT {
                    true => Settled::Away,
                    false => Settled::Moved,
                }
            }
            Some(_) => Settled::Away,
        };
        if settled == Settled::Away {
            self.stand_ins.insert(stay, (picked.clone(), now));
            return settled;
        }
        match current {
            Some(home) if home.stay != stay => {
                outlook.stay = Some((home.credential.clone(), home.stay));
            }
            _ => {
                self.moves(place, outlook, picked, now);
                if outranked {
                    self.stand_ins.insert(self.stays, (own, now));
                }
            }
        }
        settled
    }

    fn moves(&mut self, place: Place, outlook: &mut Outlook, to: &CredentialId, now: Instant) {
        self.stays += 1;
        let home = Home {
            credential: to.clone(),
            stay: self.stays,
            used: now,
            away: false,
        };
        outlook.stay = Some((to.clone(), home.stay));
        self.homes.insert(place, home);
    }

    pub(super) fn serves(
        &mut self,
        place: Place,
        outlook: &Outlook,
        by: &CredentialId,
        now: Instant,
        figures: &mut Figures,
    ) {
        if let Some((last, at)) = self.last.insert(place, (by.clone(), now))
            && now - at < TTL
        {
            figures.later_turns += 1;
            figures.same_again += u64::from(last == *by);
        }
        let Some((own, stay)) = &outlook.stay else {
            return;
        };
        let at_home = own == by;
        figures.hits += u64::from(at_home && outlook.could_hit);
        figures.away += u64::from(!at_home);
        if at_home {
            self.served.insert(*stay);
        }
        if let Some(home) = self.homes.get_mut(&place)
            && home.stay == *stay
        {
            let was_away = std::mem::replace(&mut home.away, !at_home);
            figures.returns += u64::from(at_home && was_away);
        }
    }

    pub(super) fn completes(&mut self, place: Place, outlook: &Outlook, now: Instant) {
        if let Some(home) = self.homes.get_mut(&place)
            && outlook
                .stay
                .as_ref()
                .is_some_and(|(_, stay)| *stay == home.stay)
        {
            home.used = now;
        }
    }

    /// Whether another request has bound the session since this one looked, and to whom.
    fn overtaken(&self, turn: &Turn) -> Option<&CredentialId> {
        let home = self.homes.get(&turn.session?)?;
        turn.home.stay.is_none().then_some(&home.credential)
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Settled {
    Nothing,
    Away,
    Moved,
    /// Moved to a higher priority.
    Promoted,
}

impl Checks {
    /// Looks at everything, before a pick that changes some of it.
    pub(in crate::simulation) fn before_pick<'a>(
        &mut self,
        turn: &mut Turn,
        view: &View<'a>,
        now: Instant,
    ) -> Before<'a> {
        let roster = &view.reign.roster;
        if let Some((own, _)) = &turn.home.stay
            && turn.picks == 0
        {
            let site = view.reign.account(own).site;
            let site = &mut self.recovery.sites[site];
            let wanted = match view.state(own, now) {
                Some(State::Ready) => site.is_wanted(None, now),
                Some(State::Behind(rests)) => site.is_wanted(Some(rests), now),
                _ => Ok(()),
            };
            if let Err(violation) = wanted {
                self.violated(now, format!("{own}: {violation}"));
            }
        }
        let wanted = self.homes.wanted(turn, view, now);
        Before {
            rests: roster.upstreams_at_rest(now),
            standings: match &wanted {
                None if self.is_watched(turn) => roster.standings(view.shard, now).collect(),
                _ => Vec::new(),
            },
            wanted,
            overtaken: self.homes.overtaken(turn).map(|winner| {
                let is_ready = view.state(winner, now) == Some(State::Ready);
                (winner.clone(), is_ready && !view.tried.contains(winner))
            }),
        }
    }

    pub(super) const fn is_watched(&self, turn: &Turn) -> bool {
        turn.route.0.is_multiple_of(self.watched)
    }

    /// Looks at a pick: whether it is who it has to be, and what it means for the session.
    pub(super) fn comes_home(
        &mut self,
        turn: &mut Turn,
        view: &View<'_>,
        before: &Before<'_>,
        picked: &CredentialId,
        now: Instant,
    ) {
        if !self.affinity {
            return;
        }
        if let Some(wanted) = &before.wanted
            && wanted != picked
        {
            let own = turn.home.stay.as_ref().map(|(own, _)| own);
            let what = match own == Some(wanted) {
                true => "at home",
                false => "standing in",
            };
            let session = turn.session;
            self.violated(
                now,
                format!("{session:?}: {wanted} {what}, picked {picked}"),
            );
        }
        if let Some((winner, true)) = &before.overtaken
            && winner != picked
        {
            let session = turn.session;
            self.violated(
                now,
                format!("{session:?}: bound to {winner} meanwhile, picked {picked}"),
            );
        }
        match self.homes.settles(turn, view, picked, now) {
            Settled::Nothing => {}
            Settled::Away => self.figures.stand_ins += 1,
            Settled::Moved => self.figures.moves += 1,
            Settled::Promoted => self.figures.promotions += 1,
        }
        self.figures.could_hit += u64::from(turn.picks == 0 && turn.home.could_hit);
    }
}
