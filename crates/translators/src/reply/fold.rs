//! A whole reply, collected from its events.

use super::{Event, Fault, Finish, Opening, PartId, ReplyCitation, ServerRun, Sink, UsagePatch};
use crate::{
    json_str::JsonStr,
    request_ir::{Opaque, ToolName},
};

/// Collects events. Texts are copied, since the frames they stand in do not last.
#[derive(Debug, Default)]
pub(crate) struct Fold {
    reply: Folded,
}

/// A reply.
#[derive(Debug, Default)]
pub(crate) struct Folded {
    /// The upstream's id of it.
    pub(crate) id: JsonStr<'static>,
    pub(crate) created: Option<u64>,
    /// Of all choices, in the order in which they were opened.
    pub(crate) parts: Vec<FoldedPart>,
    /// By choice.
    pub(crate) finishes: Vec<(u16, Finish<'static>)>,
    pub(crate) usage: Option<UsagePatch>,
    pub(crate) fault: Option<Fault<'static>>,
    pub(crate) has_ended: bool,
}

#[derive(Debug)]
pub(crate) struct FoldedPart {
    pub(crate) part: PartId,
    pub(crate) choice: u16,
    pub(crate) kind: FoldedKind,
    /// Escaped: text, refusal, reasoning without its summary parts' blank lines, or arguments.
    pub(crate) text: String,
    /// Where in `text` each summary part but the first begins.
    pub(crate) summaries: Vec<usize>,
    pub(crate) citations: Vec<ReplyCitation<'static>>,
    /// The elements of a list; see [`Logprobs`].
    ///
    /// [`Logprobs`]: super::Logprobs
    pub(crate) logprobs: String,
    pub(crate) opaque: Option<Opaque<'static>>,
    /// A call whose arguments are not complete.
    pub(crate) is_cut: bool,
    pub(crate) is_closed: bool,
}

#[derive(Debug)]
pub(crate) enum FoldedKind {
    Text {
        begins_paragraph: bool,
    },
    Refusal,
    Thinking {
        is_raw: bool,
    },
    Redacted,
    Tool {
        id: String,
        name: ToolName<'static>,
        is_freeform: bool,
        signature: Option<Opaque<'static>>,
    },
    Server(ServerRun<'static>),
    Media {
        mime: String,
        base64: String,
    },
}

impl Fold {
    pub(crate) fn finish(self) -> Folded {
        self.reply
    }

    fn part(&mut self, part: PartId) -> Option<&mut FoldedPart> {
        // The part that is being written is nearly always the last.
        self.reply
            .parts
            .iter_mut()
            .rev()
            .find(|open| open.part == part)
    }
}

impl Sink for Fold {
    fn event(&mut self, event: Event<'_>) {
        match event {
            Event::Start { id, created } => {
                self.reply.id = id.into_owned();
                self.reply.created = created;
            }
            Event::Open {
                part,
                choice,
                opening,
            } => self.reply.parts.push(FoldedPart {
                part,
                choice,
                kind: FoldedKind::of(opening),
                text: String::new(),
                summaries: Vec::new(),
                citations: Vec::new(),
                logprobs: String::new(),
                opaque: None,
                is_cut: false,
                is_closed: false,
            }),
            Event::Delta { part, text } => {
                if let Some(open) = self.part(part) {
                    open.text.push_str(text.as_escaped());
                }
            }
            Event::Logprobs { part, logprobs } => {
                if let Some(open) = self.part(part) {
                    logprobs.append_to(&mut open.logprobs);
                }
            }
            Event::NextSummary { part } => {
                if let Some(open) = self.part(part) {
                    open.summaries.push(open.text.len());
                }
            }
            Event::Citation { part, citation } => {
                if let Some(open) = self.part(part) {
                    open.citations.push(citation.into_owned());
                }
            }
            Event::Opaque { part, opaque } => {
                if let Some(open) = self.part(part) {
                    open.opaque = Some(opaque.into_owned());
                }
            }
            Event::Cut { part } => {
                if let Some(open) = self.part(part) {
                    open.is_cut = true;
                }
            }
            Event::Close { part } => {
                if let Some(open) = self.part(part) {
                    open.is_closed = true;
                }
            }
            Event::Usage(usage) => self.reply.usage.get_or_insert_default().update(usage),
            Event::Finish { choice, reason } => {
                self.reply.finishes.push((choice, reason.into_owned()));
            }
            Event::End => self.reply.has_ended = true,
            Event::Fail(fault) => self.reply.fault = Some(fault.into_owned()),
            Event::Lost(_) | Event::Alive => {}
        }
    }

    fn cites_closed(&self) -> bool {
        true
    }
}

impl FoldedKind {
    fn of(opening: Opening<'_>) -> Self {
        match opening {
            Opening::Text { begins_paragraph } => Self::Text { begins_paragraph },
            Opening::Refusal => Self::Refusal,
            Opening::Thinking { is_raw } => Self::Thinking { is_raw },
            Opening::Redacted => Self::Redacted,
            Opening::Tool {
                id,
                name,
                namespace,
                is_freeform,
                signature,
            } => Self::Tool {
                id: id.into_owned(),
                name: ToolName {
                    namespace: namespace.map(|namespace| namespace.into_owned().into()),
                    name: name.into_owned().into(),
                },
                is_freeform,
                signature: signature.map(Opaque::into_owned),
            },
            Opening::Server(run) => Self::Server(run.into_owned()),
            Opening::Media { mime, base64 } => Self::Media {
                mime: mime.into_owned(),
                base64: base64.into_owned(),
            },
        }
    }
}

impl FoldedPart {
    /// The texts of a summary with a blank line between them, escaped.
    pub(crate) fn paragraphs(&self) -> String {
        let mut text = String::with_capacity(self.text.len() + 4 * self.summaries.len());
        for (index, summary) in self.summary_texts().enumerate() {
            if index > 0 {
                text.push_str(r"\n\n");
            }
            text.push_str(summary);
        }
        text
    }

    /// The texts of a summary, one by one.
    pub(crate) fn summary_texts(&self) -> impl Iterator<Item = &str> {
        let starts = std::iter::once(0).chain(self.summaries.iter().copied());
        let ends = self.summaries.iter().copied().chain([self.text.len()]);
        starts.zip(ends).map(|(start, end)| &self.text[start..end])
    }
}
