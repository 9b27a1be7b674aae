//! Sums up the answers of a run.

use std::time::Duration;

use crate::connection::Answer;

#[derive(Default)]
pub(crate) struct Tally {
    events: usize,
    bytes: usize,
    /// Microseconds, one per answer.
    took: Vec<u64>,
    /// Microseconds to the first piece of the body, one per answer.
    first: Vec<u64>,
}

impl Tally {
    pub(crate) fn add(&mut self, answer: Answer) {
        self.events += answer.events;
        self.bytes += answer.bytes;
        self.took.push(micros(answer.took));
        self.first.push(micros(answer.first));
    }

    pub(crate) fn merge(&mut self, other: Self) {
        self.events += other.events;
        self.bytes += other.bytes;
        self.took.extend(other.took);
        self.first.extend(other.first);
    }

    /// One flat object; every value is a number.
    pub(crate) fn into_json(mut self, elapsed: Duration) -> String {
        self.took.sort_unstable();
        self.first.sort_unstable();
        let requests = self.took.len();
        let seconds = elapsed.as_secs_f64();
        format!(
            r#"{{"requests":{requests},"seconds":{seconds:.6},"events":{},"bytes":{},"p50_us":{},"p99_us":{},"first_p50_us":{},"first_p99_us":{}}}"#,
            self.events,
            self.bytes,
            percentile(&self.took, 50),
            percentile(&self.took, 99),
            percentile(&self.first, 50),
            percentile(&self.first, 99),
        )
    }
}

fn micros(time: Duration) -> u64 {
    u64::try_from(time.as_micros()).unwrap_or(u64::MAX)
}

/// The value that `percent` of the sorted values do not exceed; 0 when there are none.
fn percentile(sorted: &[u64], percent: usize) -> u64 {
    let rank = (sorted.len() * percent).div_ceil(100);
    sorted.get(rank.saturating_sub(1)).copied().unwrap_or(0)
}
