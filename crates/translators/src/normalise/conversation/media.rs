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
//!
//! What an answer may have of them says `parts`.
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
    mime, protocols,
    rejection::Rejection,
    request_ir::{Class, Detail, Media, MediaKind, PartKind, Place, Source, Why},
    rules::{self, Data, DataFit},
    target::Target,
};
use cliproxy_core::Modality;
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
    target: &Target<'_>,
    notes: &mut Notes,
) -> Result<PartKind<'a>, Rejection> {
    name_type(&mut media);
    match verdict(&media, target) {
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
    let rules = &target.rules().media;
    if rules.has_names_only && media.name.is_none() {
        media.name = media.title.take();
    }
    fit_detail(&mut media, rules, notes);
    if !rules.text_documents && media.context.take().is_some() {
        notes
            .losses
            .change(place, Class::Quality, Why::DocumentContext);
    }
    Ok(PartKind::Media(media))
}

fn verdict<'a>(media: &Media<'_>, target: &Target<'_>) -> Verdict<'a> {
    let rules = target.rules();
    if !is_read(media.kind, target) {
        return Verdict::Refused(match media.kind {
            MediaKind::Image => "this model reads text only",
            _ => "this model does not read it",
        });
    }
    if let Source::File { owner, .. } = &media.source
        && protocols::rules(*owner).vendor != rules.vendor
    {
        return Verdict::Refused("another provider keeps the file");
    }
    let sources = rules.media.of(media.kind);
    let is_taken = match &media.source {
        Source::Text(_) if !rules.media.text_documents => return Verdict::Text,
        Source::Text(_) => media.kind == MediaKind::Document,
        Source::Url(_) => sources.url,
        Source::File { .. } => sources.file,
        Source::Base64(data) => match sources.data {
            Data::Never => false,
            Data::Any => true,
            Data::Checked(check) => match check(media.mime.as_deref(), data) {
                DataFit::Taken => true,
                DataFit::Text(text) => return Verdict::Decoded(text),
                DataFit::Refused(why) => return Verdict::Refused(why),
            },
        },
    };
    match is_taken {
        true => Verdict::Taken,
        false => Verdict::Refused("the upstream has no place for it"),
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
fn fit_detail(media: &mut Media<'_>, rules: &rules::Media, notes: &mut Notes) {
    let Some(asked) = media.detail else {
        return;
    };
    let fitted = match rules.of(media.kind).details {
        [] => None,
        known if known.contains(&asked) => Some(asked),
        _ => Some(Detail::High),
    };
    media.detail = fitted;
    match fitted {
        Some(fitted) if fitted != asked => {
            notes
                .losses
                .change(media.detail_place, Class::Quality, Why::Detail);
        }
        None if asked != Detail::Auto => {
            notes
                .losses
                .drop(media.detail_place, Class::Quality, Why::NoPlace);
        }
        _ => {}
    }
}
