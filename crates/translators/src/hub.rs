//! The way of a request to another protocol, and of its reply back.

use crate::{
    client_body::shapes,
    finish::{Encoded, Mark},
    normalise::{Notes, normalise, remembers},
    protocols::rules,
    rejection::Rejection,
    replay::{Recorder, Remembered, Replay, Tapped},
    reply::{Event, Fault, Fold, Folded, ReplyContext, ReplyLosses, Settled, Sink},
    request_ir::{Losses, Request},
    target::Target,
    thinking::Control,
};
use bytes::Bytes;
use cliproxy_core::Protocol;
use cliproxy_json::Value;
use std::sync::Arc;

/// What of a request does not stand in its body.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct ClientContext<'c> {
    /// The name of the model that the client asked for, without its suffix.
    pub(crate) model: &'c str,
    /// Gemini: whether the URL asks for a stream.
    pub(crate) streams: bool,
    /// Gemini: the body stands in the Code Assist envelope.
    pub(crate) is_enveloped: bool,
    /// The thinking suffix of the model's name, which beats what the body says.
    pub(crate) suffix: Option<Control>,
    /// The model's reasoning is steered by effort alone (Claude: decides what effort without thinking
    /// means).
    pub(crate) effort_only: bool,
}

/// Reads replies of one protocol.
pub(crate) trait DecodeReply: Send + Sync {
    /// One event of a stream: its `event:` field, and its data.
    fn event(&mut self, name: Option<&str>, data: &str, sink: &mut dyn Sink);

    /// The stream has closed: an end if the protocol's logical end was seen, else a failure.
    fn eof(&mut self, sink: &mut dyn Sink);

    /// Whether the logical end has been seen, so that nothing but usage can follow: a caller that has
    /// waited long enough may take it for the end of the stream.
    fn has_finished(&self) -> bool;

    /// A whole unary reply, as the same events.
    fn body(&mut self, body: Value<'_>, sink: &mut dyn Sink);
}

/// Writes replies of one protocol, as a stream.
pub(crate) trait EncodeReply: Sink + Send + Sync {
    /// What has been written, to be taken away.
    fn out(&mut self) -> &mut Vec<u8>;

    /// What the client does not get, so far: whoever settles the events counts it.
    fn losses(&self) -> ReplyLosses {
        ReplyLosses::new()
    }
}

/// Reads a request.
///
/// # Errors
///
/// [`Rejection`] for a body that departs from its protocol.
pub(crate) fn decode<'a>(
    protocol: Protocol,
    body: Value<'a>,
    client: &ClientContext<'_>,
) -> Result<Request<'a>, Rejection> {
    let mut request = (rules(protocol).codec.decode_request)(body, client)?;
    shapes::check(&mut request, body)?;
    Ok(request)
}

/// A translated request, and what it leaves behind.
#[derive(Debug)]
pub(crate) struct Translated {
    /// For the upstream. What depends on the account is marked.
    pub(crate) body: Encoded,
    /// What did not arrive, by its place in the client's body.
    pub(crate) losses: Losses,
    /// How often a damaged history was repaired.
    pub(crate) repairs: u32,
    /// For the reply. The caller adds what no request says: [`ReplyContext::for_request`] names it.
    pub(crate) reply: ReplyContext,
}

/// Decodes, normalises and encodes.
///
/// # Errors
///
/// [`Rejection`] if the body departs from the client's protocol, or is about something that the target
/// cannot express.
pub(crate) fn translate_request(
    source: Protocol,
    body: Value<'_>,
    client: &ClientContext<'_>,
    target: &Target<'_>,
    replay: &dyn Replay,
) -> Result<Translated, Rejection> {
    let mut request = decode(source, body, client)?;
    let mut reply = ReplyContext::for_request(source, &request, body, client);
    let mut notes = Notes::default();
    normalise(&mut request, target, replay, &mut notes)?;
    let mut out = Vec::with_capacity(body.raw().len() + 1024);
    let mut marks = Vec::new();
    (target.rules().codec.encode_request)(&request, target, &mut out, &mut marks);
    if !target.params.is_empty()
        && let Ok(written) = Value::parse_bytes(&out)
    {
        let applied = target.params.apply(written);
        marks = Mark::of_renamed(marks, target.params, written, &applied);
        out = applied;
    }
    reply.names = notes.names;
    reply.freeform = notes.freeform;
    if rules(source).tools.has_native_calls {
        reply.native_tools = notes.native_tools;
    }
    // Without tools there are no calls.
    if !request.tools.is_empty() {
        reply.remembers = remembers(target);
    }
    Ok(Translated {
        body: Encoded::new(Bytes::from(out), marks),
        losses: notes.losses,
        repairs: notes.repairs,
        reply,
    })
}

