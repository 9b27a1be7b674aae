//! Tools and the choice among them.

use crate::request_ir::{
    Choice, FreeformTool, FunctionTool, HostedKind, ReadyTool, Request, Tool, ToolName,
};
use cliproxy_core::Protocol;
use cliproxy_json::{ArrayWriter, ObjectWriter};
use std::borrow::Cow;

/// For a function that was declared without one.
const NO_PARAMETERS: &str = r#"{"type":"object","properties":{}}"#;

pub(super) fn write(request: &Request<'_>, body: &mut ObjectWriter<'_>) {
    if !request.tools.is_empty() {
        body.array("tools", |list| {
            for tool in &request.tools {
                match tool {
                    Tool::Function(function) => list.object(|out| declare(function, out)),
                    Tool::Freeform(freeform) => list.object(|out| declare_freeform(freeform, out)),
                    Tool::Ready(ready) => list.raw(&ready.json),
                    Tool::Hosted(_) => {}
                }
            }
        });
    }
    if let Some(choice) = &request.choice {
        write_choice(choice, &request.tools, body);
    }
}

fn declare(tool: &FunctionTool<'_>, out: &mut ObjectWriter<'_>) {
    out.text("type", "function");
    out.text("name", &tool.name.name);
    if let Some(description) = &tool.description {
        out.escaped("description", description.as_escaped());
    }
    let schema = tool.schema.as_ref();
    out.raw(
        "parameters",
        schema.map_or(NO_PARAMETERS, |schema| &schema.json),
    );
    // Absent would mean strict here.
    out.boolean("strict", tool.strict.unwrap_or(false));
}

fn declare_freeform(tool: &FreeformTool<'_>, out: &mut ObjectWriter<'_>) {
    out.text("type", "custom");
    out.text("name", &tool.name.name);
    if let Some(description) = &tool.description {
        out.escaped("description", description.as_escaped());
    }
    if let Some((syntax, definition)) = tool.grammar() {
        out.object("format", |format| {
            format.text("type", "grammar");
            format.escaped("syntax", syntax.as_escaped());
            format.escaped("definition", definition.as_escaped());
        });
    }
}

fn write_choice(choice: &Choice<'_>, tools: &[Tool<'_>], body: &mut ObjectWriter<'_>) {
    const KEY: &str = "tool_choice";
    match choice {
        Choice::Auto => body.text(KEY, "auto"),
        Choice::None => body.text(KEY, "none"),
        Choice::Required => body.text(KEY, "required"),
        Choice::Named(name) => body.object(KEY, |out| named(name, tools, out)),
        Choice::Hosted(kind) => {
            body.object(KEY, |out| out.text("type", &hosted_type(*kind, tools)))
        }
        Choice::Allowed {
            is_required,
            tools: allowed,
            hosted,
        } => body.object(KEY, |out| {
            out.text("type", "allowed_tools");
            out.text("mode", if *is_required { "required" } else { "auto" });
            out.array("tools", |list: &mut ArrayWriter<'_>| {
                for name in allowed {
                    list.object(|out| named(name, tools, out));
                }
                for kind in hosted {
                    list.object(|out| out.text("type", &hosted_type(*kind, tools)));
                }
            });
        }),
    }
}

/// The normalise pass leaves tools of the provider that are declared.
fn hosted_type<'t>(kind: HostedKind, tools: &'t [Tool<'_>]) -> Cow<'t, str> {
    ReadyTool::name_of(tools, kind, Protocol::Responses).unwrap_or_default()
}

fn named(name: &ToolName<'_>, tools: &[Tool<'_>], out: &mut ObjectWriter<'_>) {
    let is_freeform = |tool: &Tool<'_>| matches!(tool, Tool::Freeform(one) if one.name == *name);
    let kind = match tools.iter().any(is_freeform) {
        true => "custom",
        false => "function",
    };
    out.text("type", kind);
    out.text("name", &name.name);
}
