//! A reply, written for a client: as a stream of events.
//!
//! Parts come one after the other; see `sequence`.
//!
//! | event | what is written |
//! | --- | --- |
//! | start | `message_start`; the usage in it is nothing, since the whole is told at the end |
//! | text, refusal | a `text` block, from its first delta on |
//! | reasoning | a `thinking` block, also without text if there is opaque state; the whole carrier is one `signature_delta` directly before its stop |
//! | Anthropic's redacted reasoning | a `redacted_thinking` block; that of others is a `thinking` block without text |
//! | a call | a `tool_use` block; without arguments it has no delta |
//! | a search of the provider | two blocks, whole |
//! | a citation | `citations_delta` on the open text block |
//! | finish, end | `message_delta` with the stop reason and all usage, `message_stop` |
//! | failure | `error`, and nothing else: an open block is not closed |
//!
//! Parts of a reasoning summary are separated by a blank line, in a delta of its own.

use super::write_reply;
use crate::{
    error::{ErrorView, StreamPosition, error_frame},
    hub::EncodeReply,
    json_str::JsonStr,
    reply::{
        Event, Fault, Finish, Opening, PartId, ReplyContext, ServerRun, Sink, UsagePatch, carried,
        plain_tail, tail,
    },
    request_ir::{Family, Opaque, OpaqueKind, ServerKind},
};
use cliproxy_core::Protocol;
use cliproxy_json::ObjectWriter;
use std::sync::Arc;

#[derive(Debug)]
pub(crate) struct Encoder {
    cx: Arc<ReplyContext>,
    out: Vec<u8>,
    /// For ids of what the provider's tools did.
    tail: String,
    /// The index of the next block.
    next: u64,
    searches: u64,
    open: Option<OpenPart>,
    /// What the open text block says, escaped.
    text: String,
    usage: UsagePatch,
}

#[derive(Debug)]
struct OpenPart {
    part: PartId,
    kind: Kind,
    /// Its block has been started.
    has_begun: bool,
    opaque: Option<Opaque<'static>>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    Text,
    Thinking,
    Call,
    Hidden,
}

impl Kind {
    /// The type of a delta, and the member that has its text.
    const fn delta(self) -> Option<(&'static str, &'static str)> {
        Some(match self {
            Self::Text => ("text_delta", "text"),
            Self::Thinking => ("thinking_delta", "thinking"),
            Self::Call => ("input_json_delta", "partial_json"),
            Self::Hidden => return None,
        })
    }
}

impl Encoder {
    pub(crate) fn new(cx: Arc<ReplyContext>) -> Self {
        Self {
            cx,
            out: Vec::new(),
            tail: String::new(),
            next: 0,
            searches: 0,
            open: None,
            text: String::new(),
            usage: UsagePatch::default(),
        }
    }