pub(crate) fn reply_decoder(protocol: Protocol) -> Box<dyn DecodeReply> {
    (rules(protocol).codec.reply_decoder)()
}

/// The client's encoder, with what settles events in front of it.
pub(crate) fn reply_encoder(cx: Arc<ReplyContext>) -> Box<dyn EncodeReply> {
    (rules(cx.client).codec.reply_encoder)(cx)
}

pub(crate) fn write_body(reply: &Folded, cx: &ReplyContext, out: &mut Vec<u8>) {
    (rules(cx.client).codec.write_body)(reply, cx, out);
}

/// A stream on its way from an upstream to a client that speaks another protocol.
pub(crate) struct StreamTranslation {
    decoder: Box<dyn DecodeReply>,
    encoder: Box<dyn EncodeReply>,
    /// Who the upstream is, for errors that it did not word.
    pub(crate) served_by: Option<Arc<str>>,
    end: Option<End>,
    recorder: Option<Recorder>,
}

impl StreamTranslation {
    pub(crate) fn new(upstream: Protocol, cx: Arc<ReplyContext>) -> Self {
        Self {
            decoder: reply_decoder(upstream),
            recorder: Recorder::new(cx.client, cx.remembers),
            encoder: reply_encoder(cx),
            served_by: None,
            end: None,
        }
    }

    /// Has the decoder tell the encoder, past the recorder if there is one.
    fn tell(&mut self, tell: impl FnOnce(&mut dyn DecodeReply, &mut dyn Sink)) {
        let mut sink = Placed {
            label: self.served_by.as_deref(),
            end: &mut self.end,
            sink: &mut *self.encoder,
        };
        read_along(&mut self.recorder, &mut *self.decoder, &mut sink, tell);
    }

    fn fail_with(&mut self, fault: Fault<'_>) {
        let mut sink = Placed {
            label: self.served_by.as_deref(),
            end: &mut self.end,
            sink: &mut *self.encoder,
        };
        sink.event(Event::Fail(fault));
    }

    /// Whether the end was a failure.
    pub(crate) fn has_failed(&self) -> bool {
        self.end == Some(End::Failed)
    }

    /// What is to be remembered, once the upstream has told the end; it is given once.
    pub(crate) fn take_remembered(&mut self) -> Vec<(String, Remembered)> {
        self.recorder.as_mut().map_or_else(Vec::new, Recorder::take)
    }

    /// One event of the upstream.
    pub(crate) fn event(&mut self, name: Option<&str>, data: &str) {
        self.tell(|decoder, sink| decoder.event(name, data, sink));
    }

    /// The upstream has closed.
    pub(crate) fn eof(&mut self) {
        self.tell(|decoder, sink| decoder.eof(sink));
        // A decoder has told the end, or what is missing; after that this is not heard.
        self.fail_with(Fault::cut_off());
    }

    /// A whole reply, as a stream.
    pub(crate) fn body(&mut self, body: Value<'_>) {
        self.tell(|decoder, sink| decoder.body(body, sink));
    }

    /// Something else than the upstream ends the stream.
    pub(crate) fn fail(&mut self, fault: Fault<'_>) {
        self.fail_with(fault);
    }

    /// Whether nothing but usage can follow: see [`DecodeReply::has_finished`].
    pub(crate) fn has_finished(&self) -> bool {
        self.decoder.has_finished()
    }

    /// What the client does not get, so far.
    pub(crate) fn losses(&self) -> ReplyLosses {
        self.encoder.losses()
    }

    /// What the client is to get.
    pub(crate) fn out(&mut self) -> &mut Vec<u8> {
        self.encoder.out()
    }
}

