//! System messages and turns as chat messages.

use super::content;
use crate::{
    request_ir::{
        Part, PartKind, Request, Role, SystemMessage, SystemRole, ToolInput, ToolResult, ToolUse,
        Turn,
    },
    target::Target,
};
use cliproxy_json::{ArrayWriter, ObjectWriter, quote_into};

pub(super) fn write(request: &Request<'_>, target: &Target<'_>, list: &mut ArrayWriter<'_>) {
    for message in &request.system {
        system(message, target, list);
    }
    for turn in &request.turns {
        match turn {
            Turn::System(message) => system(message, target, list),
            Turn::Said {
                role: Role::Assistant,
                parts,
                ..
            } => list.object(|message| assistant(parts, message)),
            Turn::Said {
                role: Role::User,
                parts,
                ..
            } => user(parts, target, list),
        }
    }
}

fn system(message: &SystemMessage<'_>, target: &Target<'_>, list: &mut ArrayWriter<'_>) {
    let role = match message.role {
        SystemRole::Developer if target.profile.developer_role => "developer",
        SystemRole::Developer | SystemRole::Instructions | SystemRole::System => "system",
    };
    list.object(|out| {
        out.text("role", role);
        content::write(out, "content", &message.parts, target.profile.part_arrays);
    });
}

/// Results first, one message each, in the order of the calls they answer; then the rest.
fn user(parts: &[Part<'_>], target: &Target<'_>, list: &mut ArrayWriter<'_>) {
    let results = parts.iter().take_while(|part| is_result(part)).count();
    for part in &parts[..results] {
        if let PartKind::ToolResult(result) = &part.kind {
            list.object(|message| tool(result, target, message));
        }
    }
    let rest = &parts[results..];
    if !rest.is_empty() {
        list.object(|message| {
            message.text("role", "user");
            content::write(message, "content", rest, true);
        });
    }
}

fn is_result(part: &Part<'_>) -> bool {
    matches!(part.kind, PartKind::ToolResult(_))
}

fn tool(result: &ToolResult<'_>, target: &Target<'_>, message: &mut ObjectWriter<'_>) {
    message.text("role", "tool");
    message.text("tool_call_id", &result.id);
    let profile = target.profile;
    let arrays = profile.part_arrays || profile.inline_tool_images && has_media(&result.content);
    content::write(message, "content", &result.content, arrays);
}

fn has_media(parts: &[Part<'_>]) -> bool {
    let is_media = |part: &Part<'_>| matches!(part.kind, PartKind::Media(_));
    parts.iter().any(is_media)
}

fn assistant(parts: &[Part<'_>], message: &mut ObjectWriter<'_>) {
    message.text("role", "assistant");
    let calls: Vec<_> = parts.iter().filter_map(call).collect();
    let has_text = parts
        .iter()
        .any(|part| matches!(part.kind, PartKind::Text(_)));
    if has_text {
        content::assistant_text(message, parts);
    } else {
        message.null("content");
    }
    let refusals = parts.iter().filter_map(|part| match &part.kind {
        PartKind::Refusal(text) => Some(text.as_escaped()),
        _ => None,
    });
    paragraphs("refusal", refusals, message);
    reasoning(parts, message);
    if !calls.is_empty() {
        message.array("tool_calls", |list| {
            for call in calls {
                list.object(|out| tool_call(call, out));
            }
        });
    }
}

fn call<'p, 'a>(part: &'p Part<'a>) -> Option<&'p ToolUse<'a>> {
    match &part.kind {
        PartKind::ToolUse(call) => Some(call),
        _ => None,
    }
}

/// What the normalise pass has left of the reasoning is what the vendor wants back.
fn reasoning(parts: &[Part<'_>], message: &mut ObjectWriter<'_>) {
    let texts = parts.iter().filter_map(|part| match &part.kind {
        PartKind::Thinking(thought) => Some(thought.text.as_escaped()),
        _ => None,
    });
    paragraphs("reasoning_content", texts, message);
}

/// Texts as one member, a blank line between them; no member without a text.
fn paragraphs<'p>(
    key: &str,
    mut texts: impl Iterator<Item = &'p str>,
    message: &mut ObjectWriter<'_>,
) {
    let Some(first) = texts.next() else {
        return;
    };
    message.member(key, |out| {
        out.push(b'"');
        out.extend_from_slice(first.as_bytes());
        for text in texts {
            out.extend_from_slice(b"\\n\\n");
            out.extend_from_slice(text.as_bytes());
        }
        out.push(b'"');
    });
}

fn tool_call(call: &ToolUse<'_>, out: &mut ObjectWriter<'_>) {
    out.text("id", &call.id);
    if let ToolInput::Freeform(text) = &call.input {
        out.text("type", "custom");
        out.object("custom", |custom| {
            custom.text("name", &call.name.name);
            custom.escaped("input", text.as_escaped());
        });
        return;
    }
    out.text("type", "function");
    out.object("function", |function| {
        function.text("name", &call.name.name);
        function.member("arguments", |out| arguments(&call.input, out));
    });
    if let Some(signature) = &call.signature {
        out.object("extra_content", |extra| {
            extra.object("google", |google| {
                google.escaped("thought_signature", signature.data.as_escaped());
            });
        });
    }
}

fn arguments(input: &ToolInput<'_>, out: &mut Vec<u8>) {
    match input {
        ToolInput::Json(json) => quote_into(out, json),
        ToolInput::Text(text) | ToolInput::Freeform(text) => {
            out.push(b'"');
            out.extend_from_slice(text.as_escaped().as_bytes());
            out.push(b'"');
        }
    }
}
