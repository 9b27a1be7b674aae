//! Cache breakpoints (<https://platform.claude.com/docs/en/build-with-claude/prompt-caching>).

use crate::inspect::{Checked, Node, each};
use serde_json::Value;

/// Breakpoints a request may have.
const LIMIT: usize = 4;

/// One `cache_control` object.
pub(super) fn mark(mark: &Node<'_, '_>) -> Checked {
    mark.only(&[&["ttl", "type"]])?;
    mark.need("type")?.one_of(&["ephemeral"])?;
    each(mark, &["ttl"], |ttl| ttl.one_of(&["5m", "1h"]).map(drop))
}

/// At most four of them, and the long-lived ones first.
pub(super) fn check(body: &Node<'_, '_>) -> Checked {
    let mut hours = Vec::new();
    for name in ["tools", "system", "messages"] {
        collect(&body.value[name], &mut hours);
    }
    if hours.len() > LIMIT {
        return Err(body.rule(
            None,
            format!(
                "A maximum of {LIMIT} blocks with cache_control may be provided. Found {}.",
                hours.len()
            ),
        ));
    }
    if hours.windows(2).any(|pair| matches!(pair, [false, true])) {
        return Err(body.rule(
            None,
            "a ttl='1h' cache_control block must not come after a ttl='5m' cache_control block. Note that blocks are processed in the following order: `tools`, `system`, `messages`.",
        ));
    }
    Ok(())
}

/// Whether anything is to be written to the cache.
pub(super) fn any(body: &Value) -> bool {
    let mut hours = Vec::new();
    collect(body, &mut hours);
    !hours.is_empty()
}

/// Whether each mark, in the order of the prompt, asks for an hour.
fn collect(value: &Value, hours: &mut Vec<bool>) {
    match value {
        Value::Array(items) => items.iter().for_each(|item| collect(item, hours)),
        Value::Object(members) => {
            // Arguments and schemas may have members of any name.
            let data = ["input", "input_schema"];
            for (name, member) in members {
                if name == "cache_control" && member.is_object() {
                    hours.push(member["ttl"] == "1h");
                } else if !data.contains(&name.as_str()) {
                    collect(member, hours);
                }
            }
        }
        _ => {}
    }
}
