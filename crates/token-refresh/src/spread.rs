//! Keeps refreshes of many credentials apart.

use cliproxy_core::CredentialId;
use sha2::{Digest as _, Sha256};
use std::time::Duration;

/// Each of those due at once brings this much, up to the whole.
const EACH: Duration = Duration::from_millis(500);
pub(crate) const WHOLE: Duration = Duration::from_secs(60);

/// Two numbers in [0, 1) that are always the same for one id, and have nothing to do with each
/// other: how far its dates are moved, and its place among those that are due at once.
///
/// If they were one number, those that begin first would be moved least, and all would meet again
/// after a few rounds.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Share {
    pub(crate) jitter: f64,
    pub(crate) place: f64,
}

impl Share {
    pub(crate) fn of(id: &CredentialId) -> Self {
        let digest = Sha256::digest(id.as_str());
        let (words, _) = digest.as_chunks::<4>();
        let mut words = words.iter().map(|word| {
            let word = u32::from_be_bytes(*word);
            f64::from(word) / (f64::from(u32::MAX) + 1.0)
        });
        let mut next = || words.next().unwrap_or_default();
        Self {
            jitter: next(),
            place: next(),
        }
    }
}

/// How long each of `count` credentials that are due at once waits: evenly over half a second for
/// each, a minute at most.
pub(crate) fn offsets(count: usize) -> impl Iterator<Item = Duration> {
    let count = u32::try_from(count).unwrap_or(u32::MAX);
    let window = EACH.saturating_mul(count).min(WHOLE);
    (0..count).map(move |place| window.mul_f64(f64::from(place) / f64::from(count)))
}

#[cfg(test)]
mod tests {
    use super::{Share, offsets};
    use cliproxy_core::CredentialId;
    use std::time::Duration;

    #[test]
    fn shares_are_fixed_and_fill_the_square() {
        let all: Vec<Share> = (0..1_000)
            .map(|n| Share::of(&CredentialId::from(format!("credential-{n}"))))
            .collect();
        let half = |number: f64| {
            assert!((0.0..1.0).contains(&number));
            number < 0.5
        };
        for quarter in [(true, true), (true, false), (false, true), (false, false)] {
            let inside = |share: &&Share| (half(share.jitter), half(share.place)) == quarter;
            let count = all.iter().filter(inside).count();
            assert!((200..300).contains(&count), "{count} in {quarter:?}");
        }
        assert_eq!(Share::of(&"a".into()), Share::of(&"a".into()));
    }

    #[test]
    fn those_due_at_once_are_spread_evenly() {
        for (count, window) in [(1, 500), (4, 2_000), (120, 60_000), (500, 60_000)] {
            let offsets: Vec<Duration> = offsets(count).collect();
            assert_eq!(offsets.len(), count);
            let gap = Duration::from_millis(window).div_f64(f64::from(count as u32));
            for (place, offset) in offsets.iter().enumerate() {
                let even = gap.mul_f64(f64::from(place as u32));
                assert!(
                    offset.abs_diff(even) < Duration::from_micros(1),
                    "{offset:?}"
                );
            }
        }
        assert_eq!(offsets(0).count(), 0);
    }
}
