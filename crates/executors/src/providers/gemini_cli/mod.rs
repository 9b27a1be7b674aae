//! Gemini through a Google account (Code Assist). Requests are not built yet.

mod refresh;

pub(super) use self::refresh::token_endpoint;
