//! The shared classification of failures: whose fault it is, and how far it reaches.

/// What went wrong, in the terms that retry, cooldown and status decisions need.
///
/// Each of those decisions is one exhaustive table over this enum.
#[expect(
    clippy::exhaustive_enums,
    reason = "closed like `Protocol`: its consumers live in this workspace and must decide about every kind"
)]
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum ErrorKind {
    /// The upstream refused the credential (401, or an invalid key in disguise).
    Auth,
    /// The request is wrong; another credential would refuse it too.
    BadRequest,
    /// The client went away.
    Cancelled,
    /// Every credential that could serve is cooling down.
    Cooldown,
    /// The account may not do this, or has not paid (402, 403).
    Forbidden,
    /// A bug or a broken configuration of the gateway itself.
    Internal,
    /// This account does not have this model (400 or 422 that says so).
    ModelUnavailable,
    /// The upstream does not know the thing asked for (404).
    NotFound,
    /// A rate limit or quota was hit (429).
    Quota,
    /// The upstream could not be reached, or the connection broke (connect, TLS, reset, timeout).
    Transport,
    /// The upstream failed or answered nonsense (408, 5xx, 529, malformed or truncated reply).
    Upstream,
}

impl ErrorKind {
    const ALL: [Self; 11] = [
        Self::Auth,
        Self::BadRequest,
        Self::Cancelled,
        Self::Cooldown,
        Self::Forbidden,
        Self::Internal,
        Self::ModelUnavailable,
        Self::NotFound,
        Self::Quota,
        Self::Transport,
        Self::Upstream,
    ];

    /// The kind of this name; the inverse of [`as_str`](Self::as_str).
    #[must_use]
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.as_str() == name)
    }

    /// The name used in logs.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Auth => "auth",
            Self::BadRequest => "bad-request",
            Self::Cancelled => "cancelled",
            Self::Cooldown => "cooldown",
            Self::Forbidden => "forbidden",
            Self::Internal => "internal",
            Self::ModelUnavailable => "model-unavailable",
            Self::NotFound => "not-found",
            Self::Quota => "quota",
            Self::Transport => "transport",
            Self::Upstream => "upstream",
        }
    }
}

/// How far a failure reaches.
#[expect(clippy::exhaustive_enums, reason = "closed like `ErrorKind`")]
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Scope {
    /// This request only; nobody's health changes.
    Request,
    /// This model on this credential.
    Model,
    /// Every model of this credential.
    Credential,
    /// Everything behind this base URL. The credential gets only a transient block.
    Provider,
}
