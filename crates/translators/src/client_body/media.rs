//! Images, recordings, films and documents.
//!
//! | it stands as | source |
//! | --- | --- |
//! | a data URL, wherever a URL or base64 may stand | base64, and its media type |
//! | base64 | the same in the standard alphabet; without a media type the first bytes tell |
//! | another URL | itself |
//!
//! A data URL's media type says what kind of media it is. It beats the field it stands in, since clients
//! put documents into fields for images.

use super::expect::{invalid, string, text};
use crate::{
    base64_text,
    data_url::{self, DataUrl},
    mime,
    rejection::Rejection,
    request_ir::{Detail, Media, MediaKind, Place, Source},
};
use cliproxy_json::Value;
use std::borrow::Cow;

/// What kind of media has this type.
pub(crate) fn kind_of(mime: &str) -> MediaKind {
    match mime.split('/').next() {
        Some("image") => MediaKind::Image,
        Some("audio") => MediaKind::Audio,
        Some("video") => MediaKind::Video,
        _ => MediaKind::Document,
    }
}

/// A media type in lower case, without parameters.
pub(crate) fn mime<'a>(value: Value<'a>, name: &str) -> Result<Cow<'a, str>, Rejection> {
    Ok(match string(value, name)? {
        Cow::Borrowed(text) => mime::canonical(mime::essence(text)),
        Cow::Owned(text) => Cow::Owned(mime::canonical(mime::essence(&text)).into_owned()),
    })
}

/// What a URL names. `kind` is what the field is for.
///
/// # Errors
///
/// [`Rejection`] for a value that is no string, and for a data URL that cannot be read.
pub(crate) fn by_url<'a>(
    value: Value<'a>,
    name: &str,
    kind: MediaKind,
) -> Result<Media<'a>, Rejection> {
    let url = text(value, name)?;
    if !DataUrl::is_one(url.as_escaped()) {
        return Ok(Media::new(kind, Source::Url(url)));
    }
    inline(value, name, kind)
}

fn inline<'a>(value: Value<'a>, name: &str, kind: MediaKind) -> Result<Media<'a>, Rejection> {
    let url = match string(value, name)? {
        Cow::Borrowed(url) => DataUrl::parse(url),
        // Some clients escape every slash.
        Cow::Owned(url) => DataUrl::parse(&url).map(|url| DataUrl {
            mime: Cow::Owned(url.mime.into_owned()),
            base64: Cow::Owned(url.base64.into_owned()),
        }),
    };
    let url = url.ok_or_else(|| invalid(value, format!("`{name}` is not a readable data URL")))?;
    let kind = match &*url.mime {
        mime::UNKNOWN => kind,
        mime => kind_of(mime),
    };
    let essence = mime::essence(&url.mime).len();
    let mut media = Media::new(kind, Source::Base64(url.base64));
    media.mime = Some(match url.mime {
        Cow::Borrowed(mime) => Cow::Borrowed(&mime[..essence]),
        Cow::Owned(mut mime) => {
            mime.truncate(essence);
            Cow::Owned(mime)
        }
    });
    Ok(media)
}

/// What base64 holds. `kind` is what the field is for; without it the media type tells.
///
/// # Errors
///
/// [`Rejection`] for a value that is not base64.
pub(crate) fn by_base64<'a>(
    value: Value<'a>,
    name: &str,
    mime: Option<Cow<'a, str>>,
    kind: Option<MediaKind>,
) -> Result<Media<'a>, Rejection> {
    let fallback = kind.unwrap_or(MediaKind::Document);
    let data = string(value, name)?;
    if DataUrl::is_one(&data) {
        return inline(value, name, fallback);
    }
    let base64 = match data {
        Cow::Borrowed(data) => base64_text::normal(data),
        Cow::Owned(data) => {
            base64_text::normal(&data).map(|base64| Cow::Owned(base64.into_owned()))
        }
    };
    let base64 = base64.ok_or_else(|| invalid(value, format!("`{name}` must be base64")))?;
    let mime = mime.unwrap_or_else(|| Cow::Borrowed(data_url::sniff(&base64)));
    let kind = kind.unwrap_or_else(|| kind_of(&mime));
    let mut media = Media::new(kind, Source::Base64(base64));
    media.mime = Some(mime);
    Ok(media)
}

/// How closely an image is looked at. Another word than the known ones is none.
pub(crate) fn set_detail<'a>(media: &mut Media<'a>, value: Option<Value<'a>>) {
    let Some(value) = value else {
        return;
    };
    media.detail = match value.as_str().unwrap_or_default().as_ref() {
        "auto" => Some(Detail::Auto),
        "low" => Some(Detail::Low),
        "medium" => Some(Detail::Medium),
        "high" => Some(Detail::High),
        "original" => Some(Detail::Original),
        _ => None,
    };
    media.detail_place = Place::of(value);
}
