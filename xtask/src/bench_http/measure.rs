//! One sample: a fresh process, a warm-up, a load, and what the process spent on it.

use std::fs;
use std::net::SocketAddr;
use std::process::Child;
use std::thread;
use std::time::{Duration, Instant};

use anyhow::Context as _;
use xshell::{Shell, TempDir};

use super::load::{self, Seen};
use super::process::Process;
use super::programs::{Programs, Target, free_address};
use super::workload::{Kind, Load, Until, Workload};

/// Long enough for connections to be open and caches to be filled.
const WARM_UP: Until = Until::Millis(300);
/// How often memory is read while streams are held.
const LOOK: Duration = Duration::from_millis(50);
/// From the last answer to the moment a process counts as idle.
const SETTLE: Duration = Duration::from_secs(2);
const IDLE: Duration = Duration::from_secs(5);

/// What one target did in one round.
#[derive(Clone, Copy)]
pub(crate) struct Sample {
    /// In the unit of the workload; absent where there is no process to look at.
    pub(crate) value: Option<f64>,
    pub(crate) seen: Seen,
    /// The most the process was resident, in MB.
    pub(crate) peak: Option<f64>,
}

/// The upstream, running for the whole run, and a folder for what the others write.
pub(crate) struct Bench {
    programs: Programs,
    upstream: SocketAddr,
    dir: TempDir,
    quick: bool,
    _running: Process,
}

impl Bench {
    pub(crate) fn start(sh: &Shell, programs: Programs, quick: bool) -> anyhow::Result<Self> {
        let dir = sh.create_temp_dir()?;
        let upstream = free_address()?;
        let running = programs.start_upstream(upstream, dir.path())?;
        load::first_answer(upstream, &dir.path().join("upstream.log")).context("upstream")?;
        Ok(Self {
            programs,
            upstream,
            dir,
            quick,
            _running: running,
        })
    }

    pub(crate) fn measure(&self, workload: &Workload, target: &Target) -> anyhow::Result<Sample> {
        let address = if *target == Target::Upstream {
            self.upstream
        } else {
            free_address()?
        };
        let started = Instant::now();
        let process =
            self.programs
                .start(target, address, self.upstream, self.dir.path(), workload)?;
        let answered = load::first_answer(address, &self.dir.path().join("proxy.log"))?;

        let (value, seen) = match &workload.kind {
            Kind::CpuPerRequest(load) => {
                let refused = load.refused && target.is_gateway();
                let load = Load { refused, ..*load };
                self.cpu(process.as_ref(), address, &load, |seen| seen.requests)?
            }
            Kind::CpuPerEvent(load) => {
                self.cpu(process.as_ref(), address, load, |seen| seen.events)?
            }
            Kind::Cores(load) => {
                let load = allowed(load)?;
                self.cpu(process.as_ref(), address, &load, |seen| seen.seconds * 1e6)?
            }
            Kind::FirstEvent(load) => {
                self.warm_up(address, load)?;
                let seen = load::finish(self.load(address, load)?)?;
                (Some(seen.first_p50_us), seen)
            }
            Kind::MemoryPerStream(load) => {
                self.memory(process.as_ref(), address, &allowed(load)?)?
            }
            Kind::ColdStart => {
                let took = process
                    .is_some()
                    .then(|| (answered - started).as_secs_f64() * 1e3);
                (took, Seen::default())
            }
            Kind::IdleMemory => (idle_memory(process.as_ref())?, Seen::default()),
            Kind::IdleWakeUps => (idle_wake_ups(process.as_ref())?, Seen::default()),
        };
        let peak = process
            .as_ref()
            .map(Process::peak)
            .transpose()?
            .map(megabytes);
        Ok(Sample { value, seen, peak })
    }

    fn cpu(
        &self,
        process: Option<&Process>,
        address: SocketAddr,
        load: &Load,
        count: impl Fn(&Seen) -> f64,
    ) -> anyhow::Result<(Option<f64>, Seen)> {
        self.warm_up(address, load)?;
        let before = process.map(Process::cpu).transpose()?;
        let seen = load::finish(self.load(address, load)?)?;
        let after = process.map(Process::cpu).transpose()?;
        let spent = after
            .zip(before)
            .map(|(after, before)| (after - before).as_secs_f64() * 1e6 / count(&seen));
        Ok((spent, seen))
    }

    fn memory(
        &self,
        process: Option<&Process>,
        address: SocketAddr,
        load: &Load,
    ) -> anyhow::Result<(Option<f64>, Seen)> {
        let Some(process) = process else {
            return Ok((None, Seen::default()));
        };
        let before = process.resident()?;
        let mut clients = self.load(address, load)?;
        let mut most = before;
        while clients.try_wait()?.is_none() {
            most = most.max(process.resident()?);
            thread::sleep(LOOK);
        }
        let seen = load::finish(clients)?;
        Ok((Some((most - before) as f64 / load.connections as f64), seen))
    }

    /// Requests that are not counted; few streams of it where a stream takes its time.
    fn warm_up(&self, address: SocketAddr, load: &Load) -> anyhow::Result<()> {
        let (connections, events) = (load.connections.min(32), load.events.min(10));
        let gentle = Load {
            connections,
            events,
            ..*load
        };
        load::finish(load::start(&self.programs.load, address, &gentle, WARM_UP)?)?;
        Ok(())
    }

    fn load(&self, address: SocketAddr, load: &Load) -> anyhow::Result<Child> {
        let until = if self.quick {
            load.until.quick()
        } else {
            load.until
        };
        load::start(&self.programs.load, address, load, until)
    }
}

/// As many streams as the processes may have files for: two each, and a few.
fn allowed(load: &Load) -> anyhow::Result<Load> {
    let limits = fs::read_to_string("/proc/self/limits")?;
    let files = limits
        .lines()
        .find(|line| line.starts_with("Max open files"));
    let hard = files.and_then(|line| line.split_whitespace().nth(4)?.parse::<usize>().ok());
    let most = hard.map_or(load.connections, |files| files.saturating_sub(512) / 2);
    let connections = load.connections.min(most);
    if connections < load.connections {
        print!("({connections} streams, for want of open files) ");
    }
    let until = match load.until {
        Until::Requests(requests) => Until::Requests(requests.min(connections)),
        until @ Until::Millis(_) => until,
    };
    Ok(Load {
        connections,
        until,
        ..*load
    })
}

fn idle_memory(process: Option<&Process>) -> anyhow::Result<Option<f64>> {
    let Some(process) = process else {
        return Ok(None);
    };
    thread::sleep(SETTLE);
    Ok(Some(megabytes(process.resident()?)))
}

fn idle_wake_ups(process: Option<&Process>) -> anyhow::Result<Option<f64>> {
    let Some(process) = process else {
        return Ok(None);
    };
    thread::sleep(SETTLE);
    let before = process.waits()?;
    thread::sleep(IDLE);
    Ok(Some(process.waits()?.saturating_sub(before) as f64))
}

fn megabytes(kilobytes: u64) -> f64 {
    kilobytes as f64 / 1024.0
}
