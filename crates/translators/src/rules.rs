//! What the shared passes must know of a protocol, as data.
//!
//! Every protocol's folder states its [`Rules`] in `rules.rs`, and `protocols.rs` finds them. Shared code
//! asks for a rule and names no protocol.
//!
//! | what differs | where it is said |
//! | --- | --- |
//! | from protocol to protocol | here |
//! | from host to host of one protocol | `profile` |
//! | from model to model | `Capabilities` of the catalogue |
//!
//! A rule is about the protocol of an upstream, for which a request is written, unless its comment
//! says that it is about clients.

mod codec;
mod conversation;
mod media;
mod native;
mod reasoning;
mod reply;
mod settings;
mod tools;
mod web_search;

pub(crate) use self::{
    codec::Codec,
    conversation::{CacheMarks, Conversation, LaterSystem, ResultMedia, Sealed},
    media::{Data, DataFit, Media, Sources},
    native::{Errors, ModelPlace, Native, PatchRules},
    reasoning::{Reasoning, Seeing},
    reply::{Reply, ReplyLogprobs, ReplyMedia, ReplyReasoning},
    settings::{EndUser, Logprobs, Settings, Tier, Tiers},
    tools::{Answer, AnswerSchema, Hosted, Strict, Tools},
    web_search::{Search, WebSearch, write_place},
};

use crate::{profile::Profiles, request_ir::Family};

/// One protocol.
pub(crate) struct Rules {
    /// Whose protocol it is. Files that a body names are kept by the vendor, for all its protocols.
    pub(crate) vendor: Family,
    pub(crate) codec: Codec,
    pub(crate) conversation: Conversation,
    pub(crate) media: Media,
    pub(crate) sealed: Sealed,
    pub(crate) cache: CacheMarks,
    pub(crate) tools: Tools,
    pub(crate) hosted: Hosted,
    pub(crate) answer: Answer,
    pub(crate) settings: Settings,
    pub(crate) reasoning: Reasoning,
    pub(crate) reply: Reply,
    pub(crate) native: Native,
    pub(crate) profiles: Profiles,
}
