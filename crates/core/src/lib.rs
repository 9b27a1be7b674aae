//! The vocabulary of the gateway: one word per concept, shared by every crate.
//!
//! Nothing here performs IO, speaks HTTP, reads JSON or asks for the time.
//!
//! ```
//! use cliproxy_core::{ModelId, Protocol, Secret};
//!
//! let model = ModelId::from("gpt-5.4");
//! let key = Secret::from("sk-live-1");
//! assert_eq!(model.as_str(), "gpt-5.4");
//! assert_eq!(Protocol::Claude.as_str(), "claude");
//! assert_eq!(format!("{key:?}"), "Secret(***)");
//! ```

mod capabilities;
mod deadlines;
mod digest;
mod effort;
mod error_kind;
mod id;
mod model_facts;
mod model_name;
mod name;
mod operation;
mod protocol;
mod secret;
mod thinking;
mod usage;

pub use self::{
    capabilities::{Capabilities, Modality, Sampling, ThoughtSignatures},
    deadlines::Deadlines,
    digest::KeyDigest,
    effort::Effort,
    error_kind::{ErrorKind, Scope},
    id::{CredentialId, Generation, ModelId, ProviderId},
    model_facts::ModelFacts,
    model_name::{Suffixed, canonical, parse_suffix},
    name::UnknownName,
    operation::Operation,
    protocol::Protocol,
    secret::Secret,
    thinking::{Thinking, ThinkingDisplay},
    usage::Usage,
};
