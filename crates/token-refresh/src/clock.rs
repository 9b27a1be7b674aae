//! What time it is, and waiting.

use futures_util::future::BoxFuture;
use std::time::{Duration, SystemTime};

/// The clock of the machine, as people set it: expiry is a date.
pub trait Clock: Send + Sync {
    /// What time it is now. It may jump in either direction.
    fn now(&self) -> SystemTime;

    /// Waits on the runtime's clock, which does not jump, and may stand still while the machine
    /// sleeps: whoever waits for a date looks at the time again afterwards.
    fn sleep(&self, duration: Duration) -> BoxFuture<'static, ()> {
        Box::pin(tokio::time::sleep(duration))
    }
}
