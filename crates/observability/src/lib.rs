//! Installs logging. The only crate that sets process-wide state.

use tracing_subscriber::{
    EnvFilter, Layer as _, Registry, fmt, layer::SubscriberExt as _, reload,
    util::SubscriberInitExt as _,
};

/// How log lines are written.
#[non_exhaustive]
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Format {
    /// One JSON object per line.
    Json,
    /// For people.
    #[default]
    Text,
}

/// The log that is installed.
#[derive(Debug)]
pub struct Log(reload::Handle<EnvFilter, Registry>);

/// What can go wrong while logging is installed.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum InstallError {
    /// The filter text does not parse.
    #[error("`{0}` is not a log filter")]
    Filter(String),
    /// Somebody else was first.
    #[error("logging is already installed")]
    Installed,
}

/// Sends log lines to standard error, from now until the process ends.
///
/// `filter` is a level (`info`) or a list of `target=level` directives. The HTTP stack's own
/// targets stay at `warn` unless they are named: at `trace` hyper prints headers.
///
/// # Errors
///
/// If the filter does not parse, or logging was installed before.
pub fn install(filter: &str, format: Format) -> Result<Log, InstallError> {
    let (filter, handle) = reload::Layer::new(parse(filter)?);
    let lines = fmt::layer().with_writer(std::io::stderr).with_target(false);
    let layer = match format {
        Format::Json => lines.json().flatten_event(true).boxed(),
        Format::Text => lines.with_ansi(false).boxed(),
    };
    tracing_subscriber::registry()
        .with(layer.with_filter(filter))
        .try_init()
        .map_err(|_| InstallError::Installed)?;
    Ok(Log(handle))
}

impl Log {
    /// Lets through what another filter does, from now on.
    ///
    /// # Errors
    ///
    /// If the filter does not parse.
    pub fn set_filter(&self, filter: &str) -> Result<(), InstallError> {
        let filter = parse(filter)?;
        // A log that is gone writes nothing, whatever the filter.
        let _gone = self.0.reload(filter);
        Ok(())
    }
}

fn parse(filter: &str) -> Result<EnvFilter, InstallError> {
    let directives = format!("warn,cliproxy={filter}");
    let text = if filter.contains('=') {
        filter
    } else {
        &directives
    };
    text.parse()
        .map_err(|_| InstallError::Filter(filter.to_owned()))
}
