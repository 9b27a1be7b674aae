//! Web search, with what its declaration says.
//!
//! | | Chat | Responses | Claude | Gemini |
//! | --- | --- | --- | --- | --- |
//! | where the user is | `user_location.approximate` | `user_location` | `user_location` | – |
//! | how much is read | `search_context_size` | `search_context_size` | – | – |
//! | only these domains | – | `filters.allowed_domains` | `allowed_domains` | – |
//! | not these domains | – | – | `blocked_domains` | – |
//! | how often | – | – | `max_uses` | – |

use super::lose_members;
use crate::{
    normalise::Notes,
    request_ir::{Class, HostedTool, Place, Why},
    rules::{Search, WebSearch},
};
use cliproxy_json::ObjectWriter;

/// The declaration in the target's form. What has no place there is noted.
pub(super) fn write(tool: &HostedTool<'_>, form: &WebSearch, notes: &mut Notes) -> String {
    let declared = tool.json;
    let filters = declared.get("filters");
    let allowed = filters
        .unwrap_or(declared)
        .get("allowed_domains")
        .filter(|domains| domains.elements().next().is_some());
    let location = declared
        .get("user_location")
        .filter(|place| !place.is_null());
    let search = Search {
        declared,
        allowed_domains: allowed,
        place: location.map(|place| place.get("approximate").unwrap_or(place)),
    };
    let mut kept = vec!["filters"];
    kept.extend(form.kept);
    if form.takes_domains {
        kept.push("allowed_domains");
    }
    if let Some(filters) = filters {
        if let Some(allowed) = allowed.filter(|_| !form.takes_domains) {
            notes
                .losses
                .drop(Place::of(allowed), Class::Quality, Why::ToolMember);
        }
        lose_members(filters, &["allowed_domains"], notes);
    }
    let mut out = Vec::new();
    ObjectWriter::write(&mut out, |out| (form.write)(&search, out));
    lose_members(declared, &kept, notes);
    // Pieces of valid JSON, put together.
    String::from_utf8(out).unwrap_or_default()
}
