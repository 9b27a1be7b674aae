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
    rules::ResultMedia,
    target::Target,
};
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
        if target.rules().conversation.says_error && result.is_error {
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
    let takes_parts = || {
        let known = target.capabilities;
        known.is_some_and(|it| it.function_response_parts)
    };
    let announces = match target.rules().conversation.result_media {
        ResultMedia::Inside => return,
        ResultMedia::IfModelSays if takes_parts() => return,
        ResultMedia::IfModelSays => false,
        ResultMedia::Announced => true,
    };
    let inline_images = announces && target.profile.inline_tool_images;
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
    if announces {
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
