//! What a reply consists of.

use super::{Finish, Logprobs, ReplyLoss, UsagePatch};
use crate::{
    json_str::JsonStr,
    request_ir::{Opaque, ServerKind},
};
use std::borrow::Cow;

/// Names a part of a reply while it is open. Never used again in the same reply.
pub(crate) type PartId = u32;

/// One step of a reply. Texts are escaped spans of the upstream's frame, which live as long as the call.
///
/// The order of a well-behaved decoder: `Start`, then for each part `Open`, its deltas, `Close`; parts may
/// overlap; `Usage` at any time; one `Finish` per choice; `End`. Nothing follows `End` or `Fail`.
#[derive(Clone, Debug)]
pub(crate) enum Event<'a> {
    Start {
        /// The upstream's id of the reply.
        id: JsonStr<'a>,
        /// Unix seconds, where the upstream says it.
        created: Option<u64>,
    },
    Open {
        part: PartId,
        /// Chat's choice, Gemini's candidate.
        choice: u16,
        opening: Opening<'a>,
    },
    /// More of a part's text: visible text, refusal, reasoning, or the arguments of a call, which are JSON
    /// text, or plain text if the tool is freeform. Never empty.
    Delta {
        part: PartId,
        text: JsonStr<'a>,
    },
    /// How probable the tokens are of the text or refusal that comes next; of what came before, if no
    /// delta follows.
    Logprobs {
        part: PartId,
        logprobs: Logprobs<'a>,
    },
    /// A summary of reasoning goes on with its next part. The blank line between the two is not in a
    /// delta: encoders without summary parts write it.
    NextSummary {
        part: PartId,
    },
    /// Of an open text; or of the last text of its choice, also after that has closed, since some upstreams
    /// tell sources at the end only.
    Citation {
        part: PartId,
        citation: ReplyCitation<'a>,
    },
    /// Of an open reasoning part, at most once; of an open text, Gemini's signature of it.
    Opaque {
        part: PartId,
        opaque: Opaque<'a>,
    },
    /// The arguments of an open call are not complete: it was cut off, and closes next. Told by `settled`.
    Cut {
        part: PartId,
    },
    Close {
        part: PartId,
    },
    /// Cumulative: the last value of each field counts.
    Usage(UsagePatch),
    /// Why a choice has ended. What follows it is usage and `End`.
    Finish {
        choice: u16,
        reason: Finish<'a>,
    },
    /// The upstream has said all.
    End,
    Fail(Fault<'a>),
    /// The upstream has said something that has no event.
    Lost(ReplyLoss),
    /// A sign of life and nothing more.
    Alive,
}

/// What kind of part begins.
#[derive(Clone, Debug)]
pub(crate) enum Opening<'a> {
    Text {
        /// A paragraph of its own, not glued to the text before it.
        begins_paragraph: bool,
    },
    Refusal,
    Thinking {
        /// The reasoning itself, not a summary.
        is_raw: bool,
    },
    /// Reasoning that only its maker can read; an `Opaque` and `Close` follow.
    Redacted,
    /// A tool of the client is called. Names and ids are the upstream's, decoded.
    Tool {
        id: Cow<'a, str>,
        name: Cow<'a, str>,
        namespace: Option<Cow<'a, str>>,
        /// Deltas are plain text.
        is_freeform: bool,
        /// Gemini's signature of this call. `settled` puts it on the reasoning before the call, for clients
        /// that know no signed calls.
        signature: Option<Opaque<'a>>,
    },
    /// A tool that runs at the provider; its results follow in `ServerTool`'s own members.
    Server(ServerRun<'a>),
    /// An image or a recording, whole.
    Media {
        mime: Cow<'a, str>,
        base64: Cow<'a, str>,
    },
}

/// A tool that ran at the provider.
#[derive(Clone, Debug)]
pub(crate) struct ServerRun<'a> {
    pub(crate) kind: ServerKind,
    /// The upstream's id, if it has one.
    pub(crate) id: Option<Cow<'a, str>>,
    pub(crate) queries: Vec<JsonStr<'a>>,
    pub(crate) sources: Vec<ServerSource<'a>>,
}

/// One page that a search has found.
#[derive(Clone, Debug)]
pub(crate) struct ServerSource<'a> {
    pub(crate) url: JsonStr<'a>,
    pub(crate) title: JsonStr<'a>,
}

