//! What a result says.
//!
//! | | Chat | Responses | Claude | Gemini |
//! | --- | --- | --- | --- | --- |
//! | Gemini's `response` | its JSON, without blanks | the same | the same | |
//! | an error | `Error: ` before the text | the same | a flag | `{"error":…}` |
//! | media | moved behind the results | inside | inside | inside for models that take it, else moved behind |
//!
//! - A text that begins like an error is not prefixed.
//! - In Chat a text says which call moved media are from, and a result that had nothing else says
//!   where to look. A profile may leave images inside.
//! - A result is called as its call is.

use super::calls::Call;
use crate::{
    compact::compact,
    json_str::JsonStr,
    request_ir::{MediaKind, Part, PartKind, Place, Source, ToolResult},
    target::Target,
};
use cliproxy_core::Protocol;
use std::{borrow::Cow, mem};

/// Fits the result of a call. What is moved out of it is added to `hoisted`.
pub(super) fn fit<'a>(
    mut part: Part<'a>,
    call: &Call<'a>,
    target: &Target<'_>,
    hoisted: &mut Vec<Part<'a>>,
) -> Part<'a> {
    if let PartKind::ToolResult(result) = &mut part.kind {
        result.id = call.id.clone();
        result.name = Some(call.name.clone());
        result.is_freeform = call.is_freeform;
        write_out(result);
        hoist(result, target, hoisted);
        if matches!(target.protocol, Protocol::Chat | Protocol::Responses) && result.is_error {
            say_error(&mut result.content);
        }
    }
    part
}

/// Gemini's `response` as the text that it is.
pub(super) fn write_out(result: &mut ToolResult<'_>) {
    if let Some(response) = result.structured.take() {
        let json = compact(Cow::Borrowed(response.raw()));
        let text = Part::text(JsonStr::plain(&json), Place::of(response));
        result.content.insert(0, text);
    }
}

fn hoist<'a>(result: &mut ToolResult<'a>, target: &Target<'_>, hoisted: &mut Vec<Part<'a>>) {
    let is_chat = target.protocol == Protocol::Chat;
    let inline_images = is_chat && target.profile.inline_tool_images;
    let takes_parts = target
        .capabilities
        .is_some_and(|it| it.function_response_parts);
    match target.protocol {
        Protocol::Claude | Protocol::Responses => return,
        Protocol::Gemini if takes_parts => return,
        Protocol::Chat | Protocol::Gemini => {}
    }
    let moves = |part: &Part<'_>| match &part.kind {
        PartKind::Media(media) => {
            let is_file = matches!(media.source, Source::File { .. });
            !inline_images || media.kind != MediaKind::Image || is_file
        }
        _ => false,
    };
    let content = mem::take(&mut result.content);
    let (media, kept): (Vec<_>, Vec<_>) = content.into_iter().partition(moves);
    result.content = kept;
    let Some(first) = media.first() else {
        return;
    };
    if is_chat {
        let place = first.place;
        if result.content.is_empty() {
            let is_image = |part: &Part<'_>| match &part.kind {
                PartKind::Media(media) => media.kind == MediaKind::Image,
                _ => false,
            };
            let text = match media.iter().all(is_image) {
                true => "(see attached image)",
                false => "(see attached file)",
            };
            result
                .content
                .push(Part::text(JsonStr::escaped(text), place));
        }
        let text = format!("Attachment from tool call {}:", result.id);
        hoisted.push(Part::text(JsonStr::plain(&text), place));
    }
    hoisted.extend(media);
}

/// Puts `Error: ` before the text, unless that says it already.
fn say_error(content: &mut Vec<Part<'_>>) {
    let first = content.iter_mut().find_map(|part| match &mut part.kind {
        PartKind::Text(text) => Some(&mut text.text),
        _ => None,
    });
    match first {
        Some(text) if begins_like_error(text.as_escaped()) => {}
        Some(text) => *text = JsonStr::written(format!("Error: {}", text.as_escaped())),
        None => content.insert(0, Part::text(JsonStr::escaped("Error"), Place::NOWHERE)),
    }
}

fn begins_like_error(text: &str) -> bool {
    let text = text.strip_prefix('<').unwrap_or(text);
    ["error", "tool_use_error"].iter().any(|wanted| {
        let head = text.get(..wanted.len());
        head.is_some_and(|head| head.eq_ignore_ascii_case(wanted))
    })
}
