//! `cliproxy demo`: the gateway in front of a scripted upstream, on this machine only.

mod ask;
mod config;
mod models;
mod once;
mod reply;
mod served;
mod settings;
mod stage;

use self::stage::Stage;
use crate::{cli::DemoArgs, exit, print};
use anyhow::Context as _;
use cliproxy::StartError;
use cliproxy_observability::Format;
use std::{io, process::ExitCode};
use tokio::{
    runtime::{Builder, Runtime},
    signal::unix::{SignalKind, signal},
};

pub(crate) fn run(args: &DemoArgs) -> anyhow::Result<ExitCode> {
    if !args.once {
        cliproxy_observability::install("info", Format::Text).context("cannot set up the log")?;
    }
    let runtime = runtime().context("cannot start the runtime")?;
    let outcome = runtime.block_on(async {
        let stage = Stage::start(args.port, args.once).await?;
        let outcome = if args.once {
            Ok(once::run(&stage).await)
        } else {
            serve(&stage).await
        };
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
async fn serve(stage: &Stage) -> anyhow::Result<ExitCode> {
    // Whoever has read the text may stop the demo, so it listens to that first.
    let mut interrupt = signal(SignalKind::interrupt())?;
    let mut terminate = signal(SignalKind::terminate())?;
    print::line(&settings::text(&stage.gateway_url(), stage.key()));
    tokio::select! {
        _ = interrupt.recv() => {}
        _ = terminate.recv() => {}
    }
    Ok(ExitCode::SUCCESS)
}
