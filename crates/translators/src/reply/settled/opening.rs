//! What a part is for this client, when it opens.

use super::{Arguments, Kind, OpenPart, Settled};
use crate::{
    call_id::{self, CallIds},
    protocols::rules,
    reply::{Event, Opening, PartId, ReplyContext, ReplyLoss, ShowThinking, Sink},
    request_ir::{Opaque, ServerKind},
    rules::ReplyReasoning,
    tool_name,
};
use cliproxy_core::Protocol;
use std::{borrow::Cow, ops::Deref};

impl<C: Deref<Target = ReplyContext>, S: Sink> Settled<C, S> {
    pub(super) fn open(&mut self, told: PartId, choice: u16, opening: Opening<'_>) {
        if !self.knows_choice(choice) {
            return;
        }
        // One that the decoder forgot to close.
        self.close(told);
        if !matches!(opening, Opening::Text { .. } | Opening::Server(_)) {
            self.let_sign();
        }
        let (kind, opening) = match opening {
            Opening::Tool {
                id,
                name,
                namespace,
                is_freeform,
                signature,
            } => {
                let signature = self.signature(choice, signature);
                self.let_close();
                let has_calls = std::mem::replace(&mut self.choice(choice).has_calls, true);
                if has_calls && self.cx.uses_legacy_functions {
                    self.losses.note(ReplyLoss::Call);
                }
                let client = self.cx.client;
                let id = client_id(client, &mut self.choice(choice).ids, &id);
                let cx = &*self.cx;
                let is_clients = cx.freeform.contains(&*name);
                let arguments = Arguments::new(cx, is_freeform, is_clients);
                let is_freeform = arguments.is_freeform();
                let (namespace, name) = client_name(cx, namespace, name);
                let opening = Opening::Tool {
                    id: id.into(),
                    name,
                    namespace,
                    is_freeform,
                    signature,
                };
                (Kind::Call(Box::new(arguments)), opening)
            }
            opening => {
                if let Some(lost) = ReplyLoss::of(&opening, &self.cx) {
                    self.losses.note(lost);
                }
                self.let_close();
                self.other(choice, opening)
            }
        };
        let part = self.next;
        if !kind.is_hidden() {
            self.next += 1;
            self.choice(choice);
            self.sink.event(Event::Open {
                part,
                choice,
                opening,
            });
        }
        self.open.push(OpenPart {
            told,
            part,
            choice,
            kind,
            has_text: false,
            has_opaque: false,
            begins_summary: false,
        });
    }

    /// Any part but a call.
    fn other<'a>(&mut self, choice: u16, opening: Opening<'a>) -> (Kind, Opening<'a>) {
        let shown = |kind| match (self.cx.rules().reasoning, self.cx.show_thinking) {
            (ReplyReasoning::Always, _) | (_, ShowThinking::Yes) => kind,
            (ReplyReasoning::ShownOrSealed, ShowThinking::Omitted) => match kind {
                Kind::Thinking => Kind::Omitted(None),
                kind => kind,
            },
            (ReplyReasoning::Shown | ReplyReasoning::ShownOrSealed, _) => Kind::Hidden,
        };
        match opening {
            Opening::Text { begins_paragraph } => {
                // Two texts at once are not one.
                let overlaps = |open: &OpenPart| open.choice == choice && !open.kind.is_hidden();
                let begins_paragraph = begins_paragraph || self.open.iter().any(overlaps);
                (Kind::Text, Opening::Text { begins_paragraph })
            }
            Opening::Refusal => {
                self.choice(choice).has_refusal = true;
                (Kind::Refusal, opening)
            }
            Opening::Thinking { .. } => (shown(Kind::Thinking), opening),
            Opening::Redacted => (shown(Kind::Redacted), opening),
            Opening::Server(run) => {
                self.searches += u64::from(run.kind == ServerKind::WebSearch);
                (Kind::Whole, Opening::Server(run))
            }
            Opening::Media { .. } | Opening::Tool { .. } => (Kind::Whole, opening),
        }
    }

    /// The signature of a call, if it is to stand on the call; elsewhere it is put on the reasoning.
    fn signature<'a>(&mut self, choice: u16, own: Option<Opaque<'a>>) -> Option<Opaque<'a>> {
        let told = self.signature.take();
        if self.cx.rules().signs_calls {
            return own.or(told);
        }
        let stands = |own: &Opaque<'_>| told.as_ref().is_some_and(|told| told.data == own.data);
        let opaque = own.filter(|own| self.signs_reasoning() && !stands(own))?;
        match self.closing {
            Some(part) => self.sink.event(Event::Opaque { part, opaque }),
            None => self.made_up(choice, opaque),
        }
        None
    }
}

impl Kind {
    const fn is_hidden(&self) -> bool {
        matches!(self, Self::Hidden | Self::Omitted(_))
    }
}

type Name<'a> = (Option<Cow<'a, str>>, Cow<'a, str>);

/// What the client calls a tool.
fn client_name<'a>(
    cx: &ReplyContext,
    namespace: Option<Cow<'a, str>>,
    name: Cow<'a, str>,
) -> Name<'a> {
    let (namespace, name) = match cx.names.get(&name) {
        Some(known) => (
            known.namespace.as_ref().map(|text| text.to_string().into()),
            known.name.to_string().into(),
        ),
        None => (namespace, name),
    };
    match &namespace {
        Some(text) if !cx.rules().has_namespaces => {
            let name = tool_name::flatten(Some(text), &name).into_owned();
            (None, name.into())
        }
        _ => (namespace, name),
    }
}

/// The id of the next call of a choice, which no call before it has, as the client's protocol takes it.
pub(crate) fn client_id(client: Protocol, ids: &mut CallIds<'static>, id: &str) -> String {
    let id = ids.call(id.to_owned());
    call_id::fit(&id, rules(client).reply.call_ids).into_owned()
}
