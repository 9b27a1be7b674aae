//! Which tools there are, and which may be chosen.

use super::{CacheMark, Place};
use crate::{json_str::JsonStr, protocols::rules};
use cliproxy_core::Protocol;
use cliproxy_json::Value;
use std::borrow::Cow;

#[derive(Debug)]
pub(crate) enum Tool<'a> {
    Function(FunctionTool<'a>),
    Freeform(FreeformTool<'a>),
    Hosted(HostedTool<'a>),
    /// Stands ready in the target's own form: made of a hosted tool by the normalise pass.
    Ready(ReadyTool),
}

impl Tool<'_> {
    /// Where it was declared.
    pub(crate) fn place(&self) -> Place {
        match self {
            Self::Function(tool) => tool.place,
            Self::Freeform(tool) => tool.place,
            Self::Hosted(tool) => tool.place,
            Self::Ready(tool) => tool.place,
        }
    }
}

#[derive(Debug)]
pub(crate) struct ReadyTool {
    pub(crate) kind: HostedKind,
    /// An element of the target's `tools`; for chat the value of `web_search_options`.
    pub(crate) json: String,
    pub(crate) place: Place,
}

impl ReadyTool {
    /// What a choice calls the first tool of this kind.
    pub(crate) fn name_of<'t>(
        tools: &'t [Tool<'_>],
        kind: HostedKind,
        target: Protocol,
    ) -> Option<Cow<'t, str>> {
        tools.iter().find_map(|tool| match tool {
            Tool::Ready(tool) if tool.kind == kind => tool.name(target),
            _ => None,
        })
    }

    /// What a choice calls it at `target`, which is `None` where no choice can name it.
    pub(crate) fn name(&self, target: Protocol) -> Option<Cow<'_, str>> {
        let member = rules(target).hosted.choice_member?;
        // More than one tool may be of a kind that is none, or a server of MCP.
        if matches!(self.kind, HostedKind::Other | HostedKind::Mcp) {
            return None;
        }
        Value::parse(&self.json).ok()?.get(member)?.as_str()
    }
}

/// The name of a tool, decoded.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) struct ToolName<'a> {
    /// Responses only; elsewhere it becomes part of the name.
    pub(crate) namespace: Option<Cow<'a, str>>,
    pub(crate) name: Cow<'a, str>,
}

impl<'a> ToolName<'a> {
    /// A name without a namespace.
    pub(crate) const fn bare(name: Cow<'a, str>) -> Self {
        Self {
            namespace: None,
            name,
        }
    }
}

/// A function with a schema.
#[derive(Debug)]
pub(crate) struct FunctionTool<'a> {
    pub(crate) name: ToolName<'a>,
    pub(crate) description: Option<JsonStr<'a>>,
    pub(crate) schema: Option<ToolSchema<'a>>,
    pub(crate) strict: Option<bool>,
    /// Where `strict` stands.
    pub(crate) strict_place: Place,
    pub(crate) cache: Option<CacheMark>,
    pub(crate) place: Place,
}

/// A schema, of the client's or written here.
#[derive(Debug)]
pub(crate) struct ToolSchema<'a> {
    pub(crate) json: Cow<'a, str>,
    pub(crate) flavour: SchemaFlavour,
    pub(crate) place: Place,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum SchemaFlavour {
    JsonSchema,
    /// Google's older form, after OpenAPI: upper-case types, `nullable`.
    OpenApi,
}

/// A tool that takes text (OpenAI's custom tools).
#[derive(Debug)]
pub(crate) struct FreeformTool<'a> {
    pub(crate) name: ToolName<'a>,
    pub(crate) description: Option<JsonStr<'a>>,
    /// `format`, unless it is plain text.
    pub(crate) grammar: Option<Value<'a>>,
    pub(crate) place: Place,
}

impl<'a> FreeformTool<'a> {
    /// The syntax and the definition of the grammar. Chat has an object around them.
    pub(crate) fn grammar(&self) -> Option<(JsonStr<'a>, JsonStr<'a>)> {
        let format = self.grammar?;
        let inner = format.get("grammar").unwrap_or(format);
        let text = |key| inner.get(key).and_then(JsonStr::of);
        Some((text("syntax")?, text("definition")?))
    }
}

/// A tool that runs at the provider, as it was declared.
#[derive(Debug)]
pub(crate) struct HostedTool<'a> {
    pub(crate) kind: HostedKind,
    pub(crate) protocol: Protocol,
    pub(crate) json: Value<'a>,
    pub(crate) place: Place,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum HostedKind {
    WebSearch,
    WebFetch,
    CodeExecution,
    FileSearch,
    ImageGeneration,
    Mcp,
    Computer,
    LocalShell,
    Shell,
    ApplyPatch,
    Bash,
    TextEditor,
    Memory,
    ToolSearch,
    Other,
}

#[derive(Debug)]
pub(crate) enum Choice<'a> {
    Auto,
    None,
    Required,
    Named(ToolName<'a>),
    /// A hosted tool.
    Hosted(HostedKind),
    /// Some of the tools; one of them must be called if `is_required`.
    Allowed {
        is_required: bool,
        tools: Vec<ToolName<'a>>,
        /// Those of them that run at the provider.
        hosted: Vec<HostedKind>,
    },
}
