//! `cliproxy serve`.

mod content;
mod reload;
mod signals;
mod watch;

use self::{
    reload::Reloader,
    signals::{Asked, Signals},
    watch::Watch,
};
use super::{Unusable, configuration, runtime, state_dir};
use crate::{cli::ServeArgs, exit, print};
use anyhow::Context as _;
use cliproxy::{
    ControlParams, OpenFiles, Service, ServiceParams, StartError, Workers, has_accounts,
};
use cliproxy_config::{
    Config, Level, Loaded, LogFormat, NotFound, Overrides, Problems, Severity, start_check,
};
use cliproxy_gateway::unserved_fallbacks;
use cliproxy_observability::Format;
use rustix::process::{Resource, Rlimit, setrlimit};
use sd_notify::NotifyState;
use std::{path::Path, process::ExitCode, sync::Arc};

pub(crate) fn run(args: &ServeArgs) -> anyhow::Result<ExitCode> {
    let overrides = overrides(args);
    let (found, loaded) = match configuration(args.config.as_deref(), &overrides) {
        Ok(loaded) => loaded,
        Err(unusable) => return Ok(explain(&unusable)),
    };
    let refusals = start_check(&loaded.config, has_accounts(&loaded.config));
    if refusals.has_errors() {
        print::error(&format!("{} is not safe to serve:", found.path.display()));
        print::problems(&refusals.to_string());
        print::error("`allow-insecure: true` (or --allow-insecure) starts all the same");
        return Ok(exit::config());
    }
    install_log(&loaded.config)?;
    keep_memory_off_disk();
    let connections = OpenFiles::raise().connections();
    if connections < loaded.config.limits.max_connections {
        tracing::info!(
            connections,
            "fewer than limits.max-connections: the system allows no more open files (ulimit -n)"
        );
    }
    warn(&loaded.warnings);
    warn(&refusals);
    warn(&unserved_fallbacks(&loaded.config));
    let runtime = runtime().context("cannot start the runtime")?;
    let served = runtime.block_on(async {
        // Before anybody hears that it listens, so that no signal is answered by the system.
        let signals = Signals::install().context("cannot listen for signals")?;
        anyhow::Ok(serve(loaded, &found.path, &overrides, signals).await)
    });
    // A second signal leaves requests behind; they are not waited for.
    runtime.shutdown_background();
    match served? {
        Ok(code) => Ok(code),
        Err(error @ StartError::Bind(_)) => {
            print::error(&format!(
                "{error}; change `host`, `port` or `unix-socket`, or stop what has it"
            ));
            Ok(exit::config())
        }
        Err(error @ (StartError::Derive(_) | StartError::Tls(_))) => {
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

async fn serve(
    loaded: Loaded,
    path: &Path,
    overrides: &Overrides,
    mut signals: Signals,
) -> Result<ExitCode, StartError> {
    let mut reloader = Reloader::new(path, overrides, &loaded);
    let config = loaded.config;
    let mut watch = Watch::new(config.poll_interval);
    let entries = config.entries.len();
    let control = ControlParams::of_file(state_dir(Some(&config)), path);
    let params = ServiceParams::default()
        .workers(Workers::start()?)
        .control(control);
    let service = Service::start(config, params).await?;
    watch.follow(reloader.files());
    let also = service.addresses().get(1..).unwrap_or_default().join(" ");
    tracing::info!(
        address = service.addresses().first(),
        also = Some(also).filter(|also| !also.is_empty()),
        tls = service.is_tls(),
        config = %path.display(),
        entries,
        "listening"
    );
    tell_manager(&[NotifyState::Ready]);
    loop {
        let asked = tokio::select! {
            asked = signals.next() => Some(asked),
            () = watch.changed() => None,
        };
        match asked {
            Some(Asked::Stop) => break,
            Some(Asked::Reload) => {
                if let Ok(now) = NotifyState::monotonic_usec_now() {
                    tell_manager(&[NotifyState::Reloading, now]);
                }
                reloader.reload(&service);
                tell_manager(&[NotifyState::Ready]);
            }
            None => reloader.changed(&service),
        }
        watch.follow(reloader.files());
    }
    tell_manager(&[NotifyState::Stopping]);
    tracing::info!("draining; a second signal ends at once");
    let gateway = Arc::clone(service.gateway());
    // Before the other branch is dropped, and what runs with it: its records say why it ended.
    let impatient = async {
        signals.stop_again().await;
        tracing::warn!("ended at once by a second signal");
        gateway.cut_short();
    };
    let clean = tokio::select! {
        clean = service.stop() => clean,
        () = impatient => false,
    };
    tracing::info!(clean, "stopped");
    Ok(if clean {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    })
}

/// A service manager that wants to know is told (sd_notify(3)); nobody else is.
fn tell_manager(states: &[NotifyState<'_>]) {
    if let Err(error) = sd_notify::notify(states) {
        tracing::debug!(%error, "the service manager cannot be told");
    }
}

/// A core file would hold every key in the clear.
fn keep_memory_off_disk() {
    let none = Rlimit {
        current: Some(0),
        maximum: Some(0),
    };
    if let Err(error) = setrlimit(Resource::Core, none) {
        tracing::warn!(%error, "a crash may leave a core file with secrets in it");
    }
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
        let said = problem.without_severity();
        match problem.severity {
            Severity::Error => tracing::error!("{said}"),
            Severity::Warning => tracing::warn!("{said}"),
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
    cliproxy_observability::install(level, format).context("cannot set up the log")?;
    Ok(())
}
