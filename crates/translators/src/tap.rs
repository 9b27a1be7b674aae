//! What the gateway must know about a reply that it forwards as it is.

use crate::{
    Failure, mention,
    protocols::Tap,
    read_error::{error_of, unwrapped},
};
use cliproxy_core::{Protocol, Usage};
use cliproxy_json::Value;
use cliproxy_sse::Frame;
use std::borrow::Cow;

#[cfg(test)]
mod tests;

/// Reads along while a reply passes by: how it goes, what it cost, whether it is complete.
///
/// It never touches the bytes. A stream goes through [`frame`](Self::frame) until the gateway is
/// committed to it, and through the cheaper [`observe`](Self::observe) from then on; a unary reply
/// goes through [`body`](Self::body). See `docs/streaming.md`.
///
/// ```
/// use cliproxy_core::Protocol;
/// use cliproxy_sse::Framer;
/// use cliproxy_translators::{Observed, ReplyTap, Seen};
///
/// let mut framer = Framer::new(1 << 20);
/// framer.push(r#"event: message_start
/// data: {"type":"message_start","message":{"usage":{"input_tokens":9}}}
///
/// event: message_stop
/// data: {"type":"message_stop"}
///
/// "#.into());
///
/// let mut tap = ReplyTap::new(Protocol::Claude);
/// let start = framer.next_frame()?.unwrap();
/// assert_eq!(tap.frame(&start), Seen::Handshake);
/// let stop = framer.next_frame()?.unwrap();
/// assert_eq!(tap.observe(&stop), Observed::Terminal);
/// assert!(tap.finished());
/// assert_eq!(tap.usage().input, 9);
/// # Ok::<(), cliproxy_sse::TooLarge>(())
/// ```
#[derive(Debug)]
pub struct ReplyTap(Tap);

/// What a frame is, before the gateway is committed to the stream.
#[expect(
    clippy::exhaustive_enums,
    reason = "the caller must decide about each of them"
)]
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Seen {
    /// Nothing that the protocol knows: a comment, an event without data, a keep-alive event.
    Comment,
    /// The upstream has accepted the request, but the model has not said anything.
    Handshake,
    /// A part of the answer.
    Progress,
    /// The logical end. It may carry content, and frames may follow it: forward those too.
    Terminal,
    /// The upstream says that it has failed.
    Failure(Failure),
    /// Data that is not JSON.
    Malformed,
}

/// What a frame is, once the gateway is committed to the stream.
#[expect(
    clippy::exhaustive_enums,
    reason = "the caller must decide about each of them"
)]
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Observed {
    /// A sign of life and nothing more: a comment, a ping, a keep-alive event.
    Comment,
    /// Anything else.
    Progress,
    /// The logical end. It may carry content, and frames may follow it: forward those too.
    Terminal,
    /// The upstream says that it has failed. Nothing has to be added to the frame.
    Failure(Failure),
}

/// What a unary reply with status 200 is.
#[expect(
    clippy::exhaustive_enums,
    reason = "the caller must decide about each of them"
)]
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum BodySeen {
    /// An answer.
    Reply,
    /// An error object that came as a success.
    Failure(Failure),
    /// No JSON document. Whitespace around one is fine: upstreams keep connections alive with it.
    Malformed,
}

/// What later requests may refer to, and only the credential that made it can resolve.
#[expect(
    clippy::exhaustive_structs,
    reason = "the two kinds of reference that the protocol has"
)]
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ResponseIds {
    /// The id of the response, for `previous_response_id`.
    pub response: Option<String>,
    /// The ids of its finished output items, for `item_reference`.
    pub items: Vec<String>,
}

/// Reads along replies of one protocol.
pub(crate) trait ReadAlong {
    /// As [`ReplyTap::observe`].
    fn observe(&mut self, frame: &Frame) -> Observed;

