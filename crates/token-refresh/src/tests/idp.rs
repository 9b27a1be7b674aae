//! A token endpoint that does what a test says.

use super::fakes::Wall;
use crate::{Clock as _, Grant, RefreshError, TokenEndpoint, Tokens};
use cliproxy_core::{CredentialId, Secret};
use futures_util::future::{BoxFuture, FutureExt as _};
use parking_lot::Mutex;
use std::{
    collections::{BTreeMap, BTreeSet, VecDeque},
    sync::Arc,
    time::{Duration, SystemTime},
};
use tokio::time::Instant;

/// What a token endpoint does with one question.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Answer {
    /// New tokens for the refresh token that is valid; a used one is refused as reused.
    Grants,
    /// The same tokens again.
    Repeats,
    /// A new access token; the refresh token stays.
    Keeps,
    /// A success without an access token.
    Empty,
    /// Never reached.
    Unreached,
    /// Not even the proxy was.
    NoProxy,
    /// The request got lost on its way, after it was written.
    Vanishes,
    /// The answer got lost: the token is used up.
    Swallows,
    /// Takes for ever; the token is used up.
    Hangs,
    Throttled(Option<u64>),
    Refused,
    NotThisClient,
}

/// A token endpoint of one-time refresh tokens, for any number of accounts.
#[derive(Default)]
pub(super) struct Idp {
    /// What it does next; after that it grants.
    pub(super) script: Mutex<VecDeque<Answer>>,
    /// Generation of the valid refresh token, by account.
    pub(super) valid: Mutex<BTreeMap<CredentialId, u64>>,
    /// Questions: when, and with which refresh token.
    pub(super) asked: Mutex<Vec<(Instant, String)>>,
    pub(super) latency: Mutex<Duration>,
    pub(super) life: Mutex<Duration>,
    /// How many questions are out, and the most that were.
    busy: Mutex<(usize, usize)>,
    /// Refresh tokens of the questions that are out, and those that were asked with twice at a time.
    out: Mutex<(BTreeSet<String>, BTreeSet<String>)>,
    /// How often a refresh token was answered for good: granted for, or refused.
    pub(super) answered: Mutex<BTreeMap<String, u32>>,
    /// Accounts whose token may be lost, and not by us: an answer that never arrived, or a refusal.
    pub(super) lost: Mutex<BTreeSet<CredentialId>>,
    /// Where some of the answers come from once the script has ended.
    pub(super) weather: Mutex<Option<fastrand::Rng>>,
}

impl Idp {
    pub(super) fn tokens(&self, id: &CredentialId, now: SystemTime) -> Tokens {
        let n = self.valid.lock().get(id).copied().unwrap_or_default();
        Tokens {
            access: Secret::from(format!("{id}-a{n}")),
            refresh: Some(Secret::from(format!("{id}-r{n}"))),
            id: None,
            expires_at: Some(now + *self.life.lock()),
            refreshed_at: Some(now),
        }
    }

    /// The most questions that were out at a time.
    pub(super) fn peak(&self) -> usize {
        self.busy.lock().1
    }

    /// Refresh tokens that were asked with twice at a time.
    pub(super) fn doubled(&self) -> BTreeSet<String> {
        self.out.lock().1.clone()
    }

    fn next(&self) -> Answer {
        if let Some(answer) = self.script.lock().pop_front() {
            return answer;
        }
        let mut weather = self.weather.lock();
        match weather.as_mut().map(|rng| rng.u32(0..100)) {
            Some(0..4) => Answer::Unreached,
            Some(4) => Answer::Vanishes,
            Some(5) => Answer::Throttled(None),
            _ => Answer::Grants,
        }
    }
}

pub(super) struct Account {
    pub(super) idp: Arc<Idp>,
    pub(super) id: CredentialId,
    pub(super) clock: Arc<Wall>,
}

