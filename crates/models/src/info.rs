//! Facts about a model: what listings show and what translation needs.

use serde::Deserialize;
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
    /// What the model takes. `None` for a model the catalogue does not know: nothing about a
    /// request to it can be validated.
    pub capabilities: Option<Capabilities>,
}

/// What a model takes. The default is what most models do: everything but reasoning.
#[derive(Clone, Debug, Deserialize, PartialEq, Eq)]
#[serde(default)]
pub struct Capabilities {
    /// How reasoning is controlled; `None` if it cannot be.
    pub thinking: Option<Thinking>,
    /// Which sampling parameters are accepted.
    pub sampling: Sampling,
    /// Whether an answer can be bound to a JSON schema.
    pub structured_output: bool,
    /// Whether a last assistant message is continued.
    pub prefill: bool,
    /// Whether system messages may stand inside the conversation (Claude, first-party API only).
    pub mid_system: bool,
    /// Whether a function call must come back with its signature (Gemini).
    pub thought_signatures: ThoughtSignatures,
    /// Whether media may stand inside a function response (Gemini).
    #[serde(rename = "fr_parts")]
    pub function_response_parts: bool,
    /// Whether web search may stand beside function declarations (Gemini).
    pub search_with_functions: bool,
    /// Whether a response schema may stand beside function declarations (Gemini).
    pub schema_with_functions: bool,
    /// Kinds of input the model reads; all of them where the vendor does not say.
    #[serde(rename = "in")]
    pub input: Vec<Modality>,
    /// Kinds of output the model writes.
    #[serde(rename = "out")]
    pub output: Vec<Modality>,
}

/// How the reasoning of a model is controlled.
#[derive(Clone, Debug, Default, Deserialize, PartialEq, Eq)]
#[serde(default)]
pub struct Thinking {
    /// Efforts in rising order; empty if the model takes budgets only.
    pub levels: Vec<Effort>,
    /// Smallest and largest budget in tokens, inclusive; `None` if the model takes efforts only.
    pub budget: Option<(u32, u32)>,
    /// Whether reasoning can be switched off.
    pub can_off: bool,
    /// Whether off is spelled as the effort `none`.
    pub none_level: bool,
    /// Whether the model can be left to decide.
    pub can_auto: bool,
    /// What the vendor shows of the reasoning if nobody says.
    pub display_default: ThinkingDisplay,
}

/// A reasoning effort, in rising order.
#[expect(
    clippy::exhaustive_enums,
    reason = "whoever writes efforts into a body must decide about a new one"
)]
#[derive(Clone, Copy, Debug, Deserialize, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[serde(rename_all = "lowercase")]
pub enum Effort {
    /// `minimal`
    Minimal,
    /// `low`
    Low,
    /// `medium`
    Medium,
    /// `high`
    High,
    /// `xhigh`
    Xhigh,
    /// `max`
    Max,
}

/// What is shown of the reasoning.
#[expect(clippy::exhaustive_enums, reason = "closed like `Effort`")]
#[derive(Clone, Copy, Debug, Default, Deserialize, PartialEq, Eq)]
#[serde(rename_all = "lowercase")]
pub enum ThinkingDisplay {
    /// A summary.
    #[default]
    Summarized,
    /// Nothing.
    Omitted,
}

/// Which sampling parameters are accepted.
#[expect(clippy::exhaustive_enums, reason = "closed like `Effort`")]
#[derive(Clone, Copy, Debug, Default, Deserialize, PartialEq, Eq)]
#[serde(rename_all = "lowercase")]
pub enum Sampling {
    /// All of them.
    #[default]
    Full,
    /// `temperature` or `top_p`, not both.
    Xor,
    /// None of `temperature`, `top_p` and `top_k`.
    None,
}

/// Whether a function call must come back with the signature it was made with.
#[expect(clippy::exhaustive_enums, reason = "closed like `Effort`")]
#[derive(Clone, Copy, Debug, Default, Deserialize, PartialEq, Eq)]
#[serde(rename_all = "lowercase")]
pub enum ThoughtSignatures {
    /// It may.
    #[default]
    Optional,
    /// A call without its signature is refused.
    Required,
}

/// A kind of content.
#[expect(clippy::exhaustive_enums, reason = "closed like `Effort`")]
#[derive(Clone, Copy, Debug, Deserialize, PartialEq, Eq, Hash)]
#[serde(rename_all = "lowercase")]
pub enum Modality {
    /// Text.
    Text,
    /// Still images.
    Image,
    /// Sound.
    Audio,
    /// Moving images.
    Video,
}

impl Default for Capabilities {
    fn default() -> Self {
        Self {
            thinking: None,
            sampling: Sampling::default(),
            structured_output: true,
            prefill: true,
            mid_system: false,
            thought_signatures: ThoughtSignatures::default(),
            function_response_parts: false,
            search_with_functions: false,
            schema_with_functions: false,
            input: vec![
                Modality::Text,
                Modality::Image,
                Modality::Audio,
                Modality::Video,
            ],
            output: vec![Modality::Text],
        }
    }
}
