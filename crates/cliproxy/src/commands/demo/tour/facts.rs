//! What became of a turn, by what the gateway says about it.

#[cfg(test)]
mod tests;

use crate::{client::Reply, commands::demo::served::Served};
use anyhow::{Context as _, ensure};
use cliproxy_gateway::Explanation;
use serde_json::Value;

/// A turn that was served: its response headers, and how it is explained.
#[derive(Debug, Default)]
pub(super) struct Facts {
    pub(super) id: String,
    pub(super) by: String,
    /// The model, if it is not the one that was asked for.
    pub(super) fallback: Option<String>,
    pub(super) affinity: String,
    /// Who was asked, in this order, and what came of it: `tour-a quota 429`.
    pub(super) tried: Vec<String>,
    /// The priority of who served, if it could be looked up.
    pub(super) priority: Option<i32>,
    /// Who could not be asked, and until when, in milliseconds.
    pub(super) resting: Vec<(String, Option<u64>)>,
    pub(super) prompt_tokens: u64,
    pub(super) cached_tokens: u64,
}

impl Facts {
    /// Headers and explanation have to say the same.
    pub(super) fn of(
        served: Served,
        reply: &Reply,
        explained: &Explanation,
    ) -> anyhow::Result<Self> {
        let attempts: Vec<_> = explained
            .steps
            .iter()
            .flat_map(|step| &step.attempts)
            .collect();
        let count = attempts.len();
        ensure!(
            usize::try_from(served.attempts) == Ok(count),
            "the headers say {} attempts, and `explain` {count}",
            served.attempts
        );
        let last = attempts.last().context("`explain` knows of no attempt")?;
        ensure!(
            last.credential == served.by,
            "the headers say {}, and `explain` {}",
            served.by,
            last.credential
        );
        let step = explained.steps.last();
        let candidates = || step.into_iter().flat_map(|step| &step.candidates);
        let own = candidates().find(|candidate| candidate.credential == served.by);
        let resting = candidates().filter(|candidate| candidate.state != "ready");
        let body: Value = serde_json::from_slice(&reply.body).context("the reply is not JSON")?;
        let tokens = |place| body.pointer(place).and_then(Value::as_u64);
        let tokens = |place| tokens(place).with_context(|| format!("no {place} in the reply"));
        Ok(Self {
            tried: attempts
                .iter()
                .map(|attempt| format!("{} {}", attempt.credential, attempt.outcome))
                .collect(),
            priority: own.map(|candidate| candidate.priority),
            resting: resting
                .map(|candidate| (candidate.credential.clone(), candidate.back_in_ms))
                .collect(),
            prompt_tokens: tokens("/usage/prompt_tokens")?,
            cached_tokens: tokens("/usage/prompt_tokens_details/cached_tokens")?,
            id: served.id,
            by: served.by,
            fallback: served.fallback,
            affinity: served.affinity,
        })
    }
}
