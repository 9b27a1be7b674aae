//! What a request leaves behind for its reply.

use super::NameMap;
use crate::{protocols, replay::Remembers, request_ir::HostedKind, rules};
use bytes::Bytes;
use cliproxy_core::Protocol;
use rustc_hash::{FxHashMap, FxHashSet};

/// Made once per request, so that nothing of the request is read again for its reply.
#[derive(Clone, Debug)]
pub(crate) struct ReplyContext {
    /// Whose protocol the client speaks.
    pub(crate) client: Protocol,
    /// The name that the client asked for.
    pub(crate) model: String,
    /// What a reply is called whose upstream does not say: something of this request alone.
    pub(crate) fallback_id: String,
    /// Unix seconds of now: for upstreams that do not say when a reply was made.
    pub(crate) created: u64,
    /// A chat client wants usage in its stream.
    pub(crate) include_usage: bool,
    /// A Responses client wants `encrypted_content`.
    pub(crate) include_encrypted: bool,
    pub(crate) show_thinking: ShowThinking,
    /// Freeform tools of the client that the upstream knows as functions, by the upstream's name.
    pub(crate) freeform: FxHashSet<String>,
    /// Functions that stand for tools of a Responses client which have items of their own, by the
    /// upstream's name.
    pub(crate) native_tools: FxHashMap<String, HostedKind>,
    /// Names of tools that the upstream knows by another name.
    pub(crate) names: NameMap,
    /// The client knows only `function_call` (old chat clients).
    pub(crate) uses_legacy_functions: bool,
    /// The Responses log keeps the reply.
    pub(crate) store: bool,
    /// Members of a Responses request that its reply repeats, with their values as JSON texts.
    pub(crate) echo: Vec<(&'static str, Bytes)>,
    /// The client speaks Gemini inside the Code Assist envelope.
    pub(crate) is_enveloped: bool,
    /// The Gemini client reads a JSON array, not server-sent events.
    pub(crate) streams_array: bool,
    /// The account that serves, for reasoning that only it can read: see `carrier`.
    pub(crate) realm: Option<u32>,
    /// Chat replies carry `reasoning_details`.
    pub(crate) reasoning_details: bool,
    /// A failed stream has an `error` event before its end, where the protocol has both.
    pub(crate) announces_failures: bool,
    /// What is recorded for the requests that follow.
    pub(crate) remembers: Remembers,
}

/// What of the model's reasoning a client sees.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum ShowThinking {
    Yes,
    No,
    /// A Claude client's `display: omitted`: signatures without text.
    Omitted,
}

impl ShowThinking {
    pub(crate) const fn of(is_shown: bool) -> Self {
        match is_shown {
            true => Self::Yes,
            false => Self::No,
        }
    }
}

impl ReplyContext {
    /// What replies are like for this client.
    pub(crate) const fn rules(&self) -> &'static rules::Reply {
        &protocols::rules(self.client).reply
    }

    /// For a client that asked for nothing special.
    pub(crate) fn new(client: Protocol, model: &str, created: u64) -> Self {
        Self {
            client,
            model: model.to_owned(),
            fallback_id: format!("{created:x}"),
            created,
            include_usage: false,
            include_encrypted: false,
            show_thinking: ShowThinking::Yes,
            freeform: FxHashSet::default(),
            native_tools: FxHashMap::default(),
            names: NameMap::default(),
            uses_legacy_functions: false,
            store: false,
            echo: Vec::new(),
            is_enveloped: false,
            streams_array: false,
            realm: None,
            reasoning_details: true,
            announces_failures: false,
            remembers: Remembers::Nothing,
        }
    }
}
