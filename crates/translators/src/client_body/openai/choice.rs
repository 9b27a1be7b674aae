//! Which tools may be chosen.

use super::super::{
    expect::{invalid, object, required, string},
    hosted,
    members::take,
    pieces::Pieces,
};
use crate::{
    rejection::Rejection,
    request_ir::{Choice, ToolName},
};
use cliproxy_json::{Kind, Value};

/// Reads `tool_choice`, and `function_call` of older clients.
///
/// | value | choice |
/// | --- | --- |
/// | `"auto"`, `"none"`, `"required"` (or `"any"`) | this |
/// | `{type: function or custom, …}`, or only a name | the tool of this name |
/// | `{type: allowed_tools, …}` | some tools; one must be called if `mode` is `required` |
/// | `{type: …}` of a tool that runs at the provider | this tool |
///
/// # Errors
///
/// [`Rejection`] for anything else.
pub(crate) fn choice<'a>(value: Value<'a>, pieces: &Pieces) -> Result<Choice<'a>, Rejection> {
    match value.kind() {
        Kind::String => word(value),
        Kind::Object => Ok(match one(value)? {
            One::Tool(name) => Choice::Named(name),
            One::Hosted(kind) => Choice::Hosted(kind),
            One::Allowed(list) => allowed(list, pieces)?,
        }),
        _ => Err(invalid(
            value,
            "`tool_choice` must be a string or an object",
        )),
    }
}

fn word(value: Value<'_>) -> Result<Choice<'_>, Rejection> {
    match value.as_str().unwrap_or_default().as_ref() {
        "auto" => Ok(Choice::Auto),
        "none" => Ok(Choice::None),
        "required" | "any" => Ok(Choice::Required),
        _ => Err(invalid(
            value,
            "`tool_choice` must be one of: none, auto, required",
        )),
    }
}

enum One<'a> {
    Tool(ToolName<'a>),
    Hosted(crate::request_ir::HostedKind),
    Allowed(Value<'a>),
}

fn one(value: Value<'_>) -> Result<One<'_>, Rejection> {
    let names = ["type", "function", "custom", "allowed_tools", "name"];
    let [kind, function, custom, allowed, name] = take(object(value, "tool")?.members(), names);
    let kind = kind.map(|kind| string(kind, "type")).transpose()?;
    let inner = match kind.as_deref() {
        Some("function") => function.unwrap_or(value),
        Some("custom") => custom.unwrap_or(value),
        Some("allowed_tools") => return Ok(One::Allowed(allowed.unwrap_or(value))),
        Some(kind) => return Ok(One::Hosted(hosted::kind(kind))),
        None if name.is_some() => value,
        None => function.ok_or_else(|| invalid(value, "`type` is missing"))?,
    };
    let members = object(inner, "function")?.members();
    let [name, namespace] = take(members, ["name", "namespace"]);
    let namespace = namespace.map(|namespace| string(namespace, "namespace"));
    Ok(One::Tool(ToolName {
        namespace: namespace.transpose()?,
        name: string(required(name, inner, "name")?, "name")?,
    }))
}

fn allowed<'a>(value: Value<'a>, pieces: &Pieces) -> Result<Choice<'a>, Rejection> {
    let members = object(value, "allowed_tools")?.members();
    let [mode, list] = take(members, ["mode", "tools"]);
    let is_required = match mode
        .map(|mode| string(mode, "mode"))
        .transpose()?
        .as_deref()
    {
        None | Some("auto") => false,
        Some("required") => true,
        Some(_) => {
            let mode = mode.unwrap_or(value);
            return Err(invalid(mode, "`mode` must be one of: auto, required"));
        }
    };
    let mut tools = Vec::new();
    let mut hosted = Vec::new();
    for tool in pieces.array(required(list, value, "tools")?, "tools")? {
        let tool = tool?;
        match one(tool)? {
            One::Tool(name) => tools.push(name),
            One::Hosted(kind) => hosted.push(kind),
            One::Allowed(_) => return Err(invalid(tool, "a list of tools stands in a list")),
        }
    }
    Ok(Choice::Allowed {
        is_required,
        tools,
        hosted,
    })
}
