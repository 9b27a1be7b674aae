//! `state-dir`: where the gateway keeps what outlives it.

use super::{Resolver, text};
use crate::tree::Spot;
use std::path::{Path, PathBuf};

impl Resolver<'_> {
    /// The directory that is given, else the one of the XDG base directory specification, which
    /// ignores relative paths in the variable; `None` if there is no home.
    pub(super) fn state_dir(&mut self, given: Option<String>, spot: &Spot<'_>) -> Option<PathBuf> {
        let env = self.secrets.env;
        let home = env.get_set("HOME");
        let Some(given) = text(given) else {
            let state = env
                .get_set("XDG_STATE_HOME")
                .map(PathBuf::from)
                .filter(|path| path.is_absolute())
                .or_else(|| Some(Path::new(home?).join(".local/state")));
            return Some(state?.join("cliproxy"));
        };
        if self.lacks_home(&given) {
            let message = "there is no home directory for `~`";
            self.report
                .error(spot, message, "set HOME, or write the whole path");
            return None;
        }
        Some(self.path(&given))
    }

    /// Whether a path begins at a home that there is not.
    pub(super) fn lacks_home(&self, given: &str) -> bool {
        let home = self.secrets.env.get_set("HOME");
        home.is_none() && (given == "~" || given.starts_with("~/"))
    }
}
