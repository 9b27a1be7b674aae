//! Facts about a model: what listings show and what translation needs.

use cliproxy_core::Capabilities;
use std::sync::Arc;

/// What is known about a model. Everything beyond the owner may be unknown.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ModelInfo {
    /// A name for people. Always present in a [`Route`](crate::Route).
    pub display_name: Option<String>,
    /// Release day, unix seconds.
    pub created: Option<i64>,
    /// The vendor, or the name of the configured upstream.
    pub owned_by: Arc<str>,
    /// Input window, in tokens.
    pub context: Option<u64>,
    /// Output limit, in tokens.
    pub max_output: Option<u64>,
    /// A sentence for people.
    pub description: Option<String>,
    /// Methods of the Gemini API; empty where the vendor has no such list.
    pub methods: Vec<String>,
    /// What the model takes. `None` for a model of which neither the catalogue nor the configuration
    /// says anything: nothing about a request to it can be validated.
    pub capabilities: Option<Capabilities>,
}
