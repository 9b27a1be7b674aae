//! Parts as content blocks.

use super::cache_control;
use crate::request_ir::{
    Media, MediaKind, Part, PartKind, Source, Thought, ToolInput, ToolResult, ToolUse,
};
use cliproxy_json::{ArrayWriter, ObjectWriter};

pub(super) fn write(part: &Part<'_>, list: &mut ArrayWriter<'_>) {
    match &part.kind {
        PartKind::Text(text) => list.object(|block| {
            block.text("type", "text");
            block.escaped("text", text.text.as_escaped());
            cache_control(part.cache, block);
        }),
        PartKind::Refusal(text) => list.object(|block| {
            block.text("type", "text");
            block.escaped("text", text.as_escaped());
        }),
        PartKind::Media(found) => list.object(|block| {
            media(found, block);
            cache_control(part.cache, block);
        }),
        PartKind::Thinking(thought) => list.object(|block| thinking(thought, block)),
        PartKind::Redacted(opaque) => list.object(|block| {
            block.text("type", "redacted_thinking");
            block.escaped("data", opaque.data.as_escaped());
        }),
        PartKind::ToolUse(call) => list.object(|block| {
            tool_use(call, block);
            cache_control(part.cache, block);
        }),
        PartKind::ToolResult(result) => list.object(|block| {
            tool_result(result, block);
            cache_control(part.cache, block);
        }),
        // Of these none is left by the normalise pass.
        PartKind::ServerTool(_) | PartKind::Foreign(..) => {}
    }
}

fn thinking(thought: &Thought<'_>, block: &mut ObjectWriter<'_>) {
    block.text("type", "thinking");
    block.escaped("thinking", thought.text.as_escaped());
    let signature = thought.opaque.as_ref();
    let signature = signature.map_or("", |opaque| opaque.data.as_escaped());
    block.escaped("signature", signature);
}

fn tool_use(call: &ToolUse<'_>, block: &mut ObjectWriter<'_>) {
    block.text("type", "tool_use");
    block.text("id", &call.id);
    block.text("name", &call.name.name);
    match &call.input {
        ToolInput::Json(json) => block.raw("input", json),
        // The normalise pass has made objects of them.
        ToolInput::Text(_) | ToolInput::Freeform(_) => block.object("input", |_| {}),
    }
}

fn tool_result(result: &ToolResult<'_>, block: &mut ObjectWriter<'_>) {
    block.text("type", "tool_result");
    block.text("tool_use_id", &result.id);
    match &*result.content {
        [] => {}
        [only] if only.cache.is_none() && only.as_text().is_some() => {
            if let Some(text) = only.as_text() {
                block.escaped("content", text.as_escaped());
            }
        }
        parts => block.array("content", |list| {
            for part in parts {
                write(part, list);
            }
        }),
    }
    if result.is_error {
        block.boolean("is_error", true);
    }
}

fn media(media: &Media<'_>, block: &mut ObjectWriter<'_>) {
    let is_image = media.kind == MediaKind::Image;
    block.text("type", if is_image { "image" } else { "document" });
    block.object("source", |source| match &media.source {
        Source::Base64(data) => {
            source.text("type", "base64");
            let usual = if is_image {
                "image/png"
            } else {
                "application/pdf"
            };
            source.text("media_type", media.mime.as_deref().unwrap_or(usual));
            source.escaped("data", data);
        }
        Source::Url(url) => {
            source.text("type", "url");
            source.escaped("url", url.as_escaped());
        }
        Source::File { id, .. } => {
            source.text("type", "file");
            source.escaped("file_id", id.as_escaped());
        }
        Source::Text(text) => {
            source.text("type", "text");
            source.text("media_type", "text/plain");
            source.escaped("data", text.as_escaped());
        }
    });
    if is_image {
        return;
    }
    if let Some(title) = media.title.as_ref().or(media.name.as_ref()) {
        block.escaped("title", title.as_escaped());
    }
    if let Some(context) = &media.context {
        block.escaped("context", context.as_escaped());
    }
}