impl Account {
    fn decide(&self, refresh: &str) -> (Answer, Result<Tokens, RefreshError>) {
        let answer = self.idp.next();
        if matches!(answer, Answer::Swallows | Answer::Hangs | Answer::Refused) {
            self.idp.lost.lock().insert(self.id.clone());
        }
        let text = |text: &str| text.into();
        let now = self.clock.now();
        let error = match answer {
            Answer::Unreached => RefreshError::Transient {
                reason: text("connection refused"),
            },
            Answer::NoProxy => RefreshError::Proxy {
                reason: text("connection refused"),
            },
            Answer::Vanishes => RefreshError::Ambiguous {
                reason: text("connection reset"),
            },
            Answer::Throttled(millis) => RefreshError::Throttled {
                retry_after: millis.map(Duration::from_millis),
            },
            Answer::Refused => RefreshError::Permanent {
                code: text("invalid_grant"),
                reused: false,
            },
            Answer::NotThisClient => RefreshError::Misconfigured {
                code: text("invalid_client"),
            },
            Answer::Empty => {
                let access = Secret::from("");
                let tokens = self.idp.tokens(&self.id, now);
                return (answer, Ok(Tokens { access, ..tokens }));
            }
            Answer::Repeats => return (answer, Ok(self.idp.tokens(&self.id, now))),
            Answer::Grants | Answer::Keeps | Answer::Swallows | Answer::Hangs => {
                let valid = self.idp.tokens(&self.id, now).refresh;
                if valid == Some(Secret::from(refresh)) {
                    *self.idp.valid.lock().entry(self.id.clone()).or_default() += 1;
                    return (answer, Ok(self.idp.tokens(&self.id, now)));
                }
                RefreshError::Permanent {
                    code: text("refresh_token_reused"),
                    reused: true,
                }
            }
        };
        (answer, Err(error))
    }
}

impl TokenEndpoint for Account {
    fn refresh<'a>(&'a self, tokens: &'a Tokens) -> BoxFuture<'a, Result<Grant, RefreshError>> {
        async move {
            let refresh = tokens.refresh.as_ref().unwrap().expose().to_owned();
            let out = Out::enter(&self.idp, &refresh);
            self.idp
                .asked
                .lock()
                .push((Instant::now(), refresh.clone()));
            let (answer, result) = self.decide(&refresh);
            let latency = *self.idp.latency.lock();
            tokio::time::sleep(latency).await;
            let definite = match &result {
                Ok(_) => !matches!(answer, Answer::Swallows | Answer::Hangs | Answer::Empty),
                Err(error) => matches!(error, RefreshError::Permanent { .. }),
            };
            if answer == Answer::Hangs {
                std::future::pending::<()>().await;
            }
            drop(out);
            if definite {
                *self.idp.answered.lock().entry(refresh).or_default() += 1;
            }
            let tokens = result?;
            match answer {
                Answer::Swallows => Err(RefreshError::Ambiguous {
                    reason: "connection reset".into(),
                }),
                _ => Ok(Grant {
                    access: tokens.access,
                    refresh: tokens.refresh.filter(|_| answer != Answer::Keeps),
                    id: None,
                    expires_at: tokens.expires_at,
                    received_at: self.clock.now(),
                }),
            }
        }
        .boxed()
    }
}

/// A question that is out.
struct Out<'a> {
    idp: &'a Idp,
    refresh: String,
}

impl<'a> Out<'a> {
    fn enter(idp: &'a Idp, refresh: &str) -> Self {
        let refresh = refresh.to_owned();
        let mut busy = idp.busy.lock();
        busy.0 += 1;
        busy.1 = busy.1.max(busy.0);
        let mut out = idp.out.lock();
        if !out.0.insert(refresh.clone()) {
            out.1.insert(refresh.clone());
        }
        Self { idp, refresh }
    }
}

impl Drop for Out<'_> {
    fn drop(&mut self) {
        self.idp.busy.lock().0 -= 1;
        self.idp.out.lock().0.remove(&self.refresh);
    }
}
