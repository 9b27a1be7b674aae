//! `cliproxy serve`.

use super::{Unusable, configuration, runtime};
use crate::{cli::ServeArgs, exit, print};
use anyhow::Context as _;
use cliproxy::{Service, ServiceParams, StartError, Workers};
use cliproxy_config::{
    Config, Level, LogFormat, NotFound, Overrides, Problems, Severity, start_check,
};
use cliproxy_observability::Format;
use std::{path::Path, process::ExitCode};
use tokio::signal::unix::{Signal, SignalKind, signal};

pub(crate) fn run(args: &ServeArgs) -> anyhow::Result<ExitCode> {
    let overrides = overrides(args);
    let (found, loaded) = match configuration(args.config.as_deref(), &overrides) {
        Ok(loaded) => loaded,
        Err(unusable) => return Ok(explain(&unusable)),
    };
    let refusals = start_check(&loaded.config);
    if refusals.has_errors() {
        print::error(&format!("{} is not safe to serve:", found.path.display()));
        print::problems(&refusals.to_string());
        print::error("`allow-insecure: true` (or --allow-insecure) starts all the same");
        return Ok(exit::config());
    }
    install_log(&loaded.config)?;
    warn(&loaded.warnings);
    warn(&refusals);
    let runtime = runtime().context("cannot start the runtime")?;
    let served = runtime.block_on(serve(loaded.config, &found.path, &overrides));
    // A second signal leaves requests behind; they are not waited for.
    runtime.shutdown_background();
    match served {
        Ok(code) => Ok(code),
        Err(error @ StartError::Bind(_)) => {
            print::error(&format!(
                "{error}; change `host` or `port`, or stop what has it"
            ));
            Ok(exit::config())
        }
        Err(error @ StartError::Derive(_)) => {
            print::error(&format!("{}: {error}", found.path.display()));
            Ok(exit::config())
        }
        Err(error) => Err(error.into()),
    }
}

fn overrides(args: &ServeArgs) -> Overrides {
    Overrides {
        host: args.host.clone(),
        port: args.port,
        allow_insecure: args.allow_insecure.then_some(true),
        strict: args.strict_config.then_some(true),
    }
}

async fn serve(config: Config, path: &Path, overrides: &Overrides) -> Result<ExitCode, StartError> {
    let entries = config.entries.len();
    let params = ServiceParams::default().workers(Workers::start()?);
    let service = Service::start(config, params).await?;
    tracing::info!(
        address = %service.address(),
        config = %path.display(),
        entries,
        "listening"
    );
    let Ok(mut signals) = Signals::install() else {
        // Without signals there is nothing to wait for but the end of the process.
        return std::future::pending().await;
    };
    while matches!(signals.next().await, Asked::Reload) {
        reload(&service, path, overrides);
    }
    tracing::info!("draining; a second signal ends at once");
    let clean = tokio::select! {
        clean = service.stop() => clean,
        () = signals.stop_again() => false,
    };
    tracing::info!(clean, "stopped");
    Ok(if clean {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    })
}

/// What a signal asks for.
enum Asked {
    Reload,
    Stop,
}

struct Signals {
    hangup: Signal,
    interrupt: Signal,
    terminate: Signal,
}

impl Signals {
    fn install() -> std::io::Result<Self> {
        Ok(Self {
            hangup: signal(SignalKind::hangup())?,
            interrupt: signal(SignalKind::interrupt())?,
            terminate: signal(SignalKind::terminate())?,
        })
    }

    async fn next(&mut self) -> Asked {
        tokio::select! {
            _ = self.hangup.recv() => Asked::Reload,
            _ = self.interrupt.recv() => Asked::Stop,
            _ = self.terminate.recv() => Asked::Stop,
        }
    }

    async fn stop_again(&mut self) {
        while matches!(self.next().await, Asked::Reload) {}
    }
}

/// SIGHUP: what was read is put to work as a whole, or not at all.
fn reload(service: &Service, path: &Path, overrides: &Overrides) {
    if is_blank(path) {
        // An editor that is about to write the file has emptied it.
        tracing::error!(config = %path.display(), "configuration not reloaded: the file is empty");
        return;
    }
    match configuration(Some(path), overrides) {
        Ok((_, loaded)) => {
            warn(&loaded.warnings);
            match service.reload(loaded.config) {
                Ok(warnings) => {
                    warn(&warnings);
                    tracing::info!(
                        config = %path.display(),
                        "configuration reloaded; listener, limits and log keep theirs until a restart"
                    );
                }
                Err(error) => tracing::error!(%error, "configuration not reloaded"),
            }
        }
        Err(Unusable::Missing(_)) => {
            tracing::error!(config = %path.display(), "configuration not reloaded: no such file");
        }
        Err(Unusable::Wrong { problems, .. }) => {
            for problem in problems.iter() {
                tracing::error!(config = %path.display(), "configuration not reloaded: {problem}");
            }
        }
    }
}

fn is_blank(path: &Path) -> bool {
    std::fs::read(path).is_ok_and(|text| text.trim_ascii().is_empty())
}

/// Says why there is no configuration to serve.
pub(crate) fn explain(unusable: &Unusable) -> ExitCode {
    match unusable {
        Unusable::Missing(NotFound { tried }) => {
            print::error("there is no configuration file; looked at:");
            for path in tried {
                print::problems(&format!("  {}", path.display()));
            }
            print::problems(
                "`cliproxy init` writes one with a client key; `cliproxy demo` needs none.",
            );
        }
        Unusable::Wrong { found, problems } => {
            print::error(&format!("{} cannot be used:", found.path.display()));
            print::problems(&problems.to_string());
        }
    }
    exit::config()
}

fn warn(problems: &Problems) {
    for problem in problems.iter() {
        match problem.severity {
            Severity::Error => tracing::error!("{problem}"),
            Severity::Warning => tracing::warn!("{problem}"),
        }
    }
}

fn install_log(config: &Config) -> anyhow::Result<()> {
    let level = match config.log.level {
        Level::Debug => "debug",
        Level::Error => "error",
        Level::Info => "info",
        Level::Warn => "warn",
    };
    let format = match config.log.format {
        LogFormat::Json => Format::Json,
        LogFormat::Text => Format::Text,
    };
    cliproxy_observability::install(level, format).context("cannot set up the log")
}
