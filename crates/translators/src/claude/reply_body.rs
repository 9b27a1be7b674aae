//! A reply, written for a client: as one message.
//!
//! Blocks stand in the order in which their parts were opened, and are those of a stream, except that a
//! text with citations is split at their borders: a citation of Claude's belongs to a whole block. The
//! arguments of a call are an object, an empty one if they are cut so that nothing can be made of them; see
//! `arguments`.

use super::write_reply;
use crate::{
    arguments,
    json_str::JsonStr,
    reply::{
        Finish, Folded, FoldedKind, FoldedPart, ReplyCitation, ReplyContext, ServerRun, carried,
        plain_tail, position, tail,
    },
    request_ir::{Family, Opaque, OpaqueKind, ServerKind},
};
use cliproxy_json::{ArrayWriter, ObjectWriter};

/// Writes a whole reply.
pub(crate) fn write(reply: &Folded, cx: &ReplyContext, out: &mut Vec<u8>) {
    let tail = tail(&reply.id, cx);
    let finish = reply.finishes.first().map(|(_, finish)| finish);
    ObjectWriter::write(out, |message| {
        write_reply::head(&tail, &cx.model, message);
        message.array("content", |content| {
            let mut searches = 0;
            for part in &reply.parts {
                match &part.kind {
                    FoldedKind::Server(run) if run.kind == ServerKind::WebSearch => {
                        let id = write_reply::search_id(&plain_tail(&tail), searches);
                        searches += 1;
                        search(run, &id, content);
                    }
                    _ => block(part, cx, content),
                }
            }
        });
        write_reply::stop(finish.unwrap_or(&Finish::Stop), message);
        message.object("usage", |object| {
            write_reply::usage(&reply.usage.unwrap_or_default(), object);
        });
    });
}

fn search(run: &ServerRun<'_>, id: &str, content: &mut ArrayWriter<'_>) {
    content.object(|block| {
        block.text("type", "server_tool_use");
        block.text("id", id);
        block.text("name", "web_search");
        let input = write_reply::search_input(run);
        block.raw("input", &String::from_utf8_lossy(&input));
    });
    content.object(|block| write_reply::search_result(run, id, block));
}

fn block(part: &FoldedPart, cx: &ReplyContext, content: &mut ArrayWriter<'_>) {
    match &part.kind {
        FoldedKind::Text { .. } | FoldedKind::Refusal => text(part, content),
        FoldedKind::Thinking { .. } | FoldedKind::Redacted => thinking(part, cx, content),
        FoldedKind::Tool { id, name, .. } => content.object(|block| {
            block.text("type", "tool_use");
            block.text("id", id);
            block.text("name", &name.name);
            let text = JsonStr::escaped(&part.text);
            block.raw("input", &arguments::object_or_empty(&text.decoded()));
        }),
        FoldedKind::Server(_) | FoldedKind::Media { .. } => {}
    }
}

fn thinking(part: &FoldedPart, cx: &ReplyContext, content: &mut ArrayWriter<'_>) {
    let is_redacted = |opaque: &&Opaque<'_>| {
        opaque.family == Family::Anthropic && opaque.kind == OpaqueKind::Redacted
    };
    let text = part.paragraphs();
    let opaque = part.opaque.as_ref();
    let data = opaque.and_then(|opaque| carried(opaque, cx));
    match data {
        None if text.is_empty() => {}
        Some(data) if text.is_empty() && opaque.as_ref().is_some_and(is_redacted) => {
            content.object(|block| {
                block.text("type", "redacted_thinking");
                block.text("data", &data);
            });
        }
        data => content.object(|block| {
            block.text("type", "thinking");
            block.escaped("thinking", &text);
            block.text("signature", &data.unwrap_or_default());
        }),
    }
}

/// The blocks of a text: one for each piece that the same citations belong to.
fn text(part: &FoldedPart, content: &mut ArrayWriter<'_>) {
    let text = part.text.as_str();
    let cited = part.citations.iter().filter(|c| c.url.is_some());
    let cited: Vec<_> = cited
        .map(|citation| (range(citation, text), citation))
        .collect();
    let mut borders: Vec<_> = cited.iter().flat_map(|((a, b), _)| [*a, *b]).collect();
    borders.extend([0, text.len()]);
    borders.sort_unstable();
    borders.dedup();
    for piece in borders.windows(2) {
        let &[start, end] = piece else {
            continue;
        };
        let holds = |range: &(usize, usize)| range.0 <= start && end <= range.1;
        let mine: Vec<_> = cited.iter().filter(|(range, _)| holds(range)).collect();
        content.object(|block| {
            block.text("type", "text");
            block.escaped("text", &text[start..end]);
            if !mine.is_empty() {
                block.array("citations", |list| {
                    for (_, citation) in mine {
                        list.object(|object| write_reply::citation(citation, text, object));
                    }
                });
            }
        });
    }
}

/// What of a text a citation belongs to, in bytes.
fn range(citation: &ReplyCitation<'_>, text: &str) -> (usize, usize) {
    match citation.range {
        Some((start, end)) => {
            let start = position(text, start);
            (start, position(text, end).max(start))
        }
        None => (0, text.len()),
    }
}
