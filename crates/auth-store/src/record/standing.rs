//! Whether a credential can be picked at all, before its health is asked.

use cliproxy_core::CredentialId;
use std::fmt;

/// Whether a credential takes part.
#[derive(Clone, Debug, PartialEq, Eq)]
#[expect(
    clippy::exhaustive_enums,
    reason = "everybody who asks must decide about each"
)]
pub enum Standing {
    /// It serves.
    Active,
    /// The operator has switched it off. Its tokens are refreshed all the same, so that it is not dead
    /// when it is switched on again.
    Disabled,
    /// It has several projects, which serve in its place; it holds their tokens. Nobody has switched it
    /// off, and nothing of this is written to its file.
    Parent(Box<[CredentialId]>),
    /// It is kept and listed, and never picked or refreshed.
    Inert(Inert),
}

/// Why a credential is never picked.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Inert {
    /// A Claude subscription: only the bearer that a client sends itself is passed through.
    PassthroughOnly,
    /// A provider that this gateway does not speak to.
    Unsupported,
    /// A provider that is gone from this gateway.
    Removed,
    /// No `type` says what it is for.
    Untyped,
    /// A member is missing without which it cannot authenticate.
    Incomplete(&'static str),
}

impl fmt::Display for Inert {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::PassthroughOnly => f.write_str("unsupported (passthrough only)"),
            Self::Unsupported => f.write_str("unsupported"),
            Self::Removed => f.write_str("unsupported (provider removed)"),
            Self::Untyped => f.write_str("no type"),
            Self::Incomplete(member) => write!(f, "incomplete ({member} is missing)"),
        }
    }
}

impl Inert {
    /// What is wrong with the provider, if it is one that is known to be none of ours.
    pub(super) fn of_provider(provider: &str) -> Option<Self> {
        match provider {
            "" => Some(Self::Untyped),
            "claude" => Some(Self::PassthroughOnly),
            "antigravity" => Some(Self::Unsupported),
            "iflow" | "qwen" => Some(Self::Removed),
            _ => None,
        }
    }

    /// The member that is to blame, what is wrong, and what to do about it.
    pub(super) const fn problem(&self) -> (&'static str, &'static str, &'static str) {
        match self {
            Self::PassthroughOnly => (
                "type",
                "a Claude sign-in is not used by the gateway",
                "set claude-passthrough, so that Claude Code's own sign-in is passed through, or use an API key",
            ),
            Self::Unsupported => (
                "type",
                "this provider is not supported",
                "remove the file, or keep it: it does nothing",
            ),
            Self::Removed => (
                "type",
                "this provider was removed",
                "remove the file, or keep it: it does nothing",
            ),
            Self::Untyped => (
                "type",
                "missing, so nobody knows what it is for",
                "add a type, like codex, gemini, vertex or kimi; or move the file elsewhere",
            ),
            Self::Incomplete(member) => (
                member,
                "missing, so it cannot authenticate",
                "sign in again, or copy the whole file",
            ),
        }
    }
}
