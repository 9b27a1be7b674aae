//! What a Messages reply says it cost.
//!
//! The input is what the cache had no part in. What was written to the cache is
//! `cache_creation_input_tokens`, or else the sum of `cache_creation` by lifetime. `message_start` makes
//! the first report; that of `message_delta` replaces what it names, and a null or a missing figure
//! leaves the earlier one.

use crate::{reply::UsagePatch, tap::tokens};
use cliproxy_json::Value;

/// Reads a `usage` object.
pub(crate) fn usage_patch(report: Value<'_>) -> UsagePatch {
    let [input, read, write, output, lifetimes, details, server] = report.pick([
        "input_tokens",
        "cache_read_input_tokens",
        "cache_creation_input_tokens",
        "output_tokens",
        "cache_creation",
        "output_tokens_details",
        "server_tool_use",
    ]);
    let of = |object: Option<Value<'_>>, key| tokens(object.and_then(|object| object.get(key)));
    let by_lifetime = || {
        let short = of(lifetimes, "ephemeral_5m_input_tokens");
        let long = of(lifetimes, "ephemeral_1h_input_tokens");
        let sum = short.unwrap_or(0).saturating_add(long.unwrap_or(0));
        short.or(long).and(Some(sum))
    };
    UsagePatch {
        plain: tokens(input),
        cache_read: tokens(read),
        cache_write: tokens(write).or_else(by_lifetime),
        tool_prompt: None,
        output: tokens(output),
        reasoning: of(details, "thinking_tokens"),
        searches: of(server, "web_search_requests"),
    }
}
