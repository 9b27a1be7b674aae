//! Calls of tools, and what they gave.

use super::{Opaque, Part, Place, ToolName};
use crate::json_str::JsonStr;
use cliproxy_json::Value;
use std::borrow::Cow;

/// The model calls a tool of the client.
#[derive(Debug)]
pub(crate) struct ToolUse<'a> {
    /// Decoded. Empty where the client sent none: the normalise pass mints it.
    pub(crate) id: Cow<'a, str>,
    pub(crate) name: ToolName<'a>,
    pub(crate) input: ToolInput<'a>,
    /// Gemini's signature of this call.
    pub(crate) signature: Option<Opaque<'a>>,
    /// Where the client has the signature.
    pub(crate) signature_place: Place,
}

#[derive(Debug)]
pub(crate) enum ToolInput<'a> {
    /// A JSON value, in a text of the client's or in one that was written here.
    Json(Cow<'a, str>),
    /// JSON as text: what stands between the quotes of `arguments`. It may be broken.
    Text(JsonStr<'a>),
    /// The text of a freeform tool.
    Freeform(JsonStr<'a>),
}

/// What the client's tool gave.
#[derive(Debug)]
pub(crate) struct ToolResult<'a> {
    /// The call's. Empty where the client sent none: results are then paired by name.
    pub(crate) id: Cow<'a, str>,
    /// The call's, where the result says it.
    pub(crate) name: Option<Cow<'a, str>>,
    /// Texts and media, and Claude's tool references as texts.
    pub(crate) content: Vec<Part<'a>>,
    /// Gemini's `response`, if it is more than a text.
    pub(crate) structured: Option<Value<'a>>,
    pub(crate) is_error: bool,
    /// The result of a freeform tool.
    pub(crate) is_freeform: bool,
}

/// A tool that ran at a provider, and what it gave.
#[derive(Debug)]
pub(crate) struct ServerTool<'a> {
    pub(crate) kind: ServerKind,
    /// The item or block as it was.
    pub(crate) call: Value<'a>,
    /// Claude: the block with the result.
    pub(crate) result: Option<Value<'a>>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum ServerKind {
    WebSearch,
    WebFetch,
    CodeExecution,
    FileSearch,
    ImageGeneration,
    Mcp,
    Other,
}
