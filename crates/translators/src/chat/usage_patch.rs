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
    let count = |path: &[&str]| tokens(report.at(path));
    let either = |one: &[&str], other: &[&str]| count(one).or_else(|| count(other));
    let prompt = either(&["prompt_tokens"], &["input_tokens"]);
    let completion = either(&["completion_tokens"], &["output_tokens"]);
    let read = either(
        &["prompt_tokens_details", "cached_tokens"],
        &["input_tokens_details", "cached_tokens"],
    )
    .or_else(|| count(&["prompt_cache_hit_tokens"]))
    .or_else(|| count(&["cached_tokens"]))
    .unwrap_or(0);
    let write = either(
        &["prompt_tokens_details", "cache_write_tokens"],
        &["input_tokens_details", "cache_write_tokens"],
    )
    .unwrap_or(0);
    let reasoning = either(
        &["completion_tokens_details", "reasoning_tokens"],
        &["output_tokens_details", "reasoning_tokens"],
    );
    let apart = [prompt, completion, reasoning].map(|count| count.unwrap_or(0));
    let apart = apart.into_iter().fold(0, u64::saturating_add);
    let beside = reasoning.filter(|count| *count > 0 && total(report) == Some(apart));
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

fn total(report: Value<'_>) -> Option<u64> {
    tokens(report.get("total_tokens"))
}
