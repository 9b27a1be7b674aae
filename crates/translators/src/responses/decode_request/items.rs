//! The items of `input`.
//!
//! What the model did and what it was told stand side by side as items. Neighbours of one side are a turn.
//!
//! | item | side | part |
//! | --- | --- | --- |
//! | `message`, or no type and a role | its role's | its parts; the first text of each further message is a paragraph |
//! | `message` of `system` or `developer` | none | a system message; a turn if it comes after another turn |
//! | `reasoning` | model | see `reasoning` |
//! | `function_call`, `custom_tool_call`, `local_shell_call`, `shell_call`, `apply_patch_call` | model | call, see `calls` |
//! | their outputs | user | result |
//! | `web_search_call`, `file_search_call`, `code_interpreter_call`, `mcp_call`, `mcp_list_tools`, `tool_search_call`, `tool_search_output` | model | a tool that ran at the provider |
//! | `image_generation_call` | model | its image; without one a tool that ran at the provider |
//! | `additional_tools` | none | its tools are added; `tool_search_output` adds its own as well |
//! | another | user | kept for Responses alone |
//!
//! The last row is for what a conversation cannot do without and no other protocol has: compacted history,
//! references to stored items, use of a computer, approvals. On the user's side it cannot be left out
//! in silence.

use super::{
    calls::{self, Calls},
    reasoning,
};
use crate::{
    client_body::{
        expect::{invalid, object, required, string},
        media,
        members::take,
        openai,
        pieces::Pieces,
    },
    rejection::Rejection,
    request_ir::{
        MediaKind, Part, PartKind, Phase, Place, Request, Role, ServerKind, ServerTool,
        SystemMessage, SystemRole, Turn,
    },
};
use cliproxy_core::Protocol;
use cliproxy_json::Value;

const RUNS: [(&str, ServerKind); 8] = [
    ("web_search_call", ServerKind::WebSearch),
    ("file_search_call", ServerKind::FileSearch),
    ("code_interpreter_call", ServerKind::CodeExecution),
    ("image_generation_call", ServerKind::ImageGeneration),
    ("mcp_call", ServerKind::Mcp),
    ("mcp_list_tools", ServerKind::Mcp),
    ("tool_search_call", ServerKind::Other),
    ("tool_search_output", ServerKind::Other),
];

/// Reads `input`. Tools that items bring along are added to `tools`.
pub(super) fn read<'a>(
    request: &mut Request<'a>,
    tools: &mut openai::Tools<'a, '_>,
    input: Value<'a>,
    pieces: &Pieces,
) -> Result<(), Rejection> {
    let mut turns = Turns::default();
    let mut known_calls = Calls::default();
    for item in pieces.array(input, "input")? {
        let item = item?;
        let names = ["type", "role", "content", "phase", "tools"];
        let [kind, role, content, phase, more] = take(object(item, "item")?.members(), names);
        let kind = kind.map(|kind| string(kind, "type")).transpose()?;
        let kind = match kind.as_deref() {
            Some(kind) => kind,
            None if role.is_some() => "message",
            None => return Err(invalid(item, "`type` is missing")),
        };
        if let ("additional_tools" | "tool_search_output", Some(more)) = (kind, more) {
            tools.read_more(more)?;
        }
        let place = Place::of(item);
        match kind {
            "additional_tools" => {}
            "message" => {
                let role = required(role, item, "role")?;
                let parts = match content {
                    Some(content) => openai::content(content, Protocol::Responses, pieces)?,
                    None => Vec::new(),
                };
                match speaker(role)? {
                    Speaker::Turn(role) => turns.message(role, parts, phase_of(phase), place),
                    Speaker::System(role) => turns.system(request, role, parts, place)?,
                }
            }
            "reasoning" => {
                let kind = reasoning::read(item, pieces)?;
                turns.part(Role::Assistant, kind, place);
            }
            kind => {
                let (role, kind) = match known_calls.read(item, kind, pieces)? {
                    Some(calls::Read::Call(call)) => (Role::Assistant, PartKind::ToolUse(call)),
                    Some(calls::Read::Result(it)) => (Role::User, PartKind::ToolResult(it)),
                    None if kind == "image_generation_call" => (Role::Assistant, image(item)?),
                    None => match RUNS.iter().find(|(name, _)| *name == kind) {
                        Some((_, run)) => (Role::Assistant, ran(*run, item)),
                        None => (Role::User, PartKind::Foreign(Protocol::Responses)),
                    },
                };
                turns.part(role, kind, place);
            }
        }
    }
    turns.close();
    request.turns = turns.list;
    Ok(())
}

