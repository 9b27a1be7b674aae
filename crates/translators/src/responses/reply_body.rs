//! A reply, written for a client: as one response.
//!
//! Its items are those that a stream of the same reply ends with; see `write_item`.

use super::{
    finish::{self, Ending},
    write_item::{Call, Content, Item, ItemKind, Reasoning, State, native_call},
    write_response::{Response, Status},
};
use crate::{
    reply::{
        Annotation, Folded, FoldedKind, FoldedPart, ReplyContext, add_elements, carried,
        code_points, tail,
    },
    request_ir::ServerKind,
};
use cliproxy_json::ObjectWriter;

/// Writes a whole reply.
pub(crate) fn write(reply: &Folded, cx: &ReplyContext, out: &mut Vec<u8>) {
    let ending = reply.finishes.first();
    let ending = ending.map_or(Ending::Completed, |(_, finish)| finish::encode(finish));
    let mut items = items(reply, cx);
    let status = match ending {
        Ending::Completed => Status::Completed,
        Ending::Incomplete(reason) => {
            // The message that the reply ended in.
            let last = items.last_mut();
            if let Some(item) = last.filter(|item| matches!(item.kind, ItemKind::Message(_))) {
                item.state = State::Incomplete;
            }
            Status::Incomplete(reason)
        }
    };
    let response = Response {
        tail: &tail(&reply.id, cx),
        created: reply.created.unwrap_or(cx.created),
        status,
        items: &items,
        usage: Some(reply.usage.unwrap_or_default()),
    };
    ObjectWriter::write(out, |object| response.write(cx, object));
}

fn items(reply: &Folded, cx: &ReplyContext) -> Vec<Item> {
    let mut items: Vec<Item> = Vec::new();
    // Whether the part before this one was text or refusal, also where that has no item.
    let mut goes_on = false;
    for part in &reply.parts {
        let (begins, is_refusal) = match &part.kind {
            FoldedKind::Text { begins_paragraph } => (*begins_paragraph, false),
            FoldedKind::Refusal => (false, true),
            kind => {
                goes_on = false;
                if let Some(kind) = item(kind, part, cx) {
                    items.push(Item {
                        index: items.len() as u64,
                        kind,
                        state: match part.is_cut {
                            true => State::Incomplete,
                            false => State::Completed,
                        },
                    });
                }
                continue;
            }
        };
        let last = items.last_mut().filter(|_| goes_on && !begins);
        match last.map(|item| &mut item.kind) {
            Some(ItemKind::Message(contents)) => add(contents, part, is_refusal),
            _ => {
                let mut contents = Vec::new();
                add(&mut contents, part, is_refusal);
                items.push(Item {
                    index: items.len() as u64,
                    kind: ItemKind::Message(contents),
                    state: State::Completed,
                });
            }
        }
        goes_on = true;
    }
    items
}

/// Adds text to a message.
fn add(contents: &mut Vec<Content>, part: &FoldedPart, is_refusal: bool) {
    if contents
        .last()
        .is_none_or(|last| last.is_refusal != is_refusal)
    {
        contents.push(Content {
            is_refusal,
            ..Content::default()
        });
    }
    let Some(content) = contents.last_mut() else {
        return;
    };
    let start = content.text.len();
    content.text.push_str(&part.text);
    add_elements(&part.logprobs, &mut content.logprobs);
    if !part.citations.is_empty() {
        let start = code_points(&content.text[..start]);
        let range = (start, start + code_points(&part.text));
        let found = part.citations.iter();
        content
            .annotations
            .extend(found.filter_map(|citation| Annotation::new(citation, range)));
    }
}

fn item(kind: &FoldedKind, part: &FoldedPart, cx: &ReplyContext) -> Option<ItemKind> {
    Some(match kind {
        FoldedKind::Thinking { is_raw } => {
            let (text, summaries) = match is_raw {
                true => (part.paragraphs(), Vec::new()),
                false => (part.text.clone(), part.summaries.clone()),
            };
            ItemKind::Reasoning(Reasoning {
                is_raw: *is_raw,
                text,
                summaries,
                encrypted: part.opaque.as_ref().and_then(|opaque| carried(opaque, cx)),
            })
        }
        FoldedKind::Redacted => ItemKind::Reasoning(Reasoning {
            encrypted: part.opaque.as_ref().and_then(|opaque| carried(opaque, cx)),
            ..Reasoning::default()
        }),
        FoldedKind::Tool {
            id,
            name,
            is_freeform,
            ..
        } => ItemKind::Call(Call {
            native: native_call(cx, &name.name, name.namespace.as_deref()),
            id: id.clone(),
            name: name.clone(),
            is_freeform: *is_freeform,
            text: match part.text.as_str() {
                "" if !is_freeform => "{}".to_owned(),
                text => text.to_owned(),
            },
        }),
        FoldedKind::Server(run) if run.kind == ServerKind::WebSearch => {
            ItemKind::Search(run.clone())
        }
        FoldedKind::Media { mime, base64 } if mime.starts_with("image/") => ItemKind::Image {
            mime: mime.clone(),
            base64: base64.clone(),
        },
        FoldedKind::Server(_)
        | FoldedKind::Media { .. }
        | FoldedKind::Text { .. }
        | FoldedKind::Refusal => return None,
    })
}
