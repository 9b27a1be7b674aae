//! The items of a Responses reply, which its body and the events of a stream show alike.
//!
//! | part | item |
//! | --- | --- |
//! | texts, refusals | `message`; texts that are glued together share one content part, a paragraph of its own begins a further message |
//! | reasoning | `reasoning`: a summary, or `content` if it is the reasoning itself; what only its maker can read is `encrypted_content` |
//! | a call | `function_call`, `custom_tool_call`; those of `native_call` have items of their own |
//! | a search of the provider | `web_search_call` |
//! | an image | `image_generation_call` |
//!
//! Ids are made of the reply's: `<kind>_gw_<tail>_<output index>`. Other tools of the provider and other
//! media have no item, and are left out. A call without arguments has `{}`.

use super::native_call::NativeCall;
use crate::{
    reply::{Annotation, ReplyContext, ServerRun, write_logprobs},
    request_ir::ToolName,
};
use cliproxy_json::{ObjectWriter, number_into};

#[derive(Debug)]
pub(super) struct Item {
    /// Its place in `output`.
    pub(super) index: u64,
    pub(super) kind: ItemKind,
    pub(super) state: State,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum State {
    InProgress,
    Completed,
    /// Cut off.
    Incomplete,
}

#[derive(Debug)]
pub(super) enum ItemKind {
    Reasoning(Reasoning),
    Message(Vec<Content>),
    Call(Call),
    Search(ServerRun<'static>),
    Image { mime: String, base64: String },
}

/// Texts are escaped, here and below.
#[derive(Debug, Default)]
pub(super) struct Reasoning {
    pub(super) is_raw: bool,
    pub(super) text: String,
    /// Where in `text` each summary part but the first begins.
    pub(super) summaries: Vec<usize>,
    pub(super) encrypted: Option<String>,
}

/// A content part of a message.
#[derive(Debug, Default)]
pub(super) struct Content {
    pub(super) is_refusal: bool,
    pub(super) text: String,
    pub(super) annotations: Vec<Annotation>,
    /// The elements of a list.
    pub(super) logprobs: String,
}

#[derive(Debug)]
pub(super) struct Call {
    pub(super) id: String,
    pub(super) name: ToolName<'static>,
    pub(super) is_freeform: bool,
    /// The client knows it as an item of another kind.
    pub(super) native: Option<NativeCall>,
    pub(super) text: String,
}

impl Item {
    pub(super) fn is_done(&self) -> bool {
        self.state != State::InProgress
    }

    /// A quoted id.
    pub(super) fn write_id(&self, tail: &str, out: &mut Vec<u8>) {
        let kind: &[u8] = match &self.kind {
            ItemKind::Reasoning(_) => b"rs_gw_",
            ItemKind::Message(_) => b"msg_gw_",
            ItemKind::Call(call) => match call.native {
                Some(native) => native.prefix.as_bytes(),
                None if call.is_freeform => b"ctc_gw_",
                None => b"fc_gw_",
            },
            ItemKind::Search(_) => b"ws_gw_",
            ItemKind::Image { .. } => b"ig_gw_",
        };
        out.push(b'"');
        out.extend_from_slice(kind);
        out.extend_from_slice(tail.as_bytes());
        out.push(b'_');
        number_into(out, self.index);
        out.push(b'"');
    }

