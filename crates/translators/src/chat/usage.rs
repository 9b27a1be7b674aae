//! What a chat reply says it cost.

use crate::tap::tokens;
use cliproxy_core::Usage;
use cliproxy_json::Value;

/// OpenAI's figures, with what its imitators do differently.
pub(crate) fn usage(report: Value<'_>) -> Usage {
    let count = |path: &[&str]| tokens(report.at(path));
    let either = |one: &[&str], other: &[&str]| count(one).or_else(|| count(other));
    let prompt = either(&["prompt_tokens"], &["input_tokens"]).unwrap_or(0);
    let completion = either(&["completion_tokens"], &["output_tokens"]).unwrap_or(0);
    let read = either(
        &["prompt_tokens_details", "cached_tokens"],
        &["input_tokens_details", "cached_tokens"],
    )
    // DeepSeek.
    .or_else(|| count(&["prompt_cache_hit_tokens"]))
    // Moonshot.
    .or_else(|| count(&["cached_tokens"]))
    .unwrap_or(0);
    let write = count(&["prompt_tokens_details", "cache_write_tokens"]).unwrap_or(0);
    let reasoning = either(
        &["completion_tokens_details", "reasoning_tokens"],
        &["output_tokens_details", "reasoning_tokens"],
    )
    .unwrap_or(0);
    // xAI counts reasoning beside the completion; the total tells.
    let apart = prompt.saturating_add(completion).saturating_add(reasoning);
    let is_apart = reasoning > 0 && count(&["total_tokens"]) == Some(apart);
    // More cached than prompt: the prompt was counted without what the cache had.
    let uncached = match read > prompt {
        true => prompt,
        false => prompt.saturating_sub(read).saturating_sub(write),
    };
    Usage {
        input: uncached.saturating_add(read).saturating_add(write),
        cache_read: read,
        cache_write: write,
        output: completion.saturating_add(if is_apart { reasoning } else { 0 }),
        reasoning,
    }
}
