//! Putting another configuration to work, as a whole or not at all.

use super::{content::digest, warn};
use crate::commands::{Unusable, configuration_in};
use cliproxy::Service;
use cliproxy_config::{Config, Env, Found, Loaded, Overrides, Unset};
use cliproxy_gateway::unserved_fallbacks;
use std::{
    collections::BTreeSet,
    path::{Path, PathBuf},
};

/// Reads the configuration again when it is asked to.
pub(super) struct Reloader {
    /// As it was given: paths in the file follow from it, and must not look changed.
    path: PathBuf,
    overrides: Overrides,
    files: BTreeSet<PathBuf>,
    /// Of the files' content when they were read last.
    digest: [u8; 32],
    /// What was read last and could be used, without its entries: what waits for a restart is named
    /// when it changes, and not again with every other change.
    last: Config,
}

impl Reloader {
    /// For the configuration that was read from `path` and is in use.
    pub(super) fn new(path: &Path, overrides: &Overrides, loaded: &Loaded) -> Self {
        let mut reloader = Self {
            path: path.to_owned(),
            overrides: overrides.clone(),
            files: BTreeSet::new(),
            digest: [0; 32],
            last: without_entries(&loaded.config),
        };
        reloader.files = reloader.files_of(&loaded.files);
        reloader.digest = digest(&reloader.files);
        reloader
    }

    /// The files whose content the configuration follows from.
    pub(super) fn files(&self) -> BTreeSet<PathBuf> {
        self.files.clone()
    }

    /// A file may have changed: reloads if one has.
    pub(super) fn changed(&mut self, service: &Service) {
        let config = self.path.display();
        if digest(&self.files) == self.digest {
            tracing::debug!(%config, "configuration unchanged");
        } else if is_blank(&self.path) {
            // An editor that is about to write the file has emptied it.
            // Said once: it may stay so.
            self.digest = digest(&self.files);
            tracing::warn!(%config, "configuration not reloaded yet: the file is empty");
        } else {
            self.reload(service);
        }
    }

    /// Reloads, whether anything has changed or not.
    pub(super) fn reload(&mut self, service: &Service) {
        let config = self.path.display().to_string();
        if is_blank(&self.path) {
            tracing::error!(config, "configuration not reloaded: the file is empty");
            return;
        }
        // Taken before reading: what changes in between is read again.
        self.digest = digest(&self.files);
        let loaded = match self.read() {
            Ok((_, loaded)) => loaded,
            Err(Unusable::Missing(_)) => {
                tracing::error!(config, "configuration not reloaded: no such file");
                return;
            }
            Err(Unusable::Wrong { problems, .. }) => {
                for problem in problems.iter() {
                    tracing::error!(config, "configuration not reloaded: {problem}");
                }
                // What is missing now may come without a change of the configuration.
                let known: Vec<_> = self.files.iter().cloned().collect();
                self.follow(&[&known, problems.files()].concat());
                return;
            }
        };
        warn(&loaded.warnings);
        self.follow(&loaded.files);
        let changed = loaded.config.needs_restart(&self.last);
        let last = without_entries(&loaded.config);
        let unserved = unserved_fallbacks(&loaded.config);
        match service.reload(loaded.config) {
            Ok(mut reloaded) => {
                self.last = last;
                warn(&reloaded.warnings);
                warn(&unserved);
                reloaded.needs_restart.retain(|key| changed.contains(key));
                if !reloaded.needs_restart.is_empty() {
                    let keys = reloaded.needs_restart.join(", ");
                    tracing::warn!(config, keys, "a restart is needed for changes of these");
                }
                tracing::info!(config, "configuration reloaded");
            }
            Err(error) => tracing::error!(config, %error, "configuration not reloaded"),
        }
    }

    fn read(&self) -> Result<(Found, Loaded), Unusable> {
        let env = Env::of_process().with_unset(Unset::WrongSinceStart);
        configuration_in(Some(&self.path), &self.overrides, &env)
    }

    /// From now on the configuration follows from these.
    fn follow(&mut self, read: &[PathBuf]) {
        let files = self.files_of(read);
        if files != self.files {
            self.digest = digest(&files);
            self.files = files;
        }
    }

    fn files_of(&self, read: &[PathBuf]) -> BTreeSet<PathBuf> {
        let all = read.iter().chain([&self.path]);
        all.map(|file| std::path::absolute(file).unwrap_or_else(|_| file.clone()))
            .collect()
    }
}

fn without_entries(config: &Config) -> Config {
    Config {
        entries: Vec::new(),
        ..config.clone()
    }
}

fn is_blank(path: &Path) -> bool {
    std::fs::read(path).is_ok_and(|text| text.trim_ascii().is_empty())
}
