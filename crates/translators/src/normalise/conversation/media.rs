//! Which media a target takes.
//!
//! | | Chat | Responses | Claude | Gemini |
//! | --- | --- | --- | --- | --- |
//! | image, data | yes | yes | JPEG, PNG, GIF, WebP | yes |
//! | image, address | yes | yes | yes | yes |
//! | image, file at the provider | – | yes | yes | yes |
//! | document, data | yes | yes | PDF; `text/*` as plain text | yes |
//! | document, address | – | yes | yes | yes |
//! | document, plain text | text | text | yes | text |
//! | document, file at the provider | yes | yes | yes | yes |
//! | recording | known formats, as data | – | – | yes |
//! | film | – | – | – | yes |
//! | any of them in an answer | – | – | – | yes |
//!
//! - A dash is a loss of what the request is about, and so is a kind that the model does not read, and
//!   a file at a provider of another family. Chat and Responses are one family.
//! - How closely an image is looked at: nearest that the target has, reported if that is another;
//!   Claude has nothing of the kind.
//! - A text about a document has a place in Claude and beside plain text only; elsewhere its loss is
//!   reported as a change of the part.
//! - A title is the name of the file where there are names only.
//! - An address without a media type has that of its ending, where the target wants one.

use super::{Notes, document, parts::refused};
use crate::{
    data_url,
    json_str::JsonStr,
    mime,
    rejection::Rejection,
    request_ir::{Class, Detail, Media, MediaKind, PartKind, Place, Role, Source},
    target::Target,
};
use base64::{Engine as _, prelude::BASE64_STANDARD};
use cliproxy_core::{Modality, Protocol};
use std::borrow::Cow;

/// What the target can do with it.
enum Verdict<'a> {
    Taken,
    /// A document that it takes as text only.
    Text,
    /// Data that it takes as plain text.
    Decoded(JsonStr<'a>),
    Refused(&'static str),
}

/// What becomes of a part with media.
///
/// # Errors
///
/// [`Rejection`] if the target does not take it, and the policy is not lenient.
pub(super) fn fit<'a>(
    mut media: Box<Media<'a>>,
    place: Place,
    role: Role,
    target: &Target<'_>,
    notes: &mut Notes,
) -> Result<PartKind<'a>, Rejection> {
    name_type(&mut media);
    match verdict(&media, role, target) {
        Verdict::Refused(why) => {
            return refused(place, kind_name(media.kind), why, target, notes);
        }
        Verdict::Text => {
            if let Source::Text(text) = &media.source {
                return Ok(document::as_text(&media, text));
            }
        }
        Verdict::Decoded(text) => media.source = Source::Text(text),
        Verdict::Taken => {}
    }
    if is_openai(target.protocol) && media.name.is_none() {
        media.name = media.title.take();
    }
    fit_detail(&mut media, target.protocol, notes);
    if target.protocol != Protocol::Claude && media.context.take().is_some() {
        notes.losses.change(place, Class::Quality);
    }
    Ok(PartKind::Media(media))
}

