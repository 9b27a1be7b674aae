//! Keeping a session on the credential that holds its prompt cache, without ever failing a request
//! because of it.

use crate::memory::Memory;
use cliproxy_core::{CredentialId, ErrorKind, ModelId};
use cliproxy_scheduler::{Block, NoCapacity, Pick, Query, Roster, ShardId, State, Tried};
use cliproxy_session_affinity::{Binding, Session, SessionId};
use std::{
    mem,
    sync::Arc,
    time::{Duration, Instant},
};

/// A block up to this long is sat out elsewhere; after it the session returns to its cache.
const SHORT: Duration = Duration::from_secs(60);

/// Where one request's session sits.
#[derive(Debug, Default)]
pub(crate) struct Seat {
    id: Option<SessionId>,
    binding: Option<Arc<Binding>>,
    /// Who should serve.
    prefer: Option<CredentialId>,
    /// Another request bound the session between this one's lookup and its pick.
    outrun: bool,
    /// Nobody has served this session yet, so there is no cache to come back to.
    fresh: bool,
    /// A credential of higher priority is ready, and the session is to go back to it.
    outranked: bool,
}

impl Seat {
    /// Who holds the cache of a session, for one model. Whether that one is ready is asked only while
    /// somebody stands in for it.
    pub(crate) fn find(
        memory: &Memory,
        session: &Session,
        model: &ModelId,
        is_ready: impl FnOnce(&CredentialId) -> bool,
        now: Instant,
    ) -> Self {
        let id = session.for_model(model.as_str());
        let binding = memory.bindings.lookup(&id, now);
        let prefer = binding.as_ref().map(|binding| {
            let own = binding.credential();
            // A block can end before its time, for one by hand.
            let stand_in = memory.bindings.stand_in(binding, now);
            stand_in
                .filter(|_| !is_ready(own))
                .unwrap_or_else(|| own.clone())
        });
        Self {
            id: Some(id),
            binding,
            prefer,
            ..Self::default()
        }
    }

    /// The seat is given up if there is a better one.
    pub(crate) fn unless(mut self, outranked: impl FnOnce(&CredentialId) -> bool) -> Self {
        let own = self.binding.as_deref().map(Binding::credential);
        if own.is_some_and(outranked) {
            self.outranked = true;
            self.prefer = None;
        }
        self
    }

    pub(crate) const fn session(&self) -> Option<SessionId> {
        self.id
    }

    pub(crate) const fn binding(&self) -> Option<&Arc<Binding>> {
        self.binding.as_ref()
    }

    /// Chooses who serves next, and says in a word for header and log what that means for the
    /// session.
    pub(crate) fn pick(
        &mut self,
        memory: &Memory,
        roster: &Roster,
        shard: ShardId,
        tried: &Tried,
        now: Instant,
    ) -> Result<(Pick, Option<&'static str>), NoCapacity> {
        let prefer = |seat: &Self| {
            let query = Query {
                sticky: seat.prefer.as_ref(),
                ..Query::of(shard, tried)
            };
            roster.pick(&query, now)
        };
        let pick = prefer(self)?;
        let own = |credential: &CredentialId| Own::of(roster, shard, credential, now);
        let word = self.settle(memory, &pick, own, now);
        // Another request of the same session was quicker: join it. Only once, because picking again
        // takes a turn of the rotation.
        if mem::replace(&mut self.outrun, false)
            && let Ok(joined) = prefer(self)
            && joined.sticky_hit()
        {
            return Ok((joined, word));
        }
        Ok((pick, word))
    }

    /// Decides what a pick means for the session. `own` says how the session's own credential is.
    fn settle(
        &mut self,
        memory: &Memory,
        pick: &Pick,
        own: impl FnOnce(&CredentialId) -> Own,
        now: Instant,
    ) -> Option<&'static str> {
        let id = self.id?;
        let bindings = &memory.bindings;
        let Some(binding) = self.binding.clone() else {
            let winner = bindings.bind(&id, pick.credential(), now);
            let word = if winner.credential() == pick.credential() {
                self.fresh = true;
                "new"
            } else {
                self.outrun = true;
                "hit"
            };
            self.prefer = Some(winner.credential().clone());
            self.binding = Some(winner);
            return Some(word);
        };
        if binding.credential() == pick.credential() {
            return Some("hit");
        }
        if self.fresh {
            self.rebind(memory, &id, &binding, pick, now);
            return Some("new");
        }
        if mem::replace(&mut self.outranked, false) {
            self.rebind(memory, &id, &binding, pick, now);
            return Some("moved: priority");
        }
        let word = match own(binding.credential()) {
            Own::Gone => {
                self.rebind(memory, &id, &binding, pick, now);
                "moved: credential gone"
            }
            Own::Blocked(block) if is_short(&block) => {
                let until = now + block.remaining;
                bindings.set_stand_in(&binding, pick.credential(), until);
                "moved: short block"
            }
            Own::Blocked(block) => {
                self.rebind(memory, &id, &binding, pick, now);
                moved_for(block.reason)
            }
            Own::Behind => "moved: upstream at rest",
            // It failed in a way that says nothing about the next request.
            Own::Free => "moved: failed once",
        };
        Some(word)
    }

    fn rebind(
        &mut self,
        memory: &Memory,
        id: &SessionId,
        from: &Binding,
        pick: &Pick,
        now: Instant,
    ) {
        let binding = memory
            .bindings
            .rebind(id, from.credential(), pick.credential(), now);
        self.prefer = Some(binding.credential().clone());
        self.binding = Some(binding);
    }
}

/// How the session's own credential is.
enum Own {
    Blocked(Block),
    /// It is well, and nobody reaches its upstream.
    Behind,
    Free,
    Gone,
}

impl Own {
    fn of(roster: &Roster, shard: ShardId, credential: &CredentialId, now: Instant) -> Self {
        let standing = roster.standing(shard, credential, now);
        match standing.map(|standing| standing.state) {
            None | Some(State::WithoutTarget) => Self::Gone,
            Some(State::Behind(_)) => Self::Behind,
            Some(State::Blocked(block)) => Self::Blocked(block),
            Some(_) => Self::Free,
        }
    }
}

/// Worth coming back for: the block is short, and about a passing state.
fn is_short(block: &Block) -> bool {
    let passing = matches!(
        block.reason,
        ErrorKind::Quota | ErrorKind::Transport | ErrorKind::Upstream
    );
    passing && block.remaining <= SHORT
}

const fn moved_for(reason: ErrorKind) -> &'static str {
    match reason {
        ErrorKind::Auth => "moved: auth",
        ErrorKind::Forbidden => "moved: forbidden",
        ErrorKind::ModelUnavailable => "moved: model unavailable",
        ErrorKind::NotFound => "moved: not found",
        ErrorKind::Quota => "moved: quota",
        ErrorKind::Transport => "moved: transport",
        ErrorKind::Upstream => "moved: upstream",
        ErrorKind::BadRequest
        | ErrorKind::Cancelled
        | ErrorKind::Cooldown
        | ErrorKind::Internal => "moved",
    }
}
