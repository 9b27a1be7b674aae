//! Signatures and encrypted reasoning: whose goes where.
//!
//! What a vendor has sealed is sent to this vendor's models only.
//!
//! | target | what it takes | reasoning that it takes |
//! | --- | --- | --- |
//! | Claude | Anthropic's | with its signature; redacted |
//! | Responses | OpenAI's | with its encrypted content |
//! | Gemini | Google's | thoughts with their signature; the signature of a text as a text without words, as Google streams it; the signature of a call goes to the next call |
//! | Chat | Google's signatures of calls, for models that insist on them | the text, before calls, where the profile replays reasoning |
//!
//! - Everything else of it is dropped and reported as an opaque loss. A signature that the target
//!   takes is none, even if the text beside it has no place.
//! - Claude and Responses refuse sealed reasoning that leads to nothing, as a client has it whose stream
//!   broke off behind it: at the end of a turn it is dropped.
//! - The gateway remembers reasoning that clients drop: a turn that makes calls, and has nothing sealed
//!   that the target takes, is given what was remembered of its first call, before this call.
//! - A Gemini model may insist that the first call of a step is signed. Where the signature is lost, the
//!   vendor's documented value stands in for it. Calls beside the first one need none, and a
//!   signature that is there is never replaced.
//! - Where an upstream has refused what is sealed, everything sealed stays out, and every first call of
//!   a step for Gemini is given this value.

use super::Notes;
use crate::{
    json_str::JsonStr,
    replay::{Remembered, Remembers, Replay},
    request_ir::{Class, Family, Opaque, OpaqueKind, Part, PartKind, Place, Thought, ToolUse, Why},
    target::Target,
};
use cliproxy_core::ThoughtSignatures;

/// What Google documents for calls that another model has made.
const BYPASS: &str = "skip_thought_signature_validator";

/// What of sealed reasoning a target takes.
#[derive(Clone, Copy, Debug)]
pub(super) struct Takes {
    /// Whose.
    family: Option<Family>,
    /// Thoughts and encrypted reasoning; else only signatures of calls.
    thoughts: bool,
    /// Reasoning as plain text, in turns with calls.
    texts: bool,
    /// A call must be signed.
    demands: bool,
    /// Reasoning must be followed by what it led to.
    leads: bool,
    /// Nothing sealed goes along.
    is_without: bool,
}

impl Takes {
    pub(super) fn of(target: &Target<'_>) -> Self {
        let demands = target
            .capabilities
            .is_some_and(|it| it.thought_signatures == ThoughtSignatures::Required);
        let rules = &target.rules().sealed;
        let family = (demands || !rules.is_for_demanding).then_some(rules.family);
        // A model that has refused a signature looks at signatures.
        let refuses = target.without_opaque && rules.demands_when_refused;
        Self {
            family,
            thoughts: rules.thoughts,
            texts: rules.texts && target.profile.reasoning_replay,
            leads: rules.leads,
            demands: (demands || refuses) && family == Some(Family::Gemini),
            is_without: target.without_opaque,
        }
    }

    fn is_own(self, opaque: &Opaque<'_>) -> bool {
        !self.is_without && self.family == Some(opaque.family)
    }

    fn is_for_call(self, opaque: &Opaque<'_>) -> bool {
        self.is_own(opaque) && opaque.family == Family::Gemini && opaque.kind == OpaqueKind::Call
    }

    /// The part that stands for reasoning, if it is one that the target takes.
    fn kept<'a>(self, mut thought: Box<Thought<'a>>, has_calls: bool) -> Option<PartKind<'a>> {
        let own = thought.opaque.take();
        let Some(opaque) = own.filter(|it| self.thoughts && self.is_own(it)) else {
            let shown = self.texts && has_calls && !thought.text.is_empty();
            return shown.then_some(PartKind::Thinking(thought));
        };
        let is_kept = match opaque.kind {
            OpaqueKind::Signature => opaque.family == Family::Anthropic,
            OpaqueKind::Redacted => {
                let takes = opaque.family == Family::Anthropic;
                return takes.then_some(PartKind::Redacted(Box::new(opaque)));
            }
            OpaqueKind::Encrypted => opaque.family == Family::OpenAi,
            OpaqueKind::Thought | OpaqueKind::Text => opaque.family == Family::Gemini,
            OpaqueKind::Call => false,
        };
        thought.opaque = Some(opaque);
        is_kept.then_some(PartKind::Thinking(thought))
    }
}

