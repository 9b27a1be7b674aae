//! Calls of the client's tools, and what they gave.
//!
//! | item | call |
//! | --- | --- |
//! | `function_call` | of this function; `arguments` is JSON text |
//! | `custom_tool_call` | of this freeform tool |
//! | `local_shell_call` | of a function `local_shell`, with `action` but its `type` |
//! | `shell_call` | of a function `shell`, with `action` |
//! | `apply_patch_call` | of a function `apply_patch`, with `operation` |
//!
//! An output names its call by `call_id`. That of a local shell may name it by `id` instead, which is the
//! call's `call_id` or the `id` of the call's item.

use crate::{
    client_body::{
        expect::{object, required, string, text},
        members::take,
        openai,
        pieces::Pieces,
    },
    json_str::JsonStr,
    rejection::Rejection,
    request_ir::{Part, Place, ToolInput, ToolName, ToolResult, ToolUse},
};
use cliproxy_core::Protocol;
use cliproxy_json::{Kind, ObjectWriter, Value};
use rustc_hash::FxHashMap;
use std::borrow::Cow;

/// Types of calls whose tool has no name of its own, and the member with its input.
const SHELLS: [(&str, &str, &str); 3] = [
    ("local_shell_call", "local_shell", "action"),
    ("shell_call", "shell", "action"),
    ("apply_patch_call", "apply_patch", "operation"),
];

/// The calls of local shells that have been read: their `call_id` by the `id` of their item.
#[derive(Debug, Default)]
pub(super) struct Calls<'a>(FxHashMap<Cow<'a, str>, Cow<'a, str>>);

pub(super) enum Read<'a> {
    Call(Box<ToolUse<'a>>),
    Result(Box<ToolResult<'a>>),
}

impl<'a> Calls<'a> {
    /// Reads an item; `None` if it is neither call nor output.
    pub(super) fn read(
        &mut self,
        item: Value<'a>,
        kind: &str,
        pieces: &Pieces,
    ) -> Result<Option<Read<'a>>, Rejection> {
        let call = match kind {
            "function_call" => named(item, false)?,
            "custom_tool_call" => named(item, true)?,
            "function_call_output" => return self.output(item, false, pieces).map(Some),
            "custom_tool_call_output" => return self.output(item, true, pieces).map(Some),
            _ => {
                let head = kind.strip_suffix("_output");
                let row = |name: &str| SHELLS.iter().find(|(known, ..)| *known == name);
                match (row(kind), head.and_then(row)) {
                    (Some((_, name, input)), _) => self.shell(item, name, input)?,
                    (None, Some(_)) => return self.output(item, false, pieces).map(Some),
                    (None, None) => return Ok(None),
                }
            }
        };
        Ok(Some(Read::Call(Box::new(call))))
    }

    fn shell(
        &mut self,
        item: Value<'a>,
        name: &'static str,
        member: &'static str,
    ) -> Result<ToolUse<'a>, Rejection> {
        let [id, call_id, input] = take(item.members(), ["id", "call_id", member]);
        let input = object(required(input, item, member)?, member)?;
        let item_id = id.map(|id| string(id, "id")).transpose()?;
        let call_id = match call_id {
            Some(id) => string(id, "call_id")?,
            None => string(required(id, item, "call_id")?, "id")?,
        };
        if let Some(item_id) = item_id {
            self.0.insert(item_id, call_id.clone());
        }
        Ok(ToolUse {
            id: call_id,
            name: ToolName::bare(Cow::Borrowed(name)),
            input: ToolInput::Json(match name {
                "local_shell" => Cow::Owned(without_type(input)),
                _ => Cow::Borrowed(input.raw()),
            }),
            signature: None,
            signature_place: Place::NOWHERE,
        })
    }

    fn output(
        &self,
        item: Value<'a>,
        is_freeform: bool,
        pieces: &Pieces,
    ) -> Result<Read<'a>, Rejection> {
        let [call_id, id, output] = take(item.members(), ["call_id", "id", "output"]);
        let content = output.map(|output| content(output, pieces));
        let id = match call_id {
            Some(id) => string(id, "call_id")?,
            None => {
                let id = string(required(id, item, "call_id")?, "id")?;
                self.0.get(&id).cloned().unwrap_or(id)
            }
        };
        Ok(Read::Result(Box::new(ToolResult {
            id,
            name: None,
            content: content.transpose()?.unwrap_or_default(),
            structured: None,
            is_error: false,
            is_freeform,
        })))
    }
}

fn named(item: Value<'_>, is_freeform: bool) -> Result<ToolUse<'_>, Rejection> {
    let names = ["call_id", "name", "namespace", "arguments", "input"];
    let [id, name, namespace, arguments, input] = take(item.members(), names);
    let namespace = namespace.map(|namespace| string(namespace, "namespace"));
    let said = match is_freeform {
        true => input.map(|input| text(input, "input")).transpose()?,
        false => arguments
            .map(|arguments| text(arguments, "arguments"))
            .transpose()?,
    };
    let said = said.unwrap_or_default();
    Ok(ToolUse {
        id: string(required(id, item, "call_id")?, "call_id")?,
        name: ToolName {
            namespace: namespace.transpose()?,
            name: string(required(name, item, "name")?, "name")?,
        },
        input: match is_freeform {
            true => ToolInput::Freeform(said),
            false => ToolInput::Text(said),
        },
        signature: None,
        signature_place: Place::NOWHERE,
    })
}

/// A text, or parts. What a shell gave may be an object; then it is its JSON text.
fn content<'a>(output: Value<'a>, pieces: &Pieces) -> Result<Vec<Part<'a>>, Rejection> {
    let is_part = |part: Value<'_>| part.get("type").is_some();
    match output.kind() {
        Kind::Array if output.elements().all(is_part) => {
            openai::content(output, Protocol::Responses, pieces)
        }
        Kind::Array | Kind::Object => {
            let text = JsonStr::plain(output.raw());
            Ok(vec![Part::text(text, Place::of(output))])
        }
        _ => openai::content(output, Protocol::Responses, pieces),
    }
}

/// The same object without its `type`, which says only that a command is run.
fn without_type(action: Value<'_>) -> String {
    let mut out = Vec::with_capacity(action.raw().len());
    ObjectWriter::write(&mut out, |object| {
        for (name, value) in action.members().filter(|(name, _)| name != "type") {
            object.raw(&name, value.raw());
        }
    });
    // Pieces of a text are text.
    String::from_utf8(out).unwrap_or_default()
}
