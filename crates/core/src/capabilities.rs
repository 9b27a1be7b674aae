//! What a model takes.

use crate::{Thinking, name::names};

/// What a model takes. The default is what most models do: everything but reasoning.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Capabilities {
    /// How reasoning is controlled; `None` if it cannot be.
    pub thinking: Option<Thinking>,
    /// Nobody knows how reasoning is controlled, whatever `thinking` says.
    pub unknown_thinking: bool,
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
    pub function_response_parts: bool,
    /// Whether web search may stand beside function declarations (Gemini).
    pub search_with_functions: bool,
    /// Whether a response schema may stand beside function declarations (Gemini).
    pub schema_with_functions: bool,
    /// Whether an effort may stand beside function declarations (OpenAI Chat).
    pub effort_with_functions: bool,
    /// Whether the model is made for web search, which is then a member of the request (OpenAI Chat).
    pub chat_search: bool,
    /// Whether an image costs by its patches, not by its tiles (OpenAI).
    pub image_patches: bool,
    /// Kinds of input the model reads; all of them where the vendor does not say.
    pub input: Vec<Modality>,
    /// Kinds of output the model writes.
    pub output: Vec<Modality>,
}

impl Default for Capabilities {
    fn default() -> Self {
        Self {
            thinking: None,
            unknown_thinking: false,
            sampling: Sampling::default(),
            structured_output: true,
            prefill: true,
            mid_system: false,
            thought_signatures: ThoughtSignatures::default(),
            function_response_parts: false,
            search_with_functions: false,
            schema_with_functions: false,
            effort_with_functions: true,
            chat_search: false,
            image_patches: false,
            input: Modality::ALL.to_vec(),
            output: vec![Modality::Text],
        }
    }
}

/// Which sampling parameters are accepted.
#[expect(clippy::exhaustive_enums, reason = "closed like `Effort`")]
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Sampling {
    /// All of them.
    #[default]
    Full,
    /// `temperature` or `top_p`, not both.
    Xor,
    /// None of `temperature`, `top_p` and `top_k`.
    None,
    /// None of them while the model reasons, and all of them otherwise.
    Resting,
}

names!(Sampling {
    Full = "full",
    Xor = "xor",
    None = "none",
    Resting = "resting",
});

/// Whether a function call must come back with the signature it was made with.
#[expect(clippy::exhaustive_enums, reason = "closed like `Effort`")]
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum ThoughtSignatures {
    /// It may.
    #[default]
    Optional,
    /// A call without its signature is refused.
    Required,
}

names!(ThoughtSignatures {
    Optional = "optional",
    Required = "required",
});

/// A kind of content.
#[expect(clippy::exhaustive_enums, reason = "closed like `Effort`")]
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
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

names!(Modality {
    Text = "text",
    Image = "image",
    Audio = "audio",
    Video = "video",
});
