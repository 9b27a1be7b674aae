//! Tools that an upstream knows by another name than the client.

use crate::request_ir::ToolName;

/// Upstream's name to the client's. A few entries at most: most names fit everywhere.
#[derive(Clone, Debug, Default)]
pub(crate) struct NameMap(Vec<(String, ToolName<'static>)>);

impl NameMap {
    /// Notes a name, unless it is the same for both.
    pub(crate) fn insert(&mut self, upstream: &str, client: ToolName<'static>) {
        let is_same = client.namespace.is_none() && client.name == upstream;
        if !is_same && self.get(upstream).is_none() {
            self.0.push((upstream.to_owned(), client));
        }
    }

    /// What the client calls a tool, if that differs.
    pub(crate) fn get(&self, upstream: &str) -> Option<&ToolName<'static>> {
        let found = self.0.iter().find(|(name, _)| name == upstream);
        found.map(|(_, client)| client)
    }
}
