//! `Host` and `Origin`: who a browser says it is talking to, and on whose behalf.
//!
//! A page in a browser can reach a gateway on loopback. What it cannot do is choose `Host` (so a
//! name that was rebound to 127.0.0.1 gives itself away) or hide its `Origin`.

use crate::refusal::refuse;
use cliproxy_gateway::Failure;
use http::{HeaderMap, HeaderValue, StatusCode, Uri, Version, header};

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
        version: Version,
        uri: &Uri,
        headers: &HeaderMap,
    ) -> Result<Option<HeaderValue>, Failure> {
        one_host(version, headers)?;
        let host = uri
            .authority()
            .map(http::uri::Authority::as_str)
            .or_else(|| headers.get(header::HOST)?.to_str().ok());
        if let Some(allowed) = &self.allowed_hosts {
            let known = host.map(name_of).is_some_and(|name| {
                allowed
                    .iter()
                    .any(|allowed| name.eq_ignore_ascii_case(allowed))
            });
            if !known {
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

/// Refuses what [RFC 9112, section 3.2](https://www.rfc-editor.org/rfc/rfc9112#section-3.2) wants
/// refused, whatever names are allowed: of two `Host` lines a proxy in front may have judged the
/// other one. HTTP/1.0 knows no `Host`, so there its absence is only an unknown name.
fn one_host(version: Version, headers: &HeaderMap) -> Result<(), Failure> {
    let message = match headers.get_all(header::HOST).iter().count() {
        1 => return Ok(()),
        0 if version < Version::HTTP_11 => return Ok(()),
        0 => "the request has no `Host` header",
        _ => "the request has more than one `Host` header",
    };
    Err(refuse(StatusCode::BAD_REQUEST, "invalid_host", message))
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
    use http::{HeaderMap, HeaderName, Uri, Version};

    fn status(door: &DoorParams, headers: &[(HeaderName, &str)]) -> u16 {
        status_of(door, Version::HTTP_11, headers)
    }

    fn status_of(door: &DoorParams, version: Version, headers: &[(HeaderName, &str)]) -> u16 {
        let headers: HeaderMap = headers
            .iter()
            .map(|(name, value)| (name.clone(), value.parse().unwrap()))
            .collect();
        match door.check(version, &Uri::from_static("/v1/models"), &headers) {
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

        let public = DoorParams::new(None, vec![], false, "10.0.0.1");
        check(&public, "anything.example", 200);
        let named = DoorParams::new(Some(vec!["gw.example".into()]), vec![], false, "10.0.0.1");
        check(&named, "gw.example:443", 200);
        check(&named, "localhost", 403);
    }

    #[test]
    fn one_host() {
        use http::header::HOST;
        // Not even a listener that is bound to nothing takes a missing name for its own.
        let loopback = DoorParams::new(None, vec![], true, "");
        let public = DoorParams::new(None, vec![], false, "10.0.0.1");
        let check = |version, hosts: &[&str], on_loopback, elsewhere| {
            let headers: Vec<_> = hosts.iter().map(|&host| (HOST, host)).collect();
            let judged = [&loopback, &public].map(|door| status_of(door, version, &headers));
            assert_eq!(judged, [on_loopback, elsewhere], "{version:?} {hosts:?}");
        };
        check(Version::HTTP_11, &["localhost"], 200, 200);
        check(Version::HTTP_11, &[], 400, 400);
        check(Version::HTTP_11, &["localhost", "evil.example"], 400, 400);
        check(Version::HTTP_11, &["localhost", "localhost"], 400, 400);
        check(Version::HTTP_10, &["localhost"], 200, 200);
        check(Version::HTTP_10, &[], 403, 200);
        check(Version::HTTP_10, &["localhost", "localhost"], 400, 400);
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
