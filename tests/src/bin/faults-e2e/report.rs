//! What is printed, and what must hold when the storms are over.

use crate::{
    machine::Held,
    plan::Plan,
    storm::{Row, storm},
    world::World,
};
use anyhow::Context as _;
use std::{
    sync::Arc,
    time::{Duration, Instant},
};
use tokio::time::{sleep, timeout};

const STORMS: usize = 3;
/// How many failures of a row are shown.
const SHOWN: usize = 5;
/// How long an upstream may go on with calls that nobody waits for.
const PROMPT: Duration = Duration::from_secs(1);
/// How long the kernel and the gateway may take to close what clients have closed.
const SETTLED: Duration = Duration::from_secs(5);
/// How much the gateway may have grown since the first storm, in KiB: what the allocator keeps for
/// itself differs from storm to storm.
const GROWTH: i64 = 24 << 10;
/// One call in so many may get its protocol's error where an answer was to be had: accounts share
/// the connections to their host, and one that an upstream closes in the moment it is used again
/// fails an attempt that is not made twice in this run (`request-retry: 0`).
const UNLUCKY: u64 = 2_000;
/// And since the storm before the last.
const LAST_GROWTH: i64 = 8 << 10;

/// The figures of the run.
pub(crate) struct Report {
    rows: Vec<Row>,
    failures: Vec<String>,
    calls: u64,
    seconds: f64,
}

impl Report {
    /// Runs everything.
    pub(crate) async fn gather(
        world: &Arc<World>,
        plan: Plan,
        clients: usize,
    ) -> anyhow::Result<Self> {
        let begun = Instant::now();
        let mut report = Self {
            rows: vec![Row::default(); world.faults.len()],
            failures: Vec::new(),
            calls: 0,
            seconds: 0.0,
        };
        let start = Held::by(world.gateway.id())?;
        show("start", 0, 0.0, &start, 0);
        let mut held = Vec::new();
        report
            .round(world, "sweep", plan.sweep, clients, &start)
            .await?;
        for number in 1..=STORMS {
            let name = format!("storm {number}");
            held.push(
                report
                    .round(world, &name, plan.storm.clone(), clients, &start)
                    .await?,
            );
        }
        let last = report.round(world, "health", plan.last, 1, &start).await?;
        report.compare(&held, &last);
        let strangers = world.elsewhere.stats().accepted;
        report.require(strangers == 0, || {
            format!("{strangers} redirects were followed")
        });
        report.seconds = begun.elapsed().as_secs_f64();
        Ok(report)
    }

    /// One storm, and what is left of it.
    async fn round(
        &mut self,
        world: &Arc<World>,
        name: &str,
        jobs: Vec<crate::storm::Job>,
        clients: usize,
        start: &Held,
    ) -> anyhow::Result<Held> {
        let begun = Instant::now();
        let rows = storm(world, jobs, clients).await;
        let calls: u64 = rows.iter().map(Row::calls).sum();
        for (sum, row) in self.rows.iter_mut().zip(rows) {
            sum.add(row);
        }
        self.calls += calls;
        let idle = timeout(PROMPT, world.upstream.wait_for(|stats| stats.active == 0)).await;
        self.require(idle.is_ok(), || {
            let active = world.upstream.stats().active;
            format!("{name}: {active} calls go on {PROMPT:?} after the last client has left")
        });
        let took = begun.elapsed().as_secs_f64();
        // What remains are the connections that are kept for the next request, which the upstream
        // counts as well.
        let until = Instant::now() + SETTLED;
        let (held, pooled) = loop {
            let pooled = i64::try_from(world.upstream.stats().connections)?;
            let held = Held::by(world.gateway.id())?;
            if held.sockets - pooled <= start.sockets || Instant::now() > until {
                break (held, pooled);
            }
            sleep(Duration::from_millis(20)).await;
        };
        show(name, calls, took, &held, pooled);
        self.require(held.sockets - pooled <= start.sockets, || {
            format!(
                "{name}: {} sockets besides {pooled} kept ones, {} at the start",
                held.sockets - pooled,
                start.sockets
            )
        });
        self.require(held.threads <= start.threads + 1, || {
            format!(
                "{name}: {} threads, {} at the start",
                held.threads, start.threads
            )
        });
        Ok(held)
    }