/// What of a target's replies is worth remembering: what it would take back.
pub(crate) fn remembers(target: &Target<'_>) -> Remembers {
    let takes = Takes::of(target);
    match (takes.texts, takes.family) {
        (true, _) => Remembers::Texts,
        (false, Some(_)) => Remembers::Sealed,
        (false, None) => Remembers::Nothing,
    }
}

/// Leaves what the target takes of the reasoning of one turn.
pub(super) fn settle(parts: &mut Vec<Part<'_>>, target: &Target<'_>, notes: &mut Notes) {
    let takes = Takes::of(target);
    let has_calls = parts
        .iter()
        .any(|part| matches!(part.kind, PartKind::ToolUse(_)));
    // The signature of the call that follows, and where it stood.
    let mut pending: Option<(Opaque<'_>, Place)> = None;
    let mut lose = |place| notes.losses.drop(place, Class::Opaque, Why::Sealed);
    parts.retain_mut(|part| {
        let thought = match &mut part.kind {
            PartKind::Thinking(thought) => std::mem::take(thought),
            PartKind::Redacted(opaque) => Box::new(Thought {
                opaque: Some((**opaque).clone()),
                ..Thought::default()
            }),
            PartKind::ToolUse(call) => {
                if call.signature.take_if(|it| !takes.is_own(it)).is_some() {
                    lose(call.signature_place);
                }
                if let Some((opaque, place)) = pending.take() {
                    match &call.signature {
                        Some(_) => lose(place),
                        None => call.signature = Some(opaque),
                    }
                }
                return true;
            }
            _ => return true,
        };
        let mut thought = thought;
        if let Some(opaque) = thought.opaque.take_if(|it| takes.is_for_call(it)) {
            if let Some((_, place)) = pending.replace((opaque, part.place)) {
                lose(place);
            }
            let text = takes.kept(thought, has_calls);
            let is_kept = text.is_some();
            if let Some(kind) = text {
                part.kind = kind;
            }
            return is_kept;
        }
        match takes.kept(thought, has_calls) {
            Some(kind) => {
                part.kind = kind;
                true
            }
            None => {
                lose(part.place);
                false
            }
        }
    });
    if let Some((_, place)) = pending {
        lose(place);
    }
    while let Some(part) = parts.pop_if(|part| takes.leads && is_reasoning(part)) {
        lose(part.place);
    }
}

const fn is_reasoning(part: &Part<'_>) -> bool {
    matches!(part.kind, PartKind::Thinking(_) | PartKind::Redacted(_))
}

/// Gives a turn that makes calls what is remembered of it, and its first call the signature that is
/// demanded.
pub(super) fn restore(
    parts: &mut Vec<Part<'_>>,
    (first, id): (usize, &str),
    target: &Target<'_>,
    replay: &dyn Replay,
) {
    let takes = Takes::of(target);
    let remembered = (!has_own(parts, takes))
        .then(|| replay.recall(id))
        .flatten();
    let mut first = first;
    if let Some(remembered) = &remembered {
        let restored = thoughts(remembered, takes);
        let count = restored.len();
        parts.splice(first..first, restored);
        first += count;
    }
    if let Some(PartKind::ToolUse(call)) = parts.get_mut(first).map(|part| &mut part.kind) {
        sign(call, remembered.as_deref(), takes);
    }
}

/// Whether a turn has something sealed that the target takes.
fn has_own(parts: &[Part<'_>], takes: Takes) -> bool {
    parts.iter().any(|part| match &part.kind {
        PartKind::Thinking(thought) => thought.opaque.is_some() || takes.texts,
        PartKind::Redacted(_) => true,
        PartKind::ToolUse(call) => call.signature.is_some(),
        _ => false,
    })
}

fn thoughts(remembered: &Remembered, takes: Takes) -> Vec<Part<'static>> {
    let thoughts = remembered.thoughts.iter().cloned();
    let kinds = thoughts.filter_map(|thought| takes.kept(Box::new(thought), true));
    kinds.map(|kind| Part::new(kind, Place::NOWHERE)).collect()
}

fn sign(call: &mut ToolUse<'_>, remembered: Option<&Remembered>, takes: Takes) {
    if call.signature.is_some() || takes.family != Some(Family::Gemini) {
        return;
    }
    let known = remembered.and_then(|it| it.signature.as_ref());
    let known = known.filter(|it| takes.is_own(it)).cloned();
    call.signature = known.or_else(|| {
        takes.demands.then(|| Opaque {
            family: Family::Gemini,
            kind: OpaqueKind::Call,
            item: None,
            data: JsonStr::escaped(BYPASS),
            realm: None,
        })
    });
}
