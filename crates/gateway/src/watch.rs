//! The deadlines of a running stream, with one timer for all of them.

use cliproxy_core::Deadlines;
use cliproxy_executors::Timeout;
use std::{
    future::Future as _,
    pin::Pin,
    task::{Context, Poll},
    time::Duration,
};
use tokio::time::{Instant, Sleep};

/// What is due.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Due {
    /// Nothing was written for the keep-alive interval.
    KeepAlive,
    /// A deadline passed.
    Deadline(Timeout),
    /// The reply has come to its logical end, and its upstream had time enough to close.
    Over,
}

/// How long a reply that has come to its logical end waits for what may follow: usage, and the close.
/// Some vendors send neither, and keep the connection.
const GRACE: Duration = Duration::from_secs(2);

/// Watches a stream's silence.
///
/// An event only moves an instant; the timer is looked at when the stream is idle, and re-armed
/// when it fires too early. A timer per event would cost more than the event.
#[derive(Debug)]
pub(crate) struct Watch {
    limits: Limits,
    started: Instant,
    read: Instant,
    progressed: Instant,
    wrote: Instant,
    /// When the wait for the upstream's close is over.
    over: Option<Instant>,
    timer: Option<Pin<Box<Sleep>>>,
}

#[derive(Clone, Copy, Debug)]
pub(crate) struct Limits {
    pub(crate) idle: Duration,
    pub(crate) progress: Duration,
    pub(crate) total: Option<Duration>,
    pub(crate) keep_alive: Option<Duration>,
}

impl Limits {
    pub(crate) fn new(deadlines: &Deadlines, keep_alive: Option<Duration>) -> Self {
        Self {
            idle: deadlines.idle_stream,
            progress: deadlines.progress,
            total: deadlines.total,
            keep_alive,
        }
    }
}

impl Watch {
    pub(crate) fn new(limits: Limits, now: Instant) -> Self {
        Self {
            limits,
            started: now,
            read: now,
            progressed: now,
            wrote: now,
            over: None,
            timer: None,
        }
    }

    /// Bytes arrived; `progress` if a semantic event was among them.
    pub(crate) fn read(&mut self, now: Instant, progress: bool) {
        self.read = now;
        if progress {
            self.progressed = now;
        }
    }

    /// The deadline that a stream which never pauses has passed all the same.
    pub(crate) fn passed(&self, now: Instant) -> Option<Timeout> {
        let limits = &self.limits;
        if now.duration_since(self.progressed) >= limits.progress {
            return Some(Timeout::Progress);
        }
        let total = limits.total?;
        (now.duration_since(self.started) >= total).then_some(Timeout::Total)
    }

    /// The reply has come to its logical end. What follows does not prolong the wait for the close.
    pub(crate) fn finished(&mut self, now: Instant) {
        self.over.get_or_insert(now + GRACE);
    }

    /// When bytes arrived last.
    pub(crate) const fn last_read(&self) -> Instant {
        self.read
    }

    /// Bytes went to the client.
    pub(crate) fn wrote(&mut self, now: Instant) {
        self.wrote = now;
    }

    /// Waits until something is due.
    pub(crate) fn poll_due(&mut self, cx: &mut Context<'_>) -> Poll<Due> {
        loop {
            let (at, due) = self.next();
            let timer = self
                .timer
                .get_or_insert_with(|| Box::pin(tokio::time::sleep_until(at)));
            if timer.deadline() > at {
                timer.as_mut().reset(at);
            }
            if timer.as_mut().poll(cx).is_pending() {
                return Poll::Pending;
            }
            let fired = timer.deadline();
            if fired >= at {
                if due == Due::KeepAlive {
                    self.wrote = fired;
                }
                // Armed for what comes after; polled again before anybody waits on it.
                let (next, _) = self.next();
                if let Some(timer) = &mut self.timer {
                    timer.as_mut().reset(next);
                }
                return Poll::Ready(due);
            }
            timer.as_mut().reset(at);
        }
    }

