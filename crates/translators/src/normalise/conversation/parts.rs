//! Parts by their kind.
//!
//! | part | what becomes of it |
//! | --- | --- |
//! | text, refusal | stays unless it is empty; what a user refuses is text |
//! | image, recording, film, document | see `media`, also inside results |
//! | web search that a provider ran | gone: what it gave is in the text |
//! | code that a provider ran (Responses, Gemini) | texts: the code and its output, fenced; images are dropped and reported |
//! | any other tool that a provider ran | dropped, reported |
//! | an image or a recording in an answer | stays where an answer may have one (Gemini); elsewhere dropped, reported |
//! | pages that a text of an answer cites | stay where an answer may cite (Responses); elsewhere dropped, reported |
//! | what is said of a part in words of its own protocol (citations wanted, a clip's frames, when a result is used) | dropped, reported |
//! | what only its protocol knows | refused; of an answer in Chat, Claude and Gemini dropped and reported |
//!
//! What is refused is replaced by a note and reported instead where the policy is lenient.

use super::{Notes, media, system};
use crate::{
    json_str::JsonStr,
    protocols::rules,
    rejection::Rejection,
    request_ir::{Class, Part, PartKind, Place, Role, ServerKind, ServerTool, Text, Why},
    target::{LossPolicy, Target},
};
use cliproxy_json::Value;

/// What is left of a part.
///
/// # Errors
///
/// [`Rejection`] if the target cannot take it and the conversation is about it.
pub(super) fn fit<'a>(
    mut part: Part<'a>,
    role: Role,
    target: &Target<'_>,
    notes: &mut Notes,
) -> Result<Option<Part<'a>>, Rejection> {
    for aside in part.aside.drain(..) {
        notes.losses.drop(aside, Class::Quality, Why::NoPlace);
    }
    if let PartKind::Text(text) = &mut part.kind
        && (role == Role::User || !target.rules().conversation.cites_pages)
    {
        for citation in text.citations.drain(..) {
            notes
                .losses
                .drop(citation.place, Class::Quality, Why::NoPlace);
        }
    }
    if role == Role::Assistant
        && !target.rules().media.in_answers
        && matches!(part.kind, PartKind::Media(_))
    {
        notes.losses.drop(part.place, Class::Quality, Why::OnlyOwn);
        return Ok(None);
    }
    part.kind = match part.kind {
        PartKind::Refusal(text) if role == Role::User => PartKind::Text(Text {
            text,
            ..Text::default()
        }),
        PartKind::Media(found) => media::fit(found, part.place, target, notes)?,
        PartKind::ToolResult(mut result) => {
            let content = std::mem::take(&mut result.content);
            for inner in content {
                result
                    .content
                    .extend(fit(inner, Role::User, target, notes)?);
            }
            PartKind::ToolResult(result)
        }
        PartKind::ServerTool(tool) => match server_tool(&tool, part.place, notes) {
            Some(text) => {
                part.begins_paragraph = true;
                PartKind::Text(Text {
                    text,
                    ..Text::default()
                })
            }
            None => return Ok(None),
        },
        PartKind::Foreign(protocol) => {
            let is_kept = rules(protocol).conversation.keeps_foreign_answers;
            if role == Role::Assistant && !is_kept {
                notes.losses.drop(part.place, Class::Quality, Why::OnlyOwn);
                return Ok(None);
            }
            refused(
                part.place,
                "part",
                "only its own protocol knows it",
                target,
                notes,
            )?
        }
        kind => kind,
    };
    if !has_mark(&part.kind) {
        part.cache = None;
    }
    let is_empty = match &part.kind {
        PartKind::Text(text) => system::is_empty(&text.text, target),
        PartKind::Refusal(text) => system::is_empty(text, target),
        _ => false,
    };
    Ok((!is_empty).then_some(part))
}

/// Whether a provider takes a caching mark on such a part.
const fn has_mark(kind: &PartKind<'_>) -> bool {
    !matches!(
        kind,
        PartKind::Thinking(_) | PartKind::Redacted(_) | PartKind::Refusal(_)
    )
}

/// What stands in place of a part that the target cannot take.
///
/// # Errors
///
/// [`Rejection`], unless the policy is lenient.
pub(super) fn refused<'a>(
    place: Place,
    what: &str,
    why: &str,
    target: &Target<'_>,
    notes: &mut Notes,
) -> Result<PartKind<'a>, Rejection> {
    if target.options.policy != LossPolicy::Lenient {
        return Err(Rejection::UnsupportedContent {
            place,
            message: format!("{what} cannot be sent: {why}").into(),
        });
    }
    notes.losses.drop(place, Class::Semantic, Why::LeftOut);
    Ok(PartKind::Text(Text {
        text: JsonStr::plain(&format!("[{what} left out: {why}]")),
        ..Text::default()
    }))
}

/// The text that stands for a tool that a provider ran.
fn server_tool<'a>(tool: &ServerTool<'a>, place: Place, notes: &mut Notes) -> Option<JsonStr<'a>> {
    match tool.kind {
        ServerKind::WebSearch => None,
        ServerKind::CodeExecution => {
            let pieces = [Some(tool.call), tool.result].into_iter().flatten();
            let outputs = tool.call.get("outputs").into_iter();
            let outputs = outputs.flat_map(|outputs| outputs.elements());
            let mut fenced: Vec<_> = pieces.filter_map(fenced).collect();
            for output in outputs {
                match output.get("logs").and_then(JsonStr::of) {
                    Some(logs) => fenced.push(fence("", &logs)),
                    None => notes
                        .losses
                        .drop(Place::of(output), Class::Quality, Why::Run),
                }
            }
            if fenced.is_empty() {
                notes.losses.drop(place, Class::Quality, Why::Run);
                return None;
            }
            Some(JsonStr::written(fenced.join("\\n\\n")))
        }
        ServerKind::WebFetch
        | ServerKind::FileSearch
        | ServerKind::ImageGeneration
        | ServerKind::Mcp
        | ServerKind::Other => {
            notes.losses.drop(place, Class::Quality, Why::Run);
            None
        }
    }
}

/// Gemini's `executableCode` or `codeExecutionResult`, or a part with one of them; escaped.
fn fenced(value: Value<'_>) -> Option<String> {
    let names = |camel, snake| value.get(camel).or_else(|| value.get(snake));
    let code = names("executableCode", "executable_code").unwrap_or(value);
    if let Some(text) = code.get("code").and_then(JsonStr::of) {
        let language = code.get("language").and_then(|it| it.as_str());
        let language = language.filter(|it| it.bytes().all(|byte| byte.is_ascii_alphanumeric()));
        let language = language.unwrap_or_default().to_ascii_lowercase();
        return Some(fence(&language, &text));
    }
    let result = names("codeExecutionResult", "code_execution_result").unwrap_or(value);
    let output = result.get("output").and_then(JsonStr::of)?;
    Some(fence("", &output))
}

fn fence(language: &str, text: &JsonStr<'_>) -> String {
    format!("```{language}\\n{}\\n```", text.as_escaped())
}
