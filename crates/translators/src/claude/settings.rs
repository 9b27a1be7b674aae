//! What Claude calls its settings. A name with a dot is a member of a member.

use crate::request_ir::{Key, Names};

/// In any order.
pub(super) static NAMES: Names = Names::new(&[
    (Key::MaxOutput, "max_tokens"),
    (Key::Temperature, "temperature"),
    (Key::TopP, "top_p"),
    (Key::TopK, "top_k"),
    (Key::Stop, "stop_sequences"),
    (Key::ParallelTools, "tool_choice.disable_parallel_tool_use"),
    (Key::McpServers, "mcp_servers"),
    (Key::Container, "container"),
    (Key::ContextManagement, "context_management"),
    (Key::ServiceTier, "service_tier"),
    (Key::Speed, "speed"),
    (Key::CacheControl, "cache_control"),
    (Key::SafetyIdentifier, "metadata.user_id"),
]);
