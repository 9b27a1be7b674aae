//! Declared tools.
//!
//! | type | tool |
//! | --- | --- |
//! | `function`, or none | a function |
//! | `custom` | a freeform tool; `format` is its grammar unless it is plain text |
//! | `namespace` | the tools in it, each with the namespace in its name |
//! | another | a tool that runs at the provider |
//!
//! A function with `defer_loading` and no schema only announces a tool that is loaded later. It is kept
//! as a hosted tool of no known kind, which no other protocol has.

use super::{
    super::{
        cache,
        expect::{boolean, invalid, object, optional_text, required, string},
        hosted,
        members::{note_others, take},
        pieces::Pieces,
    },
    parameters_of,
};
use crate::{
    rejection::Rejection,
    request_ir::{FreeformTool, FunctionTool, HostedKind, HostedTool, Place, Tool, ToolName},
};
use cliproxy_core::Protocol;
use cliproxy_json::Value;
use rustc_hash::FxHashSet;
use std::borrow::Cow;

/// Tools of a Chat or Responses request, as they are found.
#[derive(Debug)]
pub(crate) struct Tools<'a, 'p> {
    pieces: &'p Pieces,
    protocol: Protocol,
    pub(crate) list: Vec<Tool<'a>>,
    /// The names in `list`, once the conversation has added to it.
    names: Option<FxHashSet<ToolName<'a>>>,
    /// Members of functions that nobody knows.
    pub(crate) unknown: Vec<Place>,
}

/// What a function is declared with. The last ones steer how it is loaded and called.
const FUNCTION: [&str; 10] = [
    "type",
    "function",
    "name",
    "description",
    "parameters",
    "strict",
    "cache_control",
    "defer_loading",
    "input_examples",
    "allowed_callers",
];

impl<'a, 'p> Tools<'a, 'p> {
    pub(crate) fn new(protocol: Protocol, pieces: &'p Pieces) -> Self {
        Self {
            pieces,
            protocol,
            list: Vec::new(),
            names: None,
            unknown: Vec::new(),
        }
    }

    /// Reads `tools`.
    ///
    /// # Errors
    ///
    /// [`Rejection`] for a tool that is none.
    pub(crate) fn read(&mut self, tools: Value<'a>) -> Result<(), Rejection> {
        let mut tools = self.pieces.array(tools, "tools")?;
        tools.try_for_each(|tool| self.tool(tool?, None))
    }

    /// Reads `functions`, the older form: without the object around each.
    ///
    /// # Errors
    ///
    /// As [`Tools::read`].
    pub(crate) fn read_functions(&mut self, functions: Value<'a>) -> Result<(), Rejection> {
        let mut functions = self.pieces.array(functions, "functions")?;
        functions.try_for_each(|function| {
            let function = function?;
            let declared = object(function, "function")?;
            self.function(function, declared, None)
        })
    }

    /// Reads tools that the conversation adds. The first definition of a name wins.
    ///
    /// # Errors
    ///
    /// As [`Tools::read`].
    pub(crate) fn read_more(&mut self, tools: Value<'a>) -> Result<(), Rejection> {
        let known = self.list.len();
        self.read(tools)?;
        let more = self.list.split_off(known);
        let names = self.names.get_or_insert_with(|| {
            let names = self.list.iter().filter_map(name_of);
            names.cloned().collect()
        });
        let new = |tool: &Tool<'a>| name_of(tool).is_none_or(|name| names.insert(name.clone()));
        self.list.extend(more.into_iter().filter(new));
        Ok(())
    }

    fn tool(&mut self, tool: Value<'a>, namespace: Option<&Cow<'a, str>>) -> Result<(), Rejection> {
        let names = ["type", "function", "custom", "name", "tools"];
        let [kind, function, custom, name, tools] = take(object(tool, "tool")?.members(), names);
        let kind = kind.map(|kind| string(kind, "type")).transpose()?;
        match kind.as_deref() {
            Some("function") => self.function(tool, function.unwrap_or(tool), namespace),
            Some("custom") => self.freeform(tool, custom.unwrap_or(tool), namespace),
            Some("namespace") => {
                let name = string(required(name, tool, "name")?, "name")?;
                let tools = required(tools, tool, "tools")?;
                for inner in self.pieces.array(tools, "tools")? {
                    self.tool(inner?, Some(&name))?;
                }
                Ok(())
            }
            Some(kind) => {
                self.hosted(hosted::kind(kind), tool);
                Ok(())
            }
            None if function.is_some() || name.is_some() => {
                self.function(tool, function.unwrap_or(tool), namespace)
            }
            None => Err(invalid(tool, "`type` is missing")),
        }
    }

    pub(crate) fn hosted(&mut self, kind: HostedKind, json: Value<'a>) {
        self.list.push(Tool::Hosted(HostedTool {
            kind,
            protocol: self.protocol,
            json,
            place: Place::of(json),
        }));
    }

    fn function(
        &mut self,
        tool: Value<'a>,
        declared: Value<'a>,
        namespace: Option<&Cow<'a, str>>,
    ) -> Result<(), Rejection> {
        let names = [
            "name",
            "description",
            "parameters",
            "strict",
            "defer_loading",
            "cache_control",
        ];
        let members = object(declared, "function")?.members();
        let [name, description, parameters, strict, deferred, control] = take(members, names);
        if parameters.is_none() && deferred.is_some_and(|value| value.as_bool() == Some(true)) {
            self.hosted(HostedKind::Other, tool);
            return Ok(());
        }
        for object in [
            Some(declared),
            (tool.span() != declared.span()).then_some(tool),
        ] {
            let members = object.into_iter().flat_map(|object| object.members());
            note_others(&mut self.unknown, members, &FUNCTION);
        }
        let control = control.or_else(|| tool.get("cache_control"));
        self.list.push(Tool::Function(FunctionTool {
            name: ToolName {
                namespace: namespace.cloned(),
                name: string(required(name, declared, "name")?, "name")?,
            },
            description: optional_text(description, "description")?,
            schema: parameters.map(parameters_of),
            strict: strict.map(|strict| boolean(strict, "strict")).transpose()?,
            strict_place: strict.map_or(Place::NOWHERE, Place::of),
            cache: cache::mark(control, None),
            place: Place::of(tool),
        }));
        Ok(())
    }

    fn freeform(
        &mut self,
        tool: Value<'a>,
        declared: Value<'a>,
        namespace: Option<&Cow<'a, str>>,
    ) -> Result<(), Rejection> {
        let members = object(declared, "custom")?.members();
        let [name, description, format] = take(members, ["name", "description", "format"]);
        let is_grammar = |format: &Value<'_>| {
            let kind = format.get("type").and_then(|kind| kind.as_str());
            kind.is_some_and(|kind| kind != "text")
        };
        self.list.push(Tool::Freeform(FreeformTool {
            name: ToolName {
                namespace: namespace.cloned(),
                name: string(required(name, declared, "name")?, "name")?,
            },
            description: optional_text(description, "description")?,
            grammar: format.filter(is_grammar),
            place: Place::of(tool),
        }));
        Ok(())
    }
}

/// What the client calls the tool; the provider's have other names.
fn name_of<'t, 'a>(tool: &'t Tool<'a>) -> Option<&'t ToolName<'a>> {
    match tool {
        Tool::Function(tool) => Some(&tool.name),
        Tool::Freeform(tool) => Some(&tool.name),
        Tool::Hosted(_) | Tool::Ready(_) => None,
    }
}
