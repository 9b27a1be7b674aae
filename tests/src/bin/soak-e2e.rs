//! Streams without a pause while the configuration changes every second, then a shutdown under the
//! same load: nothing may fail, and nothing may pile up.

#![expect(
    clippy::print_stdout,
    reason = "a command line program reports its figures"
)]

use anyhow::{Context as _, ensure};
use clap::Parser;
use cliproxy_core::Protocol;
use cliproxy_e2e::{Call, Entry, Gateway, Launch, Resources, Session, TestClient, config, soon};
use cliproxy_scripted_upstream::{
    Behaviour, Script, Upstream,
    grammar::{self, Outcome},
};
use std::{
    cell::{Cell, RefCell},
    path::PathBuf,
    rc::Rc,
    time::Duration,
};
use tokio::{
    task::{JoinSet, LocalSet},
    time::{Instant, sleep_until},
};

/// What resident memory may grow by between the first samples and the last.
const GROWTH_KIB: u64 = 2 << 10;
/// What is kept of each reply of the Responses API by design: which credential its ids belong to. They
/// are bounded by their number, which a run does not reach.
const PINS_KIB: u64 = 2;
/// Connections to the upstream come and go with the load; more of them than this would be a leak.
const MORE_FILES: usize = 16;
/// How long the scripted streams are: their events, and the milliseconds between two of them.
const LENGTH: &str = "headers: {x-scripted-events: '40', x-scripted-interval-ms: '10'}";

#[derive(Debug, Parser)]
struct Args {
    /// The gateway's binary
    #[arg(long)]
    gateway: PathBuf,
    /// How long to stream
    #[arg(long, default_value_t = 60)]
    seconds: u64,
    /// How many clients stream at a time
    #[arg(long, default_value_t = 32)]
    clients: usize,
}

/// What the clients share.
#[derive(Default)]
struct Load {
    /// The gateway was told to stop: from now on a request may find it closed.
    stopping: Cell<bool>,
    complete: Cell<usize>,
    complete_while_stopping: Cell<usize>,
    pinned: Cell<u64>,
    /// Streams whose head has arrived and whose end has not.
    running: Cell<usize>,
    failures: RefCell<Vec<String>>,
}

/// The gateway at one moment.
struct Sample {
    held: Resources,
    /// How many replies of the Responses API it has seen.
    pinned: u64,
}

fn main() -> anyhow::Result<()> {
    let args = Args::parse();
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()?;
    runtime.block_on(LocalSet::new().run_until(Box::pin(soak(args))))
}

async fn soak(args: Args) -> anyhow::Result<()> {
    let upstream = Upstream::start(script())?;
    let launch = Launch::of(
        &args.gateway.canonicalize()?,
        &["serve", "--config", "config.yaml", "--port", "0"],
    );
    let launch = launch.file("config.yaml", &configuration(&upstream.base_url(), 0));
    let gateway = Gateway::launch(launch).await;
    let load = Rc::new(Load::default());
    let mut clients = JoinSet::new();
    for number in 0..args.clients {
        clients.spawn_local(stream(gateway.client(), number, Rc::clone(&load)));
    }
    let samples = reload(&gateway, &upstream, &load, args.seconds).await?;

    let running = load.running.get();
    load.stopping.set(true);
    gateway.signal("TERM");
    while let Some(ended) = clients.join_next().await {
        ended.context("a client")?;
    }
    let finished = gateway.ended().await;

    let failures = load.failures.take();
    println!(
        "{} streams complete, {} failures",
        load.complete.get(),
        failures.len()
    );
    println!(
        "{running} streams ran at the signal; {} ended after it, all complete; exit code {:?}",
        load.complete_while_stopping.get(),
        finished.code,
    );
    ensure!(failures.is_empty(), "{}", failures.join("\n"));
    ensure!(
        finished.code == Some(0),
        "not a clean end:\n{}",
        finished.stderr
    );
    ensure!(running > 0, "nothing ran at the signal");
    ensure!(
        load.complete_while_stopping.get() >= running,
        "a stream was lost"
    );
    let violations = upstream.violations();
    ensure!(violations.is_empty(), "{violations:?}");
    judge(&samples)
}

/// Streams again and again until the gateway closes. Every other client keeps its connection.
async fn stream(client: TestClient, number: usize, load: Rc<Load>) {
    let protocol = Protocol::ALL[number % Protocol::ALL.len()];
    let mut kept = None;
    while let Some(session) = next(&client, kept.take(), &load).await {
        let call = Call::generate(protocol, &protocol.to_string(), true)
            .header("x-session-id", &format!("soak-{number}"));
        let stream = match session.try_open(call).await {
            Ok(stream) => stream,
            Err(_) if load.stopping.get() => return,
            Err(error) => return load.failed(protocol, &error.to_string()),
        };
        load.running.set(load.running.get() + 1);
        let (reply, session) = stream.finish_keeping().await;
        load.running.set(load.running.get() - 1);
        let outcome = grammar::check(protocol, &reply.body);
        if reply.status != 200 || !reply.whole || outcome != Ok(Outcome::Completed) {
            let what = format!("{} {outcome:?} {}", reply.status, reply.text());
            return load.failed(protocol, &what);
        }
        load.complete.set(load.complete.get() + 1);
        if protocol == Protocol::Responses {
            load.pinned.set(load.pinned.get() + 1);
        }
        if load.stopping.get() {
            let complete = &load.complete_while_stopping;
            complete.set(complete.get() + 1);
        }
        kept = (number / Protocol::ALL.len())
            .is_multiple_of(2)
            .then_some(session);
    }
}

