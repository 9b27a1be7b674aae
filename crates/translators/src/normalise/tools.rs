//! Declared tools.
//!
//! | tool | becomes |
//! | --- | --- |
//! | function | itself, with a fitted name and a schema that the target takes |
//! | freeform | itself where the target has such tools, else a function with one text, `input` |
//! | tool of a provider | see `hosted` |
//!
//! A namespace becomes part of the name. Of two tools with one name after fitting the first stays.
//!
//! `strict` is never added. Gemini has none; Claude takes it where the model can be bound to a schema,
//! and if the schema can be closed: its root is made an object first, and if nothing of the schema is left
//! then, calls are not bound. Responses writes the absent one as `false`, since there it would
//! mean `true`.

use super::{Notes, hosted, schemas};
use crate::{
    json_str::JsonStr,
    protocols::rules,
    rejection::Rejection,
    request_ir::{
        Class, FreeformTool, FunctionTool, HostedKind, HostedTool, Place, Request, SchemaFlavour,
        Tool, ToolName, ToolSchema, Why,
    },
    rules::Strict,
    schema::EMPTY,
    target::Target,
};
use rustc_hash::FxHashSet;
use std::borrow::Cow;

/// The schema of a function that stands for a freeform tool.
const FREEFORM: &str = r#"{"type":"object","properties":{"input":{"type":"string","description":"Raw text input for the tool"}},"required":["input"],"additionalProperties":false}"#;

/// Fits the list of tools.
///
/// # Errors
///
/// [`Rejection`] for a tool of the client's side that the target cannot be told of.
pub(super) fn fit<'a>(
    request: &mut Request<'a>,
    target: &Target<'_>,
    notes: &mut Notes,
) -> Result<(), Rejection> {
    let mut declared = std::mem::take(&mut request.tools);
    for tool in &mut declared {
        match tool {
            Tool::Function(FunctionTool { name, .. })
            | Tool::Freeform(FreeformTool { name, .. }) => fit_name(name, target, notes),
            Tool::Hosted(_) | Tool::Ready(_) => {}
        }
    }
    let names = || declared.iter().filter_map(name);
    let mut taken = hosted::NAMES.to_vec();
    taken.retain(|(known, _)| names().any(|name| name == *known));
    let mut seen = FxHashSet::default();
    // What the target's own tools lose of their members.
    let mut members = Vec::new();
    for tool in declared {
        let place = place(&tool);
        let noted = (notes.losses.dropped.len(), notes.losses.changed.len());
        let native = native(&tool);
        let fitted = match tool {
            Tool::Function(tool) => Some(Tool::Function(function(tool, target, notes))),
            Tool::Freeform(tool) => Some(freeform(tool, target, notes)),
            Tool::Hosted(tool) => hosted_tool(&tool, request, target, &taken, notes)?,
            Tool::Ready(_) => Some(tool),
        };
        let Some(tool) = fitted else {
            continue;
        };
        if matches!(tool, Tool::Ready(_)) {
            members.extend(notes.losses.dropped.drain(noted.0..));
        }
        let name = name(&tool).map(str::to_owned);
        if let Some(name) = &name
            && !seen.insert(name.clone())
        {
            // The whole tool, and not what its members would have lost.
            notes.losses.dropped.truncate(noted.0);
            notes.losses.changed.truncate(noted.1);
            notes.losses.drop(place, Class::Quality, Why::SameName);
            continue;
        }
        if let (Some(name), Some(kind)) = (name, native) {
            notes.native_tools.insert(name, kind);
        }
        request.tools.push(tool);
    }
    if !beside_functions(request, target, notes) {
        notes.losses.dropped.append(&mut members);
    }
    Ok(())
}

/// Gives `name` the form that the target takes, and notes the way back for the reply.
pub(crate) fn fit_name(name: &mut ToolName<'_>, target: &Target<'_>, notes: &mut Notes) {
    let limits = target.rules().tools.names;
    let fitted = notes
        .names
        .fit(name.namespace.as_deref(), &name.name, limits);
    if let Cow::Owned(fitted) = fitted {
        name.name = Cow::Owned(fitted);
    }
    name.namespace = None;
}

fn name<'t>(tool: &'t Tool<'_>) -> Option<&'t str> {
    match tool {
        Tool::Function(FunctionTool { name, .. }) | Tool::Freeform(FreeformTool { name, .. }) => {
            Some(&name.name)
        }
        Tool::Hosted(_) | Tool::Ready(_) => None,
    }
}

