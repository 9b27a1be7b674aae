//! What is done with the events of a stream on their way to the client.

use crate::{edits::Edits, joiner::Joiner, secrets::without};
use bytes::Bytes;
use cliproxy_core::{Protocol, Secret};
use cliproxy_sse::Frame;
use cliproxy_translators::{Part, ReplyStream, is_usage_chunk, rename};

/// What is done with what arrives.
#[derive(Debug)]
pub(crate) enum Lane {
    /// It is forwarded, edited where that is wanted.
    Raw(Edits),
    /// It is brought to the client's protocol.
    Translated {
        upstream: Protocol,
        reply: Box<ReplyStream>,
    },
}

impl Lane {
    /// Whether the client gets the upstream's own events.
    pub(crate) const fn is_raw(&self) -> bool {
        matches!(self, Self::Raw(_))
    }

    /// Whether bytes go to the client as they came, and no event needs to be told from another.
    pub(crate) const fn forwards_bytes(&self) -> bool {
        match self {
            Self::Raw(edits) => edits.is_empty(),
            Self::Translated { .. } => false,
        }
    }

    /// What the upstream of a `client` speaks.
    pub(crate) const fn upstream(&self, client: Protocol) -> Protocol {
        match self {
            Self::Raw(_) => client,
            Self::Translated { upstream, .. } => *upstream,
        }
    }

    /// Whether a translated reply has come to its logical end.
    pub(crate) fn has_finished(&self) -> bool {
        match self {
            Self::Raw(_) => false,
            Self::Translated { reply, .. } => reply.has_finished(),
        }
    }

    /// Forwards a frame by itself, where frames are edited. One that is translated is taken in, to be
    /// handed over with all that arrived together. `secrets` are cut from what is forwarded.
    pub(crate) fn take(
        &mut self,
        frame: &Frame,
        client: Protocol,
        secrets: &[Secret],
        out: &mut Joiner,
    ) {
        let edits = match self {
            Self::Raw(edits) => edits,
            Self::Translated { reply, .. } => return reply.frame(frame),
        };
        if edits.is_empty() || edits.hide_usage && is_usage_chunk(frame) {
            return;
        }
        let repaired = edits.native.as_mut().and_then(|native| native.frame(frame));
        // Before it is renamed: a secret is not looked for in pieces.
        let raw = without(repaired.as_ref().unwrap_or_else(|| frame.raw()), secrets);
        let model = edits.model.as_deref();
        match model.and_then(|model| rename(client, &raw, Part::Event, model)) {
            Some(renamed) => renamed.into_iter().for_each(|piece| out.push(piece)),
            None => out.push(raw),
        }
    }
}

/// What the last event of a stream lacks of its end, whatever came of its last line's.
pub(crate) fn missing_end(last: &Frame) -> Bytes {
    Bytes::from_static(match last.is_terminated() {
        // The second half of a CRLF: few parsers take the first one for a line end.
        true if last.raw().ends_with(b"\r") => b"\n",
        true => b"",
        false => b"\n\n",
    })
}
