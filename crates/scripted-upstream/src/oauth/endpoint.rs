//! Which endpoint of an authorization server a path is.

use crate::oauth::Dialect;
use http::Method;

/// An endpoint, and the dialect it is spoken to in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Endpoint {
    /// A browser signs in.
    Authorize(Dialect),
    /// `OpenAI`'s own: whether a device code was approved.
    DevicePoll,
    /// A device asks for a code.
    Device(Dialect),
    /// Tokens are asked for.
    Token(Dialect),
    /// Google's: whose access token it is.
    UserInfo,
    /// A browser approves a device code.
    Verification,
}

impl Endpoint {
    pub(crate) fn of(method: &Method, path: &str) -> Option<Self> {
        let find = |place: fn(Dialect) -> Option<&'static str>| {
            Dialect::ALL
                .into_iter()
                .find(|dialect| place(*dialect) == Some(path))
        };
        if *method == Method::GET {
            return match path {
                "/codex/device" | "/device" => Some(Self::Verification),
                "/oauth2/v1/userinfo" => Some(Self::UserInfo),
                _ => find(Dialect::authorize_path).map(Self::Authorize),
            };
        }
        if *method != Method::POST {
            return None;
        }
        if path == "/api/accounts/deviceauth/token" {
            return Some(Self::DevicePoll);
        }
        find(|dialect| Some(dialect.token_path()))
            .map(Self::Token)
            .or_else(|| find(|dialect| Some(dialect.device_path())).map(Self::Device))
    }

    /// Whose errors it words.
    pub(crate) const fn dialect(self) -> Dialect {
        match self {
            Self::Authorize(dialect) | Self::Device(dialect) | Self::Token(dialect) => dialect,
            Self::DevicePoll => Dialect::Codex,
            Self::UserInfo => Dialect::Google,
            Self::Verification => Dialect::Plain,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Endpoint;
    use crate::{oauth::Dialect, route::Route};
    use cliproxy_core::Protocol;
    use http::{HeaderMap, Method, Uri};

    #[test]
    fn every_path_has_one_endpoint_and_no_protocol() {
        for dialect in Dialect::ALL {
            for (method, path, endpoint) in [
                (
                    Method::POST,
                    Some(dialect.token_path()),
                    Endpoint::Token(dialect),
                ),
                (
                    Method::POST,
                    Some(dialect.device_path()),
                    Endpoint::Device(dialect),
                ),
                (
                    Method::GET,
                    dialect.authorize_path(),
                    Endpoint::Authorize(dialect),
                ),
            ] {
                let Some(path) = path else { continue };
                assert_eq!(
                    Endpoint::of(&method, path),
                    Some(endpoint),
                    "{method} {path}"
                );
                let route = Route::of(&method, &Uri::from_static(path), &HeaderMap::new());
                let like = Protocol::Chat;
                assert_eq!(route, Route::Unknown { like }, "{method} {path}");
            }
        }
        assert_eq!(Endpoint::of(&Method::GET, "/token"), None);
        assert_eq!(Endpoint::of(&Method::PUT, "/token"), None);
        assert_eq!(Endpoint::of(&Method::POST, "/v1/messages"), None);
    }
}