    /// Whether an ordinary frame only says that the request was accepted.
    fn is_handshake(&self, frame: &Frame, document: Value<'_>) -> bool;

    /// Reads a unary reply.
    fn body(&mut self, document: Value<'_>);

    /// As [`ReplyTap::usage`].
    fn usage(&self) -> Usage;

    /// As [`ReplyTap::finished`].
    fn finished(&self) -> bool;

    /// The last number of a stream whose events have one.
    fn sequence(&self) -> Option<u64> {
        None
    }

    /// The ids that later requests may refer to, and that have been seen since the last call.
    fn response_ids(&mut self) -> ResponseIds {
        ResponseIds::default()
    }
}

impl ReplyTap {
    /// A tap for one reply of an upstream that speaks `protocol`.
    #[must_use]
    pub fn new(protocol: Protocol) -> Self {
        Self(Tap::new(protocol))
    }

    /// Classifies a frame in full: as long as nothing has gone to the client, a handshake can be
    /// waited over and nonsense can be left for another credential.
    pub fn frame(&mut self, frame: &Frame) -> Seen {
        let Some(data) = data(frame) else {
            return Seen::Comment;
        };
        let observed = match self.observe(frame) {
            Observed::Terminal => return Seen::Terminal,
            Observed::Failure(failure) => return Seen::Failure(failure),
            observed @ (Observed::Comment | Observed::Progress) => observed,
        };
        let Ok(document) = Value::parse_bytes(&data) else {
            return Seen::Malformed;
        };
        match observed {
            _ if self.0.is_handshake(frame, document) => Seen::Handshake,
            Observed::Comment => Seen::Comment,
            _ => Seen::Progress,
        }
    }

    /// Classifies a frame as far as it matters after the first byte has gone to the client.
    ///
    /// Does not check whether the data is JSON, does not allocate for an ordinary frame, and reads
    /// only frames that may carry usage, an ending or an error.
    pub fn observe(&mut self, frame: &Frame) -> Observed {
        self.0.observe(frame)
    }

    /// Reads a unary reply.
    pub fn body(&mut self, body: &[u8]) -> BodySeen {
        let Ok(document) = Value::parse_bytes(body) else {
            return BodySeen::Malformed;
        };
        self.0.body(document);
        let may_fail = mention::ERROR.has_value_in(body);
        if may_fail && error_of(unwrapped(document)).is_some() {
            return BodySeen::Failure(Failure::read(document));
        }
        BodySeen::Reply
    }

    /// The usage as it was last reported; empty if it was not.
    #[must_use]
    pub fn usage(&self) -> Usage {
        self.0.usage()
    }

    /// Whether the reply has come to its own end, so that the connection may close: the protocol's
    /// terminal, an error event, or a whole body.
    #[must_use]
    pub fn finished(&self) -> bool {
        self.0.finished()
    }

    /// The last `sequence_number` of a Responses stream.
    #[must_use]
    pub fn sequence(&self) -> Option<u64> {
        self.0.sequence()
    }

    /// Hands over the ids of a Responses reply that have been seen since the last call.
    pub fn response_ids(&mut self) -> ResponseIds {
        self.0.response_ids()
    }
}

/// The data of a frame, if there is anything in it.
pub(crate) fn data(frame: &Frame) -> Option<Cow<'_, [u8]>> {
    frame.data().filter(|data| !data.trim_ascii().is_empty())
}

/// Reads the name of an event: its `event:` line, or else the `type` in its data, which says the
/// same and is all that some servers send.
pub(crate) fn event<T>(frame: &Frame, read: impl Fn(&[u8]) -> T) -> Option<T> {
    if let Some(name) = frame.event() {
        return Some(read(name));
    }
    let data = frame.data()?;
    let name = Value::parse_bytes(&data).ok()?.get("type")?.as_str()?;
    Some(read(name.as_bytes()))
}

/// A count of tokens; some servers write it as a float.
pub(crate) fn tokens(value: Option<Value<'_>>) -> Option<u64> {
    let value = value?;
    let rounded = || value.as_f64().filter(|count| *count >= 0.0);
    value
        .as_u64()
        .or_else(|| rounded().map(|count| count as u64))
}