    fn write(&mut self, kind: &str, members: impl FnOnce(&mut ObjectWriter<'_>)) {
        let out = &mut self.out;
        out.extend_from_slice(b"event: ");
        out.extend_from_slice(kind.as_bytes());
        out.extend_from_slice(b"\ndata: ");
        ObjectWriter::write(out, |object| {
            object.text("type", kind);
            members(object);
        });
        out.extend_from_slice(b"\n\n");
    }

    fn start(&mut self, id: &JsonStr<'_>) {
        let tail = tail(id, &self.cx);
        let cx = self.cx.clone();
        self.write("message_start", |object| {
            object.object("message", |message| {
                write_reply::head(&tail, &cx.model, message);
                message.array("content", |_| {});
                message.null("stop_reason");
                message.null("stop_sequence");
                message.object("usage", |usage| {
                    write_reply::usage(&UsagePatch::default(), usage);
                });
            });
        });
        self.tail = plain_tail(&tail);
    }

    fn begin(&mut self, block: impl FnOnce(&mut ObjectWriter<'_>)) {
        let index = self.next;
        self.write("content_block_start", |object| {
            object.number("index", index);
            object.object("content_block", block);
        });
    }

    fn delta(&mut self, kind: &str, members: impl FnOnce(&mut ObjectWriter<'_>)) {
        let index = self.next;
        self.write("content_block_delta", |object| {
            object.number("index", index);
            object.object("delta", |delta| {
                delta.text("type", kind);
                members(delta);
            });
        });
    }

    fn stop(&mut self) {
        let index = self.next;
        self.write("content_block_stop", |object| object.number("index", index));
        self.next += 1;
    }

    fn open(&mut self, part: PartId, opening: Opening<'_>) {
        let kind = match opening {
            Opening::Text { .. } | Opening::Refusal => Kind::Text,
            Opening::Thinking { .. } | Opening::Redacted => Kind::Thinking,
            Opening::Tool { id, name, .. } => {
                self.begin(|block| {
                    block.text("type", "tool_use");
                    block.text("id", &id);
                    block.text("name", &name);
                    block.object("input", |_| {});
                });
                Kind::Call
            }
            Opening::Server(run) => {
                self.server(&run);
                Kind::Hidden
            }
            Opening::Media { .. } => Kind::Hidden,
        };
        self.text.clear();
        self.open = Some(OpenPart {
            part,
            kind,
            has_begun: kind == Kind::Call,
            opaque: None,
        });
    }

    fn server(&mut self, run: &ServerRun<'_>) {
        if run.kind != ServerKind::WebSearch {
            return;
        }
        let id = write_reply::search_id(&self.tail, self.searches);
        self.searches += 1;
        self.begin(|block| {
            block.text("type", "server_tool_use");
            block.text("id", &id);
            block.text("name", "web_search");
            block.object("input", |_| {});
        });
        let input = write_reply::search_input(run);
        self.delta("input_json_delta", |delta| {
            delta.text("partial_json", &String::from_utf8_lossy(&input));
        });
        self.stop();
        self.begin(|block| write_reply::search_result(run, &id, block));
        self.stop();
    }

    /// Starts the block of the open part, if it has not been.
    fn begin_open(&mut self) -> Option<Kind> {
        let open = self.open.as_mut()?;
        let kind = open.kind;
        if !std::mem::replace(&mut open.has_begun, true) {
            match kind {
                Kind::Text => self.begin(|block| {
                    block.text("type", "text");
                    block.text("text", "");
                }),
                Kind::Thinking => self.begin(|block| {
                    block.text("type", "thinking");
                    block.text("thinking", "");
                    block.text("signature", "");
                }),
                Kind::Call | Kind::Hidden => {}
            }
        }
        Some(kind)
    }

    fn text(&mut self, text: &str) {
        let Some(kind) = self.begin_open() else {
            return;
        };
        if kind == Kind::Text {
            self.text.push_str(text);
        }
        if let Some((kind, key)) = kind.delta() {
            self.delta(kind, |delta| delta.escaped(key, text));
        }
    }

    fn close(&mut self) {
        let opaque = self.open.as_mut().and_then(|open| open.opaque.take());
        if let Some(opaque) = opaque {
            self.signature(&opaque);
        }
        if self.open.take().is_some_and(|open| open.has_begun) {
            self.stop();
        }
    }

    /// What only its maker can read, at the end of its part.
    fn signature(&mut self, opaque: &Opaque<'_>) {
        let Some(data) = carried(opaque, &self.cx) else {
            return;
        };
        let is_native = opaque.family == Family::Anthropic && opaque.kind == OpaqueKind::Redacted;
        let open = self.open.as_mut().filter(|open| !open.has_begun);
        match open {
            Some(open) if is_native => {
                open.has_begun = true;
                self.begin(|block| {
                    block.text("type", "redacted_thinking");
                    block.text("data", &data);
                });
            }
            _ => {
                self.begin_open();
                self.delta("signature_delta", |delta| delta.text("signature", &data));
            }
        }
    }

    fn finish(&mut self, reason: &Finish<'_>) {
        let usage = self.usage;
        self.write("message_delta", |object| {
            object.object("delta", |delta| write_reply::stop(reason, delta));
            object.object("usage", |object| write_reply::usage(&usage, object));
        });
    }

    fn fail(&mut self, fault: &Fault<'_>) {
        let error = ErrorView::of_upstream(fault.status, &fault.message, fault.code.as_deref());
        let frame = error_frame(Protocol::Claude, &error, &StreamPosition::default());
        self.out.extend_from_slice(&frame);
    }

    fn is_open(&self, part: PartId) -> bool {
        self.open.as_ref().is_some_and(|open| open.part == part)
    }
}

impl Sink for Encoder {
    fn event(&mut self, event: Event<'_>) {
        match event {
            Event::Start { id, .. } => self.start(&id),
            Event::Open { part, opening, .. } => self.open(part, opening),
            Event::Delta { part, text } if self.is_open(part) => self.text(text.as_escaped()),
            Event::NextSummary { part } if self.is_open(part) => self.text(r"\n\n"),
            Event::Citation { part, citation } if self.is_open(part) => {
                // Claude has no place for one without a text, or without a page.
                if !self.text.is_empty() && citation.url.is_some() {
                    let text = std::mem::take(&mut self.text);
                    self.delta("citations_delta", |delta| {
                        delta.object("citation", |object| {
                            write_reply::citation(&citation, &text, object);
                        });
                    });
                    self.text = text;
                }
            }
            Event::Opaque { part, opaque } if self.is_open(part) => {
                if let Some(open) = &mut self.open {
                    open.opaque = Some(opaque.into_owned());
                }
            }
            Event::Close { part } if self.is_open(part) => self.close(),
            Event::Usage(usage) => self.usage = usage,
            Event::Finish { reason, .. } => self.finish(&reason),
            Event::End => self.write("message_stop", |_| {}),
            Event::Fail(fault) => self.fail(&fault),
            Event::Delta { .. }
            | Event::Logprobs { .. }
            | Event::NextSummary { .. }
            | Event::Citation { .. }
            | Event::Opaque { .. }
            | Event::Cut { .. }
            | Event::Close { .. }
            | Event::Lost(_)
            | Event::Alive => {}
        }
    }
}

impl EncodeReply for Encoder {
    fn out(&mut self) -> &mut Vec<u8> {
        &mut self.out
    }
}
