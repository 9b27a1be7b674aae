//! What the thinking suffix of a model name asks for.

use super::Control;
use cliproxy_core::Effort;

/// What the text between the parentheses asks for; the table is in the module above. A suffix is
/// never an error: one that says nothing is taken off the name all the same.
pub(crate) fn control_of(suffix: &str) -> Control {
    let value = suffix.trim();
    let is = |name: &str| value.eq_ignore_ascii_case(name);
    let level = || Effort::ALL.iter().find(|level| is(level.as_str()));
    if is("none") {
        Control::Off
    } else if is("auto") || value == "-1" {
        Control::Auto
    } else if let Some(level) = level() {
        Control::Level(*level)
    } else if !value.is_empty() && value.bytes().all(|byte| byte.is_ascii_digit()) {
        match value.parse() {
            Ok(0) => Control::Off,
            // More digits than a number has room for is more than any model takes.
            budget => Control::Budget(budget.unwrap_or(u32::MAX)),
        }
    } else {
        Control::Unset
    }
}

/// Whether the text between the parentheses asks for something.
///
/// ```
/// use cliproxy_translators::is_thinking_suffix;
///
/// assert!(is_thinking_suffix(" High ") && is_thinking_suffix("8192"));
/// assert!(!is_thinking_suffix("hihg") && !is_thinking_suffix(""));
/// ```
#[must_use]
pub fn is_thinking_suffix(suffix: &str) -> bool {
    control_of(suffix) != Control::Unset
}
