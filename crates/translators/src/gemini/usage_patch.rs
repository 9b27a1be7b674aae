//! What a Gemini reply says it cost: `usageMetadata`.
//!
//! Google counts thoughts beside the candidates, and what its own tools read beside the prompt; the
//! prompt includes what the cache had. Every frame may report, and the last report counts.

use crate::{reply::UsagePatch, tap::tokens};
use cliproxy_json::Value;

/// Reads a `usageMetadata` object.
pub(crate) fn usage_patch(report: Value<'_>) -> UsagePatch {
    let (mut prompt, mut cached, mut tools, mut candidates, mut thoughts) = Default::default();
    // One walk: every lookup would be another.
    for (key, value) in report.members() {
        let count: &mut Option<u64> = match &*key {
            "cachedContentTokenCount" => &mut cached,
            "candidatesTokenCount" => &mut candidates,
            "promptTokenCount" => &mut prompt,
            "thoughtsTokenCount" => &mut thoughts,
            "toolUsePromptTokenCount" => &mut tools,
            _ => continue,
        };
        *count = tokens(Some(value));
    }
    let of = |count: Option<u64>| count.unwrap_or(0);
    let input = prompt.or(cached).or(tools);
    let output = candidates.or(thoughts);
    let plain = of(prompt)
        .saturating_sub(of(cached))
        .saturating_add(of(tools));
    UsagePatch {
        plain: input.and(Some(plain)),
        cache_read: input.and(Some(of(cached))),
        cache_write: None,
        tool_prompt: input.and(Some(of(tools))),
        output: output.and(Some(of(candidates).saturating_add(of(thoughts)))),
        reasoning: output.and(Some(of(thoughts))),
        searches: None,
    }
}
