//! The dialect of a protocol that an upstream speaks, as data.
//!
//! A profile shapes translated requests. A native body is touched only by what an entry itself switches
//! on, and by the two dialects that have to be (the ChatGPT backend, Code Assist).

/// What an upstream takes, beyond its protocol.
#[expect(
    clippy::struct_excessive_bools,
    reason = "a row of a table, whose columns are yes or no"
)]
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Profile {
    pub(crate) name: &'static str,
    /// Chat: the output limit is `max_completion_tokens`, not `max_tokens`.
    pub(crate) max_completion_tokens: bool,
    /// Chat: the role `developer` exists.
    pub(crate) developer_role: bool,
    /// Chat: content may be an array of parts in every message, not only in those of users.
    pub(crate) part_arrays: bool,
    /// Chat and Responses: freeform tools exist.
    pub(crate) freeform_tools: bool,
    pub(crate) call_ids: CallIds,
    /// Chat: how reasoning is asked for.
    pub(crate) thinking: ThinkingForm,
    /// Chat: `reasoning_content` of turns with calls goes back.
    pub(crate) reasoning_replay: bool,
    /// Chat: `store`, `metadata`, `prompt_cache_*`, `service_tier`, `safety_identifier` are sent.
    pub(crate) labels: bool,
    /// Chat: `top_k` and `min_p` are sent.
    pub(crate) top_k: bool,
    /// Chat: a stream is asked for its usage.
    pub(crate) stream_usage: bool,
    /// System messages inside the conversation become tagged text of the user.
    pub(crate) folds_system: bool,
    /// Chat: images stand inside tool messages.
    pub(crate) inline_tool_images: bool,
    /// Responses: the ChatGPT backend.
    pub(crate) is_codex: bool,
    /// Gemini: the Code Assist envelope.
    pub(crate) is_code_assist: bool,
    /// Gemini: calls and their responses carry ids.
    pub(crate) function_call_ids: bool,
    /// Gemini: only the older schema form is taken.
    pub(crate) openapi_schemas: bool,
    /// Claude: Anthropic's own host.
    pub(crate) is_anthropic: bool,
}

/// Which ids of calls an upstream takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum CallIds {
    Any,
    /// Letters, digits, `_` and `-`.
    Claude,
    /// At most so many characters.
    AtMost(usize),
    /// Nine letters and digits.
    Mistral,
}

/// How a chat upstream is asked to reason.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum ThinkingForm {
    Effort,
    Kimi,
    /// `thinking: {type}`: DeepSeek, Zhipu.
    Switch,
    OpenRouter,
    Qwen,
}

impl Profile {
    /// An OpenAI-compatible vendor that nobody knows.
    pub(crate) const COMPAT: Self = Self {
        name: "compat",
        max_completion_tokens: false,
        developer_role: false,
        part_arrays: false,
        freeform_tools: false,
        call_ids: CallIds::Any,
        thinking: ThinkingForm::Effort,
        reasoning_replay: true,
        labels: false,
        top_k: false,
        stream_usage: true,
        folds_system: false,
        inline_tool_images: false,
        is_codex: false,
        is_code_assist: false,
        function_call_ids: true,
        openapi_schemas: false,
        is_anthropic: false,
    };
    /// `api.openai.com`, Chat Completions.
    pub(crate) const OPENAI_CHAT: Self = Self {
        name: "openai",
        max_completion_tokens: true,
        developer_role: true,
        part_arrays: true,
        freeform_tools: true,
        call_ids: CallIds::AtMost(40),
        reasoning_replay: false,
        labels: true,
        ..Self::COMPAT
    };
    /// `api.openai.com`, Responses.
    pub(crate) const OPENAI_RESPONSES: Self = Self {
        call_ids: CallIds::AtMost(64),
        ..Self::OPENAI_CHAT
    };
    /// The ChatGPT backend.
    pub(crate) const CODEX: Self = Self {
        name: "codex",
        is_codex: true,
        ..Self::OPENAI_RESPONSES
    };
    /// `api.anthropic.com`.
    pub(crate) const ANTHROPIC: Self = Self {
        name: "anthropic",
        call_ids: CallIds::Claude,
        is_anthropic: true,
        ..Self::COMPAT
    };
    /// The Gemini API.
    pub(crate) const GEMINI: Self = Self {
        name: "gemini",
        ..Self::COMPAT
    };
    pub(crate) const CODE_ASSIST: Self = Self {
        name: "code-assist",
        is_code_assist: true,
        ..Self::GEMINI
    };
}