fn verdict<'a>(media: &Media<'_>, role: Role, target: &Target<'_>) -> Verdict<'a> {
    const NO_PLACE: Verdict<'_> = Verdict::Refused("the upstream has no place for it");
    if !is_read(media.kind, target) {
        return Verdict::Refused(match media.kind {
            MediaKind::Image => "this model reads text only",
            _ => "this model does not read it",
        });
    }
    if let Source::File { owner, .. } = &media.source
        && *owner != target.protocol
        && !(is_openai(*owner) && is_openai(target.protocol))
    {
        return Verdict::Refused("another provider keeps the file");
    }
    if role == Role::Assistant && target.protocol != Protocol::Gemini {
        return Verdict::Refused("the upstream takes none in an answer");
    }
    match (target.protocol, media.kind, &media.source) {
        (Protocol::Chat | Protocol::Responses | Protocol::Gemini, _, Source::Text(_)) => {
            Verdict::Text
        }
        (Protocol::Chat, MediaKind::Image, Source::File { .. })
        | (Protocol::Chat, MediaKind::Document, Source::Url(_))
        | (Protocol::Chat, MediaKind::Video, _)
        | (Protocol::Responses | Protocol::Claude, MediaKind::Audio | MediaKind::Video, _) => {
            NO_PLACE
        }
        (Protocol::Chat, MediaKind::Audio, Source::Base64(_)) => {
            match media.mime.as_deref().and_then(mime::audio_format) {
                Some(_) => Verdict::Taken,
                None => Verdict::Refused("the upstream does not know its format"),
            }
        }
        (Protocol::Chat, MediaKind::Audio, _) => NO_PLACE,
        (Protocol::Claude, MediaKind::Image, Source::Base64(_)) => match media.mime.as_deref() {
            Some("image/jpeg" | "image/png" | "image/gif" | "image/webp") => Verdict::Taken,
            _ => Verdict::Refused("the upstream takes JPEG, PNG, GIF and WebP"),
        },
        (Protocol::Claude, MediaKind::Document, Source::Base64(data)) => {
            claude_document(media.mime.as_deref(), data)
        }
        (Protocol::Claude, MediaKind::Image, Source::Text(_)) => NO_PLACE,
        (Protocol::Chat | Protocol::Responses | Protocol::Claude | Protocol::Gemini, ..) => {
            Verdict::Taken
        }
    }
}

fn claude_document<'a>(mime: Option<&str>, data: &str) -> Verdict<'a> {
    let essence = mime.map_or("", mime::essence);
    if essence == "application/pdf" {
        return Verdict::Taken;
    }
    let bytes = || BASE64_STANDARD.decode(data).ok();
    let text = || String::from_utf8(bytes()?).ok();
    match essence.starts_with("text/").then(text).flatten() {
        Some(text) => Verdict::Decoded(JsonStr::plain(&text)),
        None => Verdict::Refused("the upstream takes PDF and plain text"),
    }
}

fn is_read(kind: MediaKind, target: &Target<'_>) -> bool {
    let modality = match kind {
        MediaKind::Image => Modality::Image,
        MediaKind::Audio => Modality::Audio,
        MediaKind::Video => Modality::Video,
        MediaKind::Document => return true,
    };
    // A model of which nothing is said reads everything.
    let known = target.capabilities.map(|it| &it.input);
    known.is_none_or(|kinds| kinds.is_empty() || kinds.contains(&modality))
}

const fn is_openai(protocol: Protocol) -> bool {
    matches!(protocol, Protocol::Chat | Protocol::Responses)
}

const fn kind_name(kind: MediaKind) -> &'static str {
    match kind {
        MediaKind::Image => "image",
        MediaKind::Audio => "audio",
        MediaKind::Video => "video",
        MediaKind::Document => "document",
    }
}

fn name_type(media: &mut Media<'_>) {
    if media.mime.is_some() {
        return;
    }
    let found = match &media.source {
        Source::Base64(data) => Some(data_url::sniff(data)),
        Source::Url(url) => mime::of_url(&url.decoded()),
        Source::File { .. } | Source::Text(_) => None,
    };
    media.mime = found.map(Cow::Borrowed);
}

/// How closely an image is looked at.
fn fit_detail(media: &mut Media<'_>, target: Protocol, notes: &mut Notes) {
    let Some(asked) = media.detail else {
        return;
    };
    let fitted = match (target, media.kind, asked) {
        (Protocol::Claude, ..) => None,
        (Protocol::Chat | Protocol::Responses, kind, _) if kind != MediaKind::Image => None,
        (Protocol::Chat, _, Detail::Medium | Detail::Original)
        | (Protocol::Responses, _, Detail::Medium)
        | (Protocol::Gemini, _, Detail::Original) => Some(Detail::High),
        _ => Some(asked),
    };
    media.detail = fitted;
    match fitted {
        Some(fitted) if fitted != asked => {
            notes.losses.change(media.detail_place, Class::Quality);
        }
        None if asked != Detail::Auto => {
            notes.losses.drop(media.detail_place, Class::Quality);
        }
        _ => {}
    }
}