    fn next(&self) -> (Instant, Due) {
        let limits = &self.limits;
        let deadlines = [
            (Some(self.read + limits.idle), Due::Deadline(Timeout::Idle)),
            (
                Some(self.progressed + limits.progress),
                Due::Deadline(Timeout::Progress),
            ),
            (
                limits.total.map(|total| self.started + total),
                Due::Deadline(Timeout::Total),
            ),
            (
                limits.keep_alive.map(|interval| self.wrote + interval),
                Due::KeepAlive,
            ),
            (self.over, Due::Over),
        ];
        let first = deadlines
            .into_iter()
            .filter_map(|(at, due)| Some((at?, due)))
            .min_by_key(|(at, _)| *at);
        // The idle deadline is always there.
        first.unwrap_or((self.read + limits.idle, Due::Deadline(Timeout::Idle)))
    }
}

#[cfg(test)]
mod tests {
    use super::{Due, Limits, Watch};
    use cliproxy_executors::Timeout;
    use std::time::Duration;
    use tokio::time::Instant;

    const fn s(seconds: u64) -> Duration {
        Duration::from_secs(seconds)
    }

    const LIMITS: Limits = Limits {
        idle: s(300),
        progress: s(1800),
        total: None,
        keep_alive: Some(s(15)),
    };

    async fn due(watch: &mut Watch) -> (Due, Duration) {
        let begun = Instant::now();
        let due = std::future::poll_fn(|cx| watch.poll_due(cx)).await;
        (due, begun.elapsed())
    }

    #[tokio::test(start_paused = true)]
    async fn keep_alives_come_at_their_interval_and_silence_ends_the_stream() {
        // No multiple of the interval, so that the two are never due in the same moment.
        let limits = Limits {
            idle: s(301),
            ..LIMITS
        };
        let mut watch = Watch::new(limits, Instant::now());
        for _ in 0..20 {
            assert_eq!(due(&mut watch).await, (Due::KeepAlive, s(15)));
        }
        let silence = (Due::Deadline(Timeout::Idle), s(1));
        assert_eq!(due(&mut watch).await, silence);
    }

    #[tokio::test(start_paused = true)]
    async fn bytes_move_the_idle_deadline_and_only_events_move_the_progress_deadline() {
        let limits = Limits {
            keep_alive: None,
            ..LIMITS
        };
        let begun = Instant::now();
        let mut watch = Watch::new(limits, begun);
        // A comment every four minutes for half an hour.
        let outcome = loop {
            let step = tokio::time::timeout(s(240), due(&mut watch)).await;
            match step {
                Ok((due, _)) => break due,
                Err(_) => watch.read(Instant::now(), false),
            }
        };
        assert_eq!(outcome, Due::Deadline(Timeout::Progress));
        assert_eq!(begun.elapsed(), s(1800));
    }

    #[tokio::test(start_paused = true)]
    async fn a_finished_reply_is_over_soon_whatever_still_comes() {
        let begun = Instant::now();
        let mut watch = Watch::new(LIMITS, begun);
        watch.finished(begun);
        let first = tokio::time::timeout(s(1), due(&mut watch)).await;
        assert!(first.is_err());
        watch.read(Instant::now(), true);
        watch.finished(Instant::now());
        assert_eq!(due(&mut watch).await, (Due::Over, s(1)));
        assert_eq!(begun.elapsed(), s(2));
    }

    #[tokio::test(start_paused = true)]
    async fn a_stream_without_pauses_has_deadlines_too() {
        let limits = Limits {
            total: Some(s(3600)),
            ..LIMITS
        };
        let begun = Instant::now();
        let mut watch = Watch::new(limits, begun);
        assert_eq!(watch.passed(begun + s(1799)), None);
        assert_eq!(watch.passed(begun + s(1800)), Some(Timeout::Progress));
        watch.read(begun + s(1800), true);
        assert_eq!(watch.passed(begun + s(3599)), None);
        assert_eq!(watch.passed(begun + s(3600)), Some(Timeout::Progress));
        watch.read(begun + s(3600), true);
        assert_eq!(watch.passed(begun + s(3600)), Some(Timeout::Total));
    }
}
