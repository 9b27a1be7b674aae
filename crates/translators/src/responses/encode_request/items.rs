//! The conversation as input items.

use super::media;
use crate::{
    json_str::JsonStr,
    reply::code_points,
    request_ir::{
        CacheMark, Part, PartKind, Phase, Request, Role, SystemMessage, SystemRole, Text, Thought,
        ToolInput, ToolResult, ToolUse, Turn,
    },
    target::Target,
};
use cliproxy_json::{ArrayWriter, ObjectWriter, quote_into};
use std::ops::Range;

/// What only one account can read, and where it stands.
pub(super) type SealedItems = Vec<(u32, Range<usize>)>;

pub(super) fn write(
    request: &Request<'_>,
    target: &Target<'_>,
    list: &mut ArrayWriter<'_>,
    sealed: &mut SealedItems,
) {
    let leading = request.system.iter();
    for message in leading.filter(|message| message.role != SystemRole::Instructions) {
        system(message, target, list);
    }
    for turn in &request.turns {
        match turn {
            Turn::System(message) => system(message, target, list),
            Turn::Said {
                role: Role::User,
                parts,
                ..
            } => user(parts, list),
            Turn::Said {
                role: Role::Assistant,
                parts,
                ..
            } => assistant(parts, list, sealed),
        }
    }
}

fn system(message: &SystemMessage<'_>, target: &Target<'_>, list: &mut ArrayWriter<'_>) {
    let role = match message.role {
        SystemRole::System if !target.profile.is_codex => "system",
        SystemRole::System | SystemRole::Developer | SystemRole::Instructions => "developer",
    };
    said(role, &message.parts, list);
}

