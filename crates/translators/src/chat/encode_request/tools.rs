//! Tools and the choice among them.

use crate::request_ir::{Choice, FreeformTool, FunctionTool, Request, Tool, ToolName};
use cliproxy_json::{ArrayWriter, ObjectWriter};

/// For a function that was declared without one.
const NO_PARAMETERS: &str = r#"{"type":"object","properties":{}}"#;

pub(super) fn write(request: &Request<'_>, body: &mut ObjectWriter<'_>) {
    let is_listed = |tool: &Tool<'_>| matches!(tool, Tool::Function(_) | Tool::Freeform(_));
    if request.tools.iter().any(is_listed) {
        body.array("tools", |list| {
            for tool in &request.tools {
                match tool {
                    Tool::Function(function) => list.object(|out| declare(function, out)),
                    Tool::Freeform(freeform) => list.object(|out| declare_freeform(freeform, out)),
                    Tool::Ready(_) | Tool::Hosted(_) => {}
                }
            }
        });
    }
    for tool in &request.tools {
        if let Tool::Ready(ready) = tool {
            body.raw("web_search_options", &ready.json);
        }
    }
    if let Some(choice) = &request.choice {
        write_choice(choice, &request.tools, body);
    }
}

fn declare(tool: &FunctionTool<'_>, out: &mut ObjectWriter<'_>) {
    out.text("type", "function");
    out.object("function", |function| {
        function.text("name", &tool.name.name);
        if let Some(description) = &tool.description {
            function.escaped("description", description.as_escaped());
        }
        let schema = tool.schema.as_ref();
        function.raw(
            "parameters",
            schema.map_or(NO_PARAMETERS, |schema| &schema.json),
        );
        if let Some(strict) = tool.strict {
            function.boolean("strict", strict);
        }
    });
}

fn declare_freeform(tool: &FreeformTool<'_>, out: &mut ObjectWriter<'_>) {
    out.text("type", "custom");
    out.object("custom", |custom| {
        custom.text("name", &tool.name.name);
        if let Some(description) = &tool.description {
            custom.escaped("description", description.as_escaped());
        }
        if let Some((syntax, definition)) = tool.grammar() {
            custom.object("format", |format| {
                format.text("type", "grammar");
                format.object("grammar", |grammar| {
                    grammar.escaped("syntax", syntax.as_escaped());
                    grammar.escaped("definition", definition.as_escaped());
                });
            });
        }
    });
}

fn write_choice(choice: &Choice<'_>, tools: &[Tool<'_>], body: &mut ObjectWriter<'_>) {
    const KEY: &str = "tool_choice";
    match choice {
        Choice::Auto => body.text(KEY, "auto"),
        Choice::None => body.text(KEY, "none"),
        Choice::Required => body.text(KEY, "required"),
        Choice::Named(name) => body.object(KEY, |out| named(name, tools, out)),
        Choice::Hosted(_) => {}
        Choice::Allowed {
            is_required,
            tools: allowed,
            ..
        } => body.object(KEY, |out| {
            out.text("type", "allowed_tools");
            out.object("allowed_tools", |set| {
                set.text("mode", if *is_required { "required" } else { "auto" });
                set.array("tools", |list: &mut ArrayWriter<'_>| {
                    for name in allowed {
                        list.object(|out| named(name, tools, out));
                    }
                });
            });
        }),
    }
}

fn named(name: &ToolName<'_>, tools: &[Tool<'_>], out: &mut ObjectWriter<'_>) {
    let is_freeform = |tool: &Tool<'_>| matches!(tool, Tool::Freeform(one) if one.name == *name);
    let kind = match tools.iter().any(is_freeform) {
        true => "custom",
        false => "function",
    };
    out.text("type", kind);
    out.object(kind, |out| out.text("name", &name.name));
}
