//! Blocks of content.
//!
//! | type | part |
//! | --- | --- |
//! | `text` | text with its citations; a paragraph of its own after another kind of block |
//! | `image`, `document`, `search_result` | see `documents` |
//! | `tool_use` | call |
//! | `tool_result` | result: a text, or blocks |
//! | `tool_reference` (in a result) | the text `Tool available: …` |
//! | `thinking`, `redacted_thinking` | reasoning |
//! | `server_tool_use`, `mcp_tool_use` | a tool that ran at the provider |
//! | `…_tool_result` | what it gave, joined to it by `tool_use_id`, also over messages |
//! | another | kept for Claude alone |

use super::{documents, thinking};
use crate::{
    client_body::{
        cache,
        expect::{boolean, object, required, string, text},
        members::take,
        pieces::Pieces,
    },
    json_str::JsonStr,
    rejection::Rejection,
    request_ir::{
        CacheMark, Citation, Part, PartKind, Place, ServerKind, ServerTool, Text, ToolInput,
        ToolName, ToolResult, ToolUse, Turn,
    },
};
use cliproxy_core::Protocol;
use cliproxy_json::{Kind, Value};
use rustc_hash::FxHashMap;
use std::borrow::Cow;

/// What blocks have in them.
const MEMBERS: [&str; 14] = [
    "type",
    "text",
    "citations",
    "source",
    "title",
    "context",
    "id",
    "name",
    "input",
    "tool_use_id",
    "content",
    "is_error",
    "tool_name",
    "cache_control",
];

/// A block whose members have been found.
pub(super) struct Block<'a> {
    pub(super) value: Value<'a>,
    pub(super) kind: Cow<'a, str>,
    members: [Option<Value<'a>>; MEMBERS.len()],
}

impl<'a> Block<'a> {
    pub(super) fn find(value: Value<'a>) -> Result<Self, Rejection> {
        let members = take(object(value, "block")?.members(), MEMBERS);
        let [kind, ..] = members;
        Ok(Self {
            value,
            kind: string(required(kind, value, "type")?, "type")?,
            members,
        })
    }

    /// A member by its name, one of [`MEMBERS`].
    pub(super) fn get(&self, name: &str) -> Option<Value<'a>> {
        let at = MEMBERS.iter().position(|known| *known == name)?;
        self.members[at]
    }

    pub(super) fn required(&self, name: &str) -> Result<Value<'a>, Rejection> {
        required(self.get(name), self.value, name)
    }

    fn required_string(&self, name: &str) -> Result<Cow<'a, str>, Rejection> {
        string(self.required(name)?, name)
    }

    pub(super) fn cache(&self) -> Option<CacheMark> {
        cache::mark(self.get("cache_control"), None)
    }
}

/// Blocks of a conversation, as they are read.
#[derive(Debug)]
pub(super) struct Blocks<'a, 'p> {
    pub(super) pieces: &'p Pieces,
    /// Where the runs at the provider are whose results are still to come: turn and part.
    running: FxHashMap<Cow<'a, str>, (usize, usize)>,
}

impl<'a, 'p> Blocks<'a, 'p> {
    pub(super) fn new(pieces: &'p Pieces) -> Self {
        Self {
            pieces,
            running: FxHashMap::default(),
        }
    }

    /// Reads a block into `parts`, which will be the next of `turns`.
    pub(super) fn push(
        &mut self,
        turns: &mut [Turn<'a>],
        parts: &mut Vec<Part<'a>>,
        block: &Block<'a>,
    ) -> Result<(), Rejection> {
        let kind = &*block.kind;
        let is_run = matches!(kind, "server_tool_use" | "mcp_tool_use");
        let is_result = !is_run && kind != "tool_result" && kind.ends_with("_tool_result");
        if is_run {
            let id = block.required_string("id")?;
            self.running.insert(id, (turns.len(), parts.len()));
        }
        if is_result && self.attach(turns, parts, block)? {
            return Ok(());
        }
        push(parts, block, self.pieces)
    }

    /// Joins a result to its run; `false` if nothing is known of it.
    fn attach(
        &mut self,
        turns: &mut [Turn<'a>],
        parts: &mut [Part<'a>],
        block: &Block<'a>,
    ) -> Result<bool, Rejection> {
        let id = block.required_string("tool_use_id")?;
        let Some((turn, at)) = self.running.remove(&id) else {
            return Ok(false);
        };
        let part = match turns.get_mut(turn) {
            Some(Turn::Said { parts, .. }) => parts.get_mut(at),
            Some(Turn::System(_)) => None,
            None => parts.get_mut(at),
        };
        match part.map(|part| &mut part.kind) {
            Some(PartKind::ServerTool(run)) => {
                run.result = Some(block.value);
                Ok(true)
            }
            _ => Ok(false),
        }
    }
}

/// Reads a text, or the blocks of something that has no runs in it.
pub(super) fn read_all<'a>(
    content: Value<'a>,
    pieces: &Pieces,
) -> Result<Vec<Part<'a>>, Rejection> {
    if content.kind() == Kind::String {
        let text = text(content, "content")?;
        return Ok(vec![Part::text(text, Place::of(content))]);
    }
    // Most lists have one block.
    let mut parts = Vec::with_capacity(1);
    for block in pieces.array(content, "content")? {
        push(&mut parts, &Block::find(block?)?, pieces)?;
    }
    Ok(parts)
}

fn push<'a>(
    parts: &mut Vec<Part<'a>>,
    block: &Block<'a>,
    pieces: &Pieces,
) -> Result<(), Rejection> {
    let kind = match &*block.kind {
        "text" => read_text(block)?,
        "image" => documents::image(block)?,
        "document" => return documents::document(parts, block, pieces),
        "search_result" => return documents::search_result(parts, block, pieces),
        "tool_use" => tool_use(block)?,
        "tool_result" => tool_result(block, pieces)?,
        "tool_reference" => tool_reference(block)?,
        "thinking" => thinking::thought(block.value)?,
        "redacted_thinking" => thinking::redacted(block.value)?,
        "server_tool_use" | "mcp_tool_use" => run(block)?,
        _ => PartKind::Foreign(Protocol::Claude),
    };
    let mut part = Part::new(kind, Place::of(block.value));
    part.cache = block.cache();
    cite(&mut part, block, pieces)?;
    part.begins_paragraph = begins_paragraph(parts, &part);
    parts.push(part);
    Ok(())
}

