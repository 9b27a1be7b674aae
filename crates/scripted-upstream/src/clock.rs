//! The time outside.

use std::time::{Duration, Instant, SystemTime};

/// A moment, by both clocks.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Moment {
    pub(crate) at: Instant,
    pub(crate) wall: SystemTime,
}

impl Moment {
    #[expect(
        clippy::disallowed_methods,
        reason = "an upstream is the world outside: its times are wall clock times, made here and passed down"
    )]
    pub(crate) fn now() -> Self {
        Self {
            at: Instant::now(),
            wall: SystemTime::now(),
        }
    }

    /// The same moment by a wall clock that is so many seconds ahead, or behind if negative.
    pub(crate) fn skewed(self, by: i64) -> Self {
        let distance = Duration::from_secs(by.unsigned_abs());
        let wall = if by < 0 {
            self.wall.checked_sub(distance)
        } else {
            self.wall.checked_add(distance)
        };
        let wall = wall.unwrap_or(self.wall);
        Self { wall, ..self }
    }
}
