//! What token members are called, by this gateway, by earlier versions and by vendors' own programs.
//!
//! The first spelling is read first, and is the one that is written where a file has none.

/// What requests are made with.
pub(crate) const ACCESS: [&str; 2] = ["access_token", "accessToken"];
/// What a new one is asked for with.
pub(crate) const REFRESH: [&str; 2] = ["refresh_token", "refreshToken"];
/// Who signed in.
pub(crate) const ID: [&str; 2] = ["id_token", "idToken"];
/// When the access token ends. The last one is Gemini CLI's.
pub(crate) const EXPIRY: [&str; 7] = [
    "expired",
    "expire",
    "expires_at",
    "expiresAt",
    "expiry",
    "expires",
    "expiry_date",
];
/// When it was granted.
pub(crate) const GRANTED: [&str; 4] = [
    "last_refresh",
    "lastRefresh",
    "last_refreshed_at",
    "lastRefreshedAt",
];
/// The lifetime of the access token in seconds, as the token endpoint said it.
pub(crate) const LIFETIME: &str = "expires_in";
/// When it was granted, in milliseconds.
pub(crate) const TIMESTAMP: &str = "timestamp";
/// Objects that hold tokens: Google's, in two spellings, and Codex's own.
pub(crate) const CONTAINERS: [&str; 3] = ["token", "Token", "tokens"];
