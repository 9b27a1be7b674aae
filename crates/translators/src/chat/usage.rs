//! What a chat reply says it cost, for accounting.

use crate::chat::usage_patch::usage_patch;
use cliproxy_core::Usage;
use cliproxy_json::Value;

/// OpenAI's figures, with what its imitators do differently.
pub(crate) fn usage(report: Value<'_>) -> Usage {
    usage_patch(report).total()
}
