//! `base-url` of an entry.

use super::{Resolver, text};
use crate::tree::Spot;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use url::{Host, Url};

/// The calls that documentation shows whole; the longer one first where one ends with another.
/// `/models` is not among them: there are hosts whose addresses end so.
const CALLS: [&str; 7] = [
    "/chat/completions",
    "/v1/messages/count_tokens",
    "/v1/messages",
    "/messages",
    "/responses",
    "/embeddings",
    "/completions",
];

impl Resolver<'_> {
    /// An address that keys may be sent to: `https`, or `http` inside of private networks.
    pub(super) fn base_url(
        &mut self,
        given: Option<String>,
        allow_plain_http: bool,
        spot: &Spot<'_>,
    ) -> Option<Url> {
        let mut refuse = |message: &str, remedy: &str| {
            self.report.error(spot, message, remedy);
            None
        };
        let Ok(mut url) = Url::parse(&text(given)?) else {
            return refuse("not a URL", "write https://host/path");
        };
        match url.scheme() {
            "https" => {}
            "http" if allow_plain_http || is_private(&url) => {}
            "http" => {
                return refuse(
                    "keys and prompts would cross the network in the clear",
                    "write https://, or set `allow-plain-http: true` for this entry",
                );
            }
            _ => return refuse("neither https nor http", "write https://host/path"),
        }
        if !url.username().is_empty() || url.password().is_some() {
            return refuse(
                "has a user name or password in it",
                "use `api-key` or `headers`",
            );
        }
        url.set_fragment(None);
        let path = url.path().trim_end_matches('/').to_owned();
        url.set_path(&path);
        if let Some(call) = call_at_the_end(&path) {
            // The address itself may hold a key, so it is not repeated.
            let message = format!("ends with `{call}`, which the gateway adds itself");
            self.report
                .warning(spot, message, format!("write it without `{call}`"));
        }
        Some(url)
    }
}

/// What a path without a trailing slash should not have ended with.
fn call_at_the_end(path: &str) -> Option<&'static str> {
    CALLS.into_iter().find(|call| path.ends_with(call))
}

/// Whether the host is this machine or in a private network, as far as its text tells: names are not
/// resolved, and link-local addresses do not count, since clouds serve their secrets there.
pub(super) fn is_private(url: &Url) -> bool {
    match url.host() {
        Some(Host::Domain(name)) => {
            let name = name.trim_end_matches('.');
            name == "localhost" || name.ends_with(".localhost")
        }
        Some(Host::Ipv4(address)) => is_private_v4(address),
        Some(Host::Ipv6(address)) => is_private_v6(address),
        None => false,
    }
}

const fn is_private_v4(address: Ipv4Addr) -> bool {
    address.is_loopback() || address.is_private()
}

const fn is_private_v6(address: Ipv6Addr) -> bool {
    match address.to_canonical() {
        IpAddr::V4(address) => is_private_v4(address),
        IpAddr::V6(address) => address.is_loopback() || address.is_unique_local(),
    }
}

#[cfg(test)]
mod tests {
    use super::is_private;
    use url::Url;

    #[test]
    fn private_hosts() {
        let check = |url: &str, expected: bool| {
            assert_eq!(is_private(&Url::parse(url).unwrap()), expected, "{url}");
        };
        check("http://localhost:11434", true);
        check("http://LOCALHOST./v1", true);
        check("http://a.localhost", true);
        check("http://127.8.9.1", true);
        check("http://2130706433", true);
        check("http://10.1.2.3", true);
        check("http://172.16.0.1", true);
        check("http://192.168.1.1", true);
        check("http://[::1]:1", true);
        check("http://[fd12::1]", true);
        check("http://[::ffff:10.0.0.1]", true);
        check("http://172.32.0.1", false);
        check("http://169.254.169.254", false);
        check("http://[fe80::1]", false);
        check("http://[::ffff:8.8.8.8]", false);
        check("http://0.0.0.0", false);
        check("http://example.com", false);
        check("http://localhost.example.com", false);
    }
}