/// A tool whose calls are items of their own to the client.
fn native(tool: &Tool<'_>) -> Option<HostedKind> {
    match tool {
        Tool::Hosted(tool) if rules(tool.protocol).tools.has_native_calls => Some(tool.kind),
        _ => None,
    }
}

fn place(tool: &Tool<'_>) -> Place {
    match tool {
        Tool::Function(tool) => tool.place,
        Tool::Freeform(tool) => tool.place,
        Tool::Hosted(tool) => tool.place,
        Tool::Ready(tool) => tool.place,
    }
}

fn function<'a>(
    mut tool: FunctionTool<'a>,
    target: &Target<'_>,
    notes: &mut Notes,
) -> FunctionTool<'a> {
    let can_bind = target
        .capabilities
        .is_none_or(|model| model.structured_output);
    let rules = &target.rules().tools;
    let takes_strict = match rules.strict {
        Strict::Always => true,
        Strict::Closed(_) => can_bind,
        Strict::Never => false,
    };
    let mut wanted = tool.strict == Some(true);
    if wanted && !takes_strict {
        notes
            .losses
            .drop(tool.strict_place, Class::Quality, Why::Strict);
        wanted = false;
    }
    if !takes_strict {
        tool.strict = None;
    }
    let schema = tool.schema.take().unwrap_or(ToolSchema {
        json: Cow::Borrowed(EMPTY),
        flavour: SchemaFlavour::JsonSchema,
        place: Place::NOWHERE,
    });
    if wanted && let Strict::Closed(mode) = rules.strict {
        let closed = schemas::close(&schema, (rules.schema, mode), &mut notes.losses);
        if closed.is_some() {
            tool.schema = closed;
            return tool;
        }
        notes
            .losses
            .drop(tool.strict_place, Class::Quality, Why::Strict);
        tool.strict = None;
    }
    let mode = schemas::mode(rules.schema, target);
    tool.schema = schemas::clean(&schema, mode, &mut notes.losses).ok();
    tool
}

/// A function in its place, where the target has functions only.
fn freeform<'a>(tool: FreeformTool<'a>, target: &Target<'_>, notes: &mut Notes) -> Tool<'a> {
    if target.profile.freeform_tools {
        return Tool::Freeform(tool);
    }
    notes.freeform.insert(tool.name.name.to_string());
    let description = match tool.grammar() {
        None => tool.description,
        Some((syntax, definition)) => {
            let described = tool.description.as_ref();
            Some(JsonStr::written(format!(
                r"{}\n\nThe input must follow this {} grammar:\n{}",
                described.map_or("", |text| text.as_escaped()),
                syntax.as_escaped(),
                definition.as_escaped()
            )))
        }
    };
    let tool = FunctionTool {
        name: tool.name,
        description,
        schema: Some(ToolSchema {
            json: Cow::Borrowed(FREEFORM),
            flavour: SchemaFlavour::JsonSchema,
            place: Place::NOWHERE,
        }),
        strict: None,
        strict_place: Place::NOWHERE,
        cache: None,
        place: tool.place,
    };
    Tool::Function(function(tool, target, notes))
}

fn hosted_tool<'a>(
    tool: &HostedTool<'a>,
    request: &mut Request<'a>,
    target: &Target<'_>,
    taken: &[(&str, HostedKind)],
    notes: &mut Notes,
) -> Result<Option<Tool<'a>>, Rejection> {
    let fitted = hosted::fit(tool, target, &mut request.settings, taken, notes)?;
    Ok(match fitted {
        Some(Tool::Function(one)) => Some(Tool::Function(function(one, target, notes))),
        other => other,
    })
}

/// Gemini models that take their provider's tools or functions, not both, keep the functions. Whether
/// this was done.
fn beside_functions(request: &mut Request<'_>, target: &Target<'_>, notes: &mut Notes) -> bool {
    let takes_both = target
        .capabilities
        .is_some_and(|model| model.search_with_functions);
    let is_function = |tool: &Tool<'_>| matches!(tool, Tool::Function(_));
    let has_functions = || request.tools.iter().any(is_function);
    if !target.rules().tools.functions_alone || takes_both || !has_functions() {
        return false;
    }
    request.tools.retain(|tool| match tool {
        Tool::Ready(tool) => {
            notes
                .losses
                .drop(tool.place, Class::Quality, Why::BesideFunctions);
            false
        }
        _ => true,
    });
    true
}
