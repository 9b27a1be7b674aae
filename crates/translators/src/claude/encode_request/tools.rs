//! Tools and the choice among them.

use super::cache_control;
use crate::request_ir::{Choice, FunctionTool, Key, ReadyTool, Request, Tool};
use cliproxy_core::Protocol;
use cliproxy_json::ObjectWriter;

/// For a function that was declared without one.
const NO_INPUT: &str = r#"{"type":"object","properties":{}}"#;

pub(super) fn write(request: &Request<'_>, body: &mut ObjectWriter<'_>) {
    if request.tools.is_empty() {
        return;
    }
    body.array("tools", |list| {
        for tool in &request.tools {
            match tool {
                Tool::Function(function) => list.object(|out| declare(function, out)),
                Tool::Ready(ready) => list.raw(&ready.json),
                // Of these none is left by the normalise pass.
                Tool::Freeform(_) | Tool::Hosted(_) => {}
            }
        }
    });
    choice(request, body);
}

fn declare(tool: &FunctionTool<'_>, out: &mut ObjectWriter<'_>) {
    out.text("name", &tool.name.name);
    if let Some(description) = &tool.description {
        out.escaped("description", description.as_escaped());
    }
    let schema = tool.schema.as_ref();
    out.raw(
        "input_schema",
        schema.map_or(NO_INPUT, |schema| &schema.json),
    );
    if tool.strict == Some(true) {
        out.boolean("strict", true);
    }
    cache_control(tool.cache, out);
}

/// The choice, which also says whether tools may be called in parallel.
fn choice(request: &Request<'_>, body: &mut ObjectWriter<'_>) {
    let parallel = request.settings.get(Key::ParallelTools);
    let is_serial = parallel.is_some_and(|setting| setting.value.as_str() == "false");
    let kind = match &request.choice {
        Some(Choice::Auto) => "auto",
        None if is_serial => "auto",
        None => return,
        Some(Choice::None) => "none",
        Some(Choice::Required) => "any",
        Some(Choice::Named(_) | Choice::Hosted(_)) => "tool",
        // The list of tools is what is allowed.
        Some(Choice::Allowed { is_required, .. }) => match is_required {
            true => "any",
            false => "auto",
        },
    };
    body.object("tool_choice", |out| {
        out.text("type", kind);
        match &request.choice {
            Some(Choice::Named(name)) => out.text("name", &name.name),
            // The normalise pass leaves those that are declared.
            Some(Choice::Hosted(kind)) => {
                let name = ReadyTool::name_of(&request.tools, *kind, Protocol::Claude);
                out.text("name", &name.unwrap_or_default());
            }
            _ => {}
        }
        if is_serial && kind != "none" {
            out.boolean("disable_parallel_tool_use", true);
        }
    });
}