    fn compare(&mut self, storms: &[Held], last: &Held) {
        let [first, .., before, third] = storms else {
            return;
        };
        let grown = last.rss - first.rss;
        self.require(grown <= GROWTH, || {
            format!("{grown} KiB more than after the first storm")
        });
        let grown = third.rss - before.rss;
        self.require(grown <= LAST_GROWTH, || {
            format!("{grown} KiB more than after the storm before")
        });
    }

    fn require(&mut self, holds: bool, why: impl FnOnce() -> String) {
        if !holds {
            self.failures.push(why());
        }
    }

    /// Stops the gateway, prints the table and tells what failed.
    pub(crate) async fn close(mut self, world: Option<World>) -> anyhow::Result<Vec<String>> {
        let world = world.context("somebody still uses the gateway")?;
        self.table(&world);
        let begun = Instant::now();
        world.gateway.signal("TERM");
        let log = world.gateway.ended().await;
        let took = begun.elapsed();
        println!(
            "\n{} calls in {:.1} s; stopped with {:?} after {took:.1?}; {} log lines",
            self.calls,
            self.seconds,
            log.code,
            log.stderr.lines().count()
        );
        let is_clean = log.code == Some(0) && log.stderr.contains("clean=true");
        self.require(is_clean && took < PROMPT, || {
            let end: Vec<_> = log.stderr.lines().rev().take(3).collect();
            format!("no clean stop: {:?} after {took:?}: {end:?}", log.code)
        });
        for line in log.stderr.lines() {
            self.require(!line.contains("panicked"), || format!("in the log: {line}"));
            let bad = line.chars().find(|char| is_unprintable(*char));
            self.require(bad.is_none(), || format!("{bad:?} in the log: {line:?}"));
            self.require(!line.starts_with("2026-01-01T"), || {
                format!("a forged line: {line}")
            });
        }
        let unlucky: Vec<_> = self
            .rows
            .iter()
            .flat_map(|row| row.unlucky.clone())
            .collect();
        println!(
            "{} calls were refused that could have been served",
            unlucky.len()
        );
        for call in unlucky.iter().take(SHOWN) {
            println!("  {call}");
        }
        self.require(unlucky.len() as u64 * UNLUCKY <= self.calls, || {
            format!("that is more than one in {UNLUCKY}")
        });
        let rows = self.rows.iter().zip(&world.faults);
        let failures = rows.flat_map(|(row, fault)| {
            let name = fault.name;
            row.failures
                .iter()
                .take(SHOWN)
                .map(move |failure| format!("{name}: {failure}"))
        });
        self.failures.extend(failures);
        Ok(self.failures)
    }

    fn table(&self, world: &World) {
        println!(
            "\n{:<34}{:>7}{:>7}{:>9}{:>10}{:>9}{:>6}{:>6}{:>9}  verdict",
            "fault", "calls", "full", "error", "in stream", "as sent", "left", "cut", "longest"
        );
        for (row, fault) in self.rows.iter().zip(&world.faults) {
            if row.calls() == 0 {
                continue;
            }
            println!(
                "{:<34}{:>7}{:>7}{:>9}{:>10}{:>9}{:>6}{:>6}{:>8.1}s  {}",
                fault.name,
                row.calls(),
                row.full,
                row.before,
                row.inside,
                row.as_sent,
                row.left,
                row.cut,
                row.longest.as_secs_f64(),
                match row.failures.len() {
                    0 => "ok".to_owned(),
                    failures => format!("{failures} FAILED"),
                }
            );
        }
    }
}

impl Row {
    fn add(&mut self, other: Self) {
        self.full += other.full;
        self.before += other.before;
        self.inside += other.inside;
        self.as_sent += other.as_sent;
        self.left += other.left;
        self.cut += other.cut;
        self.unlucky.extend(other.unlucky);
        self.failures.extend(other.failures);
        self.longest = self.longest.max(other.longest);
    }
}

/// What a terminal obeys, and what turns the direction of a text.
fn is_unprintable(char: char) -> bool {
    char.is_control() || matches!(char, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

fn show(name: &str, calls: u64, seconds: f64, held: &Held, pooled: i64) {
    println!(
        "{name:<8} {calls:>6} calls {seconds:>6.1} s   {:>6.1} MiB, {} threads, {} files, {} sockets of which {pooled} kept",
        held.rss as f64 / 1024.0,
        held.threads,
        held.files,
        held.sockets,
    );
}
