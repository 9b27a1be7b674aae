//! A reply on its way back.

use crate::{
    Failure, Remembered,
    finish::Account,
    hub::{self, BodyTranslation, StreamTranslation, TranslatedBody},
    reply::{Fault, ReplyContext, ReplyLosses},
};
use bytes::Bytes;
use cliproxy_core::Protocol;
use cliproxy_json::Value;
use cliproxy_sse::{Frame, Framer};
use std::{fmt, mem, sync::Arc};

/// What a translated request leaves behind, so that its reply can be translated without reading the
/// request again. Cheap to clone.
#[derive(Clone, Debug)]
pub struct ReplyPlan(Arc<ReplyContext>);

/// A stream of events on its way to a client that speaks another protocol.
///
/// Frames go in, bytes come out: nothing is held back but what the client's protocol has no place for
/// yet.
pub struct ReplyStream(StreamTranslation);

impl ReplyPlan {
    pub(crate) fn new(context: ReplyContext) -> Self {
        Self(Arc::new(context))
    }

    /// For a reply whose request nobody has: what the client's protocol can show is shown. `now` is in
    /// Unix seconds, for replies that do not say when they were made.
    #[must_use]
    pub fn without_request(client: Protocol, model: &str, now: u64) -> Self {
        Self::new(ReplyContext {
            include_usage: true,
            include_encrypted: true,
            ..ReplyContext::new(client, model, now)
        })
    }

    /// The same for one account: what only it can read is named after it in what the client is shown.
    #[must_use]
    pub fn with_account(&self, account: &Account<'_>) -> Self {
        if self.0.realm == account.realm {
            return self.clone();
        }
        let mut context = ReplyContext::clone(&self.0);
        context.realm = account.realm;
        Self::new(context)
    }

    /// The same for a Gemini client that reads its stream as a JSON array. Others have no such form.
    #[must_use]
    pub fn as_array(&self) -> Self {
        let mut context = ReplyContext::clone(&self.0);
        context.streams_array = true;
        Self::new(context)
    }

    /// Whether a stream is a JSON array, not server-sent events.
    #[must_use]
    pub fn is_array(&self) -> bool {
        self.0.streams_array
    }

    /// Whose protocol the client speaks.
    #[must_use]
    pub fn client(&self) -> Protocol {
        self.0.client
    }
}

impl ReplyStream {
    /// For an upstream that speaks `upstream`.
    #[must_use]
    pub fn new(upstream: Protocol, plan: &ReplyPlan) -> Self {
        Self(StreamTranslation::new(upstream, Arc::clone(&plan.0)))
    }

    /// The same for the upstream of this name: errors that it did not word itself begin with it.
    #[must_use]
    pub fn served_by(mut self, label: Arc<str>) -> Self {
        self.0.served_by = Some(label);
        self
    }

    /// Whether the stream has ended in an error.
    #[must_use]
    pub fn has_failed(&self) -> bool {
        self.0.has_failed()
    }

    /// One event of the upstream. Data that is not UTF-8 ends the stream as data that is not JSON does.
    pub fn frame(&mut self, frame: &Frame) {
        let name = frame.event().and_then(|name| str::from_utf8(name).ok());
        if let Some(data) = frame.data() {
            self.0
                .event(name, str::from_utf8(&data).unwrap_or_default());
        }
    }

    /// A whole reply, as the stream that was asked for.
    pub fn body(&mut self, body: &[u8]) {
        match Value::parse_bytes(body) {
            Ok(body) => self.0.body(body),
            Err(_) => self.fail(502, "the upstream's reply is not JSON"),
        }
        self.0.eof();
    }

    /// Whether the reply has come to its logical end, so that nothing but usage can follow: a caller
    /// that has waited for the upstream's close long enough may take it as given.
    #[must_use]
    pub fn has_finished(&self) -> bool {
        self.0.has_finished()
    }

    /// The upstream has closed: an end, or an error if something is missing.
    pub fn eof(&mut self) {
        self.0.eof();
    }

    /// The stream ends here, with the client's own error event.
    pub fn fail(&mut self, status: u16, message: &str) {
        self.0.fail(Fault {
            status,
            code: None,
            message: message.into(),
            is_quoted: true,
        });
    }

    /// What is to be remembered of the reply, by the client's ids of calls: nothing until the upstream has
    /// told its end, and nothing if it was taken before.
    #[must_use]
    pub fn take_remembered(&mut self) -> Vec<(String, Remembered)> {
        self.0.take_remembered()
    }

    /// What the client does not get, so far.
    #[must_use]
    pub fn losses(&self) -> ReplyLosses {
        self.0.losses()
    }

    /// What the client is to get. Takes it away.
    #[must_use]
    pub fn take(&mut self) -> Bytes {
        let out = self.0.out();
        if out.is_empty() {
            return Bytes::new();
        }
        let room = out.capacity().min(16 << 10);
        mem::replace(out, Vec::with_capacity(room)).into()
    }
}

/// Shows no content.
impl fmt::Debug for ReplyStream {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("ReplyStream")
    }
}

/// A unary reply in the client's protocol.
#[derive(Debug)]
#[non_exhaustive]
pub struct TranslatedReply {
    /// What the client is to get.
    pub body: Bytes,
    /// What is to be remembered, by the client's ids of calls.
    pub remembered: Vec<(String, Remembered)>,
    /// What the client does not get.
    pub losses: ReplyLosses,
}

/// Translates a unary reply.
///
/// # Errors
///
/// The reply says that it has failed, or is none.
pub fn translate_reply(
    upstream: Protocol,
    body: &[u8],
    plan: &ReplyPlan,
) -> Result<TranslatedReply, Failure> {
    let body = Value::parse_bytes(body).map_err(|_| no_json())?;
    let translated = hub::translate_body(upstream, body, &plan.0);
    translated.map(told).map_err(failure)
}

/// A stream that answers a client which asked for one body.
///
/// # Errors
///
/// The reply says that it has failed, or it is not whole.
pub fn fold_reply(
    upstream: Protocol,
    events: Bytes,
    plan: &ReplyPlan,
) -> Result<TranslatedReply, Failure> {
    let mut translation = BodyTranslation::new(upstream, &plan.0);
    let mut framer = Framer::new(usize::MAX);
    framer.push(events);
    let mut tell = |frame: &Frame| {
        let name = frame.event().and_then(|name| str::from_utf8(name).ok());
        if let Some(data) = frame.data() {
            translation.event(name, str::from_utf8(&data).unwrap_or_default());
        }
    };
    while let Some(frame) = framer.next_frame().map_err(|_| no_json())? {
        tell(&frame);
    }
    // Several vendors leave out the blank line behind the last event.
    while let Some(rest) = framer.finish() {
        tell(&rest);
    }
    translation.eof();
    translation.finish(&plan.0).map(told).map_err(failure)
}

fn told(reply: TranslatedBody) -> TranslatedReply {
    TranslatedReply {
        body: reply.body.into(),
        remembered: reply.remembered,
        losses: reply.losses,
    }
}

fn failure(fault: Fault<'_>) -> Failure {
    Failure {
        status: fault.status,
        code: fault.code.map(|code| code.into_owned()),
        message: fault.message.into_owned(),
        is_quoted: fault.is_quoted,
    }
}

fn no_json() -> Failure {
    Failure {
        status: 502,
        code: None,
        message: "the upstream's reply is not JSON".to_owned(),
        is_quoted: false,
    }
}
