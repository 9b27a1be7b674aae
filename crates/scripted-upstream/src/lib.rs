//! An upstream that answers like a provider from a script, in four protocols, for the demo, tests
//! and benchmarks.
//!
//! One server on the loopback interface speaks OpenAI Chat Completions and Responses, Anthropic
//! Messages and Gemini. What it does is decided by the API key: answer, refuse, stall, truncate,
//! reset. It checks requests as strictly as a provider, and its replies say that they are scripted.
//!
//! ```
//! use cliproxy_scripted_upstream::{Behaviour, Failure, Script, Upstream};
//! use std::time::Duration;
//!
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() -> std::io::Result<()> {
//! let limited = Failure::RateLimit { retry_after: Duration::from_secs(5) };
//! let script = Script::new()
//!     .key("key-a", "account A", Behaviour::Answer)
//!     .queue("key-b", "account B", [limited.into(), Behaviour::TruncateAfter(3), Behaviour::Answer]);
//! let upstream = Upstream::start(script)?;
//! assert!(upstream.base_url().starts_with("http://127.0.0.1:"));
//! assert_eq!(upstream.stats().hits("account A"), 0);
//! upstream.shutdown().await;
//! # Ok(())
//! # }
//! ```

mod answer;
mod ask;
mod behaviour;
mod chat;
mod claude;
mod credential;
mod delivery;
mod demo;
mod embeddings;
mod exchange;
mod failure;
mod frame;
mod gemini;
pub mod grammar;
mod inspect;
mod keyring;
mod lenient;
mod models;
mod openai;
mod prompt_cache;
mod record;
mod reply;
mod responses;
mod route;
mod schema_sample;
mod script;
mod seal;
mod server;
mod shared;
mod stats;
mod strict_json;
mod strict_schema;
mod violation;
mod wire;

#[cfg(test)]
mod tests;

pub use self::{
    behaviour::Behaviour,
    demo::{DemoKey, KEYS as DEMO_KEYS, MODELS as DEMO_MODELS},
    failure::Failure,
    record::Recorded,
    schema_sample::sample,
    script::Script,
    server::Upstream,
    stats::Stats,
    violation::Violation,
};
