//! What a `proxy-url` means.

use crate::ProxyError;
use std::fmt;
use url::Url;

/// One parsed `proxy-url`.
///
/// `Inherit` at every level (credential, entry, configuration) means the environment's
/// `HTTP_PROXY`, `HTTPS_PROXY`, `ALL_PROXY` and `NO_PROXY`.
#[expect(
    clippy::exhaustive_enums,
    reason = "every consumer must decide about a new kind of setting"
)]
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub enum ProxySetting {
    /// No proxy at all, whatever the environment says.
    Direct,
    /// The next level decides, the environment last.
    #[default]
    Inherit,
    /// This proxy, whatever the environment says.
    Proxy(ProxyUrl),
}

impl ProxySetting {
    /// The password in the proxy's address, as it was written there (percent-encoded), for those
    /// who keep it out of what clients read.
    #[must_use]
    pub fn password(&self) -> Option<&str> {
        match self {
            Self::Proxy(url) => url.0.password(),
            Self::Direct | Self::Inherit => None,
        }
    }

    /// Reads a setting: empty inherits, `direct` and `none` switch proxying off, `http`, `https`,
    /// `socks5` and `socks5h` URLs name a proxy.
    ///
    /// # Errors
    ///
    /// Anything else. The error never repeats the text, since it may hold a password.
    pub fn parse(text: &str) -> Result<Self, ProxyError> {
        let text = text.trim();
        if text.is_empty() {
            return Ok(Self::Inherit);
        }
        if text.eq_ignore_ascii_case("direct") || text.eq_ignore_ascii_case("none") {
            return Ok(Self::Direct);
        }
        ProxyUrl::parse(text).map(Self::Proxy)
    }

    /// This setting, or `outer` if this one inherits.
    #[must_use]
    pub fn or<'a>(&'a self, outer: &'a Self) -> &'a Self {
        match self {
            Self::Inherit => outer,
            Self::Direct | Self::Proxy(_) => self,
        }
    }
}

impl fmt::Display for ProxySetting {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Direct => f.write_str("direct"),
            Self::Inherit => f.write_str("inherit"),
            Self::Proxy(url) => url.fmt(f),
        }
    }
}

/// The address of a proxy, credentials included; prints without them.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct ProxyUrl(Url);

impl ProxyUrl {
    fn parse(text: &str) -> Result<Self, ProxyError> {
        if !text.contains("://") {
            return Err(ProxyError::NoScheme);
        }
        let mut url = Url::parse(text).map_err(|_| ProxyError::NotAUrl)?;
        match url.scheme() {
            "http" | "https" | "socks5" | "socks5h" => {}
            _ => return Err(ProxyError::Scheme),
        }
        if url.host_str().is_none_or(str::is_empty) {
            return Err(ProxyError::NoHost);
        }
        if !is_escaped(url.username()) || !url.password().is_none_or(is_escaped) {
            return Err(ProxyError::Escape);
        }
        // Two spellings of one proxy share a client.
        url.set_path("");
        url.set_query(None);
        url.set_fragment(None);
        Ok(Self(url))
    }

    /// The URL handed to the HTTP client: `socks5` becomes `socks5h`, so that the proxy resolves
    /// names and no lookup leaks from this machine.
    pub(crate) fn for_client(&self) -> String {
        match self.0.as_str().strip_prefix("socks5://") {
            Some(rest) => format!("socks5h://{rest}"),
            None => self.0.as_str().to_owned(),
        }
    }
}

/// Whether each `%` begins an escape: what else it could mean depends on who reads it.
fn is_escaped(text: &str) -> bool {
    let mut rests = text.split('%').skip(1);
    rests.all(|rest| {
        let digits = rest.as_bytes().get(..2);
        digits.is_some_and(|digits| digits.iter().all(u8::is_ascii_hexdigit))
    })
}

impl fmt::Display for ProxyUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let user = if self.0.username().is_empty() && self.0.password().is_none() {
            ""
        } else {
            "redacted@"
        };
        write!(f, "{}://{user}", self.0.scheme())?;
        f.write_str(self.0.host_str().unwrap_or_default())?;
        match self.0.port() {
            Some(port) => write!(f, ":{port}"),
            None => Ok(()),
        }
    }
}

impl fmt::Debug for ProxyUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

#[cfg(test)]
mod tests {
    use super::ProxySetting;

    /// `shown` is the printed setting, or the error.
    fn check(text: &str, shown: &str) {
        let got = match ProxySetting::parse(text) {
            Ok(setting) => format!("{setting}"),
            Err(error) => format!("error: {error}"),
        };
        assert_eq!(got, shown, "{text:?}");
        assert!(!got.contains("secret"), "{text:?} leaked: {got}");
    }

    #[test]
    fn grammar() {
        check("", "inherit");
        check("  ", "inherit");
        check("direct", "direct");
        check("NONE", "direct");
        check(" Direct ", "direct");
        check("http://p:8080", "http://p:8080");
        check("https://p:8443", "https://p:8443");
        check("socks5://p:1080", "socks5://p:1080");
        check("socks5h://p:1080", "socks5h://p:1080");
        check("HTTP://p:1", "http://p:1");
        check(
            "http://user:secret@proxy.example.com:8080/path?token=secret",
            "http://redacted@proxy.example.com:8080",
        );
        check("http://u:100%25secret@p", "http://redacted@p");
        let escape = "error: in the proxy URL's user name or password a % begins no escape; \
                      write %25 for the character itself";
        check("http://u:secret%@p", escape);
        check("http://u%2:secret@p", escape);
        check("http://u:secret%zz@p", escape);
        check("secret-value", "error: the proxy URL has no scheme");
        check("p:8080", "error: the proxy URL has no scheme");
        check("http://", "error: the proxy URL does not parse");
        check(
            "ftp://p",
            "error: the proxy URL's scheme is not http, https, socks5 or socks5h",
        );
        check("socks5://:1080", "error: the proxy URL does not parse");
    }

    #[test]
    fn passwords() {
        let check = |text: &str, expected| {
            let setting = ProxySetting::parse(text).unwrap();
            assert_eq!(setting.password(), expected, "{text}");
        };
        check("http://user:secret@p", Some("secret"));
        check("http://user@p", None);
        check("http://p", None);
        check("direct", None);
        check("", None);
    }

    #[test]
    fn inner_level_wins_unless_it_inherits() {
        let outer = ProxySetting::parse("http://outer:1").unwrap();
        let inner = ProxySetting::parse("direct").unwrap();
        assert_eq!(inner.or(&outer), &ProxySetting::Direct);
        assert_eq!(ProxySetting::Inherit.or(&outer), &outer);
    }

    #[test]
    fn the_proxy_resolves_names() {
        let ProxySetting::Proxy(url) = ProxySetting::parse("socks5://p:1080").unwrap() else {
            panic!("a proxy");
        };
        assert!(url.for_client().starts_with("socks5h://"));
    }
}
