//! Who may ask: a program of this machine that knows the token, and no web page.

use crate::answer::Refusal;
use cliproxy_core::Secret;
use http::{HeaderMap, StatusCode, header, request::Parts};

/// The names of this machine. A page whose own name was rebound to 127.0.0.1 cannot send another.
const LOOPBACK: [&str; 3] = ["localhost", "127.0.0.1", "[::1]"];

/// Judges a request by its head.
pub(crate) fn check(head: &Parts, token: &Secret) -> Result<(), Refusal> {
    // An address in place of a path is for proxies.
    if head.uri.authority().is_some() || !names_loopback(&head.headers) {
        return Err(Refusal::new(
            StatusCode::FORBIDDEN,
            "host_not_allowed",
            "this socket answers to the names of this machine only; send `Host: 127.0.0.1`",
        ));
    }
    if head.headers.contains_key(header::ORIGIN) {
        return Err(Refusal::new(
            StatusCode::FORBIDDEN,
            "origin_not_allowed",
            "web pages may not ask; send no `Origin`",
        ));
    }
    match presented(&head.headers) {
        // Secrets are compared in constant time.
        Some(presented) if presented == *token => Ok(()),
        _ => Err(Refusal::new(
            StatusCode::UNAUTHORIZED,
            "unauthorized",
            "send `Authorization: Bearer` with the token in the gateway's run file",
        )),
    }
}

/// Whether there is one `Host`, and it is this machine.
fn names_loopback(headers: &HeaderMap) -> bool {
    let mut hosts = headers.get_all(header::HOST).iter();
    let (Some(host), None) = (hosts.next(), hosts.next()) else {
        return false;
    };
    let host = host.to_str().unwrap_or_default();
    let is = |name: &str| {
        let (start, port) = host.split_at_checked(name.len())?;
        let number = |port: &str| port.parse::<u16>().is_ok();
        let is_port = port.is_empty() || port.strip_prefix(':').is_some_and(number);
        Some(start.eq_ignore_ascii_case(name) && is_port)
    };
    LOOPBACK.into_iter().any(|name| is(name) == Some(true))
}

/// The token of a request that has one.
fn presented(headers: &HeaderMap) -> Option<Secret> {
    let mut values = headers.get_all(header::AUTHORIZATION).iter();
    let (Some(value), None) = (values.next(), values.next()) else {
        return None;
    };
    let (scheme, token) = value.to_str().ok()?.split_once(' ')?;
    let token = token.trim_start_matches(' ');
    scheme
        .eq_ignore_ascii_case("bearer")
        .then(|| Secret::from(token))
}

#[cfg(test)]
mod tests {
    use super::check;
    use cliproxy_core::Secret;
    use http::{
        HeaderName, Request,
        header::{AUTHORIZATION, HOST, ORIGIN},
    };

    const HERE: (HeaderName, &str) = (HOST, "127.0.0.1:1");
    const TOKEN: (HeaderName, &str) = (AUTHORIZATION, "Bearer abc");

    fn status(target: &str, headers: &[(HeaderName, &str)]) -> u16 {
        let mut request = Request::builder().uri(target);
        for (name, value) in headers {
            request = request.header(name, *value);
        }
        let (head, ()) = request.body(()).unwrap().into_parts();
        match check(&head, &Secret::from("abc")) {
            Ok(()) => 200,
            Err(refusal) => refusal.status.as_u16(),
        }
    }

    #[test]
    fn only_the_names_of_this_machine() {
        let check = |hosts: &[&str], expected| {
            let mut headers = vec![TOKEN];
            headers.extend(hosts.iter().map(|&host| (HOST, host)));
            assert_eq!(status("/", &headers), expected, "{hosts:?}");
        };
        for host in [
            "127.0.0.1",
            "127.0.0.1:8317",
            "localhost:1",
            "LOCALHOST",
            "[::1]:1",
        ] {
            check(&[host], 200);
        }
        for host in [
            "",
            "evil.example",
            "evil.example:8317",
            "localhost.evil.example",
            "127.0.0.1.evil.example",
            "127.0.0.1:",
            "127.0.0.1:x",
            "127.0.0.1:1:1",
            "127.0.0.2",
            "user@127.0.0.1",
            "[::1]x",
            "é",
        ] {
            check(&[host], 403);
        }
        check(&[], 403);
        check(&["localhost", "localhost"], 403);
        assert_eq!(status("http://127.0.0.1/", &[TOKEN, HERE]), 403);
    }

    #[test]
    fn no_web_page() {
        for origin in ["http://127.0.0.1:1", "https://evil.example", "null", ""] {
            let headers = [TOKEN, HERE, (ORIGIN, origin)];
            assert_eq!(status("/", &headers), 403, "{origin}");
        }
    }

    #[test]
    fn only_the_token() {
        let check = |values: &[&str], expected| {
            let mut headers = vec![HERE];
            headers.extend(values.iter().map(|&value| (AUTHORIZATION, value)));
            assert_eq!(status("/", &headers), expected, "{values:?}");
        };
        check(&["Bearer abc"], 200);
        check(&["bearer abc"], 200);
        for wrong in [
            "Bearer abcd",
            "Bearer ab",
            "Bearer ABC",
            "Bearer ",
            "Bearer",
            "Basic abc",
            "abc",
            "",
        ] {
            check(&[wrong], 401);
        }
        check(&[], 401);
        check(&["Bearer abc", "Bearer abc"], 401);
    }
}
