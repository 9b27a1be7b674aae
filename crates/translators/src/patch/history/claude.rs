//! Thinking blocks, and searches that the gateway told as Claude's own.

use super::{Found, GATEWAY, read};
use crate::{
    carrier::{Family, Kind},
    patch::Patch,
    splice::Fate,
};
use cliproxy_json::Value;

impl Patch<'_> {
    pub(super) fn claude_history(&mut self) {
        let Some(messages) = self.root.get("messages") else {
            return;
        };
        let mut fates = Vec::new();
        for message in messages.elements() {
            let content = message.get("content");
            let is_left = content.is_none_or(|content| self.claude_content(content));
            fates.push(if is_left { Fate::Keep } else { Fate::Cut });
        }
        self.settle_all(messages, fates);
    }

    /// Says whether anything is left of a content that had something.
    fn claude_content(&mut self, content: Value<'_>) -> bool {
        let mut fates = Vec::new();
        for block in content.elements() {
            fates.push(self.claude_block(block));
        }
        fates.is_empty() || self.settle(content, fates)
    }

    fn claude_block(&mut self, block: Value<'_>) -> Fate {
        let kind = block.get("type").and_then(|kind| kind.as_str());
        let (member, own) = match kind.as_deref() {
            Some("thinking") => ("signature", Kind::Signature),
            Some("redacted_thinking") => ("data", Kind::Redacted),
            Some("server_tool_use") => return search(block, "id"),
            Some(name) if name.ends_with("_tool_result") => return search(block, "tool_use_id"),
            _ => return Fate::Keep,
        };
        let Some(sealed) = block.get(member) else {
            return Fate::Keep;
        };
        match read(sealed, Family::Anthropic, &[own]) {
            Found::Plain => Fate::Keep,
            Found::Own { data, .. } => {
                self.splices.replace(sealed.span(), data);
                Fate::Keep
            }
            Found::Foreign => {
                self.lose(block);
                Fate::Cut
            }
        }
    }
}

fn search(block: Value<'_>, member: &str) -> Fate {
    let id = block.get(member).and_then(|id| id.as_str());
    let minted = id.is_some_and(|id| {
        let tail = id.strip_prefix("srvtoolu");
        tail.is_some_and(|tail| tail.starts_with(GATEWAY))
    });
    if minted { Fate::Cut } else { Fate::Keep }
}
