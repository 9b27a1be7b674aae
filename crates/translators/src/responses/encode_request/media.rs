//! Images and files as input parts.

use crate::{
    media_url, mime,
    request_ir::{Detail, Media, MediaKind, Source},
};
use cliproxy_json::ObjectWriter;

pub(super) fn write(media: &Media<'_>, out: &mut ObjectWriter<'_>) {
    if media.kind == MediaKind::Image {
        image(media, out);
    } else {
        file(media, out);
    }
}

fn image(media: &Media<'_>, out: &mut ObjectWriter<'_>) {
    out.text("type", "input_image");
    match &media.source {
        Source::Base64(data) => media_url::write(out, "image_url", media.mime.as_deref(), data),
        Source::Url(url) | Source::Text(url) => out.escaped("image_url", url.as_escaped()),
        Source::File { id, .. } => out.escaped("file_id", id.as_escaped()),
    }
    if let Some(detail) = media.detail {
        out.text(
            "detail",
            match detail {
                Detail::Auto => "auto",
                Detail::Low => "low",
                Detail::Medium | Detail::High => "high",
                Detail::Original => "original",
            },
        );
    }
}

fn file(media: &Media<'_>, out: &mut ObjectWriter<'_>) {
    out.text("type", "input_file");
    match &media.source {
        Source::File { id, .. } => out.escaped("file_id", id.as_escaped()),
        Source::Url(url) => out.escaped("file_url", url.as_escaped()),
        Source::Base64(data) => {
            match media.name.as_ref().or(media.title.as_ref()) {
                Some(name) => out.escaped("filename", name.as_escaped()),
                None => {
                    let mime = media.mime.as_deref().unwrap_or(mime::UNKNOWN);
                    out.text("filename", &mime::file_name(mime));
                }
            }
            media_url::write(out, "file_data", media.mime.as_deref(), data);
        }
        // The normalise pass has made a text of it.
        Source::Text(_) => {}
    }
}
