//! Whose authorization server is played.

/// One provider's variation of OAuth: its paths, what its token endpoint takes, and how it words
/// errors.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Dialect {
    /// `auth.openai.com`: form or JSON, rotating refresh tokens, JWTs, error codes of its own and a
    /// device flow of its own.
    Codex,
    /// `oauth2.googleapis.com`: refresh tokens stay, service accounts sign in by assertion.
    Google,
    /// `auth.kimi.com`: a device flow whose pending answers are 200, and 401 for a dead token.
    Kimi,
    /// What the RFCs say, and nothing else.
    Plain,
}

impl Dialect {
    /// All of them.
    pub const ALL: [Self; 4] = [Self::Codex, Self::Google, Self::Kimi, Self::Plain];

    /// Where tokens are asked for.
    #[must_use]
    pub const fn token_path(self) -> &'static str {
        match self {
            Self::Codex => "/oauth/token",
            Self::Google => "/token",
            Self::Kimi => "/api/oauth/token",
            Self::Plain => "/oauth2/token",
        }
    }

    /// Where a browser is sent to sign in, where there is such a flow.
    #[must_use]
    pub const fn authorize_path(self) -> Option<&'static str> {
        match self {
            Self::Codex => Some("/oauth/authorize"),
            Self::Google => Some("/o/oauth2/auth"),
            Self::Kimi => None,
            Self::Plain => Some("/oauth2/authorize"),
        }
    }

    /// Where a device asks for a code.
    #[must_use]
    pub const fn device_path(self) -> &'static str {
        match self {
            Self::Codex => "/api/accounts/deviceauth/usercode",
            Self::Google => "/device/code",
            Self::Kimi => "/api/oauth/device_authorization",
            Self::Plain => "/oauth2/device_authorization",
        }
    }

    /// Whether the token endpoint documents JSON besides forms.
    pub(crate) const fn takes_json(self) -> bool {
        matches!(self, Self::Codex)
    }

    /// Whether a refresh token is used up by a refresh.
    pub(crate) const fn rotates(self) -> bool {
        !matches!(self, Self::Google)
    }

    /// Whether access tokens are JWTs.
    pub(crate) const fn has_jwts(self) -> bool {
        matches!(self, Self::Codex)
    }

    /// Whether an answer holds an id token.
    pub(crate) const fn has_id_tokens(self) -> bool {
        matches!(self, Self::Codex | Self::Google)
    }

    /// What an account may be asked for.
    pub(crate) const fn scope(self) -> &'static str {
        match self {
            Self::Codex => "openid profile email offline_access",
            Self::Google => {
                "https://www.googleapis.com/auth/cloud-platform https://www.googleapis.com/auth/userinfo.email https://www.googleapis.com/auth/userinfo.profile openid"
            }
            Self::Kimi => "kimi-code",
            Self::Plain => "models",
        }
    }
}
