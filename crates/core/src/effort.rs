//! How much a model is asked to reason.

use crate::name::names;

/// A reasoning effort, in rising order.
///
/// ```
/// use cliproxy_core::Effort;
///
/// assert_eq!("xhigh".parse(), Ok(Effort::Xhigh));
/// assert!(Effort::Low < Effort::Medium);
/// assert!("none".parse::<Effort>().is_err());
/// ```
#[expect(
    clippy::exhaustive_enums,
    reason = "whoever writes efforts into a body must decide about a new one"
)]
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Effort {
    /// `minimal`
    Minimal,
    /// `low`
    Low,
    /// `medium`
    Medium,
    /// `high`
    High,
    /// `xhigh`
    Xhigh,
    /// `max`
    Max,
}

names!(Effort {
    Minimal = "minimal",
    Low = "low",
    Medium = "medium",
    High = "high",
    Xhigh = "xhigh",
    Max = "max",
});

#[cfg(test)]
mod tests {
    use super::Effort;

    #[test]
    fn every_effort_is_read_back_from_its_name_and_rises() {
        assert!(Effort::ALL.is_sorted_by(|lower, higher| lower < higher));
        for effort in Effort::ALL {
            assert_eq!(effort.as_str().parse(), Ok(*effort));
        }
        for other in ["", "none", "auto", "High", " high", "ultra"] {
            assert!(other.parse::<Effort>().is_err(), "{other:?}");
        }
    }
}