/// A text after another kind of part, if there is a text before that. Blocks of text that follow each
/// other may be one sentence, cut where its citations are.
pub(super) fn begins_paragraph(parts: &[Part<'_>], part: &Part<'_>) -> bool {
    let is_text = |part: &Part<'_>| matches!(part.kind, PartKind::Text(_));
    is_text(part)
        && parts.last().is_some_and(|last| !is_text(last))
        && parts.iter().rev().any(is_text)
}

fn read_text<'a>(block: &Block<'a>) -> Result<PartKind<'a>, Rejection> {
    Ok(PartKind::Text(Text {
        text: text(block.required("text")?, "text")?,
        ..Text::default()
    }))
}

/// What a text is from: pages, which cite all of it. Everything else is said in words of Claude's own.
fn cite<'a>(part: &mut Part<'a>, block: &Block<'a>, pieces: &Pieces) -> Result<(), Rejection> {
    let PartKind::Text(text) = &mut part.kind else {
        return Ok(());
    };
    let citations = block.get("citations");
    for citation in citations.iter().flat_map(Value::elements) {
        pieces.count(citation)?;
        let place = Place::of(citation);
        let [kind, url, title] = citation.pick(["type", "url", "title"]);
        let is_page = kind.and_then(|kind| kind.escaped()) == Some("web_search_result_location");
        match url.filter(|_| is_page).and_then(JsonStr::of) {
            Some(url) => text.citations.push(Citation {
                place,
                range: None,
                url,
                title: title.and_then(JsonStr::of).unwrap_or_default(),
            }),
            None => part.aside.push(place),
        }
    }
    Ok(())
}

fn tool_use<'a>(block: &Block<'a>) -> Result<PartKind<'a>, Rejection> {
    let input = block.get("input");
    let input = input.map(|input| object(input, "input")).transpose()?;
    let name = block.required_string("name")?;
    Ok(PartKind::ToolUse(Box::new(ToolUse {
        id: block.required_string("id")?,
        name: ToolName::bare(name),
        input: ToolInput::Json(Cow::Borrowed(input.map_or("{}", |input| input.raw()))),
        signature: None,
        signature_place: Place::NOWHERE,
    })))
}

fn tool_result<'a>(block: &Block<'a>, pieces: &Pieces) -> Result<PartKind<'a>, Rejection> {
    let content = block.get("content");
    let content = content.map(|content| read_all(content, pieces));
    let is_error = block.get("is_error");
    let is_error = is_error.map(|flag| boolean(flag, "is_error"));
    Ok(PartKind::ToolResult(Box::new(ToolResult {
        id: block.required_string("tool_use_id")?,
        name: None,
        content: content.transpose()?.unwrap_or_default(),
        structured: None,
        is_error: is_error.transpose()?.unwrap_or(false),
        is_freeform: false,
    })))
}

fn tool_reference<'a>(block: &Block<'a>) -> Result<PartKind<'a>, Rejection> {
    let name = text(block.required("tool_name")?, "tool_name")?;
    let text = JsonStr::written(format!("Tool available: {}", name.as_escaped()));
    Ok(PartKind::Text(Text {
        text,
        ..Text::default()
    }))
}

fn run<'a>(block: &Block<'a>) -> Result<PartKind<'a>, Rejection> {
    let name = block.required_string("name")?;
    let kind = match &*name {
        _ if block.kind == "mcp_tool_use" => ServerKind::Mcp,
        "web_search" => ServerKind::WebSearch,
        "web_fetch" => ServerKind::WebFetch,
        name if name.ends_with("code_execution") => ServerKind::CodeExecution,
        _ => ServerKind::Other,
    };
    Ok(PartKind::ServerTool(Box::new(ServerTool {
        kind,
        call: block.value,
        result: None,
    })))
}
