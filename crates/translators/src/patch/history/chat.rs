//! `reasoning_details`: no chat upstream has made what the gateway puts there.

use crate::{
    carrier::Carrier,
    patch::Patch,
    splice::{Fate, Plan},
};
use cliproxy_json::Value;

impl Patch<'_> {
    pub(super) fn chat_history(&mut self) {
        let messages = self.root.get("messages").into_iter();
        for message in messages.flat_map(|messages| messages.elements()) {
            let Some(details) = message.get("reasoning_details") else {
                continue;
            };
            let mut fates = Vec::new();
            for entry in details.elements() {
                let is_carried = is_carrier(entry, "signature") || is_carrier(entry, "data");
                if is_carried {
                    self.lose(entry);
                }
                fates.push(if is_carried { Fate::Cut } else { Fate::Keep });
            }
            if !fates.is_empty() && !self.settle(details, fates) {
                let mut plan = Plan::default();
                plan.cut("reasoning_details");
                self.splices.members(message, &plan);
            }
        }
    }
}

fn is_carrier(entry: Value<'_>, member: &str) -> bool {
    let text = entry.get(member).and_then(|text| text.as_str());
    text.is_some_and(|text| Carrier::parse(&text).is_some())
}
