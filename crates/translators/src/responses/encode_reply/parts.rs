//! The events of one part.

use super::{Encoder, OpenPart};
use crate::{
    reply::{Opening, PartId, ReplyContext, add_elements, carried, code_points, write_logprobs},
    request_ir::{Opaque, ServerKind, ToolName},
    responses::write_item::{Call, Item, ItemKind, Reasoning, State, native_call, summary_part},
};

impl Encoder {
    pub(super) fn part(&self, part: PartId) -> Option<usize> {
        self.open.iter().rposition(|open| open.part == part)
    }

    pub(super) fn open(&mut self, part: PartId, opening: Opening<'_>) {
        for open in &mut self.open {
            open.is_overtaken = true;
        }
        let item = match opening {
            Opening::Text { begins_paragraph } => Some(self.message(false, begins_paragraph)),
            Opening::Refusal => Some(self.message(true, false)),
            opening => {
                self.finish_resting();
                item_of(opening, &self.cx).map(|kind| self.add(kind))
            }
        };
        let start = match item.map(|item| &self.items[item].kind) {
            Some(ItemKind::Message(contents)) => contents
                .last()
                .map_or(0, |content| code_points(&content.text)),
            _ => 0,
        };
        self.open.push(OpenPart {
            part,
            item,
            start,
            citations: Vec::new(),
            logprobs: String::new(),
            is_overtaken: false,
        });
    }

    pub(super) fn add(&mut self, kind: ItemKind) -> usize {
        let item = Item {
            index: self.items.len() as u64,
            kind,
            state: State::InProgress,
        };
        self.frames
            .show("response.output_item.added", &item, &self.tail);
        if matches!(item.kind, ItemKind::Search(_)) {
            for step in ["in_progress", "searching", "completed"] {
                let kind = format!("response.web_search_call.{step}");
                self.frames.of_item(&kind, &item, &self.tail, |_| {});
            }
        }
        self.items.push(item);
        self.items.len() - 1
    }

    pub(super) fn text(&mut self, part: PartId, text: &str) {
        let Some((item, logprobs)) = self.part(part).and_then(|at| {
            let open = &mut self.open[at];
            Some((open.item?, std::mem::take(&mut open.logprobs)))
        }) else {
            return;
        };
        let item = &mut self.items[item];
        let mut begins_summary = false;
        let (kind, index) = match &mut item.kind {
            ItemKind::Message(contents) => {
                let index = contents.len().saturating_sub(1) as u64;
                let Some(content) = contents.last_mut() else {
                    return;
                };
                content.text.push_str(text);
                add_elements(&logprobs, &mut content.logprobs);
                let kind = match content.is_refusal {
                    true => "response.refusal.delta",
                    false => "response.output_text.delta",
                };
                (kind, Some(("content_index", index)))
            }
            ItemKind::Reasoning(reasoning) if reasoning.is_raw => {
                reasoning.text.push_str(text);
                ("response.reasoning_text.delta", Some(("content_index", 0)))
            }
            ItemKind::Reasoning(reasoning) => {
                begins_summary = reasoning.last_summary().is_empty();
                reasoning.text.push_str(text);
                let index = reasoning.summaries.len() as u64;
                let kind = "response.reasoning_summary_text.delta";
                (kind, Some(("summary_index", index)))
            }
            ItemKind::Call(call) => {
                call.text.push_str(text);
                if call.native.is_some() {
                    return;
                }
                (call_event(call.is_freeform, true), None)
            }
            ItemKind::Search(_) | ItemKind::Image { .. } => return,
        };
        let item = &*item;
        if begins_summary && let Some((_, index)) = index {
            let kind = "response.reasoning_summary_part.added";
            self.frames.of_item(kind, item, &self.tail, |object| {
                object.number("summary_index", index);
                object.object("part", |part| summary_part("", part));
            });
        }
        self.frames.of_item(kind, item, &self.tail, |object| {
            if let Some((key, index)) = index {
                object.number(key, index);
            }
            object.escaped("delta", text);
            if kind == "response.output_text.delta" {
                write_logprobs("logprobs", &logprobs, object);
            }
        });
    }

    pub(super) fn next_summary(&mut self, part: PartId) {
        let item = self.part(part).and_then(|at| self.open[at].item);
        let Some(item) = item else {
            return;
        };
        match &self.items[item].kind {
            ItemKind::Reasoning(reasoning) if reasoning.is_raw => self.text(part, r"\n\n"),
            ItemKind::Reasoning(_) => {
                self.finish_summary(item);
                if let ItemKind::Reasoning(reasoning) = &mut self.items[item].kind {
                    reasoning.summaries.push(reasoning.text.len());
                }
            }
            _ => {}
        }
    }

    pub(super) fn opaque(&mut self, part: PartId, opaque: &Opaque<'_>) {
        let item = self.part(part).and_then(|at| self.open[at].item);
        let item = item.map(|item| &mut self.items[item].kind);
        if let Some(ItemKind::Reasoning(reasoning)) = item {
            reasoning.encrypted = carried(opaque, &self.cx);
        }
    }

