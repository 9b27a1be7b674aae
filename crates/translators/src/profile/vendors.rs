//! The profiles there are.

use super::{CallIds, Profile, codex};
use crate::{request_ir::Class, thinking::Form};
use cliproxy_core::Protocol;

/// xAI refuses these; the rest of Responses it takes.
const XAI_REMOVED: &[(&str, Class)] = &[
    ("prompt_cache_retention", Class::Bookkeeping),
    ("safety_identifier", Class::Bookkeeping),
    ("stream_options", Class::Bookkeeping),
];

/// The profiles of a protocol. The first is that of a host nobody knows.
pub(super) fn all(protocol: Protocol) -> &'static [Profile] {
    match protocol {
        Protocol::Chat => CHAT,
        Protocol::Claude => CLAUDE,
        Protocol::Gemini => GEMINI,
        Protocol::Responses => RESPONSES,
    }
}

static CHAT: &[Profile] = &[
    Profile::COMPAT,
    Profile::OPENAI_CHAT,
    Profile::DEEPSEEK,
    Profile::KIMI,
    Profile::MINIMAX,
    Profile::MISTRAL,
    Profile::OPENROUTER,
    Profile::QWEN,
    Profile::XAI,
    Profile::ZHIPU,
];

static RESPONSES: &[Profile] = &[
    Profile::COMPAT_RESPONSES,
    Profile::OPENAI_RESPONSES,
    Profile::CODEX,
    Profile::XAI_RESPONSES,
];

static CLAUDE: &[Profile] = &[Profile::COMPAT_CLAUDE, Profile::ANTHROPIC];

static GEMINI: &[Profile] = &[
    Profile::COMPAT_GEMINI,
    Profile::GEMINI,
    Profile::VERTEX,
    Profile::CODE_ASSIST,
    Profile::COMPAT_OPENAPI,
];

const OPENAI_CLIENTS: &[Protocol] = &[Protocol::Chat, Protocol::Responses];

/// Chat.
impl Profile {
    /// An OpenAI-compatible vendor that nobody knows.
    pub(crate) const COMPAT: Self = Self {
        name: "compat",
        own: &[],
        max_completion_tokens: false,
        developer_role: false,
        part_arrays: false,
        freeform_tools: false,
        call_ids: CallIds::Any,
        thinking: Form::ReasoningEffort,
        reasoning_replay: true,
        full_reasoning_replay: false,
        labels: false,
        top_k: false,
        stream_usage: true,
        folds_system: false,
        inline_tool_images: false,
        removed: &[],
        is_codex: false,
        is_code_assist: false,
        function_call_ids: true,
        openapi_schemas: false,
        is_anthropic: false,
    };
    /// `api.openai.com` and Azure.
    pub(crate) const OPENAI_CHAT: Self = Self {
        name: "openai",
        own: OPENAI_CLIENTS,
        max_completion_tokens: true,
        developer_role: true,
        part_arrays: true,
        freeform_tools: true,
        call_ids: CallIds::AtMost(40),
        reasoning_replay: false,
        labels: true,
        ..Self::COMPAT
    };
    const DEEPSEEK: Self = Self {
        name: "deepseek",
        thinking: Form::ThinkingSwitch,
        full_reasoning_replay: true,
        ..Self::COMPAT
    };
    const KIMI: Self = Self {
        name: "kimi",
        thinking: Form::ThinkingEffort,
        full_reasoning_replay: true,
        ..Self::COMPAT
    };
    const MINIMAX: Self = Self {
        name: "minimax",
        full_reasoning_replay: true,
        ..Self::COMPAT
    };
    /// Refuses every member it does not know, `stream_options` and `reasoning_content` among them.
    /// Its streams report their usage unasked.
    const MISTRAL: Self = Self {
        name: "mistral",
        call_ids: CallIds::Mistral,
        reasoning_replay: false,
        stream_usage: false,
        ..Self::COMPAT
    };
    const OPENROUTER: Self = Self {
        name: "openrouter",
        thinking: Form::OpenRouter,
        top_k: true,
        ..Self::COMPAT
    };
    const QWEN: Self = Self {
        name: "qwen",
        thinking: Form::EnableThinking,
        ..Self::COMPAT
    };
    const XAI: Self = Self {
        name: "xai",
        ..Self::COMPAT
    };
    const ZHIPU: Self = Self {
        name: "zhipu",
        thinking: Form::ThinkingSwitch,
        full_reasoning_replay: true,
        ..Self::COMPAT
    };
}

/// Responses.
impl Profile {
    /// `api.openai.com` and Azure.
    pub(crate) const OPENAI_RESPONSES: Self = Self {
        call_ids: CallIds::AtMost(64),
        thinking: Form::Responses,
        ..Self::OPENAI_CHAT
    };
    /// The ChatGPT backend.
    pub(crate) const CODEX: Self = Self {
        name: "codex",
        removed: codex::REMOVED,
        is_codex: true,
        ..Self::OPENAI_RESPONSES
    };
    const COMPAT_RESPONSES: Self = Self {
        name: "compat",
        own: &[],
        ..Self::OPENAI_RESPONSES
    };
    const XAI_RESPONSES: Self = Self {
        name: "xai",
        freeform_tools: false,
        removed: XAI_REMOVED,
        ..Self::COMPAT_RESPONSES
    };
}

/// Claude.
impl Profile {
    /// `api.anthropic.com`.
    pub(crate) const ANTHROPIC: Self = Self {
        name: "anthropic",
        own: &[Protocol::Claude],
        call_ids: CallIds::Claude,
        thinking: Form::Claude,
        is_anthropic: true,
        ..Self::COMPAT
    };
    const COMPAT_CLAUDE: Self = Self {
        name: "compat",
        own: &[],
        is_anthropic: false,
        ..Self::ANTHROPIC
    };
}

/// Gemini.
impl Profile {
    /// `generativelanguage.googleapis.com`.
    pub(crate) const GEMINI: Self = Self {
        name: "gemini",
        own: &[Protocol::Gemini],
        thinking: Form::Gemini,
        ..Self::COMPAT
    };
    const VERTEX: Self = Self {
        name: "vertex",
        ..Self::GEMINI
    };
    /// The envelope around Gemini.
    pub(crate) const CODE_ASSIST: Self = Self {
        name: "code-assist",
        is_code_assist: true,
        ..Self::GEMINI
    };
    const COMPAT_GEMINI: Self = Self {
        name: "compat",
        own: &[],
        ..Self::GEMINI
    };
    const COMPAT_OPENAPI: Self = Self {
        name: "compat-openapi",
        function_call_ids: false,
        openapi_schemas: true,
        ..Self::COMPAT_GEMINI
    };
}
