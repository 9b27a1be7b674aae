//! Which tokens there are, and what they are still good for.

use crate::oauth::{Reuse, TokenFailure, failure::Refused};
use rustc_hash::FxHashMap;
use std::{fmt, time::Instant};

/// Everything that came of one time that somebody signed in.
pub(crate) type Family = u64;

/// Every token ever made or given by the script.
#[derive(Default)]
pub(crate) struct Books {
    refresh: FxHashMap<String, RefreshToken>,
    access: FxHashMap<String, AccessToken>,
    families: Family,
}

struct RefreshToken {
    account: usize,
    family: Family,
    state: State,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum State {
    Live,
    Used,
    Revoked,
}

struct AccessToken {
    account: usize,
    family: Family,
    expires: Instant,
    revoked: bool,
    /// The newest has the greatest.
    number: usize,
}

impl AccessToken {
    fn is_good(&self, now: Instant) -> bool {
        !self.revoked && now < self.expires
    }
}

impl Books {
    /// Somebody signs in.
    pub(crate) const fn open_family(&mut self) -> Family {
        self.families += 1;
        self.families
    }

    pub(crate) fn add_refresh(&mut self, token: String, account: usize, family: Family) {
        let entry = RefreshToken {
            account,
            family,
            state: State::Live,
        };
        self.refresh.insert(token, entry);
    }

    pub(crate) fn add_access(
        &mut self,
        token: String,
        account: usize,
        family: Family,
        expires: Instant,
    ) {
        let number = self.access.len();
        let entry = AccessToken {
            account,
            family,
            expires,
            revoked: false,
            number,
        };
        self.access.insert(token, entry);
    }

    /// Whose refresh token it is, good or not.
    pub(crate) fn owner(&self, refresh: &str) -> Option<usize> {
        self.refresh.get(refresh).map(|token| token.account)
    }

    /// Whose access token it is, and whether it is good.
    pub(crate) fn access(&self, token: &str, now: Instant) -> Option<(usize, bool)> {
        let token = self.access.get(token)?;
        Some((token.account, token.is_good(now)))
    }

    /// Which family a refresh token belongs to, if it is good. One that was used before may cost
    /// the family.
    pub(crate) fn accept(&mut self, refresh: &str, reuse: Reuse) -> Result<Family, Refused> {
        let unknown = TokenFailure::Invalidated.because("Token has been expired or revoked.");
        let token = self.refresh.get(refresh).ok_or(unknown)?;
        let family = token.family;
        match token.state {
            State::Live => Ok(family),
            State::Revoked => Err(unknown),
            State::Used => {
                if reuse == Reuse::RevokesFamily {
                    self.revoke(|_, of| of == family);
                }
                Err(TokenFailure::Reused.because(
                    "Your refresh token has already been used to generate a new access token. Please try signing in again.",
                ))
            }
        }
    }

    /// A refresh token has done its work.
    pub(crate) fn use_up(&mut self, refresh: &str) {
        if let Some(token) = self.refresh.get_mut(refresh) {
            token.state = State::Used;
        }
    }

    /// The newest access token of an account that is good, and when it expires; of one family if
    /// one is given.
    pub(crate) fn newest(
        &self,
        account: usize,
        family: Option<Family>,
        now: Instant,
    ) -> Option<(String, Instant)> {
        self.access
            .iter()
            .filter(|(_, token)| token.account == account && token.is_good(now))
            .filter(|(_, token)| family.is_none_or(|family| token.family == family))
            .max_by_key(|(_, token)| token.number)
            .map(|(text, token)| (text.clone(), token.expires))
    }

    /// Ends the life of an account's access tokens.
    pub(crate) fn expire(&mut self, account: usize, now: Instant) {
        let tokens = self.access.values_mut();
        for token in tokens.filter(|token| token.account == account) {
            token.expires = token.expires.min(now);
        }
    }

    /// Ends the life of everything that belongs to such an account and family. What was used stays
    /// known as used.
    pub(crate) fn revoke(&mut self, whose: impl Fn(usize, Family) -> bool) {
        for token in self.access.values_mut() {
            token.revoked |= whose(token.account, token.family);
        }
        for token in self.refresh.values_mut() {
            if token.state == State::Live && whose(token.account, token.family) {
                token.state = State::Revoked;
            }
        }
    }
}

impl fmt::Debug for Books {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Books").finish_non_exhaustive()
    }
}
