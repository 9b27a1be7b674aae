//! The messages of a conversation.
//!
//! | role | becomes |
//! | --- | --- |
//! | `system`, `developer` | a system message; a turn if it comes after another turn |
//! | `user` | a turn |
//! | `assistant` | a turn: reasoning, texts with the pages they cite (`annotations`), `images`, refusal, recording, calls in their order |
//! | `tool` | the result of a call, in a turn of the user |
//! | `function` | the same of old clients, matched by name |
//! | another | refused |
//!
//! `name` is left behind: who of several users speaks is for Chat alone.

use super::reasoning;
use crate::{
    client_body::{
        expect::{invalid, object, required, string, text},
        members::take,
        openai,
        pieces::Pieces,
        sealed,
    },
    rejection::Rejection,
    request_ir::{
        Family, OpaqueKind, Part, PartKind, Place, Request, Role, SystemMessage, SystemRole,
        ToolInput, ToolName, ToolResult, ToolUse, Turn,
    },
};
use cliproxy_core::Protocol;
use cliproxy_json::{Kind, Value};
use rustc_hash::FxHashSet;
use std::borrow::Cow;

const MEMBERS: [&str; 13] = [
    "role",
    "content",
    "refusal",
    "audio",
    "tool_calls",
    "function_call",
    "reasoning_content",
    "reasoning",
    "reasoning_details",
    "images",
    "annotations",
    "tool_call_id",
    "name",
];

/// Reads `messages`.
pub(super) fn read<'a>(
    request: &mut Request<'a>,
    messages: Value<'a>,
    pieces: &Pieces,
) -> Result<(), Rejection> {
    let mut freeform = FxHashSet::default();
    for message in pieces.array(messages, "messages")? {
        let message = message?;
        let members = take(object(message, "message")?.members(), MEMBERS);
        let role = required(members[0], message, "role")?;
        let place = Place::of(message);
        match &*string(role, "role")? {
            "system" => {
                let parts = content(members[1], pieces)?;
                system(request, SystemRole::System, parts, place)?;
            }
            "developer" => {
                let parts = content(members[1], pieces)?;
                system(request, SystemRole::Developer, parts, place)?;
            }
            "user" => {
                let parts = content(members[1], pieces)?;
                request.turns.push(said(Role::User, parts, place));
            }
            "assistant" => {
                let parts = assistant(members, &mut freeform, pieces)?;
                request.turns.push(said(Role::Assistant, parts, place));
            }
            role @ ("tool" | "function") => {
                let result = tool_result(role == "tool", members, &freeform, pieces)?;
                let part = Part::new(PartKind::ToolResult(Box::new(result)), place);
                request.turns.push(said(Role::User, vec![part], place));
            }
            _ => {
                let known = "system, developer, user, assistant, tool, function";
                return Err(invalid(role, format!("`role` must be one of: {known}")));
            }
        }
    }
    Ok(())
}

fn said(role: Role, parts: Vec<Part<'_>>, place: Place) -> Turn<'_> {
    Turn::Said { role, parts, place }
}

fn content<'a>(value: Option<Value<'a>>, pieces: &Pieces) -> Result<Vec<Part<'a>>, Rejection> {
    value.map_or_else(
        || Ok(Vec::new()),
        |value| openai::content(value, Protocol::Chat, pieces),
    )
}

fn system<'a>(
    request: &mut Request<'a>,
    role: SystemRole,
    parts: Vec<Part<'a>>,
    place: Place,
) -> Result<(), Rejection> {
    if let Some(part) = parts
        .iter()
        .find(|part| !matches!(part.kind, PartKind::Text(_)))
    {
        return Err(Rejection::Invalid {
            place: part.place,
            message: "a system message has texts only".into(),
        });
    }
    let message = SystemMessage { role, parts, place };
    match request.turns.is_empty() {
        true => request.system.push(message),
        false => request.turns.push(Turn::System(message)),
    }
    Ok(())
}

type Members<'a> = [Option<Value<'a>>; MEMBERS.len()];