    pub(super) fn write(&self, tail: &str, item: &mut ObjectWriter<'_>) {
        item.member("id", |out| self.write_id(tail, out));
        match &self.kind {
            ItemKind::Reasoning(reasoning) => reasoning.write(item),
            ItemKind::Message(contents) => {
                item.text("type", "message");
                item.text("status", self.state.name());
                item.text("role", "assistant");
                item.array("content", |list| {
                    for content in contents {
                        list.object(|part| content.write(part));
                    }
                });
            }
            ItemKind::Call(call) => call.write(self.state, item),
            ItemKind::Search(run) => {
                item.text("type", "web_search_call");
                item.text("status", self.state.name());
                if self.state != State::InProgress {
                    item.object("action", |action| search(run, action));
                }
            }
            ItemKind::Image { mime, base64 } => {
                item.text("type", "image_generation_call");
                item.text("status", self.state.name());
                if self.state != State::InProgress {
                    item.text("result", base64);
                    let format = mime.strip_prefix("image/").unwrap_or(mime);
                    item.text("output_format", format);
                }
            }
        }
    }
}

impl State {
    const fn name(self) -> &'static str {
        match self {
            Self::InProgress => "in_progress",
            Self::Completed => "completed",
            Self::Incomplete => "incomplete",
        }
    }
}

impl Reasoning {
    /// The part of the summary that is being written.
    pub(super) fn last_summary(&self) -> &str {
        let start = self.summaries.last().copied().unwrap_or(0);
        self.text.get(start..).unwrap_or_default()
    }

    fn write(&self, item: &mut ObjectWriter<'_>) {
        item.text("type", "reasoning");
        item.array("summary", |summary| {
            if self.is_raw || self.text.is_empty() {
                return;
            }
            let mut start = 0;
            for end in self.summaries.iter().copied().chain([self.text.len()]) {
                let text = self.text.get(start..end).unwrap_or_default();
                summary.object(|part| summary_part(text, part));
                start = end;
            }
        });
        if self.is_raw && !self.text.is_empty() {
            item.array("content", |content| {
                content.object(|part| {
                    part.text("type", "reasoning_text");
                    part.escaped("text", &self.text);
                });
            });
        }
        if let Some(encrypted) = &self.encrypted {
            item.text("encrypted_content", encrypted);
        }
    }
}

pub(super) fn summary_part(text: &str, part: &mut ObjectWriter<'_>) {
    part.text("type", "summary_text");
    part.escaped("text", text);
}

impl Content {
    pub(super) fn write(&self, part: &mut ObjectWriter<'_>) {
        if self.is_refusal {
            part.text("type", "refusal");
            part.escaped("refusal", &self.text);
            return;
        }
        part.text("type", "output_text");
        part.escaped("text", &self.text);
        part.array("annotations", |list| {
            for annotation in &self.annotations {
                list.object(|object| annotate(annotation, object));
            }
        });
        write_logprobs("logprobs", &self.logprobs, part);
    }
}

/// Writes a citation.
pub(super) fn annotate(annotation: &Annotation, out: &mut ObjectWriter<'_>) {
    out.text("type", "url_citation");
    annotation.members(out);
}

impl Call {
    fn write(&self, state: State, item: &mut ObjectWriter<'_>) {
        if let Some(native) = self.native {
            item.text("type", native.kind);
            item.text("status", state.name());
            item.text("call_id", &self.id);
            return native.write(&self.text, item);
        }
        let (kind, key) = match self.is_freeform {
            true => ("custom_tool_call", "input"),
            false => ("function_call", "arguments"),
        };
        item.text("type", kind);
        item.text("status", state.name());
        item.text("call_id", &self.id);
        item.text("name", &self.name.name);
        item.escaped(key, &self.text);
        if let Some(namespace) = &self.name.namespace {
            item.text("namespace", namespace);
        }
    }
}

fn search(run: &ServerRun<'_>, action: &mut ObjectWriter<'_>) {
    action.text("type", "search");
    if let Some(query) = run.queries.first() {
        action.escaped("query", query.as_escaped());
    }
    if run.queries.len() > 1 {
        action.array("queries", |queries| {
            for query in &run.queries {
                queries.escaped(query.as_escaped());
            }
        });
    }
    if !run.sources.is_empty() {
        action.array("sources", |sources| {
            for source in &run.sources {
                sources.object(|object| {
                    object.text("type", "url");
                    object.escaped("url", source.url.as_escaped());
                });
            }
        });
    }
}

/// The item of its own that a call of this function is to the client.
pub(super) fn native_call(
    cx: &ReplyContext,
    name: &str,
    namespace: Option<&str>,
) -> Option<NativeCall> {
    let kind = cx.native_tools.get(name).filter(|_| namespace.is_none())?;
    NativeCall::of(*kind)
}
