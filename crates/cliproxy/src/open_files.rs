//! How many files the process may have open.

use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};

/// Files besides those of connections: sockets that are listened on, pollers, what is watched, the
/// log, and upstream connections that are kept for the next request.
const OTHERS: u64 = 256;

/// How many files the process may have open.
#[derive(Clone, Copy, Debug)]
pub struct OpenFiles(Option<u64>);

impl OpenFiles {
    /// As it is.
    #[must_use]
    pub fn now() -> Self {
        Self(getrlimit(Resource::Nofile).current)
    }

    /// Takes as many as the system grants: shells and service managers give a process few at first.
    #[must_use]
    pub fn raise() -> Self {
        let Rlimit { maximum, .. } = getrlimit(Resource::Nofile);
        let all = Rlimit {
            current: maximum,
            maximum,
        };
        if let Err(error) = setrlimit(Resource::Nofile, all) {
            tracing::debug!(%error, "the number of open files stays as it is");
        }
        Self::now()
    }

    /// How many client connections there is room for. Each takes a file, and so does the one to its
    /// upstream. One more is refused with an answer, where accepting it would leave others without
    /// an upstream.
    #[must_use]
    pub fn connections(self) -> usize {
        let room = |files: u64| (files.saturating_sub(OTHERS) / 2).max(1);
        self.0.map_or(usize::MAX, |files| {
            usize::try_from(room(files)).unwrap_or(usize::MAX)
        })
    }
}

#[cfg(test)]
mod tests {
    use super::OpenFiles;

    #[test]
    fn room_for_connections() {
        let check = |files, connections| {
            assert_eq!(OpenFiles(files).connections(), connections, "{files:?}");
        };
        check(Some(20_256), 10_000);
        check(Some(1_024), 384);
        check(Some(64), 1);
        check(None, usize::MAX);
    }
}
