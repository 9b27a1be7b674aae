//! What a run found: a table per workload, and all budgets at the end.

use std::fmt;

use super::load::Seen;
use super::measure::Sample;
use super::programs::Target;
use super::workload::{Budget, Workload};

/// How far over a budget the median may be: the spread of this kind of measurement.
const TOLERANCE: f64 = 1.05;

#[derive(Clone, Copy, PartialEq, Eq)]
enum Verdict {
    Met,
    /// Over the budget by less than what two runs differ: said, and no failure.
    Near,
    Missed,
}
/// A change to an earlier binary that is worth a word.
const NOTABLE: f64 = 0.15;

/// The samples of one workload, a row per target and a column per round.
pub(crate) struct Table<'a> {
    workload: &'a Workload,
    targets: &'a [Target],
    samples: Vec<Vec<Sample>>,
}

impl<'a> Table<'a> {
    pub(crate) fn new(workload: &'a Workload, targets: &'a [Target]) -> Self {
        Self {
            workload,
            targets,
            samples: vec![Vec::new(); targets.len()],
        }
    }

    pub(crate) fn add(&mut self, target: usize, sample: Sample) {
        self.samples[target].push(sample);
    }

    fn row(&self, wanted: impl Fn(&Target) -> bool) -> Option<&[Sample]> {
        let index = self.targets.iter().position(wanted)?;
        self.samples.get(index).map(Vec::as_slice)
    }

    fn gateway(&self) -> &[Sample] {
        self.row(|target| matches!(target, Target::Gateway(_)))
            .unwrap_or_default()
    }

    /// The median of what two targets' neighbours of each round say, so that a slow minute of
    /// the machine is on both sides.
    fn ratio(samples: &[Sample], base: &[Sample]) -> Option<f64> {
        let rounds = samples.iter().zip(base);
        median(
            rounds
                .filter_map(|(sample, base)| Some(sample.value? / base.value?))
                .filter(|ratio| ratio.is_finite()),
        )
    }

    fn times_floor(&self, samples: &[Sample]) -> Option<f64> {
        Self::ratio(samples, self.row(|target| *target == Target::Floor)?)
    }

    /// What the budget speaks of, and what to say of it.
    fn verdict(&self) -> Option<(f64, Verdict)> {
        let gateway = self.gateway();
        let (found, allowed) = match self.workload.budget {
            Budget::TimesFloor(times) => (self.times_floor(gateway)?, times),
            Budget::AtMost(most) => (
                median(gateway.iter().filter_map(|sample| sample.value))?,
                most,
            ),
            Budget::Shown => return None,
        };
        let verdict = if found <= allowed {
            Verdict::Met
        } else if found <= allowed * TOLERANCE {
            Verdict::Near
        } else {
            Verdict::Missed
        };
        Some((found, verdict))
    }

    fn write_row(
        &self,
        f: &mut fmt::Formatter<'_>,
        target: &Target,
        samples: &[Sample],
    ) -> fmt::Result {
        let values: Vec<f64> = samples.iter().filter_map(|sample| sample.value).collect();
        let loaded = samples.iter().filter(|sample| sample.seen.requests > 0.0);
        let loaded: Vec<Seen> = loaded.map(|sample| sample.seen).collect();
        if values.is_empty() && loaded.is_empty() {
            // The upstream alone, where only a proxy can be measured.
            return Ok(());
        }
        let least = values.iter().copied().reduce(f64::min);
        let most = values.iter().copied().reduce(f64::max);
        let spread = least.zip(most);
        let spread = spread.map(|(least, most)| format!("{} – {}", number(least), number(most)));
        let times = self.times_floor(samples).map(|times| format!("{times:.2}"));
        let seen = |of: fn(&Seen) -> f64| cell(median(loaded.iter().map(of)));
        writeln!(
            f,
            "{target:<10} {:>10} {:>21} {:>8} {:>9} {:>9} {:>9} {:>9} {:>8}",
            cell(median(values.iter().copied())),
            spread.unwrap_or_else(none),
            times.unwrap_or_else(none),
            seen(|seen| seen.requests / seen.seconds),
            seen(|seen| seen.p50_us / 1e3),
            seen(|seen| seen.p99_us / 1e3),
            seen(|seen| seen.first_p50_us / 1e3),
            cell(median(samples.iter().filter_map(|sample| sample.peak))),
        )
    }

    /// The change from the binary of `--against` to the gateway, as a share of the former.
    fn change(&self) -> Option<f64> {
        let against = self.row(|target| matches!(target, Target::Against(_)))?;
        Some(Self::ratio(self.gateway(), against)? - 1.0)
    }
}

impl fmt::Display for Table<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(
            f,
            "{:<10} {:>10} {:>21} {:>8} {:>9} {:>9} {:>9} {:>9} {:>8}",
            "",
            "median",
            "least – most",
            "× floor",
            "req/s",
            "p50 ms",
            "p99 ms",
            "first ms",
            "peak MB"
        )?;
        for (target, samples) in self.targets.iter().zip(&self.samples) {
            self.write_row(f, target, samples)?;
        }
        write!(f, "in {}", self.workload.unit())
    }
}

/// Prints every budget with what was found; gives how many are not met.
pub(crate) fn summary(tables: &[Table<'_>]) -> usize {
    let mut missed = 0;
    println!("\n{:<14} {:>12} {:>14}", "budget", "found", "allowed");
    for table in tables {
        let Workload { name, budget, .. } = table.workload;
        let Some((found, verdict)) = table.verdict() else {
            continue;
        };
        missed += usize::from(verdict == Verdict::Missed);
        let (found, allowed) = match budget {
            Budget::TimesFloor(times) => {
                (format!("{found:.2} × floor"), format!("{times:.2} × floor"))
            }
            Budget::AtMost(most) => (number(found), number(*most)),
            Budget::Shown => continue,
        };
        let verdict = match verdict {
            Verdict::Met => "met",
            Verdict::Near => "missed by less than 5 %",
            Verdict::Missed => "NOT MET",
        };
        let change = table.change().map(|change| {
            let notable = if change.abs() > NOTABLE {
                ", notable"
            } else {
                ""
            };
            format!(
                "   {:+.1} % against the other binary{notable}",
                change * 100.0
            )
        });
        println!(
            "{name:<14} {found:>12} {allowed:>14}   {verdict}{}",
            change.unwrap_or_default()
        );
    }
    missed
}

fn median(values: impl Iterator<Item = f64>) -> Option<f64> {
    let mut values: Vec<f64> = values.collect();
    values.sort_by(f64::total_cmp);
    let middle = values.len() / 2;
    match values.len() {
        0 => None,
        odd if odd % 2 == 1 => Some(values[middle]),
        _ => Some(f64::midpoint(values[middle - 1], values[middle])),
    }
}

/// Three significant digits or so.
fn number(value: f64) -> String {
    match value {
        ..10.0 => format!("{value:.2}"),
        10.0..100.0 => format!("{value:.1}"),
        _ => format!("{value:.0}"),
    }
}

fn cell(value: Option<f64>) -> String {
    value.map_or_else(none, number)
}

fn none() -> String {
    "–".to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn medians() {
        let check = |values: &[f64], expected| assert_eq!(median(values.iter().copied()), expected);
        check(&[], None);
        check(&[3.0], Some(3.0));
        check(&[9.0, 1.0, 2.0], Some(2.0));
        check(&[4.0, 1.0, 2.0, 3.0], Some(2.5));
    }
}
