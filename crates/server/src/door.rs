//! `Host` and `Origin`: who a browser says it is talking to, and on whose behalf.
//!
//! A page in a browser can reach a gateway on loopback. What it cannot do is choose `Host` (so a
//! name that was rebound to 127.0.0.1 gives itself away) or hide its `Origin`.

use crate::{peer::Peer, refusal::refuse};
use cliproxy_gateway::Failure;
use http::{HeaderValue, StatusCode, Version, header, request::Parts, uri::Authority};
use std::net::Ipv6Addr;

/// What the door lets in.
#[derive(Clone, Debug, Default)]
#[non_exhaustive]
pub struct DoorParams {
    /// Names a request may be addressed to, lower-case and without a port. `None` checks nothing.
    pub allowed_hosts: Option<Vec<String>>,
    /// Whether the names follow from the address and were not chosen: a unix socket, which no page
    /// of a browser can reach, then takes any.
    pub derived: bool,
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
            derived: configured.is_none(),
            allowed_hosts: configured
                .or_else(|| loopback.then(|| own.iter().map(|&name| name.to_owned()).collect())),
            allowed_origins,
        }
    }

    /// Judges a request by its head. What comes back is the origin to name in CORS headers.
    pub(crate) fn check(&self, peer: Peer, head: &Parts) -> Result<Option<HeaderValue>, Failure> {
        let host = host_of(head)?;
        let unchecked = self.derived && peer == Peer::Local;
        if let Some(allowed) = self.allowed_hosts.as_ref().filter(|_| !unchecked) {
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
        let mut origins = head.headers.get_all(header::ORIGIN).iter();
        let Some(origin) = origins.next() else {
            return Ok(None);
        };
        let text = origin.to_str().unwrap_or_default();
        // Of two origins a proxy in front may have judged the other one.
        let only = origins.next().is_none();
        let named = |allowed: &String| text.eq_ignore_ascii_case(allowed);
        if only && self.allowed_origins.iter().any(named) {
            return Ok(Some(origin.clone()));
        }
        let own = text
            .split_once("://")
            .is_some_and(|(_, authority)| Some(authority) == host);
        if only && own {
            return Ok(None);
        }
        Err(refuse(
            StatusCode::FORBIDDEN,
            "origin_not_allowed",
            "web pages of that origin may not call this gateway; add it to `cors.allowed-origins`",
        ))
    }
}

/// The host that a request is addressed to; `None` where HTTP/1.0 knows none.
///
/// Refuses what [RFC 9112, section 3.2](https://www.rfc-editor.org/rfc/rfc9112#section-3.2) and
/// [RFC 9113, section 8.3.1](https://www.rfc-editor.org/rfc/rfc9113#section-8.3.1) want refused,
/// whatever names are allowed: of two hosts a proxy in front may have judged the other one, and one
/// that is no host makes whoever joins it to a path see another path.
fn host_of(head: &Parts) -> Result<Option<&str>, Failure> {
    let invalid = |message| Err(refuse(StatusCode::BAD_REQUEST, "invalid_host", message));
    let mut lines = head.headers.get_all(header::HOST).iter();
    let line = lines.next();
    if lines.next().is_some() {
        return invalid("the request has more than one `Host` header");
    }
    let line = match line.map(HeaderValue::to_str) {
        Some(Err(_)) => return invalid("the `Host` header is not a host"),
        Some(Ok(line)) => Some(line),
        None => None,
    };
    let authority = head.uri.authority().map(Authority::as_str);
    let host = match (authority, line) {
        // HTTP/1.1 says which of the two counts: the address.
        (Some(authority), Some(line))
            if head.version > Version::HTTP_11 && !authority.eq_ignore_ascii_case(line) =>
        {
            return invalid("the request names two different hosts");
        }
        (None, None) if head.version < Version::HTTP_11 => return Ok(None),
        // HTTP/1.1 wants the line even where the address names the host.
        (_, None) if head.version == Version::HTTP_11 => None,
        (authority, line) => authority.or(line),
    };
    match host {
        None => invalid("the request has no `Host` header"),
        Some(host) if is_host(host) => Ok(Some(host)),
        Some(_) => invalid("the `Host` header is not a host"),
    }
}

