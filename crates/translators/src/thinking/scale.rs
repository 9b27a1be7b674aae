//! Levels and budgets: the table between them, and the level next to another.

use super::Control;
use cliproxy_core::Effort;

/// The budget that stands for a level, in tokens.
pub(crate) const fn budget_of(level: Effort) -> u32 {
    match level {
        Effort::Minimal => 512,
        Effort::Low => 1024,
        Effort::Medium => 8192,
        Effort::High => 24_576,
        Effort::Xhigh => 32_768,
        Effort::Max => 128_000,
    }
}

/// The level that stands for a budget other than zero. `max` is never made of a number: nobody who
/// counts tokens asked for all there is.
pub(crate) const fn level_of(budget: u32) -> Effort {
    match budget {
        0..=512 => Effort::Minimal,
        513..=1024 => Effort::Low,
        1025..=8192 => Effort::Medium,
        8193..=24_576 => Effort::High,
        24_577.. => Effort::Xhigh,
    }
}

/// The level of `levels` that is fewest steps from `wanted`; of two, the lower. `None` if there is
/// no level at all.
pub(crate) fn nearest(wanted: Effort, levels: &[Effort]) -> Option<Effort> {
    let steps = |level: Effort| (level as i8 - wanted as i8).abs();
    let all = levels.iter().copied();
    all.min_by_key(|&level| (steps(level), level))
}

/// Whether two controls are notations of the same thing.
pub(crate) fn is_same(one: Control, other: Control) -> bool {
    match (one, other) {
        (Control::Level(level), Control::Budget(budget)) => budget_of(level) == budget,
        (Control::Budget(budget), Control::Level(level)) => {
            budget != 0 && level_of(budget) == level
        }
        (Control::Off, Control::Budget(0)) | (Control::Budget(0), Control::Off) => true,
        _ => one == other,
    }
}
