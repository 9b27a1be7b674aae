//! What is said about requests whose upstream speaks another protocol than their client.

use crate::Section;
use cliproxy_core::Protocol;
use schemars::JsonSchema;
use serde::Deserialize;

/// How requests are translated.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Translation {
    /// What becomes of what an upstream cannot be told.
    pub loss_policy: LossPolicy,
    /// Whether calls without a result, and results without a call, go up as they are, so that the
    /// upstream's own error is seen.
    pub strict_tools: bool,
    /// Whether reasoning that clients drop is remembered, and put back.
    pub replay: bool,
    /// Whether Chat clients are given sealed reasoning in `reasoning_details`.
    pub reasoning_details: bool,
    /// Whether the prompts of clients that cannot mark them are marked for Claude's cache.
    pub auto_cache: bool,
    /// The output limit for Claude where the client sets none, in tokens; at least 1.
    pub default_max_tokens: u32,
}

impl Default for Translation {
    fn default() -> Self {
        Self {
            loss_policy: LossPolicy::Report,
            strict_tools: false,
            replay: true,
            reasoning_details: true,
            auto_cache: true,
            default_max_tokens: 32_000,
        }
    }
}

/// What becomes of what an upstream cannot be told.
#[expect(
    clippy::exhaustive_enums,
    reason = "whoever translates must handle every policy"
)]
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum LossPolicy {
    /// Parts of the conversation become a note where that is possible; otherwise as `report`.
    Lenient,
    /// What the request is about is refused, the rest goes without it and is named.
    #[default]
    Report,
    /// What shapes the answer is refused as well.
    Strict,
}

/// What an entry's upstream takes, where that is not what its host says.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct EntryDialect {
    /// The name of a profile, one of [`profiles`]; `None` means the host's.
    pub profile: Option<String>,
    /// The member that carries the output limit.
    pub max_tokens_field: Option<MaxTokensField>,
    /// What becomes of the role `developer`.
    pub role_developer: Option<RoleDeveloper>,
    /// Members of the body that are taken away.
    pub drop_params: Vec<String>,
    /// Members of the body that are called otherwise: old name and new one.
    pub rename_params: Vec<(String, String)>,
    /// Whether requests of Chat clients and their replies are written anew, not passed through.
    pub repair: bool,
}

/// The member of a chat body that carries the output limit.
#[expect(
    clippy::exhaustive_enums,
    reason = "whoever translates must handle every form"
)]
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum MaxTokensField {
    /// The one of OpenAI's newer models.
    MaxCompletionTokens,
    /// The one that most others take.
    MaxTokens,
}

/// What becomes of the role `developer` of a chat body.
#[expect(
    clippy::exhaustive_enums,
    reason = "whoever translates must handle every form"
)]
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum RoleDeveloper {
    /// It stays.
    Keep,
    /// It becomes `system`.
    System,
}

/// The names that `profile` may have for an upstream of this protocol.
#[must_use]
pub const fn profiles(protocol: Protocol) -> &'static [&'static str] {
    match protocol {
        Protocol::Chat => &[
            "compat",
            "openai",
            "deepseek",
            "google",
            "kimi",
            "minimax",
            "mistral",
            "openrouter",
            "qwen",
            "xai",
            "zhipu",
        ],
        Protocol::Claude => &["compat", "anthropic"],
        Protocol::Gemini => &[
            "compat",
            "compat-openapi",
            "gemini",
            "vertex",
            "code-assist",
        ],
        Protocol::Responses => &["compat", "openai", "codex", "xai"],
    }
}

/// What the upstreams of a section speak.
pub(crate) const fn protocols(section: Section, api: crate::ChatApi) -> &'static [Protocol] {
    match (section, api) {
        (Section::ClaudeApiKey, _) => &[Protocol::Claude],
        (Section::CodexApiKey, _) => &[Protocol::Responses],
        (Section::GeminiApiKey | Section::VertexApiKey, _) => &[Protocol::Gemini],
        (Section::OpenaiCompatibility, crate::ChatApi::Chat) => &[Protocol::Chat],
        (Section::OpenaiCompatibility, crate::ChatApi::Responses) => &[Protocol::Responses],
        (Section::OpenaiCompatibility, crate::ChatApi::Both) => {
            &[Protocol::Chat, Protocol::Responses]
        }
    }
}