/// A reply on its way to a client that reads one body, whatever the upstream sends.
pub(crate) struct BodyTranslation<'c> {
    decoder: Box<dyn DecodeReply>,
    fold: Settled<&'c ReplyContext, Fold>,
    recorder: Option<Recorder>,
}

/// How a stream has ended. The first end counts: encoders hear nothing after it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum End {
    Complete,
    Failed,
}

/// Says of a failure that the upstream did not word whose it is, and notes the end.
struct Placed<'s> {
    label: Option<&'s str>,
    end: &'s mut Option<End>,
    sink: &'s mut dyn Sink,
}

impl Sink for Placed<'_> {
    fn event(&mut self, event: Event<'_>) {
        match event {
            Event::Fail(mut fault) => {
                self.end.get_or_insert(End::Failed);
                if let (Some(label), false) = (self.label, fault.is_quoted) {
                    fault.message = format!("{label}: {}", fault.message).into();
                }
                self.sink.event(Event::Fail(fault));
            }
            Event::End => {
                self.end.get_or_insert(End::Complete);
                self.sink.event(Event::End);
            }
            event => self.sink.event(event),
        }
    }

    fn cites_closed(&self) -> bool {
        self.sink.cites_closed()
    }
}

/// Events of a decoder on their way to `sink`.
fn read_along(
    recorder: &mut Option<Recorder>,
    decoder: &mut dyn DecodeReply,
    sink: &mut dyn Sink,
    tell: impl FnOnce(&mut dyn DecodeReply, &mut dyn Sink),
) {
    match recorder {
        None => tell(decoder, sink),
        Some(recorder) => tell(decoder, &mut Tapped { recorder, sink }),
    }
}

impl<'c> BodyTranslation<'c> {
    pub(crate) fn new(upstream: Protocol, cx: &'c ReplyContext) -> Self {
        Self {
            decoder: reply_decoder(upstream),
            fold: Settled::new(cx, Fold::default()),
            recorder: Recorder::new(cx.client, cx.remembers),
        }
    }

    fn tell(&mut self, tell: impl FnOnce(&mut dyn DecodeReply, &mut dyn Sink)) {
        read_along(&mut self.recorder, &mut *self.decoder, &mut self.fold, tell);
    }

    /// One event of an upstream that streams.
    pub(crate) fn event(&mut self, name: Option<&str>, data: &str) {
        self.tell(|decoder, sink| decoder.event(name, data, sink));
    }

    /// The upstream has closed its stream.
    pub(crate) fn eof(&mut self) {
        self.tell(|decoder, sink| decoder.eof(sink));
    }

    /// The body of a unary reply.
    pub(crate) fn body(&mut self, body: Value<'_>) {
        self.tell(|decoder, sink| decoder.body(body, sink));
    }

    /// The client's body, and what is to be remembered.
    ///
    /// # Errors
    ///
    /// Why the upstream's reply has failed.
    pub(crate) fn finish(mut self, cx: &ReplyContext) -> Result<TranslatedBody, Fault<'static>> {
        self.fold.event(Event::Fail(Fault::cut_off()));
        let losses = self.fold.losses();
        let reply = self.fold.into_sink().finish();
        if let Some(fault) = reply.fault {
            return Err(fault);
        }
        let mut out = Vec::with_capacity(1024);
        write_body(&reply, cx, &mut out);
        let remembered = self.recorder.as_mut().map_or_else(Vec::new, Recorder::take);
        Ok(TranslatedBody {
            body: out,
            remembered,
            losses,
        })
    }
}

/// A reply as one body.
#[derive(Debug)]
pub(crate) struct TranslatedBody {
    pub(crate) body: Vec<u8>,
    /// By the client's ids of calls.
    pub(crate) remembered: Vec<(String, Remembered)>,
    /// What the client does not get.
    pub(crate) losses: ReplyLosses,
}

/// A unary reply, translated.
///
/// # Errors
///
/// The reply says that it has failed, or is none.
pub(crate) fn translate_body(
    upstream: Protocol,
    body: Value<'_>,
    cx: &ReplyContext,
) -> Result<TranslatedBody, Fault<'static>> {
    let mut translation = BodyTranslation::new(upstream, cx);
    translation.body(body);
    translation.finish(cx)
}
