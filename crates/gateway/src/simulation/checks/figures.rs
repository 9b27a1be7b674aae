//! What was counted, and what a whole run has to show.

use super::fairness::Longest;
use crate::simulation::{Scale, request::Ending, upstream::SLOWEST_START};
use std::{fmt, time::Duration};

#[derive(Clone, Debug, Default)]
pub(super) struct Figures {
    pub(super) violations: u64,
    pub(super) requests: u64,
    pub(super) reloads: u64,
    // How requests ended.
    served: u64,
    refused: u64,
    failed: u64,
    spent: u64,
    stopped: u64,
    // What it took.
    pub(super) picks: u64,
    pub(super) rotations: u64,
    pub(super) refusals: u64,
    pub(super) attempts: u64,
    most_attempts: u32,
    pub(super) waits: u64,
    /// Turns of sessions that were served before, within the TTL.
    pub(super) later_turns: u64,
    /// Those of them that were served by the same credential again.
    pub(super) same_again: u64,
    /// Turns whose session's home was ready.
    pub(super) could_hit: u64,
    /// Those of them that the home's upstream has failed.
    pub(super) lost_to_upstream: u64,
    pub(super) hits: u64,
    // Turns served by a stand-in, decisions that somebody stands in, returns, and moves for good.
    pub(super) away: u64,
    pub(super) stand_ins: u64,
    pub(super) returns: u64,
    pub(super) moves: u64,
    pub(super) promotions: u64,
    // Long blocks that were doubted, those that were found to be over, and how much sooner.
    pub(super) probes: u64,
    pub(super) early: u64,
    pub(super) sooner: Duration,
    // Tries of upstreams that are passed over.
    pub(super) trials: u64,
    pub(super) last_resorts: u64,
    /// Outages that were over before somebody went there.
    pub(super) outages: u64,
    /// From the first turn that wanted an upstream again to its answer.
    pub(super) longest_return: Duration,
    /// Quota failures that opened a window, and those that came into one.
    pub(super) windows: u64,
    pub(super) echoes: u64,
}

/// Requests that waited for a cooldown, those that used up their attempts, and sessions that went back
/// to a higher priority.
pub(in crate::simulation) struct Rare {
    pub(in crate::simulation) waits: u64,
    pub(in crate::simulation) spent: u64,
    pub(in crate::simulation) promotions: u64,
}

/// What a run has shown.
#[derive(Debug)]
pub(in crate::simulation) struct Report {
    pub(super) scale: Scale,
    pub(super) violations: Vec<String>,
    pub(in crate::simulation) digest: u64,
    pub(super) bindings: u64,
    pub(super) figures: Figures,
    pub(super) turns: Longest,
}

impl Figures {
    pub(super) fn ended(&mut self, ending: Ending, attempts: u32) {
        self.most_attempts = self.most_attempts.max(attempts);
        *match ending {
            Ending::Served => &mut self.served,
            Ending::Refused => &mut self.refused,
            Ending::Failed => &mut self.failed,
            Ending::Spent => &mut self.spent,
            Ending::Stopped => &mut self.stopped,
        } += 1;
    }
}

impl Report {
    /// Nothing has happened that must not, and the sums are right.
    #[track_caller]
    pub(in crate::simulation) fn assert_sound(&self) {
        let Self { figures, scale, .. } = self;
        let seed = scale.seed;
        assert!(
            self.violations.is_empty(),
            "seed {seed}: {} violations, of which the first are\n{}",
            figures.violations,
            self.violations.join("\n")
        );
        // Everybody who could hit did, but for those whose upstream failed them.
        let possible = figures.could_hit - figures.lost_to_upstream;
        assert_eq!(figures.hits, possible, "seed {seed}");
        assert!(figures.longest_return <= SLOWEST_START, "seed {seed}");
        assert!(self.bindings <= scale.capacity, "seed {seed}");
        let most = scale.policy.attempts;
        assert!(figures.most_attempts <= most, "seed {seed}");
    }

    /// What not every run has.
    pub(in crate::simulation) const fn rare(&self) -> Rare {
        let figures = &self.figures;
        Rare {
            waits: figures.waits,
            spent: figures.spent,
            promotions: figures.promotions,
        }
    }

    /// Of the turns of sessions that were served before, the share that the same credential served.
    pub(in crate::simulation) fn same_again(&self) -> f64 {
        share(self.figures.same_again, self.figures.later_turns)
    }
}

/// Between them, the runs had occasion for everything that is looked at.
#[track_caller]
pub(in crate::simulation) fn assert_eventful(reports: &[Report]) {
    type Count = fn(&Figures) -> u64;
    let occasions: [(&str, Count); 11] = [
        ("hits", |figures| figures.hits),
        ("stand-ins", |figures| figures.stand_ins),
        ("returns", |figures| figures.returns),
        ("moves", |figures| figures.moves),
        ("refusals", |figures| figures.refusals),
        ("probes", |figures| figures.probes),
        ("quotas found early", |figures| figures.early),
        ("trials", |figures| figures.trials),
        ("last resorts", |figures| figures.last_resorts),
        ("outages", |figures| figures.outages),
        ("echoes", |figures| figures.echoes),
    ];
    for (what, count) in occasions {
        let all = reports.iter().map(|report| count(&report.figures));
        assert!(all.sum::<u64>() > 0, "no {what}");
    }
}

#[expect(clippy::cast_precision_loss, reason = "counts of a test")]
fn share(part: u64, whole: u64) -> f64 {
    part as f64 / whole.max(1) as f64
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            scale,
            figures: all,
            turns,
            ..
        } = self;
        let Scale {
            seed,
            credentials,
            sessions,
            hours,
            ..
        } = scale;
        writeln!(
            f,
            "seed {seed}: {credentials} credentials, {sessions} sessions, {hours} h, {} reloads",
            all.reloads
        )?;
        writeln!(
            f,
            "  requests   {} (served {}, refused {}, failed {}, spent {}, stopped {})",
            all.requests, all.served, all.refused, all.failed, all.spent, all.stopped
        )?;
        writeln!(
            f,
            "  picks      {} (rotation {}), refusals {}, attempts {} (at most {}), waits {}",
            all.picks, all.rotations, all.refusals, all.attempts, all.most_attempts, all.waits
        )?;
        writeln!(
            f,
            "  cache      {} of {} possible hits ({} more were failed by their upstream); the same \
             credential again for {:.1} % of {} later turns",
            all.hits,
            all.could_hit - all.lost_to_upstream,
            all.lost_to_upstream,
            100.0 * self.same_again(),
            all.later_turns
        )?;
        writeln!(
            f,
            "  sessions   away {} (stand-ins {}), returns {}, moves {}, promotions {}, bindings {}",
            all.away, all.stand_ins, all.returns, all.moves, all.promotions, self.bindings
        )?;
        writeln!(
            f,
            "  quotas     {} windows, {} echoes; {} probes, {} found it over, {} days sooner",
            all.windows,
            all.echoes,
            all.probes,
            all.early,
            all.sooner.as_secs() / (24 * 60 * 60)
        )?;
        writeln!(
            f,
            "  upstreams  {} trials, {} last resorts, {} outages, back at most {:?} after they were \
             wanted",
            all.trials, all.last_resorts, all.outages, all.longest_return
        )?;
        writeln!(
            f,
            "  fairness   at most {} turns waited of {} units, {} turns in the longest even window",
            turns.wait.0, turns.wait.1, turns.window
        )?;
        write!(f, "  digest     {:016x}", self.digest)
    }
}
