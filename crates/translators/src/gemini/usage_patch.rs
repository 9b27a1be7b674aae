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
        plain: input.map(|_| plain),
        cache_read: input.map(|_| of(cached)),
        cache_write: None,
        tool_prompt: input.map(|_| of(tools)),
        output: output.map(|_| of(candidates).saturating_add(of(thoughts))),
        reasoning: output.map(|_| of(thoughts)),
        searches: None,
    }
}
