//! System instruction and contents.

use crate::{
    gemini::media_resolution,
    json_str::JsonStr,
    request_ir::{
        Media, MediaKind, Opaque, OpaqueKind, Part, PartKind, Request, Role, Source, ToolInput,
        ToolResult, ToolUse, Turn,
    },
    target::Target,
};
use cliproxy_json::{ArrayWriter, ObjectWriter, Value, quote_into};

pub(super) fn write(request: &Request<'_>, target: &Target<'_>, body: &mut ObjectWriter<'_>) {
    let system = || request.system.iter().flat_map(|message| &message.parts);
    if system().next().is_some() {
        body.object("systemInstruction", |instruction| {
            instruction.array("parts", |list| {
                for part in system() {
                    write_part(part, target, list);
                }
            });
        });
    }
    body.array("contents", |list| {
        for turn in &request.turns {
            // The normalise pass has made system turns texts of the user.
            if let Turn::Said { role, parts, .. } = turn {
                list.object(|content| {
                    let role = match role {
                        Role::User => "user",
                        Role::Assistant => "model",
                    };
                    content.text("role", role);
                    content.array("parts", |list| {
                        for part in parts {
                            write_part(part, target, list);
                        }
                    });
                });
            }
        }
    });
}

fn write_part(part: &Part<'_>, target: &Target<'_>, list: &mut ArrayWriter<'_>) {
    match &part.kind {
        PartKind::Text(text) => list.object(|out| out.escaped("text", text.text.as_escaped())),
        PartKind::Refusal(text) => list.object(|out| out.escaped("text", text.as_escaped())),
        PartKind::Media(found) => list.object(|out| media(found, out)),
        // A signature of a call stands on the call.
        PartKind::Thinking(thought) if is_of(OpaqueKind::Call, thought.opaque.as_ref()) => {}
        // That of a text stands on an empty one behind it, as Google streams it.
        PartKind::Thinking(thought) if is_of(OpaqueKind::Text, thought.opaque.as_ref()) => {
            list.object(|out| {
                out.text("text", "");
                signature(thought.opaque.as_ref(), out);
            });
        }
        PartKind::Thinking(thought) => list.object(|out| {
            out.escaped("text", thought.text.as_escaped());
            out.boolean("thought", true);
            signature(thought.opaque.as_ref(), out);
        }),
        PartKind::ToolUse(call) => list.object(|out| function_call(call, target, out)),
        PartKind::ToolResult(result) => {
            list.object(|out| function_response(result, target, out));
        }
        // Of these none is left by the normalise pass.
        PartKind::Redacted(_) | PartKind::ServerTool(_) | PartKind::Foreign(..) => {}
    }
}

fn is_of(kind: OpaqueKind, opaque: Option<&Opaque<'_>>) -> bool {
    opaque.is_some_and(|opaque| opaque.kind == kind)
}

fn signature(opaque: Option<&Opaque<'_>>, out: &mut ObjectWriter<'_>) {
    if let Some(opaque) = opaque {
        out.escaped("thoughtSignature", opaque.data.as_escaped());
    }
}

fn function_call(call: &ToolUse<'_>, target: &Target<'_>, out: &mut ObjectWriter<'_>) {
    out.object("functionCall", |function| {
        if target.profile.function_call_ids {
            function.text("id", &call.id);
        }
        function.text("name", &call.name.name);
        match &call.input {
            ToolInput::Json(json) => function.raw("args", json),
            // The normalise pass has made objects of them.
            ToolInput::Text(_) | ToolInput::Freeform(_) => function.object("args", |_| {}),
        }
    });
    signature(call.signature.as_ref(), out);
}

fn function_response(result: &ToolResult<'_>, target: &Target<'_>, out: &mut ObjectWriter<'_>) {
    out.object("functionResponse", |response| {
        if target.profile.function_call_ids {
            response.text("id", &result.id);
        }
        response.text("name", result.name.as_deref().unwrap_or_default());
        response.member("response", |out| said(result, out));
        let is_media = |part: &&Part<'_>| matches!(part.kind, PartKind::Media(_));
        if result.content.iter().any(|part| is_media(&part)) {
            response.array("parts", |list| {
                for part in result.content.iter().filter(is_media) {
                    write_part(part, target, list);
                }
            });
        }
    });
}

/// An object: the text if it is one, else the text as `result`, or as `error`.
fn said(result: &ToolResult<'_>, out: &mut Vec<u8>) {
    if let Some(object) = result.structured {
        out.extend_from_slice(object.raw().as_bytes());
        return;
    }
    let texts = || result.content.iter().filter_map(Part::as_text);
    if !result.is_error
        && texts().next().is_some_and(may_begin_object)
        && let Some(object) = object_of(texts())
    {
        out.extend_from_slice(object.trim().as_bytes());
        return;
    }
    out.push(b'{');
    quote_into(out, if result.is_error { "error" } else { "result" });
    out.extend_from_slice(b":\"");
    for (index, text) in texts().enumerate() {
        if index > 0 {
            out.extend_from_slice(br"\n\n");
        }
        out.extend_from_slice(text.as_escaped().as_bytes());
    }
    out.extend_from_slice(b"\"}");
}

/// What the texts say, if that is an object.
fn object_of<'p>(texts: impl Iterator<Item = &'p JsonStr<'p>>) -> Option<String> {
    let mut plain = String::new();
    for (index, text) in texts.enumerate() {
        if index > 0 {
            plain.push_str("\n\n");
        }
        plain.push_str(&text.decoded());
    }
    let is_object = plain.trim_start().starts_with('{') && Value::parse(&plain).is_ok();
    is_object.then_some(plain)
}

/// Whether it is worth decoding a text to see whether it says an object: most are long and do not.
fn may_begin_object(text: &JsonStr<'_>) -> bool {
    let begin = text.as_escaped().trim_start();
    begin.starts_with(['{', '\\']) || begin.is_empty()
}

fn media(media: &Media<'_>, out: &mut ObjectWriter<'_>) {
    let usual = match media.kind {
        MediaKind::Image => "image/jpeg",
        MediaKind::Audio => "audio/mpeg",
        MediaKind::Video => "video/mp4",
        MediaKind::Document => "application/pdf",
    };
    let mime = media.mime.as_deref().unwrap_or(usual);
    match &media.source {
        Source::Base64(data) => out.object("inlineData", |inline| {
            inline.text("mimeType", mime);
            inline.escaped("data", data);
        }),
        Source::Url(url) | Source::File { id: url, .. } => out.object("fileData", |file| {
            file.text("mimeType", mime);
            file.escaped("fileUri", url.as_escaped());
        }),
        Source::Text(text) => out.escaped("text", text.as_escaped()),
    }
    if let Some(level) = media.detail.and_then(media_resolution::name) {
        out.object("mediaResolution", |resolution| {
            resolution.text("level", level)
        });
    }
}
