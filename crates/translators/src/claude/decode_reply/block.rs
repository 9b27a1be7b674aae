//! The content blocks of a Messages reply. They are known by their index, and may overlap.
//!
//! | block | what is told |
//! | --- | --- |
//! | `text` | text, opened by its first words or citation; a paragraph of its own if another kind of block lies between it and the text before |
//! | `thinking` | reasoning, opened by its first words; at its end its signature, which is put together and opens the part if there were no words |
//! | `redacted_thinking` | a redacted part |
//! | `tool_use` | a call; its `input`, if it is not empty and no arguments stream, is the arguments at its end |
//! | `server_tool_use`, `mcp_tool_use`, and their results | a run, see `search` |
//! | any other, and a `tool_use` without a name | a loss |
//!
//! A text or thinking delta of a block that was never begun begins it. A block that nothing ended closes with the message.

use super::search::Runs;
use crate::{
    json_str::JsonStr,
    reply::{Emitter, Event, Opening, PartId, ReplyCitation, ReplyLoss, argument_text},
    request_ir::{Family, Opaque, OpaqueKind},
};
use cliproxy_json::Value;

#[derive(Debug, Default)]
pub(super) struct Blocks {
    open: Vec<(u64, Block)>,
    runs: Runs,
    /// There is text, and what lies after it.
    text: Option<After>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum After {
    Nothing,
    AnotherKind,
}

#[derive(Debug)]
enum Block {
    Text(Option<PartId>),
    Thinking {
        part: Option<PartId>,
        /// Escaped.
        signature: String,
    },
    Redacted(PartId),
    Tool {
        part: PartId,
        /// The arguments that came with the beginning; none once others stream.
        input: Option<JsonStr<'static>>,
    },
    /// A tool that runs at the provider, and its input, escaped.
    Server {
        run: usize,
        input: String,
    },
    Foreign,
}

impl Blocks {
    pub(super) fn start(&mut self, index: u64, block: Option<Value<'_>>, out: &mut Emitter<'_>) {
        self.stop(index, out);
        let Some(block) = block else {
            return;
        };
        let [kind, said, citations] = block.pick(["type", "text", "citations"]);
        let kind = kind.and_then(|kind| kind.escaped());
        let text = |key| block.get(key).and_then(JsonStr::of).unwrap_or_default();
        match kind.unwrap_or_default() {
            "text" => {
                self.open.push((index, Block::Text(None)));
                let said = said.and_then(JsonStr::of).unwrap_or_default();
                self.text(index, said, out);
                for citation in citations.iter().flat_map(Value::elements) {
                    self.cite(index, citation, out);
                }
            }
            "thinking" => {
                self.open.push((index, Block::thinking()));
                self.think(index, text("thinking"), out);
                self.sign(index, &text("signature"));
            }
            "redacted_thinking" => {
                self.another_kind();
                let part = out.open(0, Opening::Redacted);
                let opaque = opaque(OpaqueKind::Redacted, text("data"));
                out.event(Event::Opaque { part, opaque });
                self.open.push((index, Block::Redacted(part)));
            }
            "tool_use" => self.call(index, block, out),
            kind @ ("server_tool_use" | "mcp_tool_use") => {
                self.another_kind();
                let run = self.runs.begin(kind, block);
                let input = String::new();
                self.open.push((index, Block::Server { run, input }));
            }
            kind if kind.ends_with("_tool_result") => {
                self.another_kind();
                self.runs.result(block, out);
                self.open.push((index, Block::Foreign));
            }
            _ => {
                out.lost(ReplyLoss::Content);
                self.open.push((index, Block::Foreign));
            }
        }
    }

    pub(super) fn delta(&mut self, index: u64, delta: Value<'_>, out: &mut Emitter<'_>) {
        let mut kind = None;
        let mut value = None;
        // One walk: a delta has its type and one more member.
        for (key, member) in delta.members() {
            match &*key {
                "type" => kind = member.escaped(),
                _ => value = Some(member),
            }
        }
        let text = || value.and_then(JsonStr::of).unwrap_or_default();
        match kind.unwrap_or_default() {
            "text_delta" => self.text(index, text(), out),
            "thinking_delta" => self.think(index, text(), out),
            "signature_delta" => self.sign(index, &text()),
            "input_json_delta" => self.argue(index, text(), out),
            "citations_delta" => {
                if let Some(citation) = delta.get("citation") {
                    self.cite(index, citation, out);
                }
            }
            _ => out.alive(),
        }
    }

    pub(super) fn stop(&mut self, index: u64, out: &mut Emitter<'_>) {
        let Some(at) = self.open.iter().position(|(open, _)| *open == index) else {
            return;
        };
        let (_, block) = self.open.remove(at);
        match block {
            Block::Text(part) => {
                if let Some(part) = part {
                    out.close(part);
                }
            }
            Block::Thinking { part, signature } => self.end_thinking(part, signature, out),
            Block::Redacted(part) => out.close(part),
            Block::Tool { part, input } => {
                out.delta(part, input.unwrap_or_default());
                out.close(part);
            }
            Block::Server { run, input } => self.runs.asked(run, &input),
            Block::Foreign => {}
        }
    }

