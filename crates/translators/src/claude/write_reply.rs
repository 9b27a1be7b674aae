//! Pieces that stand in a Claude message and in the events of a stream alike.
//!
//! | what | how |
//! | --- | --- |
//! | usage | `input_tokens` without what a cache had; both cache fields always; thinking and searches if there are any |
//! | a search of the provider | `server_tool_use` with its queries, then `web_search_tool_result` with the pages; their encrypted content is not to be had and empty |
//! | a citation | `web_search_result_location` with the cited text; one without a URL is left out |
//!
//! Images and other tools of the provider have no block, and are left out.

use crate::{
    json_str::JsonStr,
    reply::{Finish, ReplyCitation, ServerRun, UsagePatch, slice},
};
use cliproxy_json::ObjectWriter;

/// `usage`.
pub(crate) fn usage(usage: &UsagePatch, object: &mut ObjectWriter<'_>) {
    let count = |field: Option<u64>| field.unwrap_or(0);
    object.number("input_tokens", count(usage.plain));
    object.number("cache_creation_input_tokens", count(usage.cache_write));
    object.number("cache_read_input_tokens", count(usage.cache_read));
    object.number("output_tokens", count(usage.output));
    if let Some(reasoning @ 1..) = usage.reasoning {
        object.object("output_tokens_details", |details| {
            details.number("thinking_tokens", reasoning);
        });
    }
    if let Some(searches @ 1..) = usage.searches {
        object.object("server_tool_use", |tools| {
            tools.number("web_search_requests", searches);
        });
    }
}

/// `stop_reason` and `stop_sequence`.
pub(super) fn stop(finish: &Finish<'_>, object: &mut ObjectWriter<'_>) {
    object.text("stop_reason", super::finish::encode(finish));
    match finish {
        Finish::StopSequence(Some(text)) => object.escaped("stop_sequence", text.as_escaped()),
        _ => object.null("stop_sequence"),
    }
}

/// A citation of a text block that says `text` so far.
pub(super) fn citation(citation: &ReplyCitation<'_>, text: &str, object: &mut ObjectWriter<'_>) {
    let escaped = |text: &Option<JsonStr<'_>>| text.clone().unwrap_or_default().into_owned();
    let cited = match (&citation.cited, citation.range) {
        (Some(cited), _) => cited.as_escaped(),
        (None, Some((start, end))) => slice(text, start, end),
        (None, None) => text,
    };
    object.text("type", "web_search_result_location");
    object.escaped("url", escaped(&citation.url).as_escaped());
    object.escaped("title", escaped(&citation.title).as_escaped());
    object.escaped("cited_text", cited);
    object.text("encrypted_index", "");
}

/// The id of a search.
pub(super) fn search_id(tail: &str, number: u64) -> String {
    format!("srvtoolu_gw_{tail}_{number}")
}

/// What was searched for.
pub(super) fn search_input(run: &ServerRun<'_>) -> Vec<u8> {
    let mut input = Vec::new();
    ObjectWriter::write(&mut input, |object| {
        let queries: Vec<_> = run.queries.iter().map(JsonStr::as_escaped).collect();
        object.escaped("query", &queries.join("; "));
    });
    input
}

/// `web_search_tool_result`.
pub(super) fn search_result(run: &ServerRun<'_>, id: &str, block: &mut ObjectWriter<'_>) {
    block.text("type", "web_search_tool_result");
    block.text("tool_use_id", id);
    block.array("content", |content| {
        for source in &run.sources {
            content.object(|result| {
                result.text("type", "web_search_result");
                result.escaped("url", source.url.as_escaped());
                result.escaped("title", source.title.as_escaped());
                result.text("encrypted_content", "");
                result.null("page_age");
            });
        }
    });
}

/// The members of a message before its content.
pub(super) fn head(tail: &str, model: &str, message: &mut ObjectWriter<'_>) {
    message.member("id", |out| {
        out.extend_from_slice(b"\"msg_");
        out.extend_from_slice(tail.as_bytes());
        out.push(b'"');
    });
    message.text("type", "message");
    message.text("role", "assistant");
    message.text("model", model);
}
