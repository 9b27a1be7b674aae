//! `Host` and `Origin`: who a browser says it is talking to, and on whose behalf.
//!
//! A page in a browser can reach a gateway on loopback. What it cannot do is choose `Host` (so a
//! name that was rebound to 127.0.0.1 gives itself away) or hide its `Origin`.

use crate::refusal::refuse;
use cliproxy_gateway::Failure;
use http::{HeaderMap, HeaderValue, StatusCode, Uri, header};

/// What the door lets in.
#[derive(Clone, Debug, Default)]
#[non_exhaustive]
pub struct DoorParams {
    /// Names a request may be addressed to, lower-case and without a port. `None` checks nothing.
    pub allowed_hosts: Option<Vec<String>>,
    /// Origins of web pages that may call, lower-case.
    pub allowed_origins: Vec<String>,
}

impl DoorParams {
    /// The configured names; on a loopback listener, where none are configured, the names of this
    /// machine and the address it is bound to.
    #[must_use]
    pub fn new(
        configured: Option<Vec<String>>,
        allowed_origins: Vec<String>,
        loopback: bool,
        bound: &str,
    ) -> Self {
        let own = ["localhost", "127.0.0.1", "[::1]", bound];
        Self {
            allowed_hosts: configured
                .or_else(|| loopback.then(|| own.iter().map(|&name| name.to_owned()).collect())),
            allowed_origins,
        }
    }

    /// Judges a request by its head. What comes back is the origin to name in CORS headers.
    pub(crate) fn check(
        &self,
        uri: &Uri,
        headers: &HeaderMap,
    ) -> Result<Option<HeaderValue>, Failure> {
        let host = uri
            .authority()
            .map(http::uri::Authority::as_str)
            .or_else(|| headers.get(header::HOST)?.to_str().ok());
        if let Some(allowed) = &self.allowed_hosts {
            let name = host.map(name_of).unwrap_or_default();
            if !allowed
                .iter()
                .any(|allowed| name.eq_ignore_ascii_case(allowed))
            {
                return Err(refuse(
                    StatusCode::FORBIDDEN,
                    "host_not_allowed",
                    "this gateway does not answer to that host name; add it to `allowed-hosts`",
                ));
            }
        }
        let Some(origin) = headers.get(header::ORIGIN) else {
            return Ok(None);
        };
        let text = origin.to_str().unwrap_or_default();
        if self
            .allowed_origins
            .iter()
            .any(|allowed| text.eq_ignore_ascii_case(allowed))
        {
            return Ok(Some(origin.clone()));
        }
        let own = text
            .split_once("://")
            .is_some_and(|(_, authority)| Some(authority) == host);
        if own {
            return Ok(None);
        }
        Err(refuse(
            StatusCode::FORBIDDEN,
            "origin_not_allowed",
            "web pages of that origin may not call this gateway; add it to `cors.allowed-origins`",
        ))
    }
}

/// A `Host` without its port.
fn name_of(host: &str) -> &str {
    if host.starts_with('[') {
        return host.split_inclusive(']').next().unwrap_or(host);
    }
    host.split(':').next().unwrap_or(host)
}

#[cfg(test)]
mod tests {
    use super::DoorParams;
    use http::{HeaderMap, HeaderName, Uri};

    fn status(door: &DoorParams, headers: &[(HeaderName, &str)]) -> u16 {
        let headers: HeaderMap = headers
            .iter()
            .map(|(name, value)| (name.clone(), value.parse().unwrap()))
            .collect();
        match door.check(&Uri::from_static("/v1/models"), &headers) {
            Ok(_) => 200,
            Err(failure) => failure.status().as_u16(),
        }
    }

    #[test]
    fn hosts() {
        use http::header::HOST;
        let loopback = DoorParams::new(None, vec![], true, "127.0.0.7");
        let check = |door: &DoorParams, host: &str, expected| {
            assert_eq!(status(door, &[(HOST, host)]), expected, "{host}");
        };
        check(&loopback, "localhost", 200);
        check(&loopback, "LOCALHOST:8317", 200);
        check(&loopback, "127.0.0.1:8317", 200);
        check(&loopback, "[::1]:8317", 200);
        check(&loopback, "127.0.0.7:1", 200);
        check(&loopback, "evil.example:8317", 403);
        check(&loopback, "localhost.evil.example", 403);
        assert_eq!(status(&loopback, &[]), 403);

        let public = DoorParams::new(None, vec![], false, "10.0.0.1");
        check(&public, "anything.example", 200);
        let named = DoorParams::new(Some(vec!["gw.example".into()]), vec![], false, "10.0.0.1");
        check(&named, "gw.example:443", 200);
        check(&named, "localhost", 403);
    }

    #[test]
    fn origins() {
        use http::header::{HOST, ORIGIN};
        let door = DoorParams::new(None, vec!["https://app.example".into()], true, "");
        let check = |origin: &str, expected| {
            let headers = [(HOST, "localhost:8317"), (ORIGIN, origin)];
            assert_eq!(status(&door, &headers), expected, "{origin}");
        };
        check("https://app.example", 200);
        check("https://APP.example", 200);
        check("http://localhost:8317", 200);
        check("http://localhost:9999", 403);
        check("https://evil.example", 403);
        check("null", 403);
    }
}
