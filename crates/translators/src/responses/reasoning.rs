//! Reasoning that a client sends back sealed, and that only the account that wrote it can open.
//!
//! A client that wants nothing stored gets `encrypted_content` with each reasoning item and sends
//! it back (<https://platform.openai.com/docs/guides/reasoning#encrypted-reasoning-items>). When a
//! conversation has moved to another account, that account refuses the whole request.

use cliproxy_json::{Body, Edit, Kind, Path};

/// The edits that take sealed reasoning out of a request; none if there is none.
///
/// The items go as a whole: without its seal an item is a reference to one that was never stored. A
/// sealed `compaction` stays, because it is the conversation itself.
pub(crate) fn without(body: &Body) -> Vec<Edit> {
    let Some(input) = body.head().get("input") else {
        return Vec::new();
    };
    let sealed = input.elements().enumerate().filter(|(_, item)| {
        let is = item.get("type").and_then(|kind| kind.as_str());
        let seal = item.get("encrypted_content").map(|seal| seal.kind());
        is.as_deref() == Some("reasoning") && seal == Some(Kind::String)
    });
    let places: Vec<usize> = sealed.map(|(place, _)| place).collect();
    // From the end, so that no removal moves what is still to be removed.
    let paths = places.iter().rev();
    let edits: Result<_, _> = paths
        .map(|place| Path::parse(&format!("input.{place}")).map(Edit::Remove))
        .collect();
    // A conversation that is too long for a path is left as it is.
    edits.unwrap_or_default()
}
