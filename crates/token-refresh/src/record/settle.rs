//! What an attempt leaves behind.

use super::{Record, Standing, Unwritten, next::ahead};
use crate::{
    Ending, Fingerprint, Grant, Hold, LastError, LoginReason, RefreshError, Revision, Tokens,
    Trouble, VaultError, Verdict, backoff,
};
use std::{fmt, time::SystemTime};

/// How an attempt ended, with what has to be known afterwards.
#[derive(Debug)]
pub(crate) enum Ended {
    /// New tokens are in use; `changed` unless they say the same as the old ones.
    Granted { changed: bool },
    /// The same, but they could not be written.
    AtRisk,
    /// Tokens that were at risk are on disk.
    Written,
    /// They are still not.
    Unwritten(VaultError),
    /// Somebody else's tokens are in use.
    Adopted,
    /// The credential is not there.
    Gone,
    /// Nothing was asked.
    Blocked,
    /// The token endpoint gave nothing for this refresh token. `doubted` if a question about it
    /// brought no answer. `setup` is that of who was asked.
    Refused {
        token: Fingerprint,
        setup: u64,
        error: RefreshError,
        doubted: bool,
    },
    /// The vault gave nothing.
    Storage(VaultError),
    /// It was broken off.
    Interrupted,
}

impl Record {
    /// Puts granted tokens to use.
    pub(crate) fn grant(&mut self, tokens: Tokens, next: &mut Revision, now: SystemTime) -> bool {
        let before = self.live.load();
        self.unwritten = None;
        self.doubt = None;
        self.granted_at = Some(now);
        self.publish(tokens, next);
        let after = self.live.load();
        after.revision != before.revision || after.validity.expires_at != before.validity.expires_at
    }

    /// Notes that what is in use is not on disk.
    pub(crate) fn at_risk(
        &mut self,
        grant: Grant,
        used: Fingerprint,
        why: &VaultError,
        now: SystemTime,
    ) {
        self.unwritten = Some(Unwritten {
            grant,
            used,
            failures: 1,
            next_try: backoff::next_write(1, now),
        });
        self.note(why, now);
    }

    /// Notes that it is now.
    pub(crate) fn written(&mut self) {
        self.unwritten = None;
    }

    /// Draws the consequences.
    pub(crate) fn ended(&mut self, ended: Ended, now: SystemTime) -> Ending {
        let ending = self.consequences(ended, now);
        if let Some(unwritten) = &mut self.unwritten
            && ahead(unwritten.next_try, backoff::LONGEST_UNWRITTEN, now).is_none()
        {
            unwritten.failures = unwritten.failures.saturating_add(1);
            unwritten.next_try = backoff::next_write(unwritten.failures, now);
        }
        ending
    }

    fn consequences(&mut self, ended: Ended, now: SystemTime) -> Ending {
        match ended {
            Ended::Granted { changed } => self.granted(changed, now),
            Ended::AtRisk => {
                self.sound();
                Ending::AtRisk
            }
            Ended::Written => {
                if let Standing::Failing {
                    trouble: Trouble::Storage,
                    ..
                } = self.standing
                {
                    self.sound();
                }
                if self.standing == Standing::Sound {
                    self.last_error = None;
                }
                Ending::Written
            }
            Ended::Unwritten(error) => {
                self.note(&error, now);
                Ending::Unwritten
            }
            Ended::Adopted => {
                self.sound();
                self.last_error = None;
                Ending::Adopted
            }
            // It may be back in a moment (a file that an editor replaces); whoever watches for
            // deletions takes it away.
            Ended::Gone => {
                self.note(&VaultError::Gone, now);
                self.fail(Trouble::Storage, now);
                Ending::Discarded
            }
            Ended::Blocked => Ending::Blocked,
            Ended::Refused {
                token,
                setup,
                error,
                doubted,
            } => {
                if self.live.load().tokens.fingerprint() != Some(token) {
                    // Another one has come into use meanwhile, and nobody has refused that.
                    return Ending::Adopted;
                }
                let before = self.standing.clone();
                let ending = self.refused(token, &error, doubted, now);
                if setup != self.spec.setup && ending != Ending::Permanent {
                    // Somebody else is asked from now on.
                    self.standing = before;
                }
                ending
            }
            Ended::Storage(error) => {
                self.note(&error, now);
                self.fail(Trouble::Storage, now);
                Ending::Storage
            }
            Ended::Interrupted => {
                self.note(&"the attempt was broken off", now);
                self.fail(Trouble::Interrupted, now);
                Ending::Interrupted
            }
        }
    }

    fn granted(&mut self, changed: bool, now: SystemTime) -> Ending {
        self.sound();
        self.last_error = None;
        let current = self.live.load();
        let at_once = self.due(Hold::None, now).is_some_and(|at| at <= now);
        if changed && !at_once && !current.is_expired(now) {
            self.futile = 0;
            return Ending::Granted;
        }
        self.futile += 1;
        self.standing = Standing::Failing {
            trouble: Trouble::Ineffective,
            next_try: now + backoff::after(self.futile),
        };
        self.note(&"refreshed, and due for another refresh at once", now);
        Ending::Ineffective
    }

    fn refused(
        &mut self,
        token: Fingerprint,
        error: &RefreshError,
        doubted: bool,
        now: SystemTime,
    ) -> Ending {
        self.note(error, now);
        if doubted {
            self.doubt = Some(token);
        }
        match error {
            RefreshError::Permanent { code, .. } => {
                // What is not on disk goes on being written: an older token there would be asked
                // with once more after a restart.
                self.condemn(token, code, doubted, now);
                Ending::Permanent
            }
            RefreshError::Misconfigured { .. } => {
                self.standing = Standing::Misconfigured;
                Ending::Misconfigured
            }
            RefreshError::Throttled { retry_after } => {
                self.standing = Standing::Failing {
                    trouble: Trouble::Throttled,
                    next_try: backoff::after_throttling(*retry_after, now),
                };
                Ending::Throttled
            }
            RefreshError::Transient { .. } => {
                self.fail(Trouble::Transient, now);
                Ending::Transient
            }
            RefreshError::Proxy { .. } => {
                self.fail(Trouble::Proxy, now);
                Ending::Proxy
            }
            RefreshError::Ambiguous { .. } => {
                self.fail(Trouble::Ambiguous, now);
                Ending::Ambiguous
            }
        }
    }

    fn condemn(&mut self, token: Fingerprint, code: &str, doubted: bool, now: SystemTime) {
        let reason = if doubted {
            LoginReason::AmbiguousRotation
        } else {
            LoginReason::Refused
        };
        self.standing = Standing::NeedsLogin(Verdict {
            token,
            reason,
            code: code.into(),
            since: now,
        });
    }

    fn fail(&mut self, trouble: Trouble, now: SystemTime) {
        self.failures = self.failures.saturating_add(1);
        let end = self.live.load().validity.expires_at;
        let next_try = backoff::next_try(self.failures, end, now);
        if !matches!(
            self.standing,
            Standing::NeedsLogin(_) | Standing::Misconfigured
        ) {
            self.standing = Standing::Failing { trouble, next_try };
        }
    }

    fn sound(&mut self) {
        self.failures = 0;
        if matches!(self.standing, Standing::Failing { .. }) {
            self.standing = Standing::Sound;
        }
    }

    fn note(&mut self, what: &impl fmt::Display, at: SystemTime) {
        self.last_error = Some(LastError {
            at,
            text: what.to_string().into(),
        });
    }
}
