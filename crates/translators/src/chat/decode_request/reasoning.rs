//! Reasoning in the history of a client.
//!
//! | entry of `reasoning_details` | part |
//! | --- | --- |
//! | `reasoning.text` | thinking, with its `signature` |
//! | `reasoning.summary` | thinking |
//! | `reasoning.encrypted` | reasoning that only its maker reads; the signature of a call where Google made it |
//! | another | kept for Chat alone |
//!
//! The entries are in the order of their `index`. Who made one says a carrier, else its `format`:
//! `anthropic-claude-…`, `openai-responses-…`, `google-gemini-…`, `xai-responses-…`. They win over
//! `reasoning_content` (or `reasoning`), which is the same text without its proof.

use crate::{
    client_body::{
        expect::{object, required, string, text},
        members::take,
        pieces::Pieces,
        sealed,
    },
    rejection::Rejection,
    request_ir::{Family, Opaque, OpaqueKind, Part, PartKind, Place, Thought},
};
use cliproxy_core::Protocol;
use cliproxy_json::{Kind, Value};

/// The heads of `format`, with who made it and what its signature and its encrypted text are.
const FORMATS: [(&str, Family, OpaqueKind, OpaqueKind); 4] = [
    (
        "anthropic-claude",
        Family::Anthropic,
        OpaqueKind::Signature,
        OpaqueKind::Redacted,
    ),
    (
        "openai-responses",
        Family::OpenAi,
        OpaqueKind::Encrypted,
        OpaqueKind::Encrypted,
    ),
    (
        "google-gemini",
        Family::Gemini,
        OpaqueKind::Thought,
        OpaqueKind::Call,
    ),
    (
        "xai-responses",
        Family::Xai,
        OpaqueKind::Encrypted,
        OpaqueKind::Encrypted,
    ),
];

/// Reads `reasoning_details`.
pub(super) fn read<'a>(
    details: Value<'a>,
    parts: &mut Vec<Part<'a>>,
    pieces: &Pieces,
) -> Result<(), Rejection> {
    let mut entries = Vec::new();
    for (at, entry) in pieces.objects(details, "reasoning_details")?.enumerate() {
        let names = [
            "type",
            "index",
            "format",
            "id",
            "text",
            "summary",
            "signature",
            "data",
        ];
        let entry = entry?;
        let members = take(entry.members(), names);
        let index = members[1].and_then(|index| index.as_u64());
        let order = index.unwrap_or(at as u64);
        entries.push((order, part(entry, members)?));
    }
    entries.sort_by_key(|(order, _)| *order);
    parts.extend(entries.into_iter().filter_map(|(_, part)| part));
    Ok(())
}

/// Reads `reasoning_content`; nothing for an empty text.
pub(super) fn plain(value: Value<'_>) -> Result<Option<Part<'_>>, Rejection> {
    if value.kind() == Kind::Object {
        // The wishes of a request, which some clients put into messages as well.
        return Ok(None);
    }
    let text = text(value, "reasoning_content")?;
    let thought = (!text.is_empty()).then(|| Thought {
        text,
        ..Thought::default()
    });
    Ok(thought.map(|thought| Part::new(PartKind::Thinking(Box::new(thought)), Place::of(value))))
}

fn part<'a>(
    entry: Value<'a>,
    [kind, _, format, id, said, summary, signature, data]: [Option<Value<'a>>; 8],
) -> Result<Option<Part<'a>>, Rejection> {
    let kind = string(required(kind, entry, "type")?, "type")?;
    let format = format.and_then(|format| format.as_str());
    let format = format.unwrap_or_default();
    let row = FORMATS.iter().find(|(head, ..)| format.starts_with(head));
    let family = row.map_or(Family::Unknown, |(_, family, ..)| *family);
    let signed = row.map_or(OpaqueKind::Signature, |(_, _, signed, _)| *signed);
    let sealed = row.map_or(OpaqueKind::Redacted, |(.., sealed)| *sealed);
    let kind = match &*kind {
        "reasoning.text" => thought(said, opaque(signature, "signature", (family, signed))?)?,
        "reasoning.summary" => thought(summary, None)?,
        "reasoning.encrypted" => match opaque(data, "data", (family, sealed))? {
            None => None,
            Some(opaque) if opaque.kind == OpaqueKind::Call => thought(None, Some(opaque))?,
            Some(mut opaque) => {
                if opaque.kind == OpaqueKind::Encrypted && opaque.item.is_none() {
                    opaque.item = id.and_then(|id| id.as_str());
                }
                Some(PartKind::Redacted(Box::new(opaque)))
            }
        },
        _ => {
            object(entry, "entry")?;
            Some(PartKind::Foreign(Protocol::Chat))
        }
    };
    Ok(kind.map(|kind| Part::new(kind, Place::of(entry))))
}

fn opaque<'a>(
    value: Option<Value<'a>>,
    name: &str,
    native: (Family, OpaqueKind),
) -> Result<Option<Opaque<'a>>, Rejection> {
    value.map_or(Ok(None), |value| sealed::opaque(value, name, native))
}

fn thought<'a>(
    value: Option<Value<'a>>,
    opaque: Option<Opaque<'a>>,
) -> Result<Option<PartKind<'a>>, Rejection> {
    let text = match value {
        Some(value) => text(value, "text")?,
        None => Default::default(),
    };
    if text.is_empty() && opaque.is_none() {
        return Ok(None);
    }
    Ok(Some(PartKind::Thinking(Box::new(Thought {
        text,
        opaque,
        ..Thought::default()
    }))))
}
