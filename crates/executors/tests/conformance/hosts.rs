//! The providers as a table.

use cliproxy_core::{
    Operation::{self, CountTokens, Embed, EmbedBatch},
    Protocol,
};
use cliproxy_executors::ChatApi;
use std::future::Future;

/// What every host is given to authenticate with: a key, or an account's token.
pub(crate) const KEY: &str = "the-key";

/// One provider folder, in one of its shapes, as its documentation describes it.
#[derive(Debug)]
pub(crate) struct Host {
    pub(crate) name: &'static str,
    pub(crate) api: ChatApi,
    pub(crate) protocol: Protocol,
    /// The path of a request that does not stream, and of one that does, below a bare host.
    pub(crate) unary: &'static str,
    pub(crate) stream: &'static str,
    /// The header that carries [`KEY`], and all of its value.
    pub(crate) auth: (&'static str, &'static str),
    /// Client headers that this upstream understands.
    pub(crate) forwards: &'static [&'static str],
    /// What it has no path for.
    pub(crate) lacks: &'static [Operation],
    /// It is called with an account, whose token is [`KEY`].
    pub(crate) signs_in: bool,
}

const NO_EMBEDDINGS: &[Operation] = &[Embed, EmbedBatch];
const BEARER: (&str, &str) = ("authorization", "Bearer the-key");
const GOOGLE: (&str, &str) = ("x-goog-api-key", "the-key");
const CHAT: &[&str] = &["openai-beta", "x-stainless-lang", "http-referer", "x-title"];
const RESPONSES: &[&str] = &[
    "originator",
    "openai-beta",
    "session_id",
    "thread-id",
    "x-codex-turn-state",
    "x-openai-subagent",
];
const MESSAGES: &[&str] = &[
    "anthropic-beta",
    "anthropic-future",
    "x-app",
    "x-stainless-lang",
];
const GEMINI: &[&str] = &["x-goog-api-client", "x-gemini-future"];

pub(crate) const HOSTS: [Host; 13] = [
    Host {
        name: "claude",
        api: ChatApi::Chat,
        protocol: Protocol::Claude,
        unary: "/v1/messages",
        stream: "/v1/messages",
        auth: BEARER,
        forwards: MESSAGES,
        lacks: NO_EMBEDDINGS,
        signs_in: false,
    },
    Host {
        name: "codex",
        api: ChatApi::Chat,
        protocol: Protocol::Responses,
        unary: "/responses",
        stream: "/responses",
        auth: BEARER,
        forwards: RESPONSES,
        lacks: NO_EMBEDDINGS,
        signs_in: false,
    },
    Host {
        name: "gemini",
        api: ChatApi::Chat,
        protocol: Protocol::Gemini,
        unary: "/v1beta/models/m:generateContent",
        stream: "/v1beta/models/m:streamGenerateContent?alt=sse",
        auth: GOOGLE,
        forwards: GEMINI,
        lacks: &[],
        signs_in: false,
    },
    Host {
        name: "openai-compatibility",
        api: ChatApi::Chat,
        protocol: Protocol::Chat,
        unary: "/chat/completions",
        stream: "/chat/completions",
        auth: BEARER,
        forwards: CHAT,
        lacks: &[CountTokens, EmbedBatch],
        signs_in: false,
    },
    Host {
        name: "openai-compatibility",
        api: ChatApi::Responses,
        protocol: Protocol::Responses,
        unary: "/responses",
        stream: "/responses",
        auth: BEARER,
        forwards: RESPONSES,
        lacks: &[EmbedBatch],
        signs_in: false,
    },
    Host {
        name: "openai-compatibility",
        api: ChatApi::Both,
        protocol: Protocol::Chat,
        unary: "/chat/completions",
        stream: "/chat/completions",
        auth: BEARER,
        forwards: CHAT,
        lacks: &[CountTokens, EmbedBatch],
        signs_in: false,
    },
    Host {
        name: "openai-compatibility",
        api: ChatApi::Both,
        protocol: Protocol::Responses,
        unary: "/responses",
        stream: "/responses",
        auth: BEARER,
        forwards: &["openai-beta", "x-stainless-lang"],
        lacks: &[EmbedBatch],
        signs_in: false,
    },
    Host {
        name: "vertex",
        api: ChatApi::Chat,
        protocol: Protocol::Gemini,
        unary: "/v1/publishers/google/models/m:generateContent",
        stream: "/v1/publishers/google/models/m:streamGenerateContent?alt=sse",
        auth: GOOGLE,
        forwards: GEMINI,
        lacks: &[],
        signs_in: false,
    },
    Host {
        name: "codex",
        api: ChatApi::Chat,
        protocol: Protocol::Responses,
        unary: "/responses",
        stream: "/responses",
        auth: BEARER,
        forwards: RESPONSES,
        lacks: &[CountTokens, Embed, EmbedBatch],
        signs_in: true,
    },
    Host {
        name: "gemini-cli",
        api: ChatApi::Chat,
        protocol: Protocol::Gemini,
        unary: "/v1internal:generateContent",
        stream: "/v1internal:streamGenerateContent?alt=sse",
        auth: BEARER,
        forwards: GEMINI,
        lacks: NO_EMBEDDINGS,
        signs_in: true,
    },
    Host {
        name: "kimi",
        api: ChatApi::Chat,
        protocol: Protocol::Chat,
        unary: "/v1/chat/completions",
        stream: "/v1/chat/completions",
        auth: BEARER,
        forwards: CHAT,
        lacks: &[CountTokens, Embed, EmbedBatch],
        signs_in: true,
    },
    Host {
        name: "kimi",
        api: ChatApi::Chat,
        protocol: Protocol::Claude,
        unary: "/v1/messages",
        stream: "/v1/messages",
        auth: BEARER,
        forwards: MESSAGES,
        lacks: NO_EMBEDDINGS,
        signs_in: true,
    },
    Host {
        name: "vertex",
        api: ChatApi::Chat,
        protocol: Protocol::Gemini,
        unary: "/v1/projects/the-project/locations/the-region/publishers/google/models/m:generateContent",
        stream: "/v1/projects/the-project/locations/the-region/publishers/google/models/m:streamGenerateContent?alt=sse",
        auth: BEARER,
        forwards: GEMINI,
        lacks: &[],
        signs_in: true,
    },
];

/// Runs a check for every provider.
pub(crate) async fn for_every_host<F: Future<Output = ()>>(check: impl Fn(&'static Host) -> F) {
    static TABLE: [Host; 13] = HOSTS;
    for host in &TABLE {
        check(host).await;
    }
}

/// The host that the accounts of a provider call, in one of its protocols.
pub(crate) fn account_host(name: &str, protocol: Protocol) -> &'static Host {
    host(name, protocol, true)
}

/// The host of a provider's keys.
pub(crate) fn key_host(name: &str, protocol: Protocol) -> &'static Host {
    host(name, protocol, false)
}

fn host(name: &str, protocol: Protocol, signs_in: bool) -> &'static Host {
    static TABLE: [Host; 13] = HOSTS;
    let mut hosts = TABLE.iter().filter(|host| host.signs_in == signs_in);
    let wanted = hosts.find(|host| host.name == name && host.protocol == protocol);
    wanted.expect("it is in the table")
}
