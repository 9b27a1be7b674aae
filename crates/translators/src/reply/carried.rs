//! What a client is given of reasoning that only its maker can read.
//!
//! To a client of the maker's own protocol it goes as it is, to any other as a carrier, which the client
//! hands back with the next request. The carrier of an OpenAI or xAI item names the account that can read
//! it.
//!
//! | from / client | chat | responses | claude | gemini |
//! | --- | --- | --- | --- | --- |
//! | Anthropic's signature | `reasoning_details`, `reasoning.text` | `encrypted_content` | native | last thought part |
//! | Anthropic's redacted block | `reasoning_details`, `reasoning.encrypted` | `encrypted_content`, no summary | native | empty thought part |
//! | OpenAI's reasoning item | `reasoning_details`, `reasoning.encrypted` | native | `signature` | last thought part |
//! | Gemini's signature of a call | the call's `extra_content`, as it is | reasoning item before the call | thinking block before the call | native |
//! | Gemini's signature of a thought | `reasoning_details`, `reasoning.text` | `encrypted_content` | `signature` | native |
//! | Gemini's signature of a text | – | reasoning item behind the message | – | – |

use super::ReplyContext;
use crate::{
    carrier::{self, Carrier},
    request_ir::{Family, Opaque, OpaqueKind},
    rules,
};

/// The text for the client's field; `None` for what no carrier can name.
pub(crate) fn carried(opaque: &Opaque<'_>, cx: &ReplyContext) -> Option<String> {
    let data = opaque.data.decoded();
    let rules = cx.rules();
    if is_native(opaque, rules) {
        return Some(data.into_owned());
    }
    let family = family(opaque.family)?;
    let is_bound = matches!(opaque.family, Family::OpenAi | Family::Xai)
        && opaque.kind == OpaqueKind::Encrypted;
    let carrier = Carrier {
        family,
        realm: cx.realm.filter(|_| is_bound),
        kind: kind(opaque.kind),
        item: opaque.item.as_deref(),
        data: &data,
    };
    Some(match rules.carries_base64 {
        true => carrier.to_base64(),
        false => carrier.to_string(),
    })
}

/// Whether the client's protocol is that of the maker.
fn is_native(opaque: &Opaque<'_>, client: &rules::Reply) -> bool {
    client.native == Some(opaque.family)
}

const fn family(family: Family) -> Option<carrier::Family> {
    Some(match family {
        Family::Anthropic => carrier::Family::Anthropic,
        Family::OpenAi => carrier::Family::OpenAi,
        Family::Gemini => carrier::Family::Gemini,
        Family::Xai => carrier::Family::Xai,
        Family::Kimi => carrier::Family::Kimi,
        Family::Unknown => return None,
    })
}

const fn kind(kind: OpaqueKind) -> carrier::Kind {
    match kind {
        OpaqueKind::Signature => carrier::Kind::Signature,
        OpaqueKind::Redacted => carrier::Kind::Redacted,
        OpaqueKind::Encrypted => carrier::Kind::Encrypted,
        OpaqueKind::Call => carrier::Kind::FunctionCall,
        OpaqueKind::Text => carrier::Kind::Text,
        OpaqueKind::Thought => carrier::Kind::Thought,
    }
}
