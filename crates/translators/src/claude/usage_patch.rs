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
    let count = |path: &[&str]| tokens(report.at(path));
    let by_lifetime = || {
        let short = count(&["cache_creation", "ephemeral_5m_input_tokens"]);
        let long = count(&["cache_creation", "ephemeral_1h_input_tokens"]);
        let sum = short.unwrap_or(0).saturating_add(long.unwrap_or(0));
        short.or(long).and(Some(sum))
    };
    UsagePatch {
        plain: count(&["input_tokens"]),
        cache_read: count(&["cache_read_input_tokens"]),
        cache_write: count(&["cache_creation_input_tokens"]).or_else(by_lifetime),
        tool_prompt: None,
        output: count(&["output_tokens"]),
        reasoning: count(&["output_tokens_details", "thinking_tokens"]),
        searches: count(&["server_tool_use", "web_search_requests"]),
    }
}
