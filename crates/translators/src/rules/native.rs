//! Bodies that go up or down as they are: where the model's name stands, errors, what is patched.

use crate::{
    error::{ErrorView, StreamPosition},
    mention,
    object::Object,
    patch::Patch,
    rejection::Rejection,
    thinking::{Resolved, Written, read::Wish},
};
use cliproxy_json::{Body, Edit};
use memchr::memmem::Finder;
use std::sync::LazyLock;

/// What must be known of them.
pub(crate) struct Native {
    /// A request names its model in the body, and says there whether the reply streams; else its address
    /// does.
    pub(crate) has_model_in_body: bool,
    /// Clients send bodies of Responses to its path.
    pub(crate) takes_responses_bodies: bool,
    pub(crate) model: ModelPlace,
    pub(crate) errors: Errors,
    /// The reply to a client that asks how many tokens its request has; `None` if it cannot ask.
    pub(crate) token_count: Option<fn(u64) -> String>,
    /// Members of such a request that may hold all of it, in the spellings there are.
    pub(crate) counted_request: &'static [&'static str],
    /// Takes sealed reasoning out of a request; `None` if nothing is known to be sealed.
    pub(crate) without_reasoning: Option<fn(&Body) -> Vec<Edit>>,
    pub(crate) patch: PatchRules,
}

/// Where a reply names its model.
#[derive(Clone, Copy)]
pub(crate) struct ModelPlace {
    /// The member that must occur for there to be a name.
    pub(crate) mention: &'static mention::Key,
    pub(crate) key: &'static str,
    /// In events, the member of the document that holds the object with the name, if it is not the
    /// document.
    pub(crate) holder: Option<&'static str>,
}

/// How errors are worded.
pub(crate) struct Errors {
    pub(crate) body: fn(&ErrorView<'_>) -> Object,
    /// The data of the event that ends a stream.
    pub(crate) data: fn(&ErrorView<'_>, &StreamPosition<'_>) -> Object,
    /// The data of an `error` event before it, for clients that wait for one.
    pub(crate) announced: Option<fn(&ErrorView<'_>, &StreamPosition<'_>) -> Object>,
    /// What stands before its data: the line that names it, if there is one.
    pub(crate) event: &'static str,
    /// What ends it.
    pub(crate) end: &'static str,
    /// The status 529 exists.
    pub(crate) knows_overload: bool,
}

/// What is replaced in a request to an upstream that speaks the client's protocol.
pub(crate) struct PatchRules {
    /// What tells, beside a carrier, that the body may have something of the gateway's.
    pub(crate) mentions: &'static [&'static LazyLock<Finder<'static>>],
    /// Takes back what the gateway left in the history.
    pub(crate) history: fn(&mut Patch<'_>),
    /// What the body says about reasoning.
    ///
    /// # Errors
    ///
    /// [`Rejection`] for a control that is none.
    pub(crate) wish: fn(&Patch<'_>) -> Result<Wish, Rejection>,
    /// What the rest of the request leaves of a control.
    pub(crate) limit: Option<for<'t> fn(&Patch<'_>, Resolved<'t>) -> Resolved<'t>>,
    /// Overwrites the members that carry a control.
    pub(crate) write: fn(&mut Patch<'_>, Written, &Resolved<'_>),
    /// Where tokens are counted there is a place for a control.
    pub(crate) counts_reasoning: bool,
}
