//! Secrets that live elsewhere: `env:NAME` and `file:PATH`.

use crate::{Env, files};
use std::{
    cell::RefCell,
    path::{Path, PathBuf},
};

/// No key is this long; a larger file is not a key.
const MAX_FILE_BYTES: u64 = 64 * 1024;

/// Reads secrets where a configuration points.
pub(crate) struct SecretReader<'a> {
    pub(crate) env: &'a Env,
    /// What relative paths are relative to: the directory of the configuration file.
    directory: &'a Path,
    files: RefCell<Vec<PathBuf>>,
}

impl<'a> SecretReader<'a> {
    pub(crate) const fn new(env: &'a Env, directory: &'a Path) -> Self {
        Self {
            env,
            directory,
            files: RefCell::new(Vec::new()),
        }
    }

    /// Where a file is that the configuration names: `~/` is the home directory, if there is one.
    pub(crate) fn path(&self, given: &str) -> PathBuf {
        let below_home = match given.strip_prefix('~') {
            Some("") => Some(""),
            Some(rest) => rest.strip_prefix('/'),
            None => None,
        };
        match (below_home, self.env.get_set("HOME")) {
            (Some(rest), Some(home)) => Path::new(home).join(rest),
            _ => self.directory.join(given),
        }
    }

    /// Takes note of a file that the configuration follows from.
    pub(crate) fn note(&self, file: &Path) {
        self.files.borrow_mut().push(file.to_owned());
    }

    /// The files that something was read from, or would have been.
    pub(crate) fn into_files(self) -> Vec<PathBuf> {
        self.files.into_inner()
    }

    /// The variable that `text` names, if it is not set.
    pub(crate) fn unset<'t>(&self, text: &'t str) -> Option<&'t str> {
        let name = text.trim().strip_prefix("env:")?.trim();
        self.env.get(name).is_none().then_some(name)
    }

    /// The secret that `text` gives or points to, trimmed.
    ///
    /// # Errors
    ///
    /// What is wrong, naming the variable or the file and never its content.
    pub(crate) fn read(&self, text: &str) -> Result<String, String> {
        let text = text.trim();
        if let Some(name) = text.strip_prefix("env:") {
            let name = name.trim();
            return match self.env.get(name).map(str::trim) {
                Some("") => Err(format!("the environment variable {name} is empty")),
                Some(value) => Ok(value.to_owned()),
                None => Err(format!("the environment variable {name} is not set")),
            };
        }
        if let Some(path) = text.strip_prefix("file:") {
            let path = path.trim();
            let file = self.path(path);
            self.note(&file);
            return match files::read_text(&file, MAX_FILE_BYTES, "64 KiB") {
                Ok(content) if content.trim().is_empty() => {
                    Err(format!("the file {path} is empty"))
                }
                Ok(content) => Ok(content.trim().to_owned()),
                Err(error) => Err(format!("cannot read the file {path}: {error}")),
            };
        }
        Ok(text.to_owned())
    }
}

/// The name of the variable, if `text` is one as a shell writes it: `$NAME` or `${NAME}`.
///
/// Without braces only capitals count, because a key that somebody made up may begin with `$`.
pub(crate) fn shell_variable(text: &str) -> Option<&str> {
    let rest = text.trim().strip_prefix('$')?;
    let braced = rest
        .strip_prefix('{')
        .and_then(|rest| rest.strip_suffix('}'));
    let name = braced.unwrap_or(rest);
    let fits = |byte: u8| {
        byte == b'_'
            || byte.is_ascii_alphanumeric() && (braced.is_some() || !byte.is_ascii_lowercase())
    };
    let begins = name
        .bytes()
        .next()
        .is_some_and(|byte| !byte.is_ascii_digit());
    (begins && name.bytes().all(fits)).then_some(name)
}
