//! How closely the images of a request are looked at.
//!
//! Of each image says `mediaResolution` of its part, which came with Gemini 3, as media in what functions
//! give did. Of all images says `generationConfig.mediaResolution`, which every model has.
//!
//! | client | rule |
//! | --- | --- |
//! | Gemini | what is said of all images holds for each of which nothing is said |
//!
//! | model | rule |
//! | --- | --- |
//! | has it for parts | each image as the client wants it |
//! | has not, or nobody knows | the highest that is wanted, for all; those that want less are changed. Nothing where this would be less than the usual for an image of which nothing is said: what is wanted is dropped |

use crate::{
    normalise::Notes,
    request_ir::{Class, Detail, Key, Media, MediaKind, Part, PartKind, Request, Turn, Why},
    target::Target,
};

/// What Google calls a level.
pub(super) const fn name(detail: Detail) -> Option<&'static str> {
    match detail {
        Detail::Auto => None,
        Detail::Low => Some("MEDIA_RESOLUTION_LOW"),
        Detail::Medium => Some("MEDIA_RESOLUTION_MEDIUM"),
        Detail::High | Detail::Original => Some("MEDIA_RESOLUTION_HIGH"),
    }
}

/// What a level of Google's means; nothing for an unspecified one.
pub(super) fn detail(name: &str) -> Option<Detail> {
    match name.trim_start_matches("MEDIA_RESOLUTION_") {
        "LOW" => Some(Detail::Low),
        "MEDIUM" => Some(Detail::Medium),
        "HIGH" => Some(Detail::High),
        "ULTRA_HIGH" => Some(Detail::Original),
        _ => None,
    }
}

/// Gives the images of a client's request what it says of all of them.
pub(super) fn spread(request: &mut Request<'_>) {
    let Some(setting) = request.settings.get(Key::MediaResolution) else {
        return;
    };
    let place = setting.place;
    let level = setting.value.value();
    let level = level.and_then(|level| level.as_str().and_then(|name| detail(&name)));
    let Some(level) = level else {
        return;
    };
    let mut is_taken = false;
    each_image(request, &mut |image| {
        if image.detail.is_none() {
            image.detail = Some(level);
            image.detail_place = place;
        }
        is_taken = true;
    });
    if is_taken {
        request.settings.remove(Key::MediaResolution);
    }
}

/// Says of all images what a model does not take of each.
pub(super) fn fit(request: &mut Request<'_>, target: &Target<'_>, notes: &mut Notes) {
    let known = target.capabilities;
    let is_of_parts = known.is_some_and(|model| model.function_response_parts);
    if is_of_parts {
        return;
    }
    let mut highest: Option<(Detail, _)> = None;
    let mut has_usual = false;
    each_image(request, &mut |image| match image.detail {
        Some(detail) if detail != Detail::Auto => {
            if highest.is_none_or(|(known, _)| rank(detail) > rank(known)) {
                highest = Some((detail, image.detail_place));
            }
        }
        _ => has_usual = true,
    });
    let Some((highest, place)) = highest else {
        return;
    };
    let level = name(highest).filter(|_| !has_usual || rank(highest) > rank(Detail::Auto));
    each_image(request, &mut |image| {
        let Some(detail) = image.detail.take().filter(|detail| *detail != Detail::Auto) else {
            return;
        };
        match level {
            None => notes
                .losses
                .drop(image.detail_place, Class::Quality, Why::OneDetail),
            Some(level) if name(detail) != Some(level) => {
                notes
                    .losses
                    .change(image.detail_place, Class::Quality, Why::OneDetail);
            }
            Some(_) => {}
        }
    });
    if let Some(level) = level {
        request
            .settings
            .set(Key::MediaResolution, format!("\"{level}\""), place);
    }
}

/// `Auto` is what a model does with an image of which nothing is said.
const fn rank(detail: Detail) -> u8 {
    match detail {
        Detail::Low => 0,
        Detail::Medium => 1,
        Detail::Auto => 2,
        Detail::High | Detail::Original => 3,
    }
}

fn each_image<'a>(request: &mut Request<'a>, look: &mut impl FnMut(&mut Media<'a>)) {
    for turn in &mut request.turns {
        if let Turn::Said { parts, .. } = turn {
            in_parts(parts, look);
        }
    }
}

fn in_parts<'a>(parts: &mut [Part<'a>], look: &mut impl FnMut(&mut Media<'a>)) {
    for part in parts {
        match &mut part.kind {
            PartKind::Media(media) if media.kind == MediaKind::Image => look(media),
            PartKind::ToolResult(result) => in_parts(&mut result.content, look),
            _ => {}
        }
    }
}
