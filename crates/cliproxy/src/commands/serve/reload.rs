//! Putting another configuration to work, as a whole or not at all.

use super::warn;
use crate::commands::{Unusable, configuration};
use cliproxy::Service;
use cliproxy_config::Overrides;
use sha2::{Digest as _, Sha256};
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
}

impl Reloader {
    /// For the configuration that was read from `path` and is in use.
    pub(super) fn new(path: &Path, overrides: &Overrides, read: &[PathBuf]) -> Self {
        let mut reloader = Self {
            path: path.to_owned(),
            overrides: overrides.clone(),
            files: BTreeSet::new(),
            digest: [0; 32],
        };
        reloader.files = reloader.files_of(read);
        reloader.digest = digest(&reloader.files);
        reloader
    }

    /// The files whose content the configuration follows from.
    pub(super) fn files(&self) -> BTreeSet<PathBuf> {
        self.files.clone()
    }

    /// A file may have changed: reloads if one has.
    pub(super) fn changed(&mut self, service: &Service) {
        // An editor that is about to write the file has emptied it.
        if digest(&self.files) != self.digest && !is_blank(&self.path) {
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
        let loaded = match configuration(Some(&self.path), &self.overrides) {
            Ok((_, loaded)) => loaded,
            Err(Unusable::Missing(_)) => {
                tracing::error!(config, "configuration not reloaded: no such file");
                return;
            }
            Err(Unusable::Wrong { problems, .. }) => {
                for problem in problems.iter() {
                    tracing::error!(config, "configuration not reloaded: {problem}");
                }
                return;
            }
        };
        warn(&loaded.warnings);
        let files = self.files_of(&loaded.files);
        if files != self.files {
            self.digest = digest(&files);
            self.files = files;
        }
        match service.reload(loaded.config) {
            Ok(reloaded) => {
                warn(&reloaded.warnings);
                if !reloaded.needs_restart.is_empty() {
                    let keys = reloaded.needs_restart.join(", ");
                    tracing::warn!(config, keys, "a restart is needed for changes of these");
                }
                tracing::info!(config, "configuration reloaded");
            }
            Err(error) => tracing::error!(config, %error, "configuration not reloaded"),
        }
    }

    fn files_of(&self, read: &[PathBuf]) -> BTreeSet<PathBuf> {
        let all = read.iter().chain([&self.path]);
        all.map(|file| std::path::absolute(file).unwrap_or_else(|_| file.clone()))
            .collect()
    }
}

/// Of all their content; a file that cannot be read counts as none.
fn digest(files: &BTreeSet<PathBuf>) -> [u8; 32] {
    let mut digest = Sha256::new();
    for file in files {
        let content = std::fs::read(file).ok();
        digest.update(
            content
                .as_ref()
                .map_or(u64::MAX, |content| content.len() as u64)
                .to_le_bytes(),
        );
        digest.update(content.unwrap_or_default());
    }
    digest.finalize().into()
}

fn is_blank(path: &Path) -> bool {
    std::fs::read(path).is_ok_and(|text| text.trim_ascii().is_empty())
}
