//! Tools that the client runs and a provider defines, as functions with their public parameters.

use crate::{
    json_str::JsonStr,
    request_ir::{
        FunctionTool, HostedKind, HostedTool, Place, SchemaFlavour, ToolName, ToolSchema,
    },
};
use std::borrow::Cow;

struct Definition {
    kind: HostedKind,
    name: &'static str,
    description: &'static str,
    schema: &'static str,
}

const DEFINITIONS: [Definition; 5] = [
    Definition {
        kind: HostedKind::LocalShell,
        name: "local_shell",
        description: "Run a command on the local machine",
        schema: r#"{"type":"object","properties":{"command":{"type":"array","items":{"type":"string"}},"working_directory":{"type":"string"},"timeout_ms":{"type":"integer"},"env":{"type":"object","additionalProperties":{"type":"string"}},"user":{"type":"string"}},"required":["command"]}"#,
    },
    Definition {
        kind: HostedKind::Shell,
        name: "shell",
        description: "Run commands in a shell",
        schema: r#"{"type":"object","properties":{"commands":{"type":"array","items":{"type":"string"}},"timeout_ms":{"type":"integer"},"max_output_length":{"type":"integer"}},"required":["commands"]}"#,
    },
    Definition {
        kind: HostedKind::ApplyPatch,
        name: "apply_patch",
        description: "Create, change or delete one file",
        schema: r#"{"type":"object","properties":{"type":{"type":"string","enum":["create_file","update_file","delete_file"]},"path":{"type":"string"},"diff":{"type":"string","description":"A V4A diff; not for delete_file"}},"required":["type","path"]}"#,
    },
    Definition {
        kind: HostedKind::Bash,
        name: "bash",
        description: "Run a command in a persistent bash session",
        schema: r#"{"type":"object","properties":{"command":{"type":"string","description":"The command to run; required unless restart is true"},"restart":{"type":"boolean","description":"Start the session anew"}}}"#,
    },
    Definition {
        kind: HostedKind::TextEditor,
        name: "str_replace_based_edit_tool",
        description: "View, create and edit text files",
        schema: r#"{"type":"object","properties":{"command":{"type":"string","enum":["view","create","str_replace","insert"]},"path":{"type":"string"},"view_range":{"type":"array","items":{"type":"integer"}},"file_text":{"type":"string"},"old_str":{"type":"string"},"new_str":{"type":"string"},"insert_line":{"type":"integer"},"insert_text":{"type":"string"}},"required":["command","path"]}"#,
    },
];

/// The function that stands for `tool`, if it is one of these. Its own name goes before the usual one:
/// versions differ in it.
pub(super) fn function<'a>(tool: &HostedTool<'a>) -> Option<FunctionTool<'a>> {
    let definition = DEFINITIONS.iter().find(|one| one.kind == tool.kind)?;
    let own = tool.json.get("name").and_then(|name| name.as_str());
    Some(FunctionTool {
        name: ToolName::bare(own.unwrap_or(Cow::Borrowed(definition.name))),
        description: Some(JsonStr::escaped(definition.description)),
        schema: Some(ToolSchema {
            json: Cow::Borrowed(definition.schema),
            flavour: SchemaFlavour::JsonSchema,
            place: Place::NOWHERE,
        }),
        strict: None,
        strict_place: Place::NOWHERE,
        cache: None,
        place: tool.place,
    })
}
