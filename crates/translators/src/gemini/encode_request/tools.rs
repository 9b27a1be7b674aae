//! Function declarations, tools that run at Google, and the choice.

use crate::request_ir::{Choice, FunctionTool, Request, SchemaFlavour, Tool, ToolName};
use cliproxy_json::ObjectWriter;

pub(super) fn write(request: &Request<'_>, body: &mut ObjectWriter<'_>) {
    let functions = || {
        request.tools.iter().filter_map(|tool| match tool {
            Tool::Function(function) => Some(function),
            _ => None,
        })
    };
    if !request.tools.is_empty() {
        body.array("tools", |list| {
            if functions().next().is_some() {
                list.object(|out| {
                    out.array("functionDeclarations", |list| {
                        for function in functions() {
                            list.object(|out| declare(function, out));
                        }
                    });
                });
            }
            for tool in &request.tools {
                if let Tool::Ready(ready) = tool {
                    list.raw(&ready.json);
                }
            }
        });
    }
    if functions().next().is_some()
        && let Some(choice) = &request.choice
    {
        body.object("toolConfig", |config| {
            config.object("functionCallingConfig", |out| mode(choice, out));
        });
    }
}

fn declare(tool: &FunctionTool<'_>, out: &mut ObjectWriter<'_>) {
    out.text("name", &tool.name.name);
    if let Some(description) = &tool.description {
        out.escaped("description", description.as_escaped());
    }
    if let Some(schema) = &tool.schema {
        let key = match schema.flavour {
            SchemaFlavour::JsonSchema => "parametersJsonSchema",
            SchemaFlavour::OpenApi => "parameters",
        };
        out.raw(key, &schema.json);
    }
}

fn mode(choice: &Choice<'_>, out: &mut ObjectWriter<'_>) {
    let names = |out: &mut ObjectWriter<'_>, names: &[ToolName<'_>]| {
        out.array("allowedFunctionNames", |list| {
            for name in names {
                list.text(&name.name);
            }
        });
    };
    match choice {
        Choice::Auto | Choice::Hosted(_) => out.text("mode", "AUTO"),
        Choice::None => out.text("mode", "NONE"),
        Choice::Required => out.text("mode", "ANY"),
        Choice::Named(name) => {
            out.text("mode", "ANY");
            names(out, std::slice::from_ref(name));
        }
        Choice::Allowed {
            is_required, tools, ..
        } => {
            out.text("mode", if *is_required { "ANY" } else { "VALIDATED" });
            names(out, tools);
        }
    }
}
