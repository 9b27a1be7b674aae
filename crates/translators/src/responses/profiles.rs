//! The dialects of Responses: who speaks them, and which host is whose.

use crate::{
    profile::{
        CallIds,
        Host::{self, Ends, Is},
        Profile, Profiles, codex,
    },
    request_ir::Class,
    thinking::Form,
};

pub(super) const PROFILES: Profiles = Profiles {
    all: ALL,
    hosts: HOSTS,
    of_vendor: |_| "openai",
};

/// The first is that of a host nobody knows.
const ALL: &[Profile] = &[
    Profile::COMPAT_RESPONSES,
    Profile::OPENAI_RESPONSES,
    Profile::CODEX,
    Profile::XAI_RESPONSES,
];

const HOSTS: &[(Host, &str)] = &[
    (Is("api.openai.com"), "openai"),
    (Ends(".openai.azure.com"), "openai"),
    (Ends(".services.ai.azure.com"), "openai"),
    (Is("chatgpt.com"), "codex"),
    (Is("api.x.ai"), "xai"),
];

/// xAI refuses these; the rest of Responses it takes.
const XAI_REMOVED: &[(&str, Class)] = &[
    ("prompt_cache_retention", Class::Bookkeeping),
    ("safety_identifier", Class::Bookkeeping),
    ("stream_options", Class::Bookkeeping),
];

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
