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
    /// How this request has brought the session to where it is bound, in a word.
    brought: Option<&'static str>,
    /// A credential of higher priority is ready, and the session is to go back to it.
    outranked: bool,
}

impl Seat {
    /// Who holds the cache of a session, for one model.
    pub(crate) fn find(memory: &Memory, session: &Session, model: &ModelId, now: Instant) -> Self {
        let id = session.for_model(model.as_str());
        Self {
            id: Some(id),
            binding: memory.bindings.lookup(&id, now),
            ..Self::default()
        }
    }

    /// The seat is given up if there is a better one.
    pub(crate) fn unless(mut self, outranked: impl FnOnce(&CredentialId) -> bool) -> Self {
        let own = self.binding.as_deref().map(Binding::credential);
        self.outranked = own.is_some_and(outranked);
        self
    }

    pub(crate) const fn session(&self) -> Option<SessionId> {
        self.id
    }

    pub(crate) const fn binding(&self) -> Option<&Arc<Binding>> {
        self.binding.as_ref()
    }

    /// The pick has begun to serve.
    pub(crate) fn serves(&self, pick: &Pick) {
        if let Some(binding) = &self.binding
            && binding.credential() == pick.credential()
        {
            binding.serve();
        }
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
        let prefer = |binding: Option<&Arc<Binding>>| {
            let stand_in = binding.and_then(|binding| memory.bindings.stand_in(binding, now));
            let query = Query {
                sticky: binding.map(|binding| binding.credential()),
                stand_in: stand_in.as_ref(),
                ..Query::of(shard, tried)
            };
            roster.pick(&query, now)
        };
        let pick = prefer(self.binding.as_ref().filter(|_| !self.outranked))?;
        let Some(id) = self.id else {
            return Ok((pick, None));
        };
        let Some(binding) = self.binding.clone() else {
            let winner = memory.bindings.bind(&id, pick.credential(), now);
            let is_ours = winner.credential() == pick.credential();
            self.brought = is_ours.then_some("new");
            let winner = self.binding.insert(winner);
            if is_ours {
                return Ok((pick, self.brought));
            }
            // Another request of the session was quicker: join it.
            let joined = prefer(Some(winner)).ok().filter(Pick::sticky_hit);
            return Ok((joined.unwrap_or(pick), Some("hit")));
        };
        let own = |credential: &CredentialId| Own::of(roster, shard, credential, now);
        let word = self.settle(memory, &id, &binding, &pick, own, now);
        Ok((pick, Some(word)))
    }

    /// Decides what a pick means for a session that is bound. `own` says how the credential is that
    /// it is bound to.
    fn settle(
        &mut self,
        memory: &Memory,
        id: &SessionId,
        binding: &Binding,
        pick: &Pick,
        own: impl FnOnce(&CredentialId) -> Own,
        now: Instant,
    ) -> &'static str {
        let bindings = &memory.bindings;
        let outranked = mem::take(&mut self.outranked);
        if binding.credential() == pick.credential() {
            return self.brought.unwrap_or("hit");
        }
        let stays = |word| {
            bindings.set_stand_in(binding, pick.credential(), now);
            word
        };
        let word = match own(binding.credential()) {
            _ if outranked => "moved: priority",
            // There is no cache to come back to.
            _ if !binding.has_served() => self.brought.unwrap_or("new"),
            Own::Gone => "moved: credential gone",
            Own::Behind => return stays("moved: upstream at rest"),
            Own::Blocked(block) if is_short(&block) => return stays("moved: short block"),
            Own::Blocked(block) => moved_for(block.reason),
            // It failed in a way that says nothing about the next request.
            Own::Free => return stays("moved: failed once"),
        };
        let moved = bindings.rebind(id, binding.credential(), pick.credential(), now);
        let is_ours = moved.credential() == pick.credential();
        self.brought = is_ours.then_some(word);
        if outranked && is_ours {
            // Should the better one fail, the cache is where it was.
            bindings.set_stand_in(&moved, binding.credential(), now);
        }
        self.binding = Some(moved);
        word
    }
}

/// How the session's own credential is.
enum Own {
    /// It is well, and nobody reaches its upstream.
    Behind,
    Blocked(Block),
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

#[cfg(test)]
mod tests;
