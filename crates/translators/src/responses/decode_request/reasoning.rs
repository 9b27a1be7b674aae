//! Items of reasoning.
//!
//! | item | part |
//! | --- | --- |
//! | with a summary | thinking: the texts of the summary, joined by blank lines |
//! | with `content` and no summary | thinking: the reasoning itself |
//! | with neither, sealed as Claude's redacted reasoning | reasoning that only its maker reads |
//! | with neither | thinking without a text |
//!
//! `encrypted_content` goes with it, and so does the item's `id`, unless this gateway has given it.

use crate::{
    client_body::{
        expect::{required, string, text},
        members::take,
        pieces::Pieces,
        sealed,
    },
    json_str::JsonStr,
    rejection::Rejection,
    request_ir::{Family, OpaqueKind, PartKind, Thought},
};
use cliproxy_json::Value;

/// What ids have in them that this gateway has given.
const MINTED: &str = "_gw_";

pub(super) fn read<'a>(item: Value<'a>, pieces: &Pieces) -> Result<PartKind<'a>, Rejection> {
    let names = ["id", "summary", "content", "encrypted_content"];
    let [id, summary, content, sealed] = take(item.members(), names);
    let native = (Family::OpenAi, OpaqueKind::Encrypted);
    let mut opaque = match sealed {
        Some(sealed) => sealed::opaque(sealed, "encrypted_content", native)?,
        None => None,
    };
    if let Some(opaque) = &mut opaque
        && opaque.kind == OpaqueKind::Encrypted
        && opaque.item.is_none()
    {
        let id = id.and_then(|id| id.as_str());
        opaque.item = id.filter(|id| !id.contains(MINTED));
    }
    let mut parts = texts(summary, "summary", pieces)?;
    if parts.is_empty() {
        parts = texts(content, "content", pieces)?;
    }
    if let (true, Some(sealed)) = (parts.is_empty(), &opaque)
        && sealed.kind == OpaqueKind::Redacted
        && let Some(opaque) = opaque.take()
    {
        return Ok(PartKind::Redacted(Box::new(opaque)));
    }
    let (text, summary) = match parts.len() {
        0 => (JsonStr::default(), Vec::new()),
        1 => (parts.remove(0), Vec::new()),
        _ => {
            let texts: Vec<_> = parts.iter().map(JsonStr::as_escaped).collect();
            (JsonStr::written(texts.join("\\n\\n")), parts)
        }
    };
    Ok(PartKind::Thinking(Box::new(Thought {
        text,
        summary,
        opaque,
    })))
}

fn texts<'a>(
    list: Option<Value<'a>>,
    name: &str,
    pieces: &Pieces,
) -> Result<Vec<JsonStr<'a>>, Rejection> {
    let Some(list) = list else {
        return Ok(Vec::new());
    };
    let mut texts = Vec::new();
    for part in pieces.objects(list, name)? {
        let part = part?;
        let [kind, said] = take(part.members(), ["type", "text"]);
        string(required(kind, part, "type")?, "type")?;
        texts.push(text(required(said, part, "text")?, "text")?);
    }
    Ok(texts)
}
