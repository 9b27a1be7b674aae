//! What only Claude has: its own order of efforts, and budgets that share the output limit.

use super::{Control, Resolved};
use cliproxy_core::Effort;

/// The smallest budget of models that nobody knows.
const SMALLEST_BUDGET: u32 = 1024;

/// The effort that a Claude model is asked for: upwards from `xhigh` if it has more, because who
/// asks for that much is not served with less.
pub(crate) fn effort(wanted: Effort, levels: &[Effort]) -> Effort {
    let order: &[Effort] = match wanted {
        Effort::Minimal => return Effort::Low,
        Effort::Low | Effort::Medium | Effort::High => return wanted,
        Effort::Xhigh => &[Effort::Xhigh, Effort::Max],
        Effort::Max => &[Effort::Max, Effort::Xhigh],
    };
    let mut listed = order.iter().filter(|level| levels.contains(level));
    listed.next().copied().unwrap_or(Effort::High)
}

/// `max_tokens`, which holds the reasoning and the answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum OutputLimit {
    /// The client's, which is never raised.
    Set(u64),
    /// The gateway's, because the client said nothing.
    Default(u64),
}

impl OutputLimit {
    /// In tokens.
    pub(crate) const fn tokens(self) -> u64 {
        match self {
            Self::Set(tokens) | Self::Default(tokens) => tokens,
        }
    }
}

impl Resolved<'_> {
    /// Makes room for a budget in the output limit, which has to be larger: a default is raised as
    /// far as the model goes, then the budget is cut, then reasoning is switched off.
    ///
    /// `largest` is the output limit of the model; where it is unknown a default is not raised.
    pub(crate) fn limited(self, limit: OutputLimit, largest: Option<u64>) -> (Self, OutputLimit) {
        let Control::Budget(budget) = self.control() else {
            return (self, limit);
        };
        let range = self.thinking().and_then(|thinking| thinking.budget);
        let smallest = range.map_or(SMALLEST_BUDGET, |(min, _)| min);
        let budget = budget.max(smallest);
        let limit = match (limit, largest) {
            (OutputLimit::Default(tokens), Some(largest)) if u64::from(budget) >= tokens => {
                let raised = tokens.saturating_add(budget.into());
                OutputLimit::Default(raised.min(largest).max(tokens))
            }
            _ => limit,
        };
        let below = limit.tokens().saturating_sub(1);
        let budget = u32::try_from(below).map_or(budget, |below| budget.min(below));
        let control = if budget < smallest {
            Control::Off
        } else {
            Control::Budget(budget)
        };
        (self.with(control), limit)
    }

    /// Off instead of a budget, for a request that permits no budget: one that forces a tool call,
    /// or whose last assistant turn calls tools and has lost its reasoning. Nothing else changes.
    pub(crate) fn without_budget(self) -> Self {
        match self.control() {
            Control::Budget(_) => self.with(Control::Off),
            _ => self,
        }
    }
}
