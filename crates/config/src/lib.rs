//! Loads, validates and documents the configuration file.
//!
//! What the user typed becomes a [`Config`] in one conversion that reports every problem at once,
//! with its place and a remedy. The environment and the command line are arguments.
//!
//! ```
//! use cliproxy_config::{Env, Overrides, load_text};
//! use std::path::Path;
//!
//! let yaml = "
//! port: 9000
//! claude-api-key:
//!   - api-key: env:ANTHROPIC_API_KEY
//! ";
//! let env = Env::from_iter([("ANTHROPIC_API_KEY", "sk-ant-1"), ("CLIPROXY_PORT", "9001")]);
//! let loaded = load_text(yaml, Path::new("."), &env, &Overrides::default())?;
//! assert_eq!(loaded.config.listen.port, 9001);
//! assert_eq!(loaded.config.entries[0].keys[0].api_key.expose(), "sk-ant-1");
//!
//! let yaml = "prot: 1\nport: x";
//! let problems = load_text(yaml, Path::new("."), &Env::default(), &Overrides::default());
//! assert_eq!(
//!     problems.unwrap_err().to_string(),
//!     "1:1: warning: prot: unknown key (did you mean `port`?)\n\
//!      2:1: error: port: expected a whole number from 0 to 65535",
//! );
//! # Ok::<(), cliproxy_config::Problems>(())
//! ```

// What comes out.
mod ca;
mod compat;
mod config;
mod entry;
mod error_rule;
mod fallback;
mod listen;
mod oauth;
mod settings;
mod translation;

// What goes in.
mod env;
mod files;
mod find;
mod overrides;
mod secrets;

// The way between: text to tree to raw to resolved.
mod load;
mod tree;

mod decode;
mod legacy;
mod raw;

mod accepted;
mod nearest;
mod unknown;

mod durations;
mod file_mode;
mod resolve;
mod sizes;
mod weight;

// What is said about it.
mod place;
mod problem;
mod restart;
mod start;

// What it looks like.
mod example;
mod schema;

pub use self::{
    ca::CaBundle,
    compat::Compat,
    config::{ClientKey, ClientKeyText, Config},
    entry::{
        AuthHeader, ChatApi, Entry, EntryKey, ForceStreamUsage, HeaderValueSpec, ModelEntry,
        Section,
    },
    env::{Env, Unset},
    error_rule::{ErrorRule, Pattern, RuleAction},
    example::{example, init_text},
    fallback::{Fallback, FallbackTarget},
    find::{Found, NotFound, find},
    listen::{Host, Listen, Tls, UnixSocket},
    load::{Loaded, load, load_text},
    nearest::nearest,
    oauth::{AuthRefresh, ModelAlias, OauthClient, OauthSettings},
    overrides::Overrides,
    place::Place,
    problem::{Problem, Problems, Severity},
    schema::schema,
    settings::{Level, Limits, Log, LogFormat, Retry, Routing, Strategy, Streaming},
    start::start_check,
    translation::{EntryDialect, LossPolicy, MaxTokensField, RoleDeveloper, Translation, profiles},
};

#[cfg(test)]
mod tests;
