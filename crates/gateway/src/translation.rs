//! The way back from an upstream that speaks another protocol, or a dialect of the client's.

use crate::{
    attempt::{Reached, Whole, is_stream},
    in_band::in_band,
};
use cliproxy_core::Protocol;
use cliproxy_executors::UpstreamError;
use cliproxy_translators::{NativeReply, ReplyPlan, ReplyStream, fold_reply, translate_reply};
use http::{HeaderValue, header};

/// How one attempt's reply is brought to the client's protocol.
#[derive(Clone, Debug)]
pub(crate) struct Translation {
    /// What the upstream speaks.
    pub(crate) upstream: Protocol,
    pub(crate) plan: ReplyPlan,
}

impl Translation {
    /// A unary reply as the client reads it: as a stream if it asked for one. Events that nobody asked
    /// for are put together. Translated before it is believed, so that one which turns out to be none
    /// still fails over.
    pub(crate) fn whole(
        &self,
        mut whole: Whole,
        streams: bool,
    ) -> Result<Reached, Box<UpstreamError>> {
        let translated = match is_stream(&whole.headers, false) {
            true => fold_reply(self.upstream, whole.body.clone(), &self.plan),
            false => translate_reply(self.upstream, &whole.body, &self.plan),
        };
        let translated = translated.map_err(|failure| UpstreamError {
            headers: whole.headers.clone(),
            ..in_band(self.upstream, &failure, b"")
        })?;
        whole.remembered = translated.remembered;
        whole.losses = translated.losses;
        let kind = if streams {
            let mut stream = ReplyStream::new(self.upstream, &self.plan);
            stream.body(&whole.body);
            whole.body = stream.take();
            match self.plan.is_array() {
                true => "application/json",
                false => "text/event-stream",
            }
        } else {
            whole.body = translated.body;
            "application/json"
        };
        let kind = HeaderValue::from_static(kind);
        whole.headers.insert(header::CONTENT_TYPE, kind);
        Ok(Reached::Whole(Box::new(whole)))
    }
}

/// A unary reply in a dialect of the client's protocol, as the client reads it. Put together before it is
/// believed, like a translated one.
pub(crate) fn passed(
    native: &mut NativeReply,
    mut whole: Whole,
    protocol: Protocol,
) -> Result<Reached, Box<UpstreamError>> {
    if is_stream(&whole.headers, false) {
        let folded = native.fold(whole.body.clone());
        whole.body = folded.map_err(|failure| UpstreamError {
            headers: whole.headers.clone(),
            ..in_band(protocol, &failure, b"")
        })?;
        let json = HeaderValue::from_static("application/json");
        whole.headers.insert(header::CONTENT_TYPE, json);
    } else if let Some(body) = native.body(&whole.body) {
        whole.body = body;
    }
    Ok(Reached::Whole(Box::new(whole)))
}
