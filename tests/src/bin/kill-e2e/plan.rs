//! What one kill is to be: drawn from its seed.

use cliproxy_e2e::Ends;
use cliproxy_scripted_upstream::{Derailment, oauth::TokenBehaviour};
use fastrand::Rng;
use std::{fmt, time::Duration};

/// One kill.
#[derive(Clone, Debug)]
pub(crate) struct Plan {
    pub(crate) seed: u64,
    /// Whether the file says that the token has ended, or the upstream.
    pub(crate) ends: Ends,
    pub(crate) endpoint: Endpoint,
    pub(crate) moment: Moment,
}

/// How the token endpoint answers first; after that, as it should.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Endpoint {
    Prompt,
    Slow(Duration),
    /// Resets the connection after this many bytes of its answer.
    Cut(usize),
    /// Closes the connection in the middle of its answer.
    Truncated,
}

/// When the kill is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Moment {
    pub(crate) after: Event,
    pub(crate) by: Duration,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Event {
    /// Requests find the token ended.
    Ended,
    /// It is on disk that the refresh token is about to be used.
    Noted,
    /// The token endpoint has made new tokens.
    Asked,
    /// It has answered.
    Answered,
}

impl Plan {
    pub(crate) fn of(seed: u64) -> Self {
        let mut rng = Rng::with_seed(seed);
        let ends = rng.choice([Ends::Ago, Ends::InTime]);
        let endpoint = match rng.u8(..10) {
            0..5 => Endpoint::Prompt,
            5..8 => Endpoint::Slow(Duration::from_micros(rng.u64(1_000..60_000))),
            8 => Endpoint::Cut(rng.usize(..2_000)),
            _ => Endpoint::Truncated,
        };
        let after = match rng.u8(..10) {
            0..3 => Event::Ended,
            3..5 => Event::Noted,
            5..7 => Event::Asked,
            _ => Event::Answered,
        };
        let latest = match (after, endpoint) {
            (Event::Noted, _) => 1_000,
            // After silence, it asks again a second later.
            (_, Endpoint::Cut(_) | Endpoint::Truncated) => 1_500_000,
            (Event::Ended, _) => 60_000,
            (Event::Asked, Endpoint::Slow(slow)) => micros(slow) + 10_000,
            (Event::Asked | Event::Answered, _) => 12_000,
        };
        Self {
            seed,
            ends: ends.unwrap_or(Ends::Ago),
            endpoint,
            moment: Moment {
                after,
                by: Duration::from_micros(rng.u64(..latest)),
            },
        }
    }
}

fn micros(time: Duration) -> u64 {
    u64::try_from(time.as_micros()).unwrap_or(u64::MAX)
}

impl Endpoint {
    pub(crate) fn behaviours(self) -> Vec<TokenBehaviour> {
        let first = match self {
            Self::Prompt => TokenBehaviour::Answer,
            Self::Slow(by) => TokenBehaviour::Answer.delayed(by),
            Self::Cut(after) => TokenBehaviour::Derail {
                after,
                then: Derailment::Reset,
            },
            Self::Truncated => TokenBehaviour::Truncate,
        };
        vec![first, TokenBehaviour::Answer]
    }

    /// Whether what it has made may be lost without a kill.
    pub(crate) const fn loses(self) -> bool {
        matches!(self, Self::Cut(_) | Self::Truncated)
    }
}

impl fmt::Display for Plan {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            seed,
            ends,
            endpoint,
            moment: Moment { after, by },
        } = self;
        let ends = match ends {
            Ends::Ago => "ended by its date",
            Ends::InTime => "ended at the upstream",
        };
        write!(
            f,
            "seed {seed}: {ends}, {endpoint:?}, {by:?} after {after:?}"
        )
    }
}
