//! How long an upstream may take.

use std::time::Duration;

/// How long each phase of a call to an upstream may take; none of them is zero. See
/// `docs/limits.md`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Deadlines {
    /// Connecting, proxy and TLS included.
    pub connect: Duration,
    /// From the request to the response head of a stream.
    pub header_stream: Duration,
    /// From the request to the response head of a unary reply: long generations are silent.
    pub header_unary: Duration,
    /// Between two bytes of a stream; comments and pings count.
    pub idle_stream: Duration,
    /// Between two bytes of a unary reply.
    pub idle_unary: Duration,
    /// Between two semantic events of a stream; comments and pings do not count.
    pub progress: Duration,
    /// The whole call; none by default, since thinking may take its time.
    pub total: Option<Duration>,
    /// A whole token count.
    pub count_tokens: Duration,
}

impl Default for Deadlines {
    fn default() -> Self {
        Self {
            connect: Duration::from_secs(10),
            header_stream: Duration::from_secs(120),
            header_unary: Duration::from_secs(600),
            idle_stream: Duration::from_secs(300),
            idle_unary: Duration::from_secs(120),
            progress: Duration::from_secs(30 * 60),
            total: None,
            count_tokens: Duration::from_secs(30),
        }
    }
}