/// An image that the model has made.
fn image(item: Value<'_>) -> Result<PartKind<'_>, Rejection> {
    let [result, format] = item.pick(["result", "output_format"]);
    let Some(result) = result.filter(|result| result.escaped().is_some_and(|it| !it.is_empty()))
    else {
        return Ok(ran(ServerKind::ImageGeneration, item));
    };
    let format = format.and_then(|format| format.as_str());
    let mime = format.map(|format| format!("image/{format}").into());
    let image = media::by_base64(result, "result", mime, Some(MediaKind::Image))?;
    Ok(PartKind::Media(Box::new(image)))
}

fn ran(kind: ServerKind, item: Value<'_>) -> PartKind<'_> {
    PartKind::ServerTool(Box::new(ServerTool {
        kind,
        call: item,
        result: None,
    }))
}

enum Speaker {
    Turn(Role),
    System(SystemRole),
}

fn speaker(role: Value<'_>) -> Result<Speaker, Rejection> {
    Ok(match &*string(role, "role")? {
        "user" => Speaker::Turn(Role::User),
        "assistant" => Speaker::Turn(Role::Assistant),
        "system" => Speaker::System(SystemRole::System),
        "developer" => Speaker::System(SystemRole::Developer),
        _ => {
            let message = "`role` must be one of: system, developer, user, assistant";
            return Err(invalid(role, message));
        }
    })
}

fn phase_of(phase: Option<Value<'_>>) -> Option<Phase> {
    match &*phase?.as_str()? {
        "commentary" => Some(Phase::Commentary),
        "final_answer" => Some(Phase::FinalAnswer),
        _ => None,
    }
}

/// Turns, as they grow.
#[derive(Default)]
struct Turns<'a> {
    list: Vec<Turn<'a>>,
    /// The last turn, which may go on.
    open: Option<Open<'a>>,
}

struct Open<'a> {
    role: Role,
    parts: Vec<Part<'a>>,
    place: Place,
    /// A message has said something in it.
    has_text: bool,
}

impl<'a> Turns<'a> {
    /// The turn that goes on, if it is `role`'s, else a new one.
    fn of(&mut self, role: Role, place: Place) -> &mut Open<'a> {
        if self.open.as_ref().is_some_and(|open| open.role != role) {
            self.close();
        }
        self.open.get_or_insert_with(|| Open {
            role,
            parts: Vec::new(),
            place,
            has_text: false,
        })
    }

    fn close(&mut self) {
        self.list.extend(self.open.take().map(|open| Turn::Said {
            role: open.role,
            parts: open.parts,
            place: open.place,
        }));
    }

    fn part(&mut self, role: Role, kind: PartKind<'a>, place: Place) {
        let turn = self.of(role, place);
        turn.parts.push(Part::new(kind, place));
    }

    fn message(
        &mut self,
        role: Role,
        mut parts: Vec<Part<'a>>,
        phase: Option<Phase>,
        place: Place,
    ) {
        let turn = self.of(role, place);
        let mut is_further = turn.has_text;
        for part in &mut parts {
            if let PartKind::Text(text) = &mut part.kind {
                text.phase = phase;
                part.begins_paragraph = std::mem::take(&mut is_further);
                turn.has_text = true;
            }
        }
        turn.parts.extend(parts);
    }

    fn system(
        &mut self,
        request: &mut Request<'a>,
        role: SystemRole,
        parts: Vec<Part<'a>>,
        place: Place,
    ) -> Result<(), Rejection> {
        let is_text = |part: &&Part<'_>| matches!(part.kind, PartKind::Text(_));
        if let Some(part) = parts.iter().find(|part| !is_text(part)) {
            return Err(Rejection::UnsupportedContent {
                place: part.place,
                message: "a system message has texts only".into(),
            });
        }
        self.close();
        let message = SystemMessage { role, parts, place };
        match self.list.is_empty() {
            true => request.system.push(message),
            false => self.list.push(Turn::System(message)),
        }
        Ok(())
    }
}