fn said(role: &str, parts: &[Part<'_>], list: &mut ArrayWriter<'_>) {
    list.object(|item| {
        item.text("type", "message");
        item.text("role", role);
        item.array("content", |content| {
            for part in parts {
                input(part, content);
            }
        });
    });
}

/// Results as items of their own, then the rest as one message.
fn user(parts: &[Part<'_>], list: &mut ArrayWriter<'_>) {
    let is_result = |part: &&Part<'_>| matches!(part.kind, PartKind::ToolResult(_));
    let results = parts.iter().take_while(is_result).count();
    for part in &parts[..results] {
        if let PartKind::ToolResult(result) = &part.kind {
            list.object(|item| output(result, item));
        }
    }
    if results < parts.len() {
        said("user", &parts[results..], list);
    }
}

fn input(part: &Part<'_>, content: &mut ArrayWriter<'_>) {
    match &part.kind {
        PartKind::Text(text) => content.object(|out| {
            out.text("type", "input_text");
            out.escaped("text", text.text.as_escaped());
            mark(part, out);
        }),
        PartKind::Media(media) => content.object(|out| {
            media::write(media, out);
            mark(part, out);
        }),
        // Of the others none is left in a user's turn.
        _ => {}
    }
}

fn mark(part: &Part<'_>, out: &mut ObjectWriter<'_>) {
    if part.cache == Some(CacheMark::Breakpoint) {
        out.boolean("prompt_cache_breakpoint", true);
    }
}

fn output(result: &ToolResult<'_>, item: &mut ObjectWriter<'_>) {
    item.text(
        "type",
        match result.is_freeform {
            true => "custom_tool_call_output",
            false => "function_call_output",
        },
    );
    item.text("call_id", &result.id);
    let is_text = |part: &Part<'_>| part.as_text().is_some();
    if !result.content.iter().all(is_text) {
        item.array("output", |content| {
            for part in &result.content {
                input(part, content);
            }
        });
        return;
    }
    item.member("output", |out| {
        out.push(b'"');
        for (index, text) in result.content.iter().filter_map(Part::as_text).enumerate() {
            if index > 0 {
                out.extend_from_slice(b"\\n\\n");
            }
            out.extend_from_slice(text.as_escaped().as_bytes());
        }
        out.push(b'"');
    });
}

/// Items in the order of the parts. Texts that belong together are one message.
fn assistant(parts: &[Part<'_>], list: &mut ArrayWriter<'_>, sealed: &mut SealedItems) {
    let mut rest = parts;
    while let [part, after @ ..] = rest {
        rest = after;
        match &part.kind {
            PartKind::Thinking(thought) => list.element(|out| {
                let start = out.len();
                ObjectWriter::write(out, |item| reasoning(thought, item));
                let realm = thought.opaque.as_ref().and_then(|opaque| opaque.realm);
                sealed.extend(realm.map(|realm| (realm, start..out.len())));
            }),
            PartKind::Redacted(opaque) => list.object(|item| {
                item.text("type", "reasoning");
                if let Some(id) = &opaque.item {
                    item.text("id", id);
                }
                item.array("summary", |_| {});
                item.escaped("encrypted_content", opaque.data.as_escaped());
            }),
            PartKind::ToolUse(call) => list.object(|item| tool_call(call, item)),
            PartKind::Text(_) | PartKind::Refusal(_) => {
                let same = |part: &&Part<'_>| is_said(part) && !part.begins_paragraph;
                let more = after.iter().take_while(same).count();
                rest = &after[more..];
                message(&std::iter::once(part).chain(&after[..more]), list);
            }
            _ => {}
        }
    }
}

fn is_said(part: &Part<'_>) -> bool {
    matches!(part.kind, PartKind::Text(_) | PartKind::Refusal(_))
}

fn message<'p, 'a: 'p>(
    parts: &(impl Iterator<Item = &'p Part<'a>> + Clone),
    list: &mut ArrayWriter<'_>,
) {
    list.object(|item| {
        item.text("type", "message");
        item.text("role", "assistant");
        item.array("content", |content| {
            for part in parts.clone() {
                match &part.kind {
                    PartKind::Text(text) => content.object(|out| output_text(text, out)),
                    PartKind::Refusal(text) => content.object(|out| {
                        out.text("type", "refusal");
                        out.escaped("refusal", text.as_escaped());
                    }),
                    _ => {}
                }
            }
        });
        let phase = parts.clone().find_map(|part| match &part.kind {
            PartKind::Text(text) => text.phase,
            _ => None,
        });
        if let Some(phase) = phase {
            item.text(
                "phase",
                match phase {
                    Phase::Commentary => "commentary",
                    Phase::FinalAnswer => "final_answer",
                },
            );
        }
    });
}

fn output_text(text: &Text<'_>, out: &mut ObjectWriter<'_>) {
    out.text("type", "output_text");
    out.escaped("text", text.text.as_escaped());
    out.array("annotations", |list| {
        for citation in &text.citations {
            let all = || (0, code_points(text.text.as_escaped()));
            let (start, end) = citation.range.unwrap_or_else(all);
            list.object(|annotation| {
                annotation.text("type", "url_citation");
                annotation.number("start_index", start);
                annotation.number("end_index", end);
                annotation.escaped("url", citation.url.as_escaped());
                annotation.escaped("title", citation.title.as_escaped());
            });
        }
    });
}

fn reasoning(thought: &Thought<'_>, item: &mut ObjectWriter<'_>) {
    item.text("type", "reasoning");
    let opaque = thought.opaque.as_ref();
    if let Some(id) = opaque.and_then(|opaque| opaque.item.as_ref()) {
        item.text("id", id);
    }
    item.array("summary", |summary| {
        let whole =
            (thought.summary.is_empty() && !thought.text.is_empty()).then_some(&thought.text);
        for text in thought.summary.iter().chain(whole) {
            summary.object(|out| summary_text(text, out));
        }
    });
    if let Some(opaque) = opaque {
        item.escaped("encrypted_content", opaque.data.as_escaped());
    }
}

fn summary_text(text: &JsonStr<'_>, out: &mut ObjectWriter<'_>) {
    out.text("type", "summary_text");
    out.escaped("text", text.as_escaped());
}

fn tool_call(call: &ToolUse<'_>, item: &mut ObjectWriter<'_>) {
    let (kind, key) = match call.input {
        ToolInput::Freeform(_) => ("custom_tool_call", "input"),
        ToolInput::Json(_) | ToolInput::Text(_) => ("function_call", "arguments"),
    };
    item.text("type", kind);
    item.text("call_id", &call.id);
    if let Some(namespace) = &call.name.namespace {
        item.text("namespace", namespace);
    }
    item.text("name", &call.name.name);
    match &call.input {
        ToolInput::Json(json) => item.member(key, |out| quote_into(out, json)),
        ToolInput::Text(text) | ToolInput::Freeform(text) => {
            item.escaped(key, text.as_escaped());
        }
    }
}
