//! Where a session id came from.

/// Where a session id came from.
#[expect(
    clippy::exhaustive_enums,
    reason = "its consumers are log lines and metrics that list every source"
)]
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Source {
    /// The header `X-Session-Affinity`.
    Affinity,
    /// The header `X-Amp-Thread-Id`.
    Amp,
    /// The header `X-Claude-Code-Session-Id`, or the session inside the body's `metadata.user_id`.
    ClaudeCode,
    /// The header `X-Client-Request-Id`, where nothing else names the session.
    ClientRequest,
    /// The header `Session-Id` or `Session_id`.
    Codex,
    /// The body's `conversation`, `conversation.id` or `conversation_id`.
    Conversation,
    /// No id at all: the conversation's opening was hashed.
    Derived,
    /// The header `X-Session-ID`.
    Header,
    /// The body's `prompt_cache_key`.
    PromptCacheKey,
    /// The body's `session_id` or `sessionId`.
    Session,
    /// The body's `metadata.user_id`, as a whole.
    User,
}

impl Source {
    /// The name used in logs.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Affinity => "affinity",
            Self::Amp => "amp",
            Self::ClaudeCode => "claude",
            Self::ClientRequest => "clientreq",
            Self::Codex => "codex",
            Self::Conversation => "conv",
            Self::Derived => "derived",
            Self::Header => "header",
            Self::PromptCacheKey => "pck",
            Self::Session => "session",
            Self::User => "user",
        }
    }
}
