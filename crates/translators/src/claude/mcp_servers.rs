//! Servers of tools (MCP) that the provider calls: one of `mcp_servers`, and its toolset among the tools.
//!
//! | member of OpenAI's `mcp` | becomes |
//! | --- | --- |
//! | `server_label`, `server_url` | `name` and `url` of the server |
//! | `authorization` | `authorization_token` |
//! | `allowed_tools`, a list or `{"tool_names"}` | the tools of the set that are enabled, all others are not |
//! | `require_approval` | `never` is what Claude does. Nobody would be asked for a call that wants to be approved, as every call does by default: such a server is not declared |
//! | `connector_id` in place of an address | OpenAI's own servers: not declared |
//! | another | lost |

use crate::{
    normalise::Notes,
    request_ir::{Class, HostedTool, Key, Place, Settings, Why},
};
use cliproxy_json::{ArrayWriter, ObjectWriter, Value};

/// Members that say nothing else, and those that have a place.
const KNOWN: [&str; 6] = [
    "type",
    "server_label",
    "server_url",
    "authorization",
    "allowed_tools",
    "require_approval",
];

/// Declares a server; its toolset. `None` if it cannot be declared.
pub(super) fn declare(
    tool: &HostedTool<'_>,
    settings: &mut Settings<'_>,
    notes: &mut Notes,
) -> Option<String> {
    let names = [
        "server_label",
        "server_url",
        "authorization",
        "require_approval",
    ];
    let [label, url, token, approval] = tool.json.pick(names);
    let (label, url) = (label?.escaped()?, url?.escaped()?);
    if approval?.escaped() != Some("never") {
        return None;
    }
    let mut servers = Vec::new();
    ArrayWriter::write(&mut servers, |list| {
        let known = settings.get(Key::McpServers);
        let known = known.and_then(|setting| setting.value.value());
        for server in known.iter().flat_map(Value::elements) {
            list.raw(server.raw());
        }
        list.object(|server| {
            server.text("type", "url");
            server.escaped("url", url);
            server.escaped("name", label);
            if let Some(token) = token.and_then(|token| token.escaped()) {
                server.escaped("authorization_token", token);
            }
        });
    });
    // Pieces of valid JSON, put together.
    let servers = String::from_utf8(servers).unwrap_or_default();
    settings.set(Key::McpServers, servers, tool.place);
    for (name, value) in tool.json.members() {
        if !KNOWN.contains(&&*name) && !value.is_null() {
            notes
                .losses
                .drop(Place::of(value), Class::Quality, Why::ToolMember);
        }
    }
    let mut toolset = Vec::new();
    ObjectWriter::write(&mut toolset, |out| {
        out.text("type", "mcp_toolset");
        out.escaped("mcp_server_name", label);
        enabled(tool.json.get("allowed_tools"), out);
    });
    Some(String::from_utf8(toolset).unwrap_or_default())
}

/// Which tools of a set may be called, unless all may.
fn enabled(allowed: Option<Value<'_>>, toolset: &mut ObjectWriter<'_>) {
    let Some(allowed) = allowed.filter(|allowed| !allowed.is_null()) else {
        return;
    };
    let list = allowed.get("tool_names").unwrap_or(allowed);
    toolset.object("default_config", |config| config.boolean("enabled", false));
    toolset.object("configs", |configs| {
        for name in list.elements().filter_map(|name| name.as_str()) {
            configs.object(&name, |config| config.boolean("enabled", true));
        }
    });
}
