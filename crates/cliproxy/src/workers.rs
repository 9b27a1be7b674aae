//! Threads that serve connections, each with a runtime of its own.

use std::{
    io,
    num::NonZero,
    sync::mpsc,
    thread::{self, JoinHandle, ThreadId},
};
use tokio::runtime::{Builder, Handle};
use tokio_util::sync::CancellationToken;

/// After how many task polls a thread looks for IO events. The default of 61 cuts a burst of stream
/// events into many small writes.
const EVENT_INTERVAL: u32 = 2048;

/// Threads that serve connections.
///
/// A connection, the task that reads its upstream and the one that joins its writes stay on one
/// thread, so that nothing of a request crosses between two. On two cores that took 12 µs of the
/// 57 µs of CPU off a small request, against one runtime that steals work (`cargo xtask bench
/// http`).
///
/// Dropping it ends the threads.
#[derive(Debug)]
pub struct Workers {
    threads: Vec<Thread>,
    stop: CancellationToken,
}

#[derive(Debug)]
struct Thread {
    handle: Handle,
    id: ThreadId,
    joined: Option<JoinHandle<()>>,
}

impl Workers {
    /// One thread per core.
    ///
    /// # Errors
    ///
    /// If the system gives no thread or no poller.
    pub fn start() -> io::Result<Self> {
        let cores = thread::available_parallelism().map_or(1, NonZero::get);
        let mut workers = Self {
            threads: Vec::with_capacity(cores),
            stop: CancellationToken::new(),
        };
        for number in 0..cores {
            let thread = Thread::start(number, workers.stop.clone())?;
            workers.threads.push(thread);
        }
        Ok(workers)
    }

    pub(crate) fn handles(&self) -> Vec<Handle> {
        let handles = self.threads.iter().map(|thread| thread.handle.clone());
        handles.collect()
    }

    pub(crate) fn threads(&self) -> Vec<ThreadId> {
        self.threads.iter().map(|thread| thread.id).collect()
    }
}

impl Drop for Workers {
    fn drop(&mut self) {
        self.stop.cancel();
        for thread in &mut self.threads {
            if let Some(joined) = thread.joined.take() {
                // A thread that panicked has said so already.
                drop(joined.join());
            }
        }
    }
}

impl Thread {
    fn start(number: usize, stop: CancellationToken) -> io::Result<Self> {
        let runtime = Builder::new_current_thread()
            .enable_all()
            .event_interval(EVENT_INTERVAL)
            .build()?;
        let handle = runtime.handle().clone();
        let (tell, told) = mpsc::channel();
        let joined = thread::Builder::new()
            .name(format!("cliproxy-{number}"))
            .spawn(move || {
                if tell.send(thread::current().id()).is_ok() {
                    runtime.block_on(stop.cancelled());
                }
                // Tasks that are left belong to a shutdown that did not wait for them.
                runtime.shutdown_background();
            })?;
        let id = told.recv().map_err(io::Error::other)?;
        Ok(Self {
            handle,
            id,
            joined: Some(joined),
        })
    }
}
