//! From a file to a [`Config`].

mod yaml;

use crate::{
    Config, Env, Overrides, Place, Problem, Problems, Severity,
    decode::decode,
    files, legacy, overrides,
    problem::Report,
    raw::RawConfig,
    resolve::{Patterns, Resolver},
    secrets::SecretReader,
    tree::Spot,
    unknown::report_unknown,
};
use std::{
    collections::HashMap,
    io,
    path::{Path, PathBuf},
};

/// Ten thousand entries take about two megabytes; more is not a configuration file.
const MAX_FILE_BYTES: u64 = 16 * 1024 * 1024;

/// A configuration that can be used, and what should be said about it.
#[derive(Clone, Debug)]
pub struct Loaded {
    /// The configuration.
    pub config: Config,
    /// The files besides its own whose content it follows from: secrets, certificates.
    pub files: Vec<PathBuf>,
    /// The warnings; no errors are among them.
    pub warnings: Problems,
    /// What is not set here, and may be where the gateway runs; see [`Unset`](crate::Unset). What
    /// names the variable is in its place, `env:NAME`.
    pub unset: Problems,
}

/// Loads a configuration file; see [`load_text`].
///
/// # Errors
///
/// If the file cannot be read, or for the reasons of [`load_text`].
pub fn load(path: &Path, env: &Env, overrides: &Overrides) -> Result<Loaded, Problems> {
    let text = files::read_text(path, MAX_FILE_BYTES, "16 MiB").map_err(|error| {
        let path = path.display();
        let (message, remedy) = match error.kind() {
            io::ErrorKind::IsADirectory => {
                (format!("{path} is a directory"), "name the file in it")
            }
            _ => (format!("cannot read {path}: {error}"), ""),
        };
        Problems::from(vec![Problem {
            severity: Severity::Error,
            place: Place::Default,
            key: String::new(),
            message,
            remedy: remedy.to_owned(),
        }])
    })?;
    let directory = path.parent().unwrap_or(path);
    load_text(&text, directory, env, overrides)
}

/// Loads a configuration from YAML text, under the environment's `CLIPROXY_*` variables, under the
/// command line.
///
/// Files are looked for relative to `directory`: those of secrets given as `file:PATH`, and those
/// with certificates. Secrets given as `env:NAME` come from `env`.
///
/// # Errors
///
/// Everything that is wrong with the configuration, warnings included, if there is an error.
pub fn load_text(
    text: &str,
    directory: &Path,
    env: &Env,
    overrides: &Overrides,
) -> Result<Loaded, Problems> {
    let mut report = Report::default();
    let mut tree = yaml::parse(text, &mut report);
    overrides::apply(&mut tree, env, overrides, &mut report);
    legacy::modernise(&mut tree, &mut report);
    let (raw, unknown) = decode::<RawConfig>(&mut tree, &mut report);
    let strict = overrides.strict == Some(true);
    report_unknown(&unknown, &tree, strict, &mut report);
    let mut resolver = Resolver {
        secrets: SecretReader::new(env, directory),
        bundles: HashMap::new(),
        patterns: Patterns::default(),
        strict,
        report: &mut report,
    };
    let config = resolver.config(raw, &Spot::root(&tree));
    let files = resolver.secrets.into_files();
    let unset = report.unset();
    let problems = report.into_problems();
    if problems.has_errors() {
        return Err(problems.of_files(files));
    }
    Ok(Loaded {
        config,
        files,
        warnings: problems,
        unset,
    })
}
