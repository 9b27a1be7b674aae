//! An upstream that answers like a provider from a script, in four protocols, for the demo, tests
//! and benchmarks.
//!
//! One server on the loopback interface speaks OpenAI Chat Completions and Responses, Anthropic
//! Messages and Gemini. What it does is decided by the API key: answer, refuse, stall, truncate,
//! reset. It checks requests as strictly as a provider, and its replies say that they are scripted.
//! Access tokens are keys that end: the same server is the [authorization server](oauth) that hands
//! them out.
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

// What it is started with, and what it tells.
mod behaviour;
mod demo;
mod derail;
mod failure;
mod record;
mod script;
mod server;
mod stats;
mod violation;

// From a request to its response.
mod act;
mod clock;
mod credential;
mod delivery;
mod exchange;
mod keyring;
mod lenient;
mod reply;
mod route;
mod shared;
mod wire;

// What is asked, and what is answered, in terms all protocols share.
mod answer;
mod ask;
mod dictation;
mod frame;
mod inspect;
mod prompt_cache;
mod recite;
mod schema_sample;
mod schema_shape;
mod seal;
mod strict_json;
mod strict_schema;

// The protocols.
mod chat;
mod claude;
mod embeddings;
mod gemini;
mod models;
mod openai;
mod responses;

pub mod grammar;
pub mod oauth;

#[cfg(test)]
mod tests;

pub use self::{
    behaviour::Behaviour,
    demo::{ACCOUNT as DEMO_ACCOUNT, DemoKey, KEYS as DEMO_KEYS, MODELS as DEMO_MODELS},
    derail::Derailment,
    failure::Failure,
    record::Recorded,
    schema_sample::sample,
    script::Script,
    server::Upstream,
    stats::Stats,
    violation::Violation,
};
