//! Kimi with an account. Requests are not built yet.

mod device;
mod refresh;

pub(super) use self::refresh::token_endpoint;