/// The connection that was kept, or another one; `None` when there are no more.
async fn next(client: &TestClient, kept: Option<Session>, load: &Load) -> Option<Session> {
    if kept.is_some() {
        return kept;
    }
    match Box::pin(client.try_connect()).await {
        Ok(session) => Some(session),
        Err(_) if load.stopping.get() => None,
        Err(error) => {
            load.failures.borrow_mut().push(error.to_string());
            None
        }
    }
}

impl Load {
    fn failed(&self, protocol: Protocol, what: &str) {
        self.failures
            .borrow_mut()
            .push(format!("{protocol}: {what}"));
    }
}

/// Changes the configuration every second; a sample after each.
async fn reload(
    gateway: &Gateway,
    upstream: &Upstream,
    load: &Load,
    seconds: u64,
) -> anyhow::Result<Vec<Sample>> {
    let begin = Instant::now();
    let mut samples = Vec::new();
    for second in 1..=seconds {
        let before = gateway.log().len();
        let unused = upstream.stats().hits("extra");
        gateway.replace_config(&configuration(&upstream.base_url(), second));
        gateway.logged_after(before, "configuration reloaded").await;
        // Whatever is asked from now on is asked under it.
        let asked = Call::generate(Protocol::Chat, &Protocol::Chat.to_string(), false);
        let reply = soon("a reply", gateway.send(asked)).await;
        ensure!(reply.status == 200, "{}: {}", reply.status, reply.text());
        let hits = upstream.stats().hits("extra");
        if has_extra(second) {
            let used = upstream.wait_for(|stats| stats.hits("extra") > unused);
            soon("a request with the credential that was added", used).await;
        }
        sleep_until(begin + Duration::from_secs(second)).await;
        if !has_extra(second) {
            let more = upstream.stats().hits("extra") - hits;
            ensure!(more == 0, "a credential that was removed is used");
        }
        let sample = Sample {
            held: Resources::of(gateway.id())?,
            pinned: load.pinned.get(),
        };
        println!("{second:3} s: {}", sample.held);
        samples.push(sample);
    }
    println!("{seconds} changes of the configuration, each in use within its second");
    Ok(samples)
}

/// Compares the first samples, of 20 seconds if there are 60, with as many of the last.
fn judge(samples: &[Sample]) -> anyhow::Result<()> {
    let third = (samples.len() / 3).clamp(1, 20);
    let (first, last) = samples
        .split_at_checked(third)
        .context("a run of a second or more")?;
    let last = last.get(last.len().saturating_sub(third)..);
    let last = last.filter(|last| !last.is_empty()).unwrap_or(first);
    let highest = |samples: &[Sample]| samples.iter().map(|sample| sample.held.files).max();
    let ends = first.last().zip(last.last());
    let (early, late) = ends.context("no samples")?;
    println!("after {third} s: {}; at the end: {}", early.held, late.held);
    let pins = PINS_KIB * (late.pinned - early.pinned);
    let most = early.held.rss + GROWTH_KIB + pins;
    ensure!(
        late.held.rss <= most,
        "memory grows: {most} KiB is the limit"
    );
    let files = highest(first).map(|files| files + MORE_FILES);
    ensure!(highest(last) <= files, "files pile up");
    let threads = early.held.threads;
    let constant = samples.iter().all(|sample| sample.held.threads == threads);
    ensure!(constant, "the number of threads changes");
    Ok(())
}

fn script() -> Script {
    let keys = ["a", "b", "extra"];
    keys.into_iter().fold(Script::new(), |script, name| {
        script.key(&format!("sk-{name}"), name, Behaviour::Answer)
    })
}

/// Whether the configuration of this second has one more credential for each protocol.
const fn has_extra(second: u64) -> bool {
    second % 2 == 1
}

/// The configuration of one second: each one differs from the one before in what it has and in the
/// order it has it.
fn configuration(base_url: &str, second: u64) -> String {
    let mut accounts = vec!["a", "b"];
    if has_extra(second) {
        accounts.push("extra");
    }
    let turn = usize::try_from(second).unwrap_or_default();
    let first = turn % accounts.len();
    accounts.rotate_left(first);
    let entries = accounts.into_iter().flat_map(|account| {
        Protocol::ALL.map(|protocol| {
            let mut models = [
                format!("{{name: up, alias: {protocol}}}"),
                format!("{{name: up-{second}, alias: of-second-{second}}}"),
            ];
            models.rotate_left(turn % 2);
            Entry::new(protocol, &format!("{protocol}-{account}"), base_url)
                .key(&format!("sk-{account}"))
                .with(LENGTH)
                .models(&format!("[{}]", models.join(", ")))
        })
    });
    let entries: Vec<_> = entries.collect();
    let body = 16 + second % 16;
    let settings = format!(
        "limits: {{max-body-mib: {body}, max-connections: {}}}\nrequest-retry: {}",
        1000 + second,
        second % 3,
    );
    config(&settings, &entries)
}
