//! How long a quota failure blocks when the upstream does not say.

use std::time::Duration;

use crate::moment::Moment;

const LONGEST: Duration = Duration::from_secs(30 * 60);

/// The level whose block would be longer.
const TOP: u32 = 11;

/// One second, doubled with each window up to half an hour; fewer after quiet times.
///
/// A window is the block that a quota failure opens. Failures that arrive while it is open are
/// echoes of the same event (the requests that were already on their way) and do not raise the
/// level; counting each of them would turn one burst into half an hour.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Backoff {
    level: u32,
    length: Duration,
    closes: Moment,
}

impl Backoff {
    pub(crate) const NONE: Self = Self {
        level: 0,
        length: Duration::ZERO,
        closes: Moment::ORIGIN,
    };

    /// With a window that another process opened.
    pub(crate) fn restored(level: u32, length: Duration, closes: Moment) -> Self {
        Self {
            level: level.min(TOP),
            length,
            closes,
        }
    }

    pub(crate) const fn level(self) -> u32 {
        self.level
    }

    /// Takes note of a quota failure; returns when the window closes.
    ///
    /// A hint is used as it is and does not change the level.
    pub(crate) fn hit(&mut self, hint: Option<Duration>, now: Moment) -> Moment {
        let open = self.closes > now;
        if !open {
            self.decay(now);
        }
        let length = match hint {
            Some(hint) => hint,
            None if open => return self.closes,
            None => self.escalate(),
        };
        let closes = now.after(length);
        if closes > self.closes {
            (self.length, self.closes) = (length, closes);
        }
        self.closes
    }

    /// One level less for each period of twice the last window's length that passed since it closed.
    fn decay(&mut self, now: Moment) {
        let period = self.length.saturating_mul(2).as_nanos().max(1);
        let periods = now.since(self.closes).as_nanos().saturating_sub(1) / period;
        let drop = u32::try_from(periods).unwrap_or(u32::MAX);
        self.level = self.level.saturating_sub(drop);
    }

    /// The level stops at the first one that reaches the longest block, so the shift stays small.
    fn escalate(&mut self) -> Duration {
        let length = Duration::from_secs(1 << self.level);
        if length >= LONGEST {
            return LONGEST;
        }
        self.level += 1;
        length
    }
}

#[cfg(test)]
mod tests;
