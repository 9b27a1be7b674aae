//! What a Responses reply says it cost.
//!
//! `input_tokens` includes what was read from the cache and written to it, `output_tokens` the reasoning;
//! `input_tokens_details` and `output_tokens_details` tell them apart.

use crate::{reply::UsagePatch, tap::tokens};
use cliproxy_json::Value;

/// Reads a `usage` object.
pub(crate) fn usage_patch(report: Value<'_>) -> UsagePatch {
    let [input, of_input, output, of_output] = report.pick([
        "input_tokens",
        "input_tokens_details",
        "output_tokens",
        "output_tokens_details",
    ]);
    let (input, output) = (tokens(input), tokens(output));
    let of = |object: Option<Value<'_>>, key| tokens(object.and_then(|object| object.get(key)));
    let read = of(of_input, "cached_tokens").unwrap_or(0);
    let write = of(of_input, "cache_write_tokens").unwrap_or(0);
    let reasoning = of(of_output, "reasoning_tokens").unwrap_or(0);
    UsagePatch {
        plain: input.map(|input| input.saturating_sub(read).saturating_sub(write)),
        cache_read: input.map(|_| read),
        cache_write: input.map(|_| write),
        output,
        reasoning: output.map(|_| reasoning),
        ..UsagePatch::default()
    }
}
