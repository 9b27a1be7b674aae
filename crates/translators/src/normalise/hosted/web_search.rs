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
    request_ir::{Class, HostedTool, Place},
};
use cliproxy_core::Protocol;
use cliproxy_json::{ObjectWriter, Value};

/// What a place consists of, in all protocols.
const LOCATION: [&str; 4] = ["city", "region", "country", "timezone"];

/// The declaration in the target's form. What has no place there is noted.
pub(super) fn write(tool: &HostedTool<'_>, target: Protocol, notes: &mut Notes) -> String {
    let declared = tool.json;
    let filters = declared.get("filters");
    let allowed = filters
        .unwrap_or(declared)
        .get("allowed_domains")
        .filter(|domains| domains.elements().next().is_some());
    let location = declared
        .get("user_location")
        .filter(|place| !place.is_null());
    let place = location.map(|place| place.get("approximate").unwrap_or(place));
    let size = declared.get("search_context_size");
    let mut out = Vec::new();
    let mut kept = vec!["filters"];
    let loses_domains = !matches!(target, Protocol::Responses | Protocol::Claude);
    if !loses_domains {
        kept.push("allowed_domains");
    }
    if let (Some(filters), Some(allowed)) = (filters, allowed) {
        if loses_domains {
            notes.losses.drop(Place::of(allowed), Class::Quality);
        }
        lose_members(filters, &["allowed_domains"], notes);
    } else if let Some(filters) = filters {
        lose_members(filters, &["allowed_domains"], notes);
    }
    ObjectWriter::write(&mut out, |out| match target {
        Protocol::Chat => {
            kept.extend(["user_location", "search_context_size"]);
            raw(out, "search_context_size", size);
            if let Some(place) = place {
                out.object("user_location", |location| {
                    location.text("type", "approximate");
                    location.object("approximate", |out| write_place(place, out));
                });
            }
        }
        Protocol::Responses => {
            kept.extend(["user_location", "search_context_size"]);
            out.text("type", "web_search");
            if let Some(allowed) = allowed {
                out.object("filters", |out| out.raw("allowed_domains", allowed.raw()));
            }
            flat_place(place, out);
            raw(out, "search_context_size", size);
        }
        Protocol::Claude => {
            kept.extend(["user_location", "max_uses", "blocked_domains"]);
            out.text("type", "web_search_20250305");
            out.text("name", "web_search");
            raw(out, "max_uses", declared.get("max_uses"));
            raw(out, "allowed_domains", allowed);
            raw(out, "blocked_domains", declared.get("blocked_domains"));
            flat_place(place, out);
        }
        Protocol::Gemini => out.object("googleSearch", |_| {}),
    });
    lose_members(declared, &kept, notes);
    // Pieces of valid JSON, put together.
    String::from_utf8(out).unwrap_or_default()
}

fn raw(out: &mut ObjectWriter<'_>, key: &str, value: Option<Value<'_>>) {
    if let Some(value) = value.filter(|value| !value.is_null()) {
        out.raw(key, value.raw());
    }
}

fn flat_place(place: Option<Value<'_>>, out: &mut ObjectWriter<'_>) {
    if let Some(place) = place {
        out.object("user_location", |location| {
            location.text("type", "approximate");
            write_place(place, location);
        });
    }
}

fn write_place(place: Value<'_>, out: &mut ObjectWriter<'_>) {
    for key in LOCATION {
        raw(out, key, place.get(key));
    }
}
