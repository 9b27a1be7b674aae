//! Declared tools, and which may be chosen.
//!
//! | member of a tool | becomes |
//! | --- | --- |
//! | `functionDeclarations` | functions; `parametersJsonSchema`, else `parameters` in Google's own form; `behavior` and the schema of what they give are for Gemini alone |
//! | `googleSearch`, `googleSearchRetrieval` | web search |
//! | `codeExecution`, `urlContext`, `fileSearch`, `computerUse` | these |
//! | another | a tool of no known kind |
//!
//! | `mode` | choice |
//! | --- | --- |
//! | none, `MODE_UNSPECIFIED` | none |
//! | `AUTO`, `NONE` | this |
//! | `ANY` | one must be called: the only one of `allowedFunctionNames`, one of them, or any |
//! | `VALIDATED` | one of `allowedFunctionNames`, or any, may be called |

use crate::{
    client_body::{
        expect::{invalid, object, optional_text, required, string},
        members::{camel, note_others, take, take_settings},
        openai::parameters_of,
        pieces::Pieces,
    },
    rejection::Rejection,
    request_ir::{
        Choice, FunctionTool, HostedKind, HostedTool, Place, Request, SchemaFlavour, Tool,
        ToolName, ToolSchema,
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
    for tool in pieces.objects(tools, "tools")? {
        for (name, value) in camel(tool?) {
            if value.is_null() {
                continue;
            }
            let kind = match &*name {
                "functionDeclarations" => {
                    for declared in pieces.objects(value, "functionDeclarations")? {
                        let declared = declared?;
                        let says = camel(declared).filter(|(name, value)| !is_usual(name, *value));
                        note_others(&mut request.unknown, says, &FUNCTION);
                        let function = function(declared)?;
                        request.tools.push(Tool::Function(function));
                    }
                    continue;
                }
                "googleSearch" | "googleSearchRetrieval" => HostedKind::WebSearch,
                "codeExecution" => HostedKind::CodeExecution,
                "urlContext" => HostedKind::WebFetch,
                "fileSearch" => HostedKind::FileSearch,
                "computerUse" => HostedKind::Computer,
                _ => HostedKind::Other,
            };
            pieces.count(value)?;
            request.tools.push(Tool::Hosted(HostedTool {
                kind,
                protocol: Protocol::Gemini,
                json: value,
                place: Place::of(value),
            }));
        }
    }
    Ok(())
}

/// What other protocols declare of a function as well. How it answers, and whether it is waited for, is
/// noted as unknown.
const FUNCTION: [&str; 4] = ["name", "description", "parametersJsonSchema", "parameters"];

/// Functions are waited for.
fn is_usual(name: &str, value: Value<'_>) -> bool {
    let word = value.as_str();
    name == "behavior" && matches!(word.as_deref(), Some("BLOCKING" | "UNSPECIFIED"))
}

fn function(declared: Value<'_>) -> Result<FunctionTool<'_>, Rejection> {
    let [name, description, schema, older] = take(camel(declared), FUNCTION);
    let schema = match (schema, older) {
        (Some(schema), _) => Some(parameters_of(schema)),
        (None, Some(older)) => Some(ToolSchema {
            flavour: SchemaFlavour::OpenApi,
            ..parameters_of(older)
        }),
        (None, None) => None,
    };
    Ok(FunctionTool {
        name: ToolName::bare(string(required(name, declared, "name")?, "name")?),
        description: optional_text(description, "description")?,
        schema,
        strict: None,
        strict_place: Place::NOWHERE,
        cache: None,
        place: Place::of(declared),
    })
}

/// Reads `toolConfig`.
pub(super) fn read_choice<'a>(
    request: &mut Request<'a>,
    config: Value<'a>,
    pieces: &Pieces,
) -> Result<(), Rejection> {
    let members = camel(object(config, "toolConfig")?);
    let names = ["functionCallingConfig"];
    let [calling] = take_settings(request, "toolConfig", members, names);
    let Some(calling) = calling else {
        return Ok(());
    };
    let members = camel(object(calling, "functionCallingConfig")?);
    let names = ["mode", "allowedFunctionNames"];
    let [mode, allowed] = take_settings(request, "toolConfig", members, names);
    let mut tools = Vec::new();
    for name in allowed
        .map(|list| pieces.array(list, "allowedFunctionNames"))
        .transpose()?
        .into_iter()
        .flatten()
    {
        tools.push(ToolName::bare(string(name?, "allowedFunctionNames")?));
    }
    let Some(mode) = mode else {
        return Ok(());
    };
    let is_required = match &*string(mode, "mode")?.to_ascii_uppercase() {
        "MODE_UNSPECIFIED" | "" => return Ok(()),
        "AUTO" => return set(request, Choice::Auto, calling),
        "NONE" => return set(request, Choice::None, calling),
        "ANY" => true,
        "VALIDATED" => false,
        _ => {
            let message = "`mode` must be one of: AUTO, ANY, NONE, VALIDATED";
            return Err(invalid(mode, message));
        }
    };
    let choice = match (is_required, tools.len()) {
        (true, 0) => Choice::Required,
        (true, 1) => Choice::Named(tools.remove(0)),
        (false, 0) => Choice::Auto,
        _ => Choice::Allowed {
            is_required,
            tools,
            hosted: Vec::new(),
        },
    };
    set(request, choice, calling)
}

fn set<'a>(
    request: &mut Request<'a>,
    choice: Choice<'a>,
    place: Value<'a>,
) -> Result<(), Rejection> {
    request.choice = Some(choice);
    request.choice_place = Place::of(place);
    Ok(())
}