    pub(super) fn cut(&mut self, part: PartId) {
        if let Some(item) = self.part(part).and_then(|at| self.open[at].item) {
            self.items[item].state = State::Incomplete;
        }
    }

    pub(super) fn close(&mut self, part: PartId) {
        let Some(at) = self.part(part) else {
            return;
        };
        let open = self.open.remove(at);
        let Some(item) = open.item else {
            return;
        };
        match &mut self.items[item].kind {
            ItemKind::Message(contents) => {
                if let Some(content) = contents.last_mut() {
                    add_elements(&open.logprobs, &mut content.logprobs);
                }
                self.annotate(item, &open);
                if open.is_overtaken {
                    self.finish_message(item, State::Completed);
                } else {
                    self.resting = Some(item);
                }
            }
            ItemKind::Reasoning(reasoning) => {
                if reasoning.is_raw {
                    self.finish_raw(item);
                } else if !reasoning.text.is_empty() {
                    self.finish_summary(item);
                }
                self.done(item, State::Completed);
            }
            ItemKind::Call(_) => self.finish_call(item, part),
            ItemKind::Search(_) | ItemKind::Image { .. } => self.done(item, State::Completed),
        }
    }

    /// The summary part that is being written.
    fn finish_summary(&mut self, item: usize) {
        let item = &self.items[item];
        let ItemKind::Reasoning(reasoning) = &item.kind else {
            return;
        };
        let index = reasoning.summaries.len() as u64;
        let text = reasoning.last_summary();
        let kind = "response.reasoning_summary_text.done";
        self.frames.of_item(kind, item, &self.tail, |object| {
            object.number("summary_index", index);
            object.escaped("text", text);
        });
        let kind = "response.reasoning_summary_part.done";
        self.frames.of_item(kind, item, &self.tail, |object| {
            object.number("summary_index", index);
            object.object("part", |part| summary_part(text, part));
        });
    }

    fn finish_raw(&mut self, item: usize) {
        let item = &self.items[item];
        if let ItemKind::Reasoning(reasoning) = &item.kind
            && !reasoning.text.is_empty()
        {
            let kind = "response.reasoning_text.done";
            self.frames.of_item(kind, item, &self.tail, |object| {
                object.number("content_index", 0);
                object.escaped("text", &reasoning.text);
            });
        }
    }

    fn finish_call(&mut self, item: usize, part: PartId) {
        let is_empty = |call: &Call| call.text.is_empty() && !call.is_freeform;
        if matches!(&self.items[item].kind, ItemKind::Call(call) if is_empty(call)) {
            self.open.push(OpenPart {
                part,
                item: Some(item),
                start: 0,
                citations: Vec::new(),
                logprobs: String::new(),
                is_overtaken: false,
            });
            self.text(part, "{}");
            self.open.pop();
        }
        let item_ref = &self.items[item];
        if let ItemKind::Call(call) = &item_ref.kind
            && call.native.is_none()
        {
            let kind = call_event(call.is_freeform, false);
            self.frames.of_item(kind, item_ref, &self.tail, |object| {
                if call.is_freeform {
                    object.escaped("input", &call.text);
                } else {
                    object.text("name", &call.name.name);
                    object.escaped("arguments", &call.text);
                }
            });
        }
        let state = match self.items[item].state {
            State::Incomplete => State::Incomplete,
            State::InProgress | State::Completed => State::Completed,
        };
        self.done(item, state);
    }

    pub(super) fn done(&mut self, item: usize, state: State) {
        let item = &mut self.items[item];
        item.state = state;
        self.frames
            .show("response.output_item.done", item, &self.tail);
    }
}

const fn call_event(is_freeform: bool, is_delta: bool) -> &'static str {
    match (is_freeform, is_delta) {
        (true, true) => "response.custom_tool_call_input.delta",
        (true, false) => "response.custom_tool_call_input.done",
        (false, true) => "response.function_call_arguments.delta",
        (false, false) => "response.function_call_arguments.done",
    }
}

/// The item of a part that is no text; `None` for what has none.
fn item_of(opening: Opening<'_>, cx: &ReplyContext) -> Option<ItemKind> {
    Some(match opening {
        Opening::Thinking { is_raw } => ItemKind::Reasoning(Reasoning {
            is_raw,
            ..Reasoning::default()
        }),
        Opening::Redacted => ItemKind::Reasoning(Reasoning::default()),
        Opening::Tool {
            id,
            name,
            namespace,
            is_freeform,
            ..
        } => ItemKind::Call(Call {
            native: native_call(cx, &name, namespace.as_deref()),
            id: id.into_owned(),
            name: ToolName {
                namespace: namespace.map(|text| text.into_owned().into()),
                name: name.into_owned().into(),
            },
            is_freeform,
            text: String::new(),
        }),
        Opening::Server(run) if run.kind == ServerKind::WebSearch => {
            ItemKind::Search(run.into_owned())
        }
        Opening::Media { mime, base64 } if mime.starts_with("image/") => ItemKind::Image {
            mime: mime.into_owned(),
            base64: base64.into_owned(),
        },
        Opening::Server(_) | Opening::Media { .. } | Opening::Text { .. } | Opening::Refusal => {
            return None;
        }
    })
}
