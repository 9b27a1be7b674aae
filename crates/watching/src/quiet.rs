//! When it is quiet again, after something has happened.

use crate::Collect;
use std::time::{Duration, Instant};

/// How long a place must be left alone before it is looked at: programs write in several steps.
const QUIET: Duration = Duration::from_millis(150);
/// Where it is never left alone, it is looked at after this all the same.
const AT_MOST: Duration = Duration::from_secs(2);

/// Since when it has not been quiet.
#[derive(Debug, Default)]
pub struct Quiet {
    /// When the first and the last of it happened.
    span: Option<(Instant, Instant)>,
}

impl Quiet {
    /// Something has happened.
    pub fn note(&mut self, now: Instant) {
        let first = self.span.map_or(now, |(first, _)| first);
        self.span = Some((first, now));
    }
}

impl Collect for Quiet {
    type Look = ();

    fn due(&self) -> Option<Instant> {
        let (first, last) = self.span?;
        Some((last + QUIET).min(first + AT_MOST))
    }

    fn take(&mut self, now: Instant) -> Option<()> {
        self.due().filter(|due| *due <= now)?;
        self.span = None;
        Some(())
    }
}

#[cfg(test)]
mod tests {
    use super::Quiet;
    use crate::Collect as _;
    use std::time::{Duration, Instant};

    #[test]
    fn a_look_follows_when_it_is_quiet_or_after_a_while() {
        let start = Instant::now();
        let at = |millis| start + Duration::from_millis(millis);
        // What happens at these milliseconds, and when it is looked at.
        let check = |happens: &[u64], expected: &[u64]| {
            let mut quiet = Quiet::default();
            let mut looks = Vec::new();
            for millis in (0..=5_000).step_by(10) {
                if happens.contains(&millis) {
                    quiet.note(at(millis));
                }
                looks.extend(quiet.take(at(millis)).map(|()| millis));
            }
            assert_eq!(looks, expected, "{happens:?}");
            assert_eq!(quiet.due(), None);
        };
        check(&[], &[]);
        check(&[0], &[150]);
        // Five writes in 100 ms are one.
        check(&[0, 20, 40, 60, 80], &[230]);
        check(&[0, 160], &[150, 310]);
        let always: Vec<_> = (0..=3_000).step_by(10).collect();
        check(&always, &[2_000, 3_150]);
    }
}
