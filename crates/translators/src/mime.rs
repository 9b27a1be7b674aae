//! Media types: how they are spelled, what the first bytes say, and what files and formats are called.
//!
//! - `image/jpg` is read as `image/jpeg` wherever a media type stands.
//! - Audio is named by a format in Chat and by a media type elsewhere:
//!
//! | format | `wav` | `mp3` | `flac` | `ogg` | `aac` | `webm` | `pcm16` | `g711` |
//! |---|---|---|---|---|---|---|---|---|
//! | media type | `audio/wav` | `audio/mpeg` | `audio/flac` | `audio/ogg` | `audio/aac` | `audio/webm` | `audio/pcm` | `audio/basic` |
//!
//! - A file without a name is called by its type: `document.pdf`, `.txt`, `.csv`, `.json` or `.xml`,
//!   `image.` and the usual ending for images, `file.bin` for anything else.
//! - A URL without a media type has that of its ending.

use std::borrow::Cow;

#[cfg(test)]
mod tests;

/// The media type of bytes of which nothing is known.
pub(crate) const UNKNOWN: &str = "application/octet-stream";

const AUDIO: [(&str, &str); 8] = [
    ("wav", "audio/wav"),
    ("mp3", "audio/mpeg"),
    ("flac", "audio/flac"),
    ("ogg", "audio/ogg"),
    ("aac", "audio/aac"),
    ("webm", "audio/webm"),
    ("pcm16", "audio/pcm"),
    ("g711", "audio/basic"),
];

/// Other spellings that clients use.
const AUDIO_TOO: [(&str, &str); 4] = [
    ("mp3", "audio/mp3"),
    ("wav", "audio/wave"),
    ("wav", "audio/x-wav"),
    ("flac", "audio/x-flac"),
];

/// Endings of files. The first one of a type is the usual one.
const ENDINGS: [(&str, &str); 27] = [
    ("png", "image/png"),
    ("jpg", "image/jpeg"),
    ("jpeg", "image/jpeg"),
    ("gif", "image/gif"),
    ("webp", "image/webp"),
    ("avif", "image/avif"),
    ("bmp", "image/bmp"),
    ("heic", "image/heic"),
    ("heif", "image/heif"),
    ("svg", "image/svg+xml"),
    ("tiff", "image/tiff"),
    ("pdf", "application/pdf"),
    ("txt", "text/plain"),
    ("csv", "text/csv"),
    ("html", "text/html"),
    ("md", "text/markdown"),
    ("json", "application/json"),
    ("xml", "application/xml"),
    ("wav", "audio/wav"),
    ("mp3", "audio/mpeg"),
    ("flac", "audio/flac"),
    ("ogg", "audio/ogg"),
    ("aac", "audio/aac"),
    ("m4a", "audio/mp4"),
    ("mp4", "video/mp4"),
    ("mov", "video/quicktime"),
    ("webm", "video/webm"),
];

/// What a file is called that has no name, beside images.
const DOCUMENTS: [(&str, &str); 6] = [
    ("application/pdf", "document.pdf"),
    ("text/plain", "document.txt"),
    ("text/csv", "document.csv"),
    ("application/json", "document.json"),
    ("application/xml", "document.xml"),
    ("text/xml", "document.xml"),
];

/// The media type as it is written: type and subtype in lower case, parameters as they are.
pub(crate) fn canonical(mime: &str) -> Cow<'_, str> {
    let mime = mime.trim();
    let (name, parameters) = mime.split_at(essence(mime).len());
    if name.eq_ignore_ascii_case("image/jpg") {
        return Cow::Borrowed("image/jpeg");
    }
    match name.bytes().any(|byte| byte.is_ascii_uppercase()) {
        true => Cow::Owned(name.to_ascii_lowercase() + parameters),
        false => Cow::Borrowed(mime),
    }
}

/// The media type without its parameters.
pub(crate) fn essence(mime: &str) -> &str {
    let mime = mime.trim_start();
    mime.split(';').next().unwrap_or_default().trim_end()
}

/// The media type of a file that begins with these bytes. Sixteen tell all that can be told.
pub(crate) fn sniff(head: &[u8]) -> Option<&'static str> {
    Some(match head {
        [0x89, b'P', b'N', b'G', ..] => "image/png",
        [0xff, 0xd8, 0xff, ..] => "image/jpeg",
        [b'G', b'I', b'F', b'8', ..] => "image/gif",
        [
            b'R',
            b'I',
            b'F',
            b'F',
            _,
            _,
            _,
            _,
            b'W',
            b'E',
            b'B',
            b'P',
            ..,
        ] => "image/webp",
        [b'R', b'I', b'F', b'F', ..] => "audio/wav",
        [b'%', b'P', b'D', b'F', ..] => "application/pdf",
        [b'O', b'g', b'g', b'S', ..] => "audio/ogg",
        [b'f', b'L', b'a', b'C', ..] => "audio/flac",
        [b'I', b'D', b'3', ..] | [0xff, 0xe0..=0xff, ..] => "audio/mpeg",
        [_, _, _, _, b'f', b't', b'y', b'p', brand @ ..] => match brand {
            [b'a', b'v', b'i', b'f', ..] => "image/avif",
            [b'h', b'e', b'i', b'c' | b'x', ..] => "image/heic",
            [b'm', b'i', b'f', b'1', ..] => "image/heif",
            [b'M', b'4', b'A', ..] => "audio/mp4",
            _ => "video/mp4",
        },
        _ => return None,
    })
}

/// The media type of an audio format of Chat.
pub(crate) fn of_audio_format(format: &str) -> Option<&'static str> {
    let row = AUDIO.iter().find(|(known, _)| *known == format);
    row.map(|(_, mime)| *mime)
}

/// The audio format of Chat for a media type.
pub(crate) fn audio_format(mime: &str) -> Option<&'static str> {
    let name = essence(mime);
    let mut rows = AUDIO.iter().chain(&AUDIO_TOO);
    let row = rows.find(|(_, known)| known.eq_ignore_ascii_case(name));
    row.map(|(format, _)| *format)
}

/// What to call a file of this type that has no name.
pub(crate) fn file_name(mime: &str) -> Cow<'static, str> {
    let mime = canonical(mime);
    let name = essence(&mime);
    if let Some((_, name)) = DOCUMENTS.iter().find(|(known, _)| *known == name) {
        return Cow::Borrowed(name);
    }
    let Some(image) = name.strip_prefix("image/") else {
        return Cow::Borrowed("file.bin");
    };
    let usual = ENDINGS.iter().find(|(_, known)| *known == name);
    let ending = usual.map_or(image, |(ending, _)| ending);
    match ending.bytes().all(|byte| byte.is_ascii_alphanumeric()) {
        true => Cow::Owned(format!("image.{ending}")),
        false => Cow::Borrowed("file.bin"),
    }
}

/// The media type that the ending of a URL's path names.
pub(crate) fn of_url(url: &str) -> Option<&'static str> {
    let (_, rest) = url.split_once("://")?;
    let path = rest.split(['?', '#']).next()?;
    let (_, file) = path.rsplit_once('/')?;
    let (_, ending) = file.rsplit_once('.')?;
    let known = |(known, _): &&(&str, &str)| known.eq_ignore_ascii_case(ending);
    ENDINGS.iter().find(known).map(|(_, mime)| *mime)
}
