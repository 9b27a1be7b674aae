//! Signatures and encrypted reasoning in a client's history.
//!
//! A carrier says itself what it is. Anything else is taken for the work of the protocol's own vendor,
//! but for what begins like OpenAI's encrypted text: other gateways put that into fields of Claude and
//! Gemini as it is.

use super::expect::string;
use crate::{
    carrier::{self, Carrier, decode_base64},
    json_str::JsonStr,
    rejection::Rejection,
    request_ir::{Family, Opaque, OpaqueKind},
};
use cliproxy_json::Value;
use std::borrow::Cow;

/// What OpenAI's encrypted reasoning begins with.
const OPENAI_HEAD: &str = "gAAAA";

/// Reads such a text; `None` for an empty one. `native` is what it is unless it says otherwise.
///
/// # Errors
///
/// [`Rejection`] for a value that is no string.
pub(crate) fn opaque<'a>(
    value: Value<'a>,
    name: &str,
    native: (Family, OpaqueKind),
) -> Result<Option<Opaque<'a>>, Rejection> {
    let text = string(value, name)?;
    let carried = match &text {
        Cow::Borrowed(text) => Carrier::parse(text).map(Opaque::from),
        Cow::Owned(text) => Carrier::parse(text).map(|it| Opaque::from(it).into_owned()),
    };
    Ok(carried.or_else(|| plain(value, &text, native)))
}

/// The same where the field holds base64.
///
/// # Errors
///
/// As [`opaque`].
pub(crate) fn opaque_in_base64<'a>(
    value: Value<'a>,
    name: &str,
    native: (Family, OpaqueKind),
) -> Result<Option<Opaque<'a>>, Rejection> {
    let text = string(value, name)?;
    if let Some(carried) = decode_base64(&text) {
        let carrier = Carrier::parse(&carried);
        return Ok(carrier.map(|it| Opaque::from(it).into_owned()));
    }
    Ok(plain(value, &text, native))
}

fn plain<'a>(
    value: Value<'a>,
    text: &str,
    (family, kind): (Family, OpaqueKind),
) -> Option<Opaque<'a>> {
    if text.is_empty() {
        return None;
    }
    let (family, kind) = match text.starts_with(OPENAI_HEAD) {
        true => (Family::OpenAi, OpaqueKind::Encrypted),
        false => (family, kind),
    };
    Some(Opaque {
        family,
        kind,
        item: None,
        data: JsonStr::of(value)?,
        realm: None,
    })
}

impl<'a> From<Carrier<'a>> for Opaque<'a> {
    fn from(carrier: Carrier<'a>) -> Self {
        let is_plain = |byte: u8| byte >= 0x20 && byte != b'"' && byte != b'\\';
        Self {
            family: match carrier.family {
                carrier::Family::Anthropic => Family::Anthropic,
                carrier::Family::OpenAi => Family::OpenAi,
                carrier::Family::Gemini => Family::Gemini,
                carrier::Family::Xai => Family::Xai,
                carrier::Family::Kimi => Family::Kimi,
            },
            kind: match carrier.kind {
                carrier::Kind::Signature => OpaqueKind::Signature,
                carrier::Kind::Redacted => OpaqueKind::Redacted,
                carrier::Kind::Encrypted => OpaqueKind::Encrypted,
                carrier::Kind::FunctionCall => OpaqueKind::Call,
                carrier::Kind::Text => OpaqueKind::Text,
                carrier::Kind::Thought => OpaqueKind::Thought,
            },
            item: carrier.item.map(Cow::Borrowed),
            data: match carrier.data.bytes().all(is_plain) {
                true => JsonStr::escaped(carrier.data),
                false => JsonStr::plain(carrier.data),
            },
            realm: carrier.realm,
        }
    }
}
