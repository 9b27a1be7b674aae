//! What a translation takes of a body, and of one that is ten times as long.

use allocation_counter::measure;
use cliproxy_json::Body;
use std::time::{Duration, Instant};

/// So many times as much may be allocated: more than ten, since buffers grow by doubling, and far from
/// the hundred of a square.
const ALLOCATED: u64 = 20;

/// So many times as long it may take: more than ten, since caches end.
const TIME: u32 = 40;

/// The fastest of so few runs counts, and after so many there is no more hope.
const RUNS: std::ops::RangeInclusive<usize> = 3..=60;

/// Checks that what is allocated, and the time, grow in proportion.
///
/// What is allocated is the same in every run. Of the time only the fastest run counts: what disturbs a
/// run makes it slower, never faster. So runs are added until the fastest ones are in proportion, which
/// those of a square never are, and a busy machine does not fail the test.
pub(crate) fn check(said: &str, bodies: [&Body; 2], translate: &dyn Fn(&Body) -> bool) {
    let [small, large] = bodies.map(|body| {
        // What was seen of schemas is remembered, once for the process.
        assert!(translate(body), "{said}");
        measure(|| assert!(translate(body), "{said}"))
    });
    for (what, small, large) in [
        ("allocations", small.count_total, large.count_total),
        ("bytes", small.bytes_total, large.bytes_total),
        ("bytes at once", small.bytes_max, large.bytes_max),
    ] {
        assert!(
            large <= small * ALLOCATED,
            "{said}: {small} and {large} {what}"
        );
    }
    let mut fastest = [Duration::MAX; 2];
    let is_in_proportion = (1..=*RUNS.end()).any(|run| {
        for (fastest, body) in fastest.iter_mut().zip(bodies) {
            let start = Instant::now();
            assert!(translate(body), "{said}");
            *fastest = start.elapsed().min(*fastest);
        }
        run >= *RUNS.start() && fastest[1] <= fastest[0] * TIME
    });
    assert!(is_in_proportion, "{said}: {fastest:?}");
}
