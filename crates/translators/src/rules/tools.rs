//! Tools, and the form of the answer.

use super::WebSearch;
use crate::{
    normalise::Notes,
    request_ir::{HostedKind, HostedTool, Settings},
    schema::Mode,
    tool_name,
};

/// Functions, and the choice among tools.
pub(crate) struct Tools {
    /// What a name may consist of.
    pub(crate) names: tool_name::Target,
    /// How the schema of a function is cleaned, where the profile says nothing else.
    pub(crate) schema: Mode,
    pub(crate) strict: Strict,
    /// Arguments are an object, and not a JSON text.
    pub(crate) object_arguments: bool,
    /// A choice may name some of the tools; else what is not allowed is not declared.
    pub(crate) lists_allowed: bool,
    /// Functions stand beside the provider's tools, or a form of the answer, only where the model says
    /// so.
    pub(crate) functions_alone: bool,
    /// Of clients: calls of tools that the vendor has defined are items of their own.
    pub(crate) has_native_calls: bool,
}

/// Functions whose arguments are bound to their schema.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Strict {
    Never,
    Always,
    /// By models that can be bound, if the schema can be cleaned so.
    Closed(Mode),
}

/// Tools that run at the provider, or that a provider defines.
pub(crate) struct Hosted {
    /// The member of a declaration by which a choice names the tool; `None` if none can.
    pub(crate) choice_member: Option<&'static str>,
    /// They are called like functions, of which those of the client win.
    pub(crate) has_function_names: bool,
    /// Of clients and upstreams: a declaration has a type and members, and stays as it is between the
    /// two. Memory and computer use are run by the client.
    pub(crate) is_typed: bool,
    /// The member of the body that declares them, where it is not `tools`.
    pub(crate) member: Option<&'static str>,
    pub(crate) web_search: WebSearch,
    /// Those that are declared without further members.
    pub(crate) plain: &'static [(HostedKind, &'static str)],
    /// Servers of tools (MCP) that the provider calls.
    pub(crate) servers: Option<DeclareServer>,
    /// Image generation is a modality of the answer.
    pub(crate) draws: bool,
}

/// Declares such a server as OpenAI's tool does; what stands among the tools is given back, unless the
/// server cannot be declared.
pub(crate) type DeclareServer =
    fn(&HostedTool<'_>, &mut Settings<'_>, &mut Notes) -> Option<String>;

/// What an answer may be bound to.
pub(crate) struct Answer {
    /// The member of the body that says it, if it has one of its own.
    pub(crate) member: Option<&'static str>,
    /// Any JSON object; else it is asked for in words.
    pub(crate) object: bool,
    pub(crate) schema: AnswerSchema,
    /// Of clients: a schema always binds.
    pub(crate) is_always_strict: bool,
}

/// The schema of an answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum AnswerSchema {
    /// Any JSON Schema.
    AsItIs,
    /// With what is known there, where the profile says nothing else.
    Cleaned(Mode),
    /// Cleaned; in words if it cannot be.
    Closed(Mode),
}
