//! Declared tools, and which may be chosen.
//!
//! | tool | becomes |
//! | --- | --- |
//! | with an `input_schema` | a function, also if it is to be loaded later |
//! | `defer_loading` without one | a hosted tool of no known kind: it only announces what is loaded later |
//! | of another `type` | a tool that runs at the provider, or that the client knows by its type |
//!
//! `input_examples` and `eager_input_streaming` stay behind. What nobody knows in a function is noted.
//!
//! A choice of a tool by name means a hosted tool if no function has the name.

use crate::{
    client_body::{
        cache,
        expect::{boolean, invalid, object, optional_text, required, string},
        hosted,
        members::{note_others, take},
        openai::parameters_of,
        pieces::Pieces,
    },
    rejection::Rejection,
    request_ir::{
        Choice, FunctionTool, HostedKind, HostedTool, Key, Place, Request, Tool, ToolName,
    },
};
use cliproxy_core::Protocol;
use cliproxy_json::Value;

/// Reads `tools`.
pub(super) fn read<'a>(
    request: &mut Request<'a>,
    tools: Value<'a>,
    pieces: &Pieces,
) -> Result<(), Rejection> {
    for declared in pieces.array(tools, "tools")? {
        let declared = declared?;
        let tool = tool(declared)?;
        if let Tool::Function(_) = tool {
            note_others(&mut request.unknown, declared.members(), &MEMBERS);
        }
        request.tools.push(tool);
    }
    Ok(())
}

/// What a function is declared with. The last ones steer how it is loaded and called.
const MEMBERS: [&str; 10] = [
    "type",
    "name",
    "description",
    "input_schema",
    "strict",
    "cache_control",
    "defer_loading",
    "input_examples",
    "eager_input_streaming",
    "allowed_callers",
];

fn tool(tool: Value<'_>) -> Result<Tool<'_>, Rejection> {
    let names = [
        "type",
        "name",
        "description",
        "input_schema",
        "strict",
        "cache_control",
        "defer_loading",
    ];
    let members = object(tool, "tool")?.members();
    let [kind, name, description, schema, strict, control, deferred] = take(members, names);
    let kind = kind.map(|kind| string(kind, "type")).transpose()?;
    let kind = kind.filter(|kind| kind != "custom");
    let is_deferred = deferred.is_some_and(|flag| flag.as_bool() == Some(true));
    let hosted = |kind| HostedTool {
        kind,
        protocol: Protocol::Claude,
        json: tool,
        place: Place::of(tool),
    };
    match (schema, kind) {
        (None, Some(kind)) => return Ok(Tool::Hosted(hosted(hosted::kind(&kind)))),
        (None, None) if is_deferred => return Ok(Tool::Hosted(hosted(HostedKind::Other))),
        _ => {}
    }
    let schema = match schema {
        // `null` is none, and said.
        None if tool.get("input_schema").is_some() => None,
        schema => Some(required(schema, tool, "input_schema")?),
    };
    Ok(Tool::Function(FunctionTool {
        name: ToolName::bare(string(required(name, tool, "name")?, "name")?),
        description: optional_text(description, "description")?,
        schema: schema.map(parameters_of),
        strict: strict.map(|strict| boolean(strict, "strict")).transpose()?,
        strict_place: strict.map_or(Place::NOWHERE, Place::of),
        cache: cache::mark(control, None),
        place: Place::of(tool),
    }))
}

/// Reads `tool_choice`, after `tools`.
pub(super) fn read_choice<'a>(
    request: &mut Request<'a>,
    choice: Value<'a>,
) -> Result<(), Rejection> {
    let names = ["type", "name", "disable_parallel_tool_use"];
    let members = object(choice, "tool_choice")?.members();
    let [kind, name, serial] = take(members, names);
    let kind = required(kind, choice, "type")?;
    request.choice = Some(match &*string(kind, "type")? {
        "auto" => Choice::Auto,
        "any" => Choice::Required,
        "none" => Choice::None,
        "tool" => named(
            &request.tools,
            string(required(name, choice, "name")?, "name")?,
        ),
        _ => {
            let message = "`type` must be one of: auto, any, tool, none";
            return Err(invalid(kind, message));
        }
    });
    request.choice_place = Place::of(choice);
    if let Some(serial) = serial {
        let is_parallel = !boolean(serial, "disable_parallel_tool_use")?;
        let value = is_parallel.to_string();
        let place = Place::of(serial);
        request.settings.set(Key::ParallelTools, value, place);
    }
    Ok(())
}

fn named<'a>(tools: &[Tool<'a>], name: std::borrow::Cow<'a, str>) -> Choice<'a> {
    let mut hosted = None;
    for tool in tools {
        match tool {
            Tool::Function(function) if function.name.name == name => {
                return Choice::Named(ToolName::bare(name));
            }
            Tool::Hosted(tool) if hosted.is_none() => {
                let is_it = tool.json.get("name").and_then(|name| name.as_str());
                hosted = (is_it.as_deref() == Some(&*name)).then_some(tool.kind);
            }
            _ => {}
        }
    }
    match hosted {
        Some(kind) => Choice::Hosted(kind),
        None => Choice::Named(ToolName::bare(name)),
    }
}
