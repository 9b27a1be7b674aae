//! What a chat reply says it cost.
//!
//! | figure | where |
//! | --- | --- |
//! | input, cache included | `prompt_tokens` |
//! | read from the cache | `prompt_tokens_details.cached_tokens`; DeepSeek `prompt_cache_hit_tokens`; Moonshot `cached_tokens` |
//! | written to the cache | `prompt_tokens_details.cache_write_tokens` |
//! | output, reasoning included | `completion_tokens` |
//! | reasoning | `completion_tokens_details.reasoning_tokens` |
//!
//! `input_tokens` and `output_tokens` with their details are read where the others are missing. Two
//! habits of vendors are put right: reasoning that is counted beside the completion (xAI; the total
//! tells), and a prompt that is counted without what the cache had (more cached than prompt).
//!
//! Reports are cumulative: the last one counts.

use crate::{reply::UsagePatch, tap::tokens};
use cliproxy_json::Value;

/// Reads a `usage` object.
pub(crate) fn usage_patch(report: Value<'_>) -> UsagePatch {
    let figures = report.pick([
        "prompt_tokens",
        "input_tokens",
        "completion_tokens",
        "output_tokens",
        "prompt_cache_hit_tokens",
        "cached_tokens",
        "total_tokens",
    ]);
    let [prompt, input, completion, output, hit, cached, total] = figures.map(tokens);
    let [of_prompt, of_input, of_completion, of_output] = report.pick([
        "prompt_tokens_details",
        "input_tokens_details",
        "completion_tokens_details",
        "output_tokens_details",
    ]);
    let of = |object: Option<Value<'_>>, key| tokens(object.and_then(|object| object.get(key)));
    let either = |[one, other]: [_; 2], key| of(one, key).or_else(|| of(other, key));
    let (prompt, completion) = (prompt.or(input), completion.or(output));
    let details = [of_prompt, of_input];
    let read = either(details, "cached_tokens");
    let read = read.or(hit).or(cached).unwrap_or(0);
    let write = either(details, "cache_write_tokens").unwrap_or(0);
    let reasoning = either([of_completion, of_output], "reasoning_tokens");
    let apart = [prompt, completion, reasoning].map(|count| count.unwrap_or(0));
    let apart = apart.into_iter().fold(0, u64::saturating_add);
    let beside = reasoning.filter(|count| *count > 0 && total == Some(apart));
    UsagePatch {
        plain: prompt.map(|prompt| match read > prompt {
            true => prompt,
            false => prompt.saturating_sub(read).saturating_sub(write),
        }),
        cache_read: prompt.map(|_| read),
        cache_write: prompt.map(|_| write),
        output: completion.map(|count| count.saturating_add(beside.unwrap_or(0))),
        reasoning: completion.map(|_| reasoning.unwrap_or(0)),
        ..UsagePatch::default()
    }
}
