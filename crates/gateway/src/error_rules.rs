//! What an operator says an upstream's error means.

use cliproxy_config::{ErrorRule, RuleAction};
use cliproxy_executors::UpstreamError;
use cliproxy_scheduler::Outcome;

/// What a failed attempt leads to.
pub(crate) struct Verdict {
    /// What health is told; `None` if the failure says nothing about the credential.
    pub(crate) outcome: Option<Outcome>,
    /// Whether no other credential or model is asked.
    pub(crate) stops: bool,
}

/// What the first rule that fits says about a failure, and its action's name.
///
/// A rule reads what the upstream said; where it said nothing there is nothing to match.
pub(crate) fn judge(rules: &[ErrorRule], error: &UpstreamError) -> Option<(&'static str, Verdict)> {
    if rules.is_empty() || !error.answered {
        return None;
    }
    let status = error.status.as_u16();
    let rule = rules
        .iter()
        .find(|rule| rule.matches(status, &error.body))?;
    let (name, stops, rests) = match rule.action {
        RuleAction::Stop => ("stop", true, false),
        RuleAction::StopAndCooldown => ("stop-and-cooldown", true, true),
        RuleAction::Continue => ("continue", false, false),
        RuleAction::ContinueAndCooldown => ("continue-and-cooldown", false, true),
    };
    let outcome = rests.then_some(Outcome::Ruled {
        kind: error.kind,
        scope: error.scope,
        retry_after: error.retry_after,
    });
    Some((name, Verdict { outcome, stops }))
}
