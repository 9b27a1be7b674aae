//! `cliproxy demo`: the gateway in front of a scripted upstream, on this machine only.

mod account;
mod ask;
mod config;
mod models;
mod once;
mod reply;
mod served;
mod settings;
mod stage;
mod tour;
mod verdict;

use self::stage::Stage;
use crate::{cli::DemoArgs, exit, print};
use anyhow::Context as _;
use cliproxy::StartError;
use cliproxy_observability::{Format, Log};
use std::{future::pending, io, process::ExitCode, time::Duration};
use tokio::{
    runtime::{Builder, Runtime},
    signal::unix::{SignalKind, signal},
};

/// What the log tells: a line per request.
const LEVEL: &str = "info";

pub(crate) fn run(args: &DemoArgs) -> anyhow::Result<ExitCode> {
    let runtime = runtime().context("cannot start the runtime")?;
    let outcome = runtime.block_on(async {
        if args.once {
            let stage = Stage::start(args).await?;
            let code = match args.tour {
                true => verdict::give(&tour::run(&stage, Duration::ZERO).await),
                false => once::run(&stage).await,
            };
            stage.stop().await;
            return Ok(code);
        }
        // The tour says itself what becomes of its requests.
        let level = if args.tour { "warn" } else { LEVEL };
        let log = cliproxy_observability::install(level, Format::Text);
        let log = log.context("cannot set up the log")?;
        let stage = Stage::start(args).await?;
        let outcome = serve(&stage, args.tour, &log).await;
        stage.stop().await;
        outcome
    });
    if let Err(error) = &outcome
        && let Some(StartError::Bind(bind)) = error.downcast_ref()
    {
        print::error(&format!("{bind}; choose another --port"));
        return Ok(exit::config());
    }
    outcome
}

/// Threads for the upstream and the client, so that they do not wait for each other: `--once`
/// measures what the gateway adds.
fn runtime() -> io::Result<Runtime> {
    Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()
}

/// Says how to use it, and serves until it is told to stop.
async fn serve(stage: &Stage, with_tour: bool, log: &Log) -> anyhow::Result<ExitCode> {
    // Whoever has read the text may stop the demo, so it listens to that first.
    let mut interrupt = signal(SignalKind::interrupt())?;
    let mut terminate = signal(SignalKind::terminate())?;
    print::line(&settings::text(&stage.gateway_url(), stage.key()));
    let until_stopped = async {
        if with_tour {
            print::line("");
            tour::tell(stage).await;
            log.set_filter(LEVEL)?;
        }
        print::line(settings::READY);
        pending().await
    };
    tokio::select! {
        outcome = until_stopped => outcome,
        _ = interrupt.recv() => Ok(ExitCode::SUCCESS),
        _ = terminate.recv() => Ok(ExitCode::SUCCESS),
    }
}
