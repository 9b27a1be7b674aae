//! Data URLs, written.

use crate::mime;
use cliproxy_json::ObjectWriter;

/// A member that holds data as an address.
pub(crate) fn write(out: &mut ObjectWriter<'_>, key: &str, mime: Option<&str>, base64: &str) {
    out.member(key, |out| {
        out.reserve(base64.len() + 48);
        out.extend_from_slice(b"\"data:");
        out.extend_from_slice(mime.unwrap_or(mime::UNKNOWN).as_bytes());
        out.extend_from_slice(b";base64,");
        out.extend_from_slice(base64.as_bytes());
        out.push(b'"');
    });
}
