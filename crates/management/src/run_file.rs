//! The file that says where one gateway can be asked.

use crate::run_directory::RunDirectory;
use cliproxy_core::Secret;
use std::sync::Arc;

/// A process's own run file. Dropping it removes the file, unless another has taken its place.
#[derive(Debug)]
pub struct RunFile {
    directory: Arc<RunDirectory>,
    name: String,
    token: Secret,
}

impl RunFile {
    pub(crate) const fn new(directory: Arc<RunDirectory>, name: String, token: Secret) -> Self {
        Self {
            directory,
            name,
            token,
        }
    }
}

impl Drop for RunFile {
    fn drop(&mut self) {
        self.directory.remove(&self.name, &self.token);
    }
}