    /// The message has ended.
    pub(super) fn close(&mut self, out: &mut Emitter<'_>) {
        while let Some((index, _)) = self.open.first() {
            self.stop(*index, out);
        }
        self.runs.close(out);
    }

    fn block(&mut self, index: u64) -> Option<&mut Block> {
        let mut blocks = self.open.iter_mut().rev();
        let found = blocks.find(|(open, _)| *open == index);
        found.map(|(_, block)| block)
    }

    fn begin(&mut self, index: u64, block: Block) {
        if self.block(index).is_none() {
            self.open.push((index, block));
        }
    }

    fn text(&mut self, index: u64, text: JsonStr<'_>, out: &mut Emitter<'_>) {
        if text.is_empty() {
            return;
        }
        self.begin(index, Block::Text(None));
        if let Some(part) = self.text_part(index, out) {
            out.delta(part, text);
        }
    }

    /// The part of a text block, opened now if it is not yet.
    fn text_part(&mut self, index: u64, out: &mut Emitter<'_>) -> Option<PartId> {
        let begins_paragraph = self.text == Some(After::AnotherKind);
        let Some(Block::Text(part)) = self.block(index) else {
            return None;
        };
        let part = *part.get_or_insert_with(|| out.open(0, Opening::Text { begins_paragraph }));
        self.text = Some(After::Nothing);
        Some(part)
    }

    fn another_kind(&mut self) {
        self.text = self.text.and(Some(After::AnotherKind));
    }

    fn think(&mut self, index: u64, text: JsonStr<'_>, out: &mut Emitter<'_>) {
        if text.is_empty() {
            return;
        }
        self.begin(index, Block::thinking());
        self.another_kind();
        if let Some(Block::Thinking { part, .. }) = self.block(index) {
            let part = *part.get_or_insert_with(|| open_thinking(out));
            out.delta(part, text);
        }
    }

    fn sign(&mut self, index: u64, text: &JsonStr<'_>) {
        if let Some(Block::Thinking { signature, .. }) = self.block(index) {
            signature.push_str(text.as_escaped());
        }
    }

    fn end_thinking(&mut self, part: Option<PartId>, signature: String, out: &mut Emitter<'_>) {
        let part = match signature.is_empty() {
            true => part,
            false => {
                self.another_kind();
                let part = part.unwrap_or_else(|| open_thinking(out));
                let opaque = opaque(OpaqueKind::Signature, JsonStr::written(signature));
                out.event(Event::Opaque { part, opaque });
                Some(part)
            }
        };
        if let Some(part) = part {
            out.close(part);
        }
    }

    fn call(&mut self, index: u64, block: Value<'_>, out: &mut Emitter<'_>) {
        let text = |key: &str| {
            let text = block.get(key).and_then(|value| value.as_str());
            text.filter(|text| !text.is_empty())
        };
        // A call of nothing cannot be shown.
        let Some(name) = text("name") else {
            out.lost(ReplyLoss::Call);
            return self.open.push((index, Block::Foreign));
        };
        self.another_kind();
        let id = text("id").unwrap_or_else(|| out.mint(&name, "").into());
        let opening = Opening::Tool {
            id,
            name,
            namespace: None,
            is_freeform: false,
            signature: None,
        };
        let part = out.open(0, opening);
        let input = block
            .get("input")
            .filter(|input| input.members().next().is_some());
        let input = input.map(argument_text);
        self.open.push((index, Block::Tool { part, input }));
    }

    fn argue(&mut self, index: u64, text: JsonStr<'_>, out: &mut Emitter<'_>) {
        if text.is_empty() {
            return;
        }
        match self.block(index) {
            Some(Block::Tool { part, input }) => {
                *input = None;
                let part = *part;
                out.delta(part, text);
            }
            Some(Block::Server { input, .. }) => input.push_str(text.as_escaped()),
            _ => {}
        }
    }

    fn cite(&mut self, index: u64, citation: Value<'_>, out: &mut Emitter<'_>) {
        let text = |key| citation.get(key).and_then(JsonStr::of);
        let citation = ReplyCitation {
            range: None,
            url: text("url").or_else(|| text("source")),
            title: text("title").or_else(|| text("document_title")),
            cited: text("cited_text"),
        };
        if let Some(part) = self.text_part(index, out) {
            out.event(Event::Citation { part, citation });
        }
    }
}

impl Block {
    const fn thinking() -> Self {
        Self::Thinking {
            part: None,
            signature: String::new(),
        }
    }
}

fn open_thinking(out: &mut Emitter<'_>) -> PartId {
    out.open(0, Opening::Thinking { is_raw: false })
}

const fn opaque(kind: OpaqueKind, data: JsonStr<'_>) -> Opaque<'_> {
    Opaque {
        family: Family::Anthropic,
        kind,
        item: None,
        data,
        realm: None,
    }
}