/// Where a piece of text is from. Offsets count code points of the part's text.
#[derive(Clone, Debug)]
pub(crate) struct ReplyCitation<'a> {
    /// What of the part's text it belongs to; `None` for all of it so far (Claude).
    pub(crate) range: Option<(u64, u64)>,
    pub(crate) url: Option<JsonStr<'a>>,
    pub(crate) title: Option<JsonStr<'a>>,
    pub(crate) cited: Option<JsonStr<'a>>,
}

/// Why a reply has failed.
#[derive(Clone, Debug)]
pub(crate) struct Fault<'a> {
    /// The HTTP status it stands for.
    pub(crate) status: u16,
    /// The upstream's own name for it.
    pub(crate) code: Option<Cow<'a, str>>,
    pub(crate) message: Cow<'a, str>,
    /// The message is the upstream's, or complete in itself; else it only says what the upstream did.
    pub(crate) is_quoted: bool,
}

/// Takes the events of a reply in order.
pub(crate) trait Sink {
    fn event(&mut self, event: Event<'_>);

    /// Whether the citation of a text that has closed still has a place.
    fn cites_closed(&self) -> bool {
        false
    }
}

impl<F: FnMut(Event<'_>)> Sink for F {
    fn event(&mut self, event: Event<'_>) {
        self(event);
    }
}

impl Event<'_> {
    /// For queues.
    pub(crate) fn into_owned(self) -> Event<'static> {
        match self {
            Self::Start { id, created } => Event::Start {
                id: id.into_owned(),
                created,
            },
            Self::Open {
                part,
                choice,
                opening,
            } => Event::Open {
                part,
                choice,
                opening: opening.into_owned(),
            },
            Self::Delta { part, text } => Event::Delta {
                part,
                text: text.into_owned(),
            },
            Self::Logprobs { part, logprobs } => Event::Logprobs {
                part,
                logprobs: logprobs.into_owned(),
            },
            Self::NextSummary { part } => Event::NextSummary { part },
            Self::Citation { part, citation } => Event::Citation {
                part,
                citation: citation.into_owned(),
            },
            Self::Opaque { part, opaque } => Event::Opaque {
                part,
                opaque: opaque.into_owned(),
            },
            Self::Cut { part } => Event::Cut { part },
            Self::Close { part } => Event::Close { part },
            Self::Usage(usage) => Event::Usage(usage),
            Self::Finish { choice, reason } => Event::Finish {
                choice,
                reason: reason.into_owned(),
            },
            Self::End => Event::End,
            Self::Fail(fault) => Event::Fail(fault.into_owned()),
            Self::Lost(lost) => Event::Lost(lost),
            Self::Alive => Event::Alive,
        }
    }
}

impl ReplyCitation<'_> {
    pub(crate) fn into_owned(self) -> ReplyCitation<'static> {
        ReplyCitation {
            range: self.range,
            url: self.url.map(JsonStr::into_owned),
            title: self.title.map(JsonStr::into_owned),
            cited: self.cited.map(JsonStr::into_owned),
        }
    }
}

impl ServerRun<'_> {
    pub(crate) fn into_owned(self) -> ServerRun<'static> {
        let own = |source: ServerSource<'_>| ServerSource {
            url: source.url.into_owned(),
            title: source.title.into_owned(),
        };
        ServerRun {
            kind: self.kind,
            id: self.id.map(|id| id.into_owned().into()),
            queries: self.queries.into_iter().map(JsonStr::into_owned).collect(),
            sources: self.sources.into_iter().map(own).collect(),
        }
    }
}

impl Fault<'_> {
    pub(crate) fn into_owned(self) -> Fault<'static> {
        Fault {
            status: self.status,
            code: self.code.map(|code| code.into_owned().into()),
            message: self.message.into_owned().into(),
            is_quoted: self.is_quoted,
        }
    }
}

/// For queues, and for folds.
impl Opening<'_> {
    pub(crate) fn into_owned(self) -> Opening<'static> {
        match self {
            Self::Text { begins_paragraph } => Opening::Text { begins_paragraph },
            Self::Refusal => Opening::Refusal,
            Self::Thinking { is_raw } => Opening::Thinking { is_raw },
            Self::Redacted => Opening::Redacted,
            Self::Tool {
                id,
                name,
                namespace,
                is_freeform,
                signature,
            } => Opening::Tool {
                id: id.into_owned().into(),
                name: name.into_owned().into(),
                namespace: namespace.map(|namespace| namespace.into_owned().into()),
                is_freeform,
                signature: signature.map(Opaque::into_owned),
            },
            Self::Server(run) => Opening::Server(run.into_owned()),
            Self::Media { mime, base64 } => Opening::Media {
                mime: mime.into_owned().into(),
                base64: base64.into_owned().into(),
            },
        }
    }
}
