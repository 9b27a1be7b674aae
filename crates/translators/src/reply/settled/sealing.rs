//! Signatures and encrypted reasoning: where this client has them.

use super::{Kind, Settled, find};
use crate::{
    reply::{Event, Finish, Opening, PartId, ReplyContext, ReplyLoss, ShowThinking, Sink},
    request_ir::{Opaque, OpaqueKind},
};
use std::ops::Deref;

impl<C: Deref<Target = ReplyContext>, S: Sink> Settled<C, S> {
    pub(super) fn opaque(&mut self, told: PartId, opaque: Opaque<'_>) {
        let rules = self.cx.rules();
        let Some(open) = find(&mut self.open, told) else {
            return;
        };
        if opaque.kind == OpaqueKind::Text {
            let (choice, is_text) = (open.choice, matches!(open.kind, Kind::Text));
            return self.sign_text(choice, is_text, opaque);
        }
        let is_reasoning = matches!(
            open.kind,
            Kind::Thinking | Kind::Redacted | Kind::Hidden | Kind::Omitted(_)
        );
        match opaque.kind {
            _ if !is_reasoning => return,
            OpaqueKind::Call if rules.signs_calls => {
                self.signature = Some(opaque.into_owned());
                return;
            }
            _ if rules.sealed_is_optional && !self.cx.include_encrypted => return,
            _ if std::mem::replace(&mut open.has_opaque, true) => return,
            // Some decoders tell it of the call as well.
            OpaqueKind::Call => self.signature = Some(opaque.clone().into_owned()),
            _ => {}
        }
        match &mut open.kind {
            Kind::Omitted(kept) => *kept = Some(Box::new(opaque.into_owned())),
            Kind::Thinking | Kind::Redacted => {
                let part = open.part;
                self.sink.event(Event::Opaque { part, opaque });
            }
            Kind::Text | Kind::Refusal | Kind::Call(_) | Kind::Whole | Kind::Hidden => {}
        }
    }

    /// Whether signatures of calls stand on the reasoning before them.
    pub(super) fn signs_reasoning(&self) -> bool {
        let rules = self.cx.rules();
        !rules.signs_calls
            && match rules.sealed_is_optional {
                true => self.cx.include_encrypted,
                false => self.cx.show_thinking != ShowThinking::No,
            }
    }

    /// Keeps the signature of a text until it is known what follows.
    fn sign_text(&mut self, choice: u16, is_text: bool, opaque: Opaque<'_>) {
        if !self.cx.rules().signs_texts || !is_text {
            self.losses.note(ReplyLoss::Signature);
        } else if self.cx.include_encrypted {
            self.text_signature = Some((choice, opaque.into_owned()));
        }
    }

    /// The answer goes on behind a signed text.
    pub(super) fn let_sign(&mut self) {
        if let Some((choice, opaque)) = self.text_signature.take() {
            self.made_up(choice, opaque);
        }
    }

    /// The answer ends behind a signed text.
    pub(super) fn end_signed(&mut self) {
        let finish = self.choice(0).finish.as_ref();
        let is_whole = finish.is_none_or(|finish| {
            matches!(
                finish,
                Finish::Stop | Finish::StopSequence(_) | Finish::ToolUse
            )
        });
        if is_whole {
            self.let_sign();
        } else if self.text_signature.take().is_some() {
            self.losses.note(ReplyLoss::Signature);
        }
    }

    /// Reasoning without text.
    pub(super) fn made_up(&mut self, choice: u16, opaque: Opaque<'_>) {
        let part = self.next;
        self.next += 1;
        let opening = Opening::Thinking { is_raw: false };
        self.sink.event(Event::Open {
            part,
            choice,
            opening,
        });
        self.sink.event(Event::Opaque { part, opaque });
        self.sink.event(Event::Close { part });
    }
}
