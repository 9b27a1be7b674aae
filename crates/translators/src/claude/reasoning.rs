//! Thinking that a client sends back signed.
//!
//! | what of a request | without it |
//! | --- | --- |
//! | blocks of thinking, open or redacted | are gone; a message that had nothing else, too |
//! | manual `thinking` | is gone: it demands the blocks in a loop of tools |
//! | edits that clear thinking out of the context | are gone: they demand `thinking` |
//!
//! See <https://docs.anthropic.com/en/docs/build-with-claude/extended-thinking#preserving-thinking-blocks>.

use cliproxy_json::{Body, Edit, Path, Value};

/// The edits that take signed thinking out of a request; none if there is none.
pub(crate) fn without(body: &Body) -> Vec<Edit> {
    let head = body.head();
    let mut paths = Vec::new();
    let messages = head.get("messages");
    for (at, message) in messages.iter().flat_map(|it| it.elements()).enumerate() {
        let blocks = message.get("content").into_iter();
        let blocks = blocks.flat_map(|content| content.elements().enumerate());
        let mut count = 0;
        let sealed = blocks.filter(|(_, block)| {
            count += 1;
            is_thinking(*block)
        });
        let sealed: Vec<usize> = sealed.map(|(place, _)| place).collect();
        match sealed.len() {
            0 => {}
            all if all == count => paths.push(format!("messages.{at}")),
            _ => paths.extend(
                sealed
                    .iter()
                    .map(|it| format!("messages.{at}.content.{it}")),
            ),
        }
    }
    if paths.is_empty() {
        return Vec::new();
    }
    let thinking = head.get("thinking").and_then(|it| it.get("type"));
    if thinking.and_then(|kind| kind.as_str()).as_deref() == Some("enabled") {
        paths.push("thinking".to_owned());
        let edits = head
            .get("context_management")
            .and_then(|it| it.get("edits"));
        let edits = edits.iter().flat_map(|it| it.elements()).enumerate();
        let clearing =
            edits.filter(|(_, edit)| type_of(*edit, |it| it.starts_with("clear_thinking")));
        paths.extend(clearing.map(|(at, _)| format!("context_management.edits.{at}")));
    }
    // From the end, so that no removal moves what is still to be removed.
    let paths = paths.iter().rev();
    let edits: Result<_, _> = paths
        .map(|path| Path::parse(path).map(Edit::Remove))
        .collect();
    // A conversation that is too long for a path is left as it is.
    edits.unwrap_or_default()
}

fn is_thinking(block: Value<'_>) -> bool {
    type_of(block, |kind| {
        matches!(kind, "thinking" | "redacted_thinking")
    })
}

fn type_of(value: Value<'_>, is: impl Fn(&str) -> bool) -> bool {
    let kind = value.get("type").and_then(|kind| kind.as_str());
    kind.is_some_and(|kind| is(&kind))
}