fn assistant<'a>(
    members: Members<'a>,
    freeform: &mut FxHashSet<Cow<'a, str>>,
    pieces: &Pieces,
) -> Result<Vec<Part<'a>>, Rejection> {
    let [
        _,
        said,
        refusal,
        audio,
        calls,
        legacy,
        thought,
        thought_too,
        details,
        images,
        annotations,
        ..,
    ] = members;
    let mut said = content(said, pieces)?;
    if let Some(annotations) = annotations {
        // Their offsets are those of all texts together.
        match &mut *said {
            [only] => openai::annotate(only, annotations, pieces)?,
            _ if annotations.elements().next().is_some() => {
                let kind = PartKind::Foreign(Protocol::Chat);
                said.push(Part::new(kind, Place::of(annotations)));
            }
            _ => {}
        }
    }
    said.extend(content(images, pieces)?);
    let mut parts = Vec::new();
    let thinks =
        |part: &Part<'_>| matches!(part.kind, PartKind::Thinking(_) | PartKind::Redacted(_));
    if let Some(details) = details {
        reasoning::read(details, &mut parts, pieces)?;
    }
    // What stands in the content or in the details says the same, with its signature.
    if parts.is_empty() && !said.iter().any(thinks) {
        let plain = thought.or(thought_too);
        parts.extend(plain.map(reasoning::plain).transpose()?.flatten());
    }
    if parts.is_empty() {
        parts = said;
    } else {
        parts.extend(said);
    }
    if let Some(refusal) = refusal {
        let kind = PartKind::Refusal(text(refusal, "refusal")?);
        parts.push(Part::new(kind, Place::of(refusal)));
    }
    if let Some(audio) = audio {
        let kind = PartKind::Foreign(Protocol::Chat);
        parts.push(Part::new(kind, Place::of(audio)));
    }
    if let Some(calls) = calls {
        for call in pieces.array(calls, "tool_calls")? {
            parts.push(tool_call(call?, freeform)?);
        }
    }
    if let Some(call) = legacy {
        let members = object(call, "function_call")?.members();
        let [name, arguments] = take(members, ["name", "arguments"]);
        let tool = function(Cow::Borrowed(""), name, arguments, call)?;
        parts.push(Part::new(
            PartKind::ToolUse(Box::new(tool)),
            Place::of(call),
        ));
    }
    Ok(parts)
}

fn tool_call<'a>(
    call: Value<'a>,
    freeform: &mut FxHashSet<Cow<'a, str>>,
) -> Result<Part<'a>, Rejection> {
    let names = ["id", "type", "function", "custom", "extra_content"];
    let members = object(call, "tool call")?.members();
    let [id, kind, called, custom, extra] = take(members, names);
    let id = match id {
        Some(id) => string(id, "id")?,
        None => Cow::Borrowed(""),
    };
    let kind = kind.map(|kind| string(kind, "type")).transpose()?;
    let mut tool = match kind.as_deref() {
        None | Some("function") => {
            let called = required(called, call, "function")?;
            let members = object(called, "function")?.members();
            let [name, arguments] = take(members, ["name", "arguments"]);
            function(id, name, arguments, called)?
        }
        Some("custom") => {
            let custom = required(custom, call, "custom")?;
            let [name, input] = take(object(custom, "custom")?.members(), ["name", "input"]);
            let name = string(required(name, custom, "name")?, "name")?;
            freeform.insert(id.clone());
            ToolUse {
                id,
                name: ToolName::bare(name),
                input: ToolInput::Freeform(match input {
                    Some(input) => text(input, "input")?,
                    None => Default::default(),
                }),
                signature: None,
                signature_place: Place::NOWHERE,
            }
        }
        Some(_) => return Err(invalid(call, "`type` must be one of: function, custom")),
    };
    let signature = extra.and_then(|extra| extra.at(&["google", "thought_signature"]));
    if let Some(signature) = signature.filter(|signature| !signature.is_null()) {
        let native = (Family::Gemini, OpaqueKind::Call);
        tool.signature = sealed::opaque(signature, "thought_signature", native)?;
        tool.signature_place = Place::of(signature);
    }
    Ok(Part::new(
        PartKind::ToolUse(Box::new(tool)),
        Place::of(call),
    ))
}

fn function<'a>(
    id: Cow<'a, str>,
    name: Option<Value<'a>>,
    arguments: Option<Value<'a>>,
    object: Value<'a>,
) -> Result<ToolUse<'a>, Rejection> {
    let name = string(required(name, object, "name")?, "name")?;
    Ok(ToolUse {
        id,
        name: ToolName::bare(name),
        input: match arguments {
            None => ToolInput::Text(Default::default()),
            // Some clients do not write arguments as text.
            Some(value) if value.kind() == Kind::Object => {
                ToolInput::Json(Cow::Borrowed(value.raw()))
            }
            Some(value) => ToolInput::Text(text(value, "arguments")?),
        },
        signature: None,
        signature_place: Place::NOWHERE,
    })
}

fn tool_result<'a>(
    has_id: bool,
    members: Members<'a>,
    freeform: &FxHashSet<Cow<'a, str>>,
    pieces: &Pieces,
) -> Result<ToolResult<'a>, Rejection> {
    let [_, said, .., id, name] = members;
    let id = match id.filter(|_| has_id) {
        Some(id) => string(id, "tool_call_id")?,
        None => Cow::Borrowed(""),
    };
    Ok(ToolResult {
        name: name.map(|name| string(name, "name")).transpose()?,
        content: content(said, pieces)?,
        structured: None,
        is_error: false,
        is_freeform: freeform.contains(&id),
        id,
    })
}
