//! One record per request: who asked, who served, what it took and what it cost.
//!
//! A [`Record`] is made by the gateway exactly once per request, also for one that was refused or
//! abandoned, and handed to every [`Sink`]. Nothing here knows who produced it.
//!
//! ```
//! use cliproxy_usage::{Record, Sink};
//! use std::sync::atomic::{AtomicU64, Ordering};
//!
//! #[derive(Default)]
//! struct Tokens(AtomicU64);
//!
//! impl Sink for Tokens {
//!     fn record(&self, record: &Record) {
//!         self.0.fetch_add(record.usage.total(), Ordering::Relaxed);
//!     }
//! }
//! # let _ = Tokens::default();
//! ```

mod record;

pub use self::record::{Attempt, Ending, Record, ReplyLosses, Sink, Translation};
