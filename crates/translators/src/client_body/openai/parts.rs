//! The content of a message: a text, or a list of parts.
//!
//! | type | part |
//! | --- | --- |
//! | `text` (also `input_text`, `output_text`) | text |
//! | `refusal` | refusal |
//! | `image_url` (also `input_image`) | image; the URL stands in an object or alone |
//! | `input_audio` | recording |
//! | `video_url` | film |
//! | `file` (also `input_file`) | by its media type, else a document |
//! | `thinking`, `redacted_thinking` | reasoning, as Claude writes it |
//! | another | kept for its own protocol alone |
//!
//! A file is `file_data`, else `file_url`, else `file_id`; the type of bare base64 is told by the file's
//! name, else by the first bytes. `annotations` of a text are its citations, see `annotations`.
//! `cache_control` and `prompt_cache_breakpoint` are caching marks.

use super::super::{
    cache,
    expect::{object, optional_text, required, string, text},
    media,
    members::take,
    pieces::Pieces,
};
use super::annotations::annotate;
use crate::{
    claude::decode_request::thinking,
    json_str::JsonStr,
    mime,
    rejection::Rejection,
    request_ir::{Media, MediaKind, Part, PartKind, Place, Source, Text},
};
use cliproxy_core::Protocol;
use cliproxy_json::{Kind, Value};
use std::borrow::Cow;

/// Reads `content`.
///
/// # Errors
///
/// [`Rejection`] for what is neither, and for a part without what its type asks for.
pub(crate) fn content<'a>(
    content: Value<'a>,
    protocol: Protocol,
    pieces: &Pieces,
) -> Result<Vec<Part<'a>>, Rejection> {
    if let Kind::String = content.kind() {
        let text = text(content, "content")?;
        return Ok(vec![Part::text(text, Place::of(content))]);
    }
    // Most lists have one part.
    let mut parts = Vec::with_capacity(1);
    for value in pieces.array(content, "content")? {
        parts.push(part(value?, protocol, pieces)?);
    }
    Ok(parts)
}

const MEMBERS: [&str; 11] = [
    "type",
    "text",
    "refusal",
    "image_url",
    "detail",
    "input_audio",
    "video_url",
    "file",
    "cache_control",
    "prompt_cache_breakpoint",
    "annotations",
];

fn part<'a>(part: Value<'a>, protocol: Protocol, pieces: &Pieces) -> Result<Part<'a>, Rejection> {
    if part.kind() == Kind::String {
        return Ok(Part::text(text(part, "text")?, Place::of(part)));
    }
    let members = take(object(part, "part")?.members(), MEMBERS);
    let [
        kind,
        said,
        refusal,
        image,
        detail,
        audio,
        video,
        inner,
        control,
        breakpoint,
        annotations,
    ] = members;
    let kind = string(required(kind, part, "type")?, "type")?;
    let kind = match &*kind {
        "text" | "input_text" | "output_text" => PartKind::Text(Text {
            text: text(required(said, part, "text")?, "text")?,
            ..Text::default()
        }),
        "refusal" => {
            let refusal = required(refusal, part, "refusal")?;
            PartKind::Refusal(text(refusal, "refusal")?)
        }
        "image_url" | "input_image" => media(match image {
            Some(image) => by_url(image, "image_url", MediaKind::Image, detail)?,
            None => {
                let mut image = file(part, MediaKind::Image, protocol)?;
                media::set_detail(&mut image, detail);
                image
            }
        }),
        "input_audio" => media(recording(required(audio, part, "input_audio")?)?),
        "video_url" => {
            let video = required(video, part, "video_url")?;
            media(by_url(video, "video_url", MediaKind::Video, None)?)
        }
        "file" => {
            let inner = required(inner, part, "file")?;
            media(file(inner, MediaKind::Document, protocol)?)
        }
        "input_file" => media(file(part, MediaKind::Document, protocol)?),
        "thinking" => thinking::thought(part)?,
        "redacted_thinking" => thinking::redacted(part)?,
        _ => PartKind::Foreign(protocol),
    };
    let mut read = Part::new(kind, Place::of(part));
    read.cache = cache::mark(control, breakpoint);
    if let Some(annotations) = annotations {
        annotate(&mut read, annotations, pieces)?;
    }
    Ok(read)
}

fn media(media: Media<'_>) -> PartKind<'_> {
    PartKind::Media(Box::new(media))
}

/// `{url, detail}`, or a URL alone.
fn by_url<'a>(
    value: Value<'a>,
    name: &str,
    kind: MediaKind,
    detail: Option<Value<'a>>,
) -> Result<Media<'a>, Rejection> {
    let (url, inner) = match value.kind() {
        Kind::String => (value, None),
        _ => {
            let [url, detail] = take(object(value, name)?.members(), ["url", "detail"]);
            (required(url, value, "url")?, detail)
        }
    };
    let mut read = media::by_url(url, "url", kind)?;
    media::set_detail(&mut read, inner.or(detail));
    Ok(read)
}

fn recording(value: Value<'_>) -> Result<Media<'_>, Rejection> {
    let members = object(value, "input_audio")?.members();
    let [data, format] = take(members, ["data", "format"]);
    let format = format.map(|format| string(format, "format")).transpose()?;
    let mime = format.map(|format| match mime::of_audio_format(&format) {
        Some(mime) => Cow::Borrowed(mime),
        None => Cow::Owned(format!("audio/{format}")),
    });
    let data = required(data, value, "data")?;
    media::by_base64(data, "data", mime, Some(MediaKind::Audio))
}

/// `{filename, file_data, file_url, file_id}`, in an object of its own or in the part.
fn file(value: Value<'_>, kind: MediaKind, owner: Protocol) -> Result<Media<'_>, Rejection> {
    let names = ["filename", "file_data", "file_url", "file_id"];
    let [name, data, url, id] = take(object(value, "file")?.members(), names);
    let name = optional_text(name, "filename")?;
    let mut read = match (data, url, id) {
        (Some(data), ..) => media::by_base64(data, "file_data", named(name.as_ref()), None)?,
        (None, Some(url), _) => media::by_url(url, "file_url", kind)?,
        (None, None, id) => {
            let id = required(id, value, "file_data")?;
            let source = Source::File {
                owner,
                id: text(id, "file_id")?,
            };
            Media::new(kind, source)
        }
    };
    read.name = name;
    Ok(read)
}

/// The media type that a file's name tells.
fn named(name: Option<&JsonStr<'_>>) -> Option<Cow<'static, str>> {
    let name = name?.decoded();
    mime::of_url(&format!("file://./{name}")).map(Cow::Borrowed)
}
