//! Contents of chat messages: a string where that says all, else an array of parts.

use crate::{
    media_url, mime,
    request_ir::{CacheMark, Detail, Media, MediaKind, Part, PartKind, Source},
};
use cliproxy_json::{ArrayWriter, ObjectWriter};

/// Writes a content under `key`. `arrays`: whether several texts may stand as parts; where they may not
/// they are joined by a blank line, and there is no place for marks.
pub(super) fn write(message: &mut ObjectWriter<'_>, key: &str, parts: &[Part<'_>], arrays: bool) {
    let is_text = |part: &Part<'_>| matches!(part.kind, PartKind::Text(_));
    let has_marks = arrays && parts.iter().any(|part| part.cache.is_some());
    match parts {
        [] => message.text(key, ""),
        [only] if is_text(only) && !has_marks => text(message, key, parts, ""),
        _ if !arrays && parts.iter().all(is_text) => text(message, key, parts, "\\n\\n"),
        _ => message.array(key, |list| {
            for one in parts {
                part(list, one);
            }
        }),
    }
}

/// The texts of an assistant, which chat has as one string: glued, or as paragraphs.
pub(super) fn assistant_text(message: &mut ObjectWriter<'_>, parts: &[Part<'_>]) {
    message.member("content", |out| {
        out.push(b'"');
        let start = out.len();
        for part in parts {
            if let PartKind::Text(text) = &part.kind {
                if part.begins_paragraph && out.len() > start {
                    out.extend_from_slice(b"\\n\\n");
                }
                out.extend_from_slice(text.text.as_escaped().as_bytes());
            }
        }
        out.push(b'"');
    });
}

/// Texts as one string.
fn text(message: &mut ObjectWriter<'_>, key: &str, parts: &[Part<'_>], between: &str) {
    message.member(key, |out| {
        out.push(b'"');
        let texts = parts.iter().filter_map(|part| match &part.kind {
            PartKind::Text(text) => Some(text.text.as_escaped()),
            _ => None,
        });
        for (index, text) in texts.enumerate() {
            if index > 0 {
                out.extend_from_slice(between.as_bytes());
            }
            out.extend_from_slice(text.as_bytes());
        }
        out.push(b'"');
    });
}

fn part(list: &mut ArrayWriter<'_>, part: &Part<'_>) {
    match &part.kind {
        PartKind::Text(text) => list.object(|out| {
            out.text("type", "text");
            out.escaped("text", text.text.as_escaped());
            mark(part, out);
        }),
        PartKind::Refusal(text) => list.object(|out| {
            out.text("type", "refusal");
            out.escaped("refusal", text.as_escaped());
        }),
        PartKind::Media(media) => list.object(|out| {
            write_media(media, out);
            mark(part, out);
        }),
        // Of the others none is left by the normalise pass.
        _ => {}
    }
}

fn mark(part: &Part<'_>, out: &mut ObjectWriter<'_>) {
    if part.cache == Some(CacheMark::Breakpoint) {
        out.boolean("prompt_cache_breakpoint", true);
    }
}

fn write_media(media: &Media<'_>, out: &mut ObjectWriter<'_>) {
    match media.kind {
        MediaKind::Image => {
            out.text("type", "image_url");
            out.object("image_url", |image| {
                url(media, "url", image);
                if let Some(detail) = media.detail.map(detail) {
                    image.text("detail", detail);
                }
            });
        }
        MediaKind::Audio => {
            out.text("type", "input_audio");
            out.object("input_audio", |audio| {
                if let Source::Base64(data) = &media.source {
                    audio.escaped("data", data);
                }
                let format = media.mime.as_deref().and_then(mime::audio_format);
                audio.text("format", format.unwrap_or("wav"));
            });
        }
        MediaKind::Video => {
            out.text("type", "video_url");
            out.object("video_url", |video| url(media, "url", video));
        }
        MediaKind::Document => {
            out.text("type", "file");
            out.object("file", |file| match &media.source {
                Source::File { id, .. } => file.escaped("file_id", id.as_escaped()),
                _ => {
                    match media.name.as_ref().or(media.title.as_ref()) {
                        Some(name) => file.escaped("filename", name.as_escaped()),
                        None => {
                            let mime = media.mime.as_deref().unwrap_or(mime::UNKNOWN);
                            file.text("filename", &mime::file_name(mime));
                        }
                    }
                    url(media, "file_data", file);
                }
            });
        }
    }
}

/// An address, or the data as one.
fn url(media: &Media<'_>, key: &str, out: &mut ObjectWriter<'_>) {
    match &media.source {
        Source::Base64(data) => media_url::write(out, key, media.mime.as_deref(), data),
        Source::Url(url) | Source::File { id: url, .. } | Source::Text(url) => {
            out.escaped(key, url.as_escaped());
        }
    }
}

const fn detail(detail: Detail) -> &'static str {
    match detail {
        Detail::Auto => "auto",
        Detail::Low => "low",
        Detail::Medium | Detail::High | Detail::Original => "high",
    }
}
