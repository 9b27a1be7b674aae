//! A reply between two protocols: events, from a decoder through adaptors to an encoder.
//!
//! A decoder reads what the upstream sends and tells [`Event`]s to a [`Sink`]; an encoder is a sink that
//! writes what the client reads. A unary reply is the same events: the decoder tells them of a whole
//! body, and a [`Fold`] collects them into a [`Folded`] reply, of which every protocol writes its body.
//!
//! ```text
//! frames ─▶ decoder ─▶ Settled ─▶ [Sequence] ─▶ encoder ─▶ bytes
//! body   ─▶ decoder ─▶ Settled ─▶ Fold ─▶ body encoder ─▶ bytes
//! ```
//!
//! Rules that are the same for every pair live between decoder and encoder, once: `settled` decides how
//! a reply ends, maps names back and unwraps freeform tools; `sequence` makes parts follow each other
//! for clients that know no interleaving.

mod annotation;
mod argument_text;
mod carried;
mod context;
mod emitter;
mod event;
mod fault;
mod finish;
mod fold;
mod for_request;
mod logprobs;
mod losses;
mod offsets;
mod reply_id;
mod running;
mod sequence;
mod settled;
mod text_index;
mod usage;

#[cfg(test)]
pub(crate) mod grammar;
#[cfg(test)]
mod properties;
#[cfg(test)]
mod tests;
#[cfg(test)]
pub(crate) mod transcript;

pub(crate) use crate::tool_name::NameMap;

pub use self::losses::{ReplyLoss, ReplyLosses};
pub(crate) use self::{
    annotation::Annotation,
    argument_text::argument_text,
    carried::carried,
    context::{ReplyContext, ShowThinking},
    emitter::{Course, Emitter},
    event::{Event, Fault, Opening, PartId, ReplyCitation, ServerRun, ServerSource, Sink},
    finish::Finish,
    fold::{Fold, Folded, FoldedKind, FoldedPart},
    logprobs::{Logprobs, add_elements, write_logprobs},
    offsets::{code_points, position, slice},
    reply_id::{plain_tail, tail},
    running::{Kind, Running},
    sequence::Sequence,
    settled::{Settled, client_id},
    text_index::TextIndex,
    usage::UsagePatch,
};
