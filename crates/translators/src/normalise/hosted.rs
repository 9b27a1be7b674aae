//! Tools that run at a provider, or that a provider defines.
//!
//! | tool | Chat | Responses | Claude | Gemini |
//! | --- | --- | --- | --- | --- |
//! | web search | `web_search_options`, search models of OpenAI only | `web_search` | `web_search_20250305` | `googleSearch` |
//! | code execution | – | `code_interpreter` | `code_execution_20250825` | `codeExecution` |
//! | fetching of URLs | – | – | `web_fetch_20250910` | `urlContext` |
//! | image generation | – | – | – | an image among `responseModalities`, where the model draws |
//! | local shell, shell, patches (OpenAI); bash, text editor (Claude) | a function with the tool's public parameters | the same | the same | the same |
//! | memory, computer use | refused | refused | refused | refused |
//! | servers of tools (MCP) of OpenAI's | – | the same | `mcp_servers` and a toolset, if no call is to be approved | – |
//! | anything else | – | – | – | – |
//!
//! A dash is a loss of quality. So is every member of a tool that the target's form has no place for,
//! but for labels and marks. A tool that loads others when they are needed is one of "anything else": all
//! tools are declared at once. Claude names these tools like functions: a function of the client that
//! has the name wins.
//!
//! OpenAI's search models are the only chat models that take `web_search_options`; others refuse it. The
//! catalogue says which they are (`chat_search`).

mod client;
mod web_search;

use super::Notes;
use crate::{
    protocols::rules,
    rejection::Rejection,
    request_ir::{Class, HostedKind, HostedTool, Key, ReadyTool, Settings, Tool, Why},
    target::Target,
};
use cliproxy_core::{Capabilities, Modality};
use cliproxy_json::Value;

/// What tools are called where they have names like functions.
pub(super) const NAMES: [(&str, HostedKind); 3] = [
    ("web_search", HostedKind::WebSearch),
    ("web_fetch", HostedKind::WebFetch),
    ("code_execution", HostedKind::CodeExecution),
];

/// Members that are in no target's form, and no loss: the type, marks, what steers loading.
const SILENT: [&str; 7] = [
    "type",
    "name",
    "cache_control",
    "defer_loading",
    "input_examples",
    "eager_input_streaming",
    "allowed_callers",
];

/// What stands for `tool` at the target; nothing if it is lost. `taken` are those of [`NAMES`] that
/// functions of the client have.
///
/// # Errors
///
/// [`Rejection`] for a tool that the client runs and that no other provider defines.
pub(super) fn fit<'a>(
    tool: &HostedTool<'a>,
    target: &Target<'_>,
    settings: &mut Settings<'a>,
    taken: &[(&str, HostedKind)],
    notes: &mut Notes,
) -> Result<Option<Tool<'a>>, Rejection> {
    let is_typed = rules(tool.protocol).hosted.is_typed;
    if tool.protocol == target.protocol && is_typed {
        return Ok(Some(ready(tool, tool.json.raw().to_owned())));
    }
    if let Some(function) = client::function(tool) {
        return Ok(Some(Tool::Function(function)));
    }
    if is_typed && matches!(tool.kind, HostedKind::Memory | HostedKind::Computer) {
        return Err(Rejection::UnsupportedParameter {
            place: tool.place,
            message: "this tool is defined by its provider, and by no other".into(),
        });
    }
    let hosted = &target.rules().hosted;
    let is_taken = hosted.has_function_names && taken.iter().any(|(_, kind)| *kind == tool.kind);
    let json = match tool.kind {
        _ if is_taken => None,
        HostedKind::WebSearch if hosted.web_search.is_for_search_models && !searches(target) => {
            None
        }
        HostedKind::WebSearch => Some(web_search::write(tool, &hosted.web_search, notes)),
        HostedKind::ImageGeneration if hosted.draws => {
            let draws = |model: &Capabilities| model.output.contains(&Modality::Image);
            if !target.capabilities.is_some_and(draws) {
                None
            } else {
                if settings.get(Key::Modalities).is_none() {
                    settings.set(Key::Modalities, r#"["TEXT","IMAGE"]"#.into(), tool.place);
                }
                lose_members(tool.json, &[], notes);
                return Ok(None);
            }
        }
        HostedKind::Mcp => {
            let servers = hosted.servers.filter(|_| !target.counts);
            servers.and_then(|declare| declare(tool, settings, notes))
        }
        wanted => {
            let mut plain = hosted.plain.iter();
            plain.find(|(kind, _)| *kind == wanted).map(|(_, json)| {
                lose_members(tool.json, &[], notes);
                (*json).to_owned()
            })
        }
    };
    if json.is_none() {
        notes
            .losses
            .drop(tool.place, Class::Quality, why(tool, target));
    }
    Ok(json.map(|json| ready(tool, json)))
}

/// Why nothing at the target stands for it.
fn why(tool: &HostedTool<'_>, target: &Target<'_>) -> Why {
    let text = |name: &str| tool.json.get(name).and_then(|value| value.as_str());
    let has_servers = target.rules().hosted.servers.is_some();
    if tool.kind == HostedKind::Mcp
        && has_servers
        && text("require_approval").as_deref() != Some("never")
    {
        return Why::Approval;
    }
    let declared = tool.json.get("function").unwrap_or(tool.json);
    let is_deferred = declared
        .get("defer_loading")
        .and_then(|value| value.as_bool())
        == Some(true);
    let is_function = matches!(text("type").as_deref(), None | Some("function" | "custom"));
    match tool.kind == HostedKind::Other && is_deferred && is_function {
        true => Why::Announced,
        false => Why::NoTool,
    }
}

fn searches(target: &Target<'_>) -> bool {
    let is_made_for_it = target.capabilities.is_some_and(|model| model.chat_search);
    target.profile.labels && is_made_for_it
}

fn ready<'a>(tool: &HostedTool<'_>, json: String) -> Tool<'a> {
    Tool::Ready(ReadyTool {
        kind: tool.kind,
        json,
        place: tool.place,
    })
}

/// Notes the members that are not in `kept`.
fn lose_members(tool: Value<'_>, kept: &[&str], notes: &mut Notes) {
    for (name, value) in tool.members() {
        let is_kept = kept.contains(&&*name) || SILENT.contains(&&*name);
        if !is_kept && !value.is_null() && !is_usual(&name, value) {
            notes.losses.drop(
                crate::request_ir::Place::of(value),
                Class::Quality,
                Why::ToolMember,
            );
        }
    }
}

/// Whether a member says what would be done without it.
fn is_usual(name: &str, value: Value<'_>) -> bool {
    match name {
        "search_context_size" => value.as_str().as_deref() == Some("medium"),
        "container" => {
            let is_auto = value.get("type").and_then(|kind| kind.as_str());
            is_auto.as_deref() == Some("auto") && value.members().count() == 1
        }
        _ => matches!(value.raw(), "{}" | "[]"),
    }
}
