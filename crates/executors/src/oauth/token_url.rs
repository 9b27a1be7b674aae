//! Where a refresh token, or an assertion, may be sent.

use super::TokenEndpointError;
use std::net::IpAddr;
use url::{Host, Url};

/// An address that was not checked with the configuration: `https`, or `http` to this machine, which is where tests and
/// local brokers listen. Without a user name, which would be sent as another client's.
pub(crate) fn checked(text: &str, member: &'static str) -> Result<Url, TokenEndpointError> {
    let invalid = |problem| TokenEndpointError::Invalid { member, problem };
    let url = Url::parse(text).map_err(|_| invalid("is not a URL"))?;
    if !url.username().is_empty() || url.password().is_some() {
        return Err(invalid("has a user name or password in it"));
    }
    match url.scheme() {
        "https" => Ok(url),
        "http" if is_this_machine(&url) => Ok(url),
        "http" => Err(invalid("would send a token in the clear; write https://")),
        _ => Err(invalid("is neither https nor http")),
    }
}

fn is_this_machine(url: &Url) -> bool {
    match url.host() {
        Some(Host::Domain(name)) => name == "localhost",
        Some(Host::Ipv4(address)) => IpAddr::V4(address).is_loopback(),
        Some(Host::Ipv6(address)) => IpAddr::V6(address).is_loopback(),
        None => false,
    }
}

#[cfg(test)]
mod tests {
    use super::checked;
    use crate::TokenEndpointError;

    #[test]
    fn tokens_go_over_tls_or_stay_here() {
        let check = |text: &str, problem: Option<&str>| {
            let got = checked(text, "m").err().map(|error| match error {
                TokenEndpointError::Invalid { problem, .. } => problem,
                other => panic!("{other}"),
            });
            assert_eq!(got.is_some(), problem.is_some(), "{text}: {got:?}");
            if let (Some(got), Some(expected)) = (got, problem) {
                assert!(got.contains(expected), "{text}: {got}");
            }
        };
        check("https://oauth2.example/token", None);
        check("http://127.0.0.1:9/token", None);
        check("http://[::1]:9/token", None);
        check("http://localhost:9/token", None);
        check("http://10.0.0.1/token", Some("in the clear"));
        check("http://oauth2.example/token", Some("in the clear"));
        check("http://localhost.example/token", Some("in the clear"));
        check("https://u:p@oauth2.example/token", Some("user name"));
        check("ftp://oauth2.example/token", Some("neither"));
        check("oauth2.example/token", Some("not a URL"));
        check("", Some("not a URL"));
    }
}
