//! Many clients at once, over healthy and faulty accounts.

use crate::{
    client::{Client, Ended, Leave},
    fault::{Expect, Fault},
    verdict::{Got, allowed, judge},
    world::World,
};
use cliproxy_core::Protocol;
use cliproxy_e2e::Call;
use std::{
    collections::VecDeque,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::{Duration, Instant},
};
use tokio::{sync::Mutex, task::JoinSet, time::timeout};

/// One call that is to be made.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Job {
    /// Which row of the table.
    pub(crate) fault: usize,
    pub(crate) protocol: Protocol,
    pub(crate) stream: bool,
    /// Whether a healthy account serves the same model.
    pub(crate) backed: bool,
    /// The byte at which the reply is cut.
    pub(crate) cut: Option<usize>,
    pub(crate) leave: Option<Leave>,
}

/// What the calls of one row came to.
#[derive(Clone, Debug, Default)]
pub(crate) struct Row {
    pub(crate) full: u64,
    pub(crate) before: u64,
    pub(crate) inside: u64,
    pub(crate) as_sent: u64,
    pub(crate) left: u64,
    pub(crate) cut: u64,
    /// Calls that could have been answered, and were refused as they should be if not.
    pub(crate) unlucky: Vec<String>,
    pub(crate) failures: Vec<String>,
    pub(crate) longest: Duration,
}

impl Row {
    pub(crate) const fn calls(&self) -> u64 {
        self.full + self.before + self.inside + self.as_sent + self.left + self.cut
    }
}

static NEXT: AtomicU64 = AtomicU64::new(1);

/// A word that no other call has.
pub(crate) fn canary() -> String {
    format!(
        "{}{:08x}",
        crate::verdict::CANARY,
        NEXT.fetch_add(1, Ordering::Relaxed)
    )
}

/// Makes all calls, so many at a time; each client keeps its connection where it can.
pub(crate) async fn storm(world: &Arc<World>, jobs: Vec<Job>, clients: usize) -> Vec<Row> {
    let rows = vec![Row::default(); world.faults.len()];
    let rows = Arc::new(parking(rows));
    let jobs = Arc::new(parking(VecDeque::from(jobs)));
    let mut running = JoinSet::new();
    for _ in 0..clients {
        let (world, jobs, rows) = (Arc::clone(world), Arc::clone(&jobs), Arc::clone(&rows));
        running.spawn(async move {
            let mut client = Client::new(world.gateway.addr());
            loop {
                let Some(job) = jobs.lock().await.pop_front() else {
                    return;
                };
                run(&world, &mut client, job, &rows).await;
            }
        });
    }
    while let Some(ended) = running.join_next().await {
        if let Err(error) = ended {
            rows.lock().await[0]
                .failures
                .push(format!("a client failed: {error}"));
        }
    }
    let rows = rows.lock().await;
    rows.clone()
}

fn parking<T>(value: T) -> Mutex<T> {
    Mutex::new(value)
}

async fn run(world: &World, client: &mut Client, job: Job, rows: &Mutex<Vec<Row>>) {
    let fault = &world.faults[job.fault];
    let canary = canary();
    let model = world.model(job.fault, job.protocol, job.backed);
    let mut call = Call::say(job.protocol, &model, job.stream, &canary);
    if let Some(byte) = job.cut {
        call = call.header("x-scripted-derail-after", &byte.to_string());
    }
    let begun = Instant::now();
    let bound = world.bound(job.backed);
    let ended = timeout(bound, client.send(call, job.leave)).await;
    let took = begun.elapsed();
    if ended.is_err() {
        *client = Client::new(world.gateway.addr());
    }
    let mut rows = rows.lock().await;
    let row = &mut rows[job.fault];
    row.longest = row.longest.max(took);
    let got = match &ended {
        Err(_) => Got::Wrong(format!("nothing after {bound:?}")),
        Ok(Ended::Left) => {
            row.left += 1;
            return;
        }
        Ok(Ended::Broken(why)) => Got::Wrong(format!("no reply: {why}")),
        Ok(Ended::Replied(seen)) => judge(job.protocol, &canary, seen),
    };
    match got {
        Got::Full => row.full += 1,
        Got::Before => row.before += 1,
        Got::Inside => row.inside += 1,
        Got::AsSent(_) => row.as_sent += 1,
        Got::Wrong(_) => row.cut += 1,
    }
    let expect = expect(fault, job);
    if !allowed(expect, &got) {
        let status = match &ended {
            Ok(Ended::Replied(seen)) => seen.status,
            _ => 0,
        };
        let (protocol, stream, backed, cut) = (job.protocol, job.stream, job.backed, job.cut);
        let what = format!(
            "{protocol} stream={stream} backed={backed} cut={cut:?} {canary} after {took:?}: wanted \
             {expect:?}, got {status} {got:?}"
        );
        if got == Got::Before {
            row.unlucky.push(what);
        } else {
            row.failures.push(what);
        }
    }
}

/// What a job may come to.
fn expect(fault: &Fault, job: Job) -> Expect {
    fault.expect(job.stream, job.backed)
}
