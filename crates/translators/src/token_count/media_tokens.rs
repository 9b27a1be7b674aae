//! What documents and recordings cost in tokens, by their bytes.
//!
//! | medium | tokens |
//! |---|---|
//! | PDF | 1500 per page, if its pages can be counted |
//! | another document, or a PDF that hides its pages | 2000 per 100 kB |
//! | sound | 32 per second for Gemini models, 10 for others |
//! | film | 300 per second |
//! | by address, or kept by a provider | 2000 a document, one second of the others |
//!
//! A second is 16 kB of sound, unless it is a WAV file, which says how many bytes its seconds have; and
//! 125 kB of film.

use super::ImageRule;
use crate::{
    base64_text::{self, Decoded},
    request_ir::MediaKind,
};
use base64::{Engine as _, prelude::BASE64_STANDARD};
use memchr::memmem;

#[cfg(test)]
mod tests;

/// A document or a recording; `base64` is `None` where it does not stand in the request.
pub(super) fn media_tokens(kind: MediaKind, base64: Option<&str>, rule: ImageRule) -> u64 {
    let normal = base64.and_then(base64_text::normal);
    let base64 = normal.as_deref().unwrap_or_default();
    let digits = base64.trim_end_matches('=').len();
    let bytes = u64::try_from(digits * 3 / 4).unwrap_or(u64::MAX);
    match kind {
        MediaKind::Image | MediaKind::Document => match pages(base64) {
            0 => 2000 * bytes.div_ceil(100_000).max(1),
            pages => 1500 * pages,
        },
        MediaKind::Audio => {
            let per_second = if rule == ImageRule::Gemini { 32 } else { 10 };
            per_second * bytes.div_ceil(bytes_per_second(base64)).max(1)
        }
        MediaKind::Video => 300 * bytes.div_ceil(125_000).max(1),
    }
}

/// How many pages a PDF names in the open: none where they are compressed with the rest.
fn pages(base64: &str) -> u64 {
    let is_pdf = Decoded::new(base64).bytes(0) == Some(*b"%PDF");
    let Some(bytes) = is_pdf
        .then(|| BASE64_STANDARD.decode(base64).ok())
        .flatten()
    else {
        return 0;
    };
    let named = memmem::find_iter(&bytes, b"/Type").filter(|at| {
        let value = bytes[at + b"/Type".len()..].trim_ascii_start();
        let rest = value.strip_prefix(b"/Page");
        // `/Pages` is the list of them.
        rest.is_some_and(|rest| !rest.first().is_some_and(u8::is_ascii_alphanumeric))
    });
    u64::try_from(named.count()).unwrap_or(u64::MAX)
}

/// How many bytes a second of sound has.
fn bytes_per_second(base64: &str) -> u64 {
    let sound = Decoded::new(base64);
    let is_wav = sound.bytes(0) == Some(*b"RIFF") && sound.bytes(8) == Some(*b"WAVEfmt ");
    let said = sound.bytes(28).filter(|_| is_wav).map(u32::from_le_bytes);
    said.filter(|rate| *rate > 0).map_or(16_000, u64::from)
}
