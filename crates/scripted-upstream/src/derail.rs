//! Responses that leave HTTP's rails after a given byte.

use bytes::Bytes;
use http::HeaderMap;
use std::time::Duration;

/// How a connection goes on once the first bytes of a response have been sent.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum Derailment {
    /// Closes the connection in good order (a TCP FIN).
    Close,
    /// Sends the rest one byte at a time, with this pause before each.
    Drip(Duration),
    /// Writes one text in place of the rest, and then another over and over until the peer leaves.
    Repeat {
        /// Written once.
        first: Bytes,
        /// Written again and again.
        again: Bytes,
        /// The time before each.
        pause: Duration,
    },
    /// Resets the connection (a TCP RST).
    Reset,
    /// Writes exactly these bytes in place of the rest, then closes the connection.
    Say(Bytes),
    /// Writes exactly these bytes in place of the rest, then nothing more until the peer leaves.
    SayAndStall(Bytes),
    /// Sends nothing more until the peer leaves.
    Stall,
}

impl Derailment {
    /// Whether it ends by itself, however the peer behaves.
    pub(crate) const fn ends(&self) -> bool {
        match self {
            Self::Close | Self::Reset | Self::Say(_) => true,
            Self::Drip(_) | Self::Repeat { .. } | Self::SayAndStall(_) | Self::Stall => false,
        }
    }

    /// Whether only the peer can end it.
    pub(crate) const fn lasts(&self) -> bool {
        matches!(
            self,
            Self::Repeat { .. } | Self::SayAndStall(_) | Self::Stall
        )
    }
}

/// The byte at which a request wants its own response derailed.
pub(crate) fn asked(headers: &HeaderMap) -> Option<usize> {
    headers
        .get("x-scripted-derail-after")?
        .to_str()
        .ok()?
        .parse()
        .ok()
}
