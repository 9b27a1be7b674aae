//! Data URLs: media that stands in a message itself.
//!
//! `data:[type][;name=value]*[;base64],payload` is read as a media type and base64:
//!
//! - Parameters are dropped. A payload that is not base64 is decoded from its percent signs and encoded.
//! - Base64 is put into one form: standard alphabet, padding, no blank space.
//! - Without a type, the first bytes tell; where they do not, it is `application/octet-stream`.

use crate::{base64_text, mime};
use base64::{Engine as _, prelude::BASE64_STANDARD};
use percent_encoding::percent_decode_str;
use std::{borrow::Cow, fmt};

#[cfg(test)]
mod tests;

/// A media type and the bytes in base64. [`Display`](fmt::Display) writes the URL.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct DataUrl<'a> {
    /// In lower case, without parameters.
    pub(crate) mime: Cow<'a, str>,
    /// In the form of [`base64_text::normal`], so without anything to escape in JSON.
    pub(crate) base64: Cow<'a, str>,
}

impl<'a> DataUrl<'a> {
    /// Whether a URL claims to be one. It may still not be read as one.
    pub(crate) fn is_one(url: &str) -> bool {
        let scheme = url.get(..5);
        scheme.is_some_and(|scheme| scheme.eq_ignore_ascii_case("data:"))
    }

    /// Reads a data URL, decoded from JSON; `None` for another URL, or one without a payload that can
    /// be read.
    pub(crate) fn parse(url: &'a str) -> Option<Self> {
        let rest = url.get(5..).filter(|_| Self::is_one(url))?;
        let (head, payload) = rest.split_once(',')?;
        let is_base64 = |parameter: &str| parameter.trim().eq_ignore_ascii_case("base64");
        let base64 = match head.split(';').skip(1).any(is_base64) {
            true => base64(payload)?,
            false => {
                let bytes: Cow<'_, [u8]> = percent_decode_str(payload).into();
                Cow::Owned(BASE64_STANDARD.encode(bytes))
            }
        };
        let named = mime::essence(head);
        let mime = match named.contains('/') {
            true => mime::canonical(named),
            false => Cow::Borrowed(sniff(&base64)),
        };
        Some(Self { mime, base64 })
    }
}

/// Some clients escape `+`, `/` and `=` as in any URL.
fn base64(payload: &str) -> Option<Cow<'_, str>> {
    if !payload.contains('%') {
        return base64_text::normal(payload);
    }
    let payload = percent_decode_str(payload).decode_utf8().ok()?;
    let base64 = base64_text::normal(&payload)?.into_owned();
    Some(Cow::Owned(base64))
}

/// The media type of bytes that come without one, from base64 in the normal form.
pub(crate) fn sniff(base64: &str) -> &'static str {
    let mut buffer = [0; 16];
    let head = base64_text::Decoded::new(base64).head(&mut buffer);
    mime::sniff(head).unwrap_or(mime::UNKNOWN)
}

impl fmt::Display for DataUrl<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "data:{};base64,{}", self.mime, self.base64)
    }
}
