//! A thinking suffix on a native body: the members that carry a control are overwritten, all of them.
//!
//! | protocol | written | taken away |
//! |---|---|---|
//! | chat | the form of the profile | the other vendors' forms |
//! | responses | `reasoning.effort` | |
//! | claude | `thinking`, `output_config.effort` | |
//! | gemini | `generationConfig.thinkingConfig` | the other spelling |
//!
//! - What a suffix asks for is fitted to the model and never refused. What the client says about showing
//!   reasoning stays, unless there is none to show.
//! - A suffix that says nothing is only taken off the name.
//! - A control in the body is read only for the two dialects, where one that the model lacks is refused.
//! - Claude: a budget stays below `max_tokens`; reasoning is off where a call is forced, or where the last
//!   assistant turn calls tools and has lost its reasoning; with reasoning on, sampling that it
//!   forbids is taken away.
//! - Embeddings have no reasoning, and Gemini's endpoint for counting has no place for it.

use super::Patch;
use crate::{
    rejection::Rejection,
    request_ir::Place,
    rules::PatchRules,
    thinking::{self, Control, Show, read::Wish},
};
use cliproxy_core::Operation;
use cliproxy_json::ObjectWriter;

impl Patch<'_> {
    pub(super) fn suffix(&mut self, asked: Control) -> Result<(), Rejection> {
        let client = self.target.protocol;
        if !has_place(self.operation, self.rules()) {
            return Ok(());
        }
        let (control, place) = match asked {
            Control::Unset if !self.is_dialect() => return Ok(()),
            Control::Unset => {
                let wish = self.wish()?;
                (wish.control, wish.place)
            }
            asked => (asked, Place::MODEL),
        };
        if control == Control::Unset {
            return Ok(());
        }
        // A control that is none is overwritten with the rest.
        let show = self.wish().map_or(Show::Unset, |wish| wish.show);
        let mut resolved = thinking::fit(client, control, place, &self.target)?;
        if let Some(limit) = self.rules().limit {
            resolved = limit(self, resolved);
        }
        resolved.report(place, &mut self.losses);
        if place != Place::MODEL && resolved.control() == control {
            return Ok(());
        }
        let form = self.target.profile.thinking;
        let written = thinking::write(&resolved, show, client, form);
        (self.rules().write)(self, written, &resolved);
        Ok(())
    }

    /// What the body says itself.
    fn wish(&self) -> Result<Wish, Rejection> {
        (self.rules().wish)(self)
    }
}

const fn has_place(operation: Operation, rules: &PatchRules) -> bool {
    match operation {
        Operation::Generate | Operation::GenerateStream => true,
        Operation::CountTokens => rules.counts_reasoning,
        Operation::Embed | Operation::EmbedBatch => false,
    }
}

pub(crate) fn object(members: impl FnOnce(&mut ObjectWriter<'_>)) -> Vec<u8> {
    let mut out = Vec::new();
    ObjectWriter::write(&mut out, members);
    out
}
