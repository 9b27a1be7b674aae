//! The dialects of Chat: who speaks them, and which host is whose.

use crate::{
    profile::{
        CallIds,
        Host::{self, Ends, Is},
        Profile, Profiles,
    },
    thinking::Form,
};
use cliproxy_core::Protocol;

pub(super) const PROFILES: Profiles = Profiles {
    all: ALL,
    hosts: HOSTS,
    of_vendor: |_| "openai",
};

/// The first is that of a host nobody knows.
const ALL: &[Profile] = &[
    Profile::COMPAT,
    Profile::OPENAI_CHAT,
    Profile::DEEPSEEK,
    Profile::GOOGLE,
    Profile::KIMI,
    Profile::MINIMAX,
    Profile::MISTRAL,
    Profile::OPENROUTER,
    Profile::QWEN,
    Profile::XAI,
    Profile::ZHIPU,
];

const HOSTS: &[(Host, &str)] = &[
    (Is("api.openai.com"), "openai"),
    (Ends(".openai.azure.com"), "openai"),
    (Ends(".services.ai.azure.com"), "openai"),
    (Is("api.deepseek.com"), "deepseek"),
    (Is("generativelanguage.googleapis.com"), "google"),
    (Is("aiplatform.googleapis.com"), "google"),
    (Ends("-aiplatform.googleapis.com"), "google"),
    (Ends(".rep.googleapis.com"), "google"),
    (Is("api.moonshot.ai"), "kimi"),
    (Is("api.moonshot.cn"), "kimi"),
    (Is("api.kimi.com"), "kimi"),
    (Is("api.minimax.io"), "minimax"),
    (Is("api.mistral.ai"), "mistral"),
    (Is("openrouter.ai"), "openrouter"),
    (Is("dashscope.aliyuncs.com"), "qwen"),
    (Is("dashscope-intl.aliyuncs.com"), "qwen"),
    (Is("dashscope-us.aliyuncs.com"), "qwen"),
    (Is("dashscope-finance.aliyuncs.com"), "qwen"),
    (Ends(".dashscope.aliyuncs.com"), "qwen"),
    (Is("api.x.ai"), "xai"),
    (Is("open.bigmodel.cn"), "zhipu"),
    (Is("api.z.ai"), "zhipu"),
];

/// Whose clients speak the own protocols of OpenAI.
const OPENAI_CLIENTS: &[Protocol] = &[Protocol::Chat, Protocol::Responses];

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
        call_signatures: false,
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
    /// Google's own endpoint for Chat clients.
    const GOOGLE: Self = Self {
        name: "google",
        call_signatures: true,
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
        folds_system: true,
        ..Self::COMPAT
    };
    /// Refuses every member it does not know, `stream_options` and `reasoning_content` among them.
    /// Its streams report their usage unasked.
    const MISTRAL: Self = Self {
        name: "mistral",
        call_ids: CallIds::Mistral,
        reasoning_replay: false,
        stream_usage: false,
        folds_system: true,
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
