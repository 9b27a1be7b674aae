//! One credential, as the engine sees it.

mod next;
mod settle;

pub(crate) use self::settle::Ended;

use crate::{
    Current, Fingerprint, Grant, LastError, LiveTokens, Outcome, Reason, Revision, Spec, Tokens,
    Trouble, Verdict, spread::Share,
};
use cliproxy_core::CredentialId;
use std::{sync::Arc, time::SystemTime};
use tokio::sync::oneshot;

/// How many replaced pairs of tokens are recognised. A file is read again within moments of being
/// written, so more than the last few never come back.
const REPLACED: usize = 8;

/// One credential, as the engine sees it.
pub(crate) struct Record {
    /// Tells it from one of the same name that was deleted.
    pub(crate) incarnation: u64,
    pub(crate) spec: Spec,
    pub(crate) live: Arc<LiveTokens>,
    pub(crate) phase: Phase,
    pub(crate) waiters: Vec<Waiter>,
    pub(crate) standing: Standing,
    pub(crate) last_error: Option<LastError>,
    pub(crate) share: Share,
    /// Not in the background before this, so that those due at a start are spread.
    pub(crate) spread_until: Option<SystemTime>,
    unwritten: Option<Unwritten>,
    /// A refresh token that went out and brought no answer.
    doubt: Option<Fingerprint>,
    /// Names pairs of tokens that were replaced here.
    replaced: Vec<Fingerprint>,
    granted_at: Option<SystemTime>,
    failures: u32,
    futile: u32,
}

/// Whether an attempt is under way. There is never more than one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Phase {
    Idle,
    Queued { urgent: bool },
    Running { since: SystemTime },
}

/// What is to be expected of the next attempt.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Standing {
    Sound,
    Failing {
        trouble: Trouble,
        next_try: SystemTime,
    },
    NeedsLogin(Verdict),
    Misconfigured,
}

/// Somebody who waits for the attempt under way.
pub(crate) struct Waiter {
    pub(crate) seen: Revision,
    pub(crate) reason: Reason,
    pub(crate) tell: oneshot::Sender<Outcome>,
}

/// Tokens that are in use and not on disk.
#[derive(Clone, Debug)]
struct Unwritten {
    grant: Grant,
    /// The refresh token that was used up for it.
    used: Fingerprint,
    failures: u32,
    next_try: SystemTime,
}

/// How tokens that were read relate to those in use.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Found {
    /// They are the ones.
    Same,
    /// They were replaced here, and nobody has written others.
    Replaced,
    /// Somebody else wrote them.
    Foreign,
}

impl Record {
    pub(crate) fn new(id: &CredentialId, spec: Spec, incarnation: u64, revision: Revision) -> Self {
        let token = spec.tokens.fingerprint();
        let verdict = spec.remembered.verdict.clone();
        let standing = verdict
            .filter(|verdict| Some(verdict.token) == token)
            .map_or(Standing::Sound, Standing::NeedsLogin);
        Self {
            incarnation,
            live: Arc::new(LiveTokens::new(Current::new(revision, spec.tokens.clone()))),
            phase: Phase::Idle,
            waiters: Vec::new(),
            standing,
            last_error: None,
            share: Share::of(id),
            spread_until: None,
            unwritten: None,
            doubt: token.filter(|_| spec.remembered.uncertain),
            replaced: Vec::new(),
            granted_at: None,
            failures: 0,
            futile: 0,
            spec,
        }
    }

    /// Takes what was said anew. Returns whether tokens came with it that are not ours.
    pub(crate) fn update(&mut self, spec: Spec, next: &mut Revision) -> bool {
        if spec.setup != self.spec.setup {
            self.failures = 0;
            if !matches!(self.standing, Standing::NeedsLogin(_)) {
                self.standing = Standing::Sound;
            }
        }
        self.spec = spec;
        let tokens = self.spec.tokens.clone();
        self.find(&tokens, next) == Found::Foreign
    }

    /// Looks at tokens that were read, and takes those that somebody else wrote.
    pub(crate) fn find(&mut self, tokens: &Tokens, next: &mut Revision) -> Found {
        let found = self.relation(tokens);
        match found {
            Found::Foreign => {
                self.unwritten = None;
                (self.failures, self.futile) = (0, 0);
                if matches!(self.standing, Standing::Failing { .. }) {
                    self.standing = Standing::Sound;
                }
                self.publish(tokens.clone(), next);
            }
            // Dates may have been corrected by hand. What can be read may still be lost in a crash: only
            // the vault knows, and is asked once more.
            Found::Same => self.publish(tokens.clone(), next),
            Found::Replaced => {}
        }
        found
    }

    fn relation(&self, tokens: &Tokens) -> Found {
        let mark = tokens.mark();
        if mark == self.live.load().tokens.mark() {
            Found::Same
        } else if self.replaced.contains(&mark) {
            Found::Replaced
        } else {
            Found::Foreign
        }
    }

    /// Puts tokens to use.
    fn publish(&mut self, tokens: Tokens, next: &mut Revision) {
        let before = self.live.load();
        let mark = before.tokens.mark();
        if tokens.mark() != mark {
            if self.replaced.len() == REPLACED {
                self.replaced.remove(0);
            }
            self.replaced.push(mark);
        }
        let token = tokens.fingerprint();
        if self.doubt.is_some_and(|doubt| token != Some(doubt)) {
            self.doubt = None;
        }
        match &self.standing {
            Standing::NeedsLogin(verdict) if token == Some(verdict.token) => {}
            // Another client may be named in another id token, so that is no longer certain either.
            Standing::Misconfigured if token == before.tokens.fingerprint() => {}
            Standing::NeedsLogin(_) | Standing::Misconfigured => self.standing = Standing::Sound,
            Standing::Sound | Standing::Failing { .. } => {}
        }
        let revision = if tokens.access == before.tokens.access {
            before.revision
        } else {
            next.0 += 1;
            *next
        };
        self.live.publish(Current::new(revision, tokens));
    }

    /// The verdict on the refresh token in use.
    pub(crate) const fn verdict(&self) -> Option<&Verdict> {
        match &self.standing {
            Standing::NeedsLogin(verdict) => Some(verdict),
            Standing::Sound | Standing::Failing { .. } | Standing::Misconfigured => None,
        }
    }

    pub(crate) fn unwritten(&self) -> Option<(&Grant, Fingerprint)> {
        let unwritten = self.unwritten.as_ref()?;
        Some((&unwritten.grant, unwritten.used))
    }

    /// Notes that this refresh token may have been used up.
    pub(crate) fn doubts(&mut self, token: Fingerprint) {
        if self.live.load().tokens.fingerprint() == Some(token) {
            self.doubt = Some(token);
        }
    }

    /// Whether the refresh token in use may have been used up.
    pub(crate) const fn doubted(&self) -> bool {
        self.doubt.is_some()
    }

    /// Whether the only ones who wait are people who want to know whether it works.
    pub(crate) fn by_hand(&self) -> bool {
        let mut waiters = self.waiters.iter();
        !self.waiters.is_empty() && waiters.all(|w| w.reason == Reason::Checked)
    }

    /// Whether somebody waits to whom an upstream has refused the tokens in use.
    pub(crate) fn rejected(&self) -> bool {
        let revision = self.live.load().revision;
        let mut waiters = self.waiters.iter();
        waiters.any(|w| w.reason == Reason::Rejected && w.seen >= revision)
    }
}
