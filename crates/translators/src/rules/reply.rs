//! Replies, as clients of the protocol read them.

use crate::{
    call_id,
    reply::ShowThinking,
    request_ir::{Family, Request},
};
use cliproxy_json::Value;

/// What clients are given.
pub(crate) struct Reply {
    /// A client says whether a stream is to report its usage; else it always does.
    pub(crate) usage_is_optional: bool,
    /// A reply may have several answers.
    pub(crate) has_choices: bool,
    /// A refusal is an end of its own, also if the upstream calls it a stop.
    pub(crate) ends_by_refusal: bool,
    pub(crate) reasoning: ReplyReasoning,
    /// What of its reasoning the model is to show, by the request and the body it was read from.
    pub(crate) shows: fn(&Request<'_>, Value<'_>) -> ShowThinking,
    /// Whose sealed reasoning has a place of its own; all other is carried.
    pub(crate) native: Option<Family>,
    /// Sealed reasoning is told only to clients that have asked for it.
    pub(crate) sealed_is_optional: bool,
    /// What carries the sealed reasoning of others is base64.
    pub(crate) carries_base64: bool,
    /// The signature of a call stands on the call, else on the reasoning before it.
    pub(crate) signs_calls: bool,
    /// Tools may stand in namespaces.
    pub(crate) has_namespaces: bool,
    /// What ids of calls must look like.
    pub(crate) call_ids: call_id::Rule,
    /// Calls may have a text in place of arguments.
    pub(crate) has_freeform_calls: bool,
    /// A call can be told to be cut off.
    pub(crate) tells_cut_calls: bool,
    pub(crate) media: ReplyMedia,
    /// A search that the provider ran has a place.
    pub(crate) has_searches: bool,
    pub(crate) logprobs: ReplyLogprobs,
    /// Reasoning without text may stand behind a text, and carry its signature.
    pub(crate) signs_texts: bool,
    /// Members of the request that stand in the reply as they were sent, but on one line.
    pub(crate) echoed: &'static [&'static str],
}

/// When a client is given reasoning.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum ReplyReasoning {
    Always,
    /// If it is to be shown.
    Shown,
    /// If it is to be shown; if it is to be omitted, only what seals it.
    ShownOrSealed,
}

/// Probabilities of tokens.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum ReplyLogprobs {
    None,
    /// Of texts; a refusal has no place for them.
    Texts,
    All,
}

/// Media in answers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum ReplyMedia {
    None,
    Images,
    All,
}
