//! The way of a request to another protocol, and of its reply back.

use crate::{
    chat, claude, gemini,
    normalise::{Notes, normalise},
    rejection::Rejection,
    reply::{Event, Fault, Fold, Folded, ReplyContext, Sequence, Settled, Sink},
    request_ir::{Losses, Opaque, Request, Thought},
    responses,
    target::Target,
    thinking::Control,
};
use cliproxy_core::Protocol;
use cliproxy_json::Value;
use std::{fmt, sync::Arc};

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

/// What the gateway remembers of reasoning that clients drop.
pub(crate) trait Replay: fmt::Debug {
    /// The reasoning that stood before a call, and the call's own signature.
    fn recall(&self, call: &str) -> Option<&Remembered>;
}

#[derive(Debug, Default)]
pub(crate) struct Remembered {
    pub(crate) thoughts: Vec<Thought<'static>>,
    pub(crate) signature: Option<Opaque<'static>>,
}

/// Nothing is remembered.
#[derive(Debug)]
pub(crate) struct NoReplay;

impl Replay for NoReplay {
    fn recall(&self, _call: &str) -> Option<&Remembered> {
        None
    }
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
}

pub(crate) fn decode<'a>(
    protocol: Protocol,
    body: Value<'a>,
    client: &ClientContext<'_>,
) -> Result<Request<'a>, Rejection> {
    match protocol {
        Protocol::Chat => chat::decode_request::decode(body, client),
        Protocol::Claude => claude::decode_request::decode(body, client),
        Protocol::Gemini => gemini::decode_request::decode(body, client),
        Protocol::Responses => responses::decode_request::decode(body, client),
    }
}

/// A translated request, and what it leaves behind.
#[derive(Debug)]
pub(crate) struct Translated {
    /// For the upstream. What depends on the account is not settled yet.
    pub(crate) body: Vec<u8>,
    /// What did not arrive, by its place in the client's body.
    pub(crate) losses: Losses,
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
    let mut reply = ReplyContext::for_request(&request, body, client);
    let mut notes = Notes::default();
    normalise(&mut request, target, replay, &mut notes)?;
    let mut out = Vec::with_capacity(body.raw().len() + 1024);
    match target.protocol {
        Protocol::Chat => chat::encode_request::encode(&request, target, &mut out),
        Protocol::Claude => claude::encode_request::encode(&request, target, &mut out),
        Protocol::Gemini => gemini::encode_request::encode(&request, target, &mut out),
        Protocol::Responses => responses::encode_request::encode(&request, target, &mut out),
    }
    if !target.params.is_empty()
        && let Ok(written) = Value::parse_bytes(&out)
    {
        out = target.params.apply(written);
    }
    reply.names = notes.names;
    reply.freeform = notes.freeform;
    reply.native_tools = notes.native_tools;
    Ok(Translated {
        body: out,
        losses: notes.losses,
        reply,
    })
}

pub(crate) fn reply_decoder(protocol: Protocol) -> Box<dyn DecodeReply> {
    match protocol {
        Protocol::Chat => Box::new(chat::decode_reply::Decoder::default()),
        Protocol::Claude => Box::new(claude::decode_reply::Decoder::default()),
        Protocol::Gemini => Box::new(gemini::decode_reply::Decoder::default()),
        Protocol::Responses => Box::new(responses::decode_reply::Decoder::default()),
    }
}

/// The client's encoder, with what settles events in front of it.
pub(crate) fn reply_encoder(cx: Arc<ReplyContext>) -> Box<dyn EncodeReply> {
    let client = cx.client;
    let settling = cx.clone();
    match client {
        Protocol::Chat => {
            let encoder = chat::encode_reply::Encoder::new(cx);
            Box::new(Settled::new(settling, encoder))
        }
        Protocol::Claude => {
            let encoder = claude::encode_reply::Encoder::new(cx);
            Box::new(Settled::new(settling, Sequence::new(encoder)))
        }
        Protocol::Gemini => {
            let encoder = gemini::encode_reply::Encoder::new(cx);
            Box::new(Settled::new(settling, Sequence::new(encoder)))
        }
        Protocol::Responses => {
            let encoder = responses::encode_reply::Encoder::new(cx);
            Box::new(Settled::new(settling, encoder))
        }
    }
}

pub(crate) fn write_body(reply: &Folded, cx: &ReplyContext, out: &mut Vec<u8>) {
    match cx.client {
        Protocol::Chat => chat::reply_body::write(reply, cx, out),
        Protocol::Claude => claude::reply_body::write(reply, cx, out),
        Protocol::Gemini => gemini::reply_body::write(reply, cx, out),
        Protocol::Responses => responses::reply_body::write(reply, cx, out),
    }
}

/// A stream on its way from an upstream to a client that speaks another protocol.
pub(crate) struct StreamTranslation {
    decoder: Box<dyn DecodeReply>,
    encoder: Box<dyn EncodeReply>,
}

impl StreamTranslation {
    pub(crate) fn new(upstream: Protocol, cx: Arc<ReplyContext>) -> Self {
        Self {
            decoder: reply_decoder(upstream),
            encoder: reply_encoder(cx),
        }
    }

    /// One event of the upstream.
    pub(crate) fn event(&mut self, name: Option<&str>, data: &str) {
        self.decoder.event(name, data, &mut *self.encoder);
    }

    /// The upstream has closed.
    pub(crate) fn eof(&mut self) {
        self.decoder.eof(&mut *self.encoder);
        // A decoder has told the end, or what is missing; after that this is not heard.
        self.encoder.event(Event::Fail(Fault::cut_off()));
    }

    /// A whole reply, as a stream.
    pub(crate) fn body(&mut self, body: Value<'_>) {
        self.decoder.body(body, &mut *self.encoder);
    }

    /// Something else than the upstream ends the stream.
    pub(crate) fn fail(&mut self, fault: Fault<'_>) {
        self.encoder.event(Event::Fail(fault));
    }

    /// Whether nothing but usage can follow: see [`DecodeReply::has_finished`].
    pub(crate) fn has_finished(&self) -> bool {
        self.decoder.has_finished()
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
}

impl<'c> BodyTranslation<'c> {
    pub(crate) fn new(upstream: Protocol, cx: &'c ReplyContext) -> Self {
        Self {
            decoder: reply_decoder(upstream),
            fold: Settled::new(cx, Fold::default()),
        }
    }

    /// One event of an upstream that streams.
    pub(crate) fn event(&mut self, name: Option<&str>, data: &str) {
        self.decoder.event(name, data, &mut self.fold);
    }

    /// The upstream has closed its stream.
    pub(crate) fn eof(&mut self) {
        self.decoder.eof(&mut self.fold);
    }

    /// The body of a unary reply.
    pub(crate) fn body(&mut self, body: Value<'_>) {
        self.decoder.body(body, &mut self.fold);
    }

    /// The client's body.
    ///
    /// # Errors
    ///
    /// Why the upstream's reply has failed.
    pub(crate) fn finish(mut self, cx: &ReplyContext) -> Result<Vec<u8>, Fault<'static>> {
        self.fold.event(Event::Fail(Fault::cut_off()));
        let reply = self.fold.into_sink().finish();
        if let Some(fault) = reply.fault {
            return Err(fault);
        }
        let mut out = Vec::new();
        write_body(&reply, cx, &mut out);
        Ok(out)
    }
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
) -> Result<Vec<u8>, Fault<'static>> {
    let mut translation = BodyTranslation::new(upstream, cx);
    translation.body(body);
    translation.finish(cx)
}
