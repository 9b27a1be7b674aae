//! What can go wrong with a proxy setting or a connection.

use std::{error::Error as _, io};

/// A proxy setting, or another setting of an outgoing client, that cannot be used.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ProxyError {
    /// No `scheme://` in front.
    #[error("the proxy URL has no scheme")]
    NoScheme,
    /// Not a URL.
    #[error("the proxy URL does not parse")]
    NotAUrl,
    /// Nothing to connect to.
    #[error("the proxy URL has no host")]
    NoHost,
    /// A scheme that is not `http`, `https`, `socks5` or `socks5h`.
    #[error("the proxy URL's scheme is not http, https, socks5 or socks5h")]
    Scheme,
    /// A user name or password that may mean two things.
    #[error(
        "in the proxy URL's user name or password a % begins no escape; write %25 for the \
         character itself"
    )]
    Escape,
    /// A certificate that does not parse, or cannot stand for an authority.
    #[error("the ca-file holds a certificate that cannot be read")]
    Certificate,
    /// A bundle without a certificate.
    #[error("the ca-file holds no certificate in PEM form")]
    NoCertificate,
    /// The TLS stack or the proxy could not be set up.
    #[error("cannot build an HTTP client")]
    Client,
}

/// Where a connection failed.
#[expect(
    clippy::exhaustive_enums,
    reason = "retry and status decisions are exhaustive tables over it"
)]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TransportFailure {
    /// The address could not be resolved or connected to.
    Connect,
    /// The connection was not made in time.
    ConnectTimeout,
    /// The connection broke, or its peer ended it early.
    Closed,
    /// The peer does not speak HTTP as it should.
    Protocol,
    /// The proxy refused, or is not reached.
    Proxy,
    /// The certificate or the handshake was refused.
    Tls,
}

impl TransportFailure {
    /// The name used in logs.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Closed => "closed",
            Self::Connect => "connect",
            Self::ConnectTimeout => "connect-timeout",
            Self::Protocol => "protocol",
            Self::Proxy => "proxy",
            Self::Tls => "tls",
        }
    }
}

/// A request that did not reach its upstream, or a reply that did not arrive whole.
///
/// Its text never names the URL or the proxy: both may hold secrets.
#[derive(Debug, thiserror::Error)]
#[error("{text}")]
pub struct TransportError {
    failure: TransportFailure,
    text: String,
    cause: String,
    #[source]
    source: Option<reqwest::Error>,
}

impl TransportError {
    /// Where it failed.
    #[must_use]
    pub const fn failure(&self) -> TransportFailure {
        self.failure
    }

    /// What the system or the TLS stack said, like `Connection refused`; empty if nothing. For those
    /// whose upstream is not one of an entry.
    #[must_use]
    pub fn cause(&self) -> &str {
        &self.cause
    }

    /// An answer that is HTTP, and not one to the request that was made.
    pub(crate) fn protocol(cause: &str) -> Self {
        Self::of(TransportFailure::Protocol, cause.to_owned(), None)
    }

    pub(crate) fn new(error: reqwest::Error) -> Self {
        let error = error.without_url();
        let cause = root_cause(&error);
        Self::of(classify(&error), cause, Some(error))
    }

    /// The same, of a client that connects to nothing but its proxy.
    pub(crate) fn through_proxy(self) -> Self {
        match self.failure {
            TransportFailure::Connect => Self::of(TransportFailure::Proxy, self.cause, self.source),
            TransportFailure::Closed
            | TransportFailure::ConnectTimeout
            | TransportFailure::Protocol
            | TransportFailure::Proxy
            | TransportFailure::Tls => self,
        }
    }

    fn of(failure: TransportFailure, cause: String, source: Option<reqwest::Error>) -> Self {
        let (what, remedy) = failure.words();
        let colon = if cause.is_empty() { "" } else { ": " };
        Self {
            failure,
            text: format!("{what}{colon}{cause}{remedy}"),
            cause,
            source,
        }
    }
}

impl TransportFailure {
    /// What happened, and what to do about it.
    const fn words(self) -> (&'static str, &'static str) {
        match self {
            Self::Closed => ("the connection to the upstream broke", ""),
            Self::Connect => (
                "cannot connect to the upstream",
                "; check the entry's base-url",
            ),
            Self::ConnectTimeout => (
                "connecting to the upstream took too long",
                "; check the entry's base-url and proxy-url",
            ),
            Self::Protocol => ("the upstream does not speak HTTP as it should", ""),
            Self::Proxy => ("no connection through the proxy", "; check proxy-url"),
            Self::Tls => (
                "the TLS handshake with the upstream failed",
                "; check the entry's base-url, or name the authority of its certificate in ca-file",
            ),
        }
    }
}

/// The last link of the chain, which is what the system or the TLS stack said: `Connection refused`.
fn root_cause(error: &reqwest::Error) -> String {
    let mut link: &dyn std::error::Error = error;
    while let Some(source) = link.source() {
        link = source;
    }
    let text = link.to_string();
    // "Connection refused (os error 111)": the number tells a user nothing.
    text.split(" (os error")
        .next()
        .unwrap_or_default()
        .to_owned()
}

/// How the TLS stack begins its errors, or what it names in them.
const TLS_WORDS: [&str; 7] = [
    "alert",
    "certificate",
    "corrupt message",
    "handshake",
    "peer is incompatible",
    "peer misbehaved",
    "TLS",
];

/// The HTTP stack reports a chain of errors without a public type for most of them; the text of the
/// chain's links is the only place that tells a TLS failure from a refused connection.
fn classify(error: &reqwest::Error) -> TransportFailure {
    let mut texts = String::new();
    let mut timed_out = error.is_timeout();
    let mut link = error.source();
    while let Some(source) = link {
        if let Some(io) = source.downcast_ref::<io::Error>()
            && io.kind() == io::ErrorKind::TimedOut
        {
            timed_out = true;
        }
        texts.push_str(&source.to_string());
        texts.push('\n');
        link = source.source();
    }
    let says = |word: &str| texts.contains(word);
    if error.is_connect() {
        return match () {
            () if timed_out => TransportFailure::ConnectTimeout,
            () if TLS_WORDS.iter().any(|word| says(word)) => TransportFailure::Tls,
            () if says("tunnel") || says("socks") || says("SOCKS") || says("proxy") => {
                TransportFailure::Proxy
            }
            () => TransportFailure::Connect,
        };
    }
    if says("invalid HTTP") || says("parse") || says("head is too large") {
        return TransportFailure::Protocol;
    }
    TransportFailure::Closed
}
