//! Tools that run at a provider, by the type they are declared with.

use crate::request_ir::HostedKind;

/// The heads of types: versions follow (`web_search_20250305`, `web_search_preview`). Of two that fit
/// the first counts.
const KINDS: [(&str, HostedKind); 15] = [
    ("web_search", HostedKind::WebSearch),
    ("web_fetch", HostedKind::WebFetch),
    ("code_execution", HostedKind::CodeExecution),
    ("code_interpreter", HostedKind::CodeExecution),
    ("file_search", HostedKind::FileSearch),
    ("image_generation", HostedKind::ImageGeneration),
    ("mcp", HostedKind::Mcp),
    ("computer", HostedKind::Computer),
    ("local_shell", HostedKind::LocalShell),
    ("shell", HostedKind::Shell),
    ("apply_patch", HostedKind::ApplyPatch),
    ("bash", HostedKind::Bash),
    ("text_editor", HostedKind::TextEditor),
    ("memory", HostedKind::Memory),
    ("tool_search", HostedKind::ToolSearch),
];

/// What a tool of this type does.
pub(crate) fn kind(name: &str) -> HostedKind {
    let is = |(head, _): &&(&str, HostedKind)| {
        let rest = name.strip_prefix(head);
        rest.is_some_and(|rest| rest.is_empty() || rest.starts_with('_'))
    };
    let row = KINDS.iter().find(is);
    row.map_or(HostedKind::Other, |(_, kind)| *kind)
}