/// A name or an address, and perhaps a port, and nothing else
/// ([RFC 3986, section 3.2](https://www.rfc-editor.org/rfc/rfc3986#section-3.2), without user info).
fn is_host(text: &str) -> bool {
    let name = name_of(text);
    let port = match text[name.len()..].strip_prefix(':') {
        Some(port) => port,
        None if text.len() == name.len() => "",
        None => return false,
    };
    let bracketed = name
        .strip_prefix('[')
        .and_then(|rest| rest.strip_suffix(']'));
    let named = |byte: u8| byte.is_ascii_alphanumeric() || b"-._~%!$&'()*+,;=".contains(&byte);
    let sound = match bracketed {
        Some(address) => address.parse::<Ipv6Addr>().is_ok(),
        None => !name.is_empty() && name.bytes().all(named),
    };
    sound && port.len() <= 5 && port.bytes().all(|byte| byte.is_ascii_digit())
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
    use crate::peer::Peer;
    use http::{HeaderName, Request, Version};

    const TCP: Peer = Peer::Ip(std::net::IpAddr::V4(std::net::Ipv4Addr::LOCALHOST));

    fn status(door: &DoorParams, headers: &[(HeaderName, &str)]) -> u16 {
        status_of(door, Version::HTTP_11, "/v1/models", headers)
    }

    fn status_of(
        door: &DoorParams,
        version: Version,
        target: &str,
        headers: &[(HeaderName, &str)],
    ) -> u16 {
        judged(door, TCP, version, target, headers)
    }

    fn judged(
        door: &DoorParams,
        peer: Peer,
        version: Version,
        target: &str,
        headers: &[(HeaderName, &str)],
    ) -> u16 {
        let mut request = Request::builder().version(version).uri(target);
        for (name, value) in headers {
            request = request.header(name, *value);
        }
        let (head, ()) = request.body(()).unwrap().into_parts();
        match door.check(peer, &head) {
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
    fn a_unix_socket_has_no_name_of_its_own() {
        use http::header::HOST;
        let check = |configured: Option<Vec<String>>, host: &str, expected| {
            let door = DoorParams::new(configured, vec![], true, "");
            let headers = [(HOST, host)];
            let judged = judged(&door, Peer::Local, Version::HTTP_11, "/", &headers);
            assert_eq!(judged, expected, "{host}");
        };
        check(None, "gateway.example", 200);
        check(Some(vec!["gw.example".into()]), "gw.example", 200);
        check(Some(vec!["gw.example".into()]), "gateway.example", 403);
    }

    #[test]
    fn what_is_no_host() {
        use http::header::HOST;
        // Not even a listener that takes any name takes these.
        let public = DoorParams::new(None, vec![], false, "10.0.0.1");
        let check = |host: &str, expected| {
            assert_eq!(status(&public, &[(HOST, host)]), expected, "{host:?}");
        };
        for host in [
            "gw.example",
            "gw.example:",
            "gw.example:1",
            "10.0.0.1:65535",
            "[::1]:80",
        ] {
            check(host, 200);
        }
        for host in [
            "",
            ":80",
            "x/",
            "x?",
            "x#",
            "x:80:80",
            "x:",
            "x:http",
            "user@x",
            "x y",
            "[::1",
            "[x]",
            "[::1]x",
            "x\\y",
            "x:-1",
            "x:123456",
            "\u{e4}.example",
        ] {
            check(host, if host == "x:" { 200 } else { 400 });
        }
    }

    #[test]
    fn one_host() {
        use http::header::HOST;
        // Not even a listener that is bound to nothing takes a missing name for its own.
        let loopback = DoorParams::new(None, vec![], true, "");
        let public = DoorParams::new(None, vec![], false, "10.0.0.1");
        let check = |version, target, hosts: &[&str], on_loopback, elsewhere| {
            let headers: Vec<_> = hosts.iter().map(|&host| (HOST, host)).collect();
            let judged =
                [&loopback, &public].map(|door| status_of(door, version, target, &headers));
            let case = format!("{version:?} {target} {hosts:?}");
            assert_eq!(judged, [on_loopback, elsewhere], "{case}");
        };
        let (old, one, two) = (Version::HTTP_10, Version::HTTP_11, Version::HTTP_2);
        check(one, "/", &["localhost"], 200, 200);
        check(one, "/", &[], 400, 400);
        check(one, "/", &["localhost", "evil.example"], 400, 400);
        check(one, "/", &["localhost", "localhost"], 400, 400);
        check(old, "/", &["localhost"], 200, 200);
        check(old, "/", &[], 403, 200);
        check(old, "/", &["localhost", "localhost"], 400, 400);
        // The address may name the host too.
        check(one, "http://localhost/", &["localhost"], 200, 200);
        check(one, "http://localhost/", &["LOCALHOST"], 200, 200);
        check(one, "http://localhost/", &["evil.example"], 200, 200);
        check(one, "http://evil.example/", &["localhost"], 403, 200);
        check(one, "http://localhost/", &[], 400, 400);
        check(two, "https://localhost/", &[], 200, 200);
        check(two, "https://localhost/", &["localhost"], 200, 200);
        check(two, "https://localhost/", &["evil.example"], 400, 400);
        check(two, "https://evil.example/", &[], 403, 200);
        check(two, "/", &[], 400, 400);
    }

    #[test]
    fn origins() {
        use http::header::{HOST, ORIGIN};
        let door = DoorParams::new(None, vec!["https://app.example".into()], true, "");
        let check = |origins: &[&str], expected| {
            let mut headers = vec![(HOST, "localhost:8317")];
            headers.extend(origins.iter().map(|&origin| (ORIGIN, origin)));
            assert_eq!(status(&door, &headers), expected, "{origins:?}");
        };
        check(&["https://app.example"], 200);
        check(&["https://APP.example"], 200);
        check(&["http://localhost:8317"], 200);
        check(&["http://localhost:9999"], 403);
        check(&["http://localhost.evil.example:8317"], 403);
        check(&["https://evil.example"], 403);
        check(&["null"], 403);
        check(&[""], 403);
        check(&["https://app.example", "https://app.example"], 403);
        check(&["http://localhost:8317", "https://evil.example"], 403);
    }
}
