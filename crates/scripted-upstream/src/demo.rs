//! The accounts of the demo.

use crate::{
    Behaviour, Failure,
    oauth::{Account, Dialect},
};
use cliproxy_core::Protocol;
use std::time::Duration;

/// An account of the demo: data from which a configuration can be built.
#[derive(Debug)]
#[non_exhaustive]
pub struct DemoKey {
    /// The API key. Recognisable, and worth nothing anywhere else.
    pub key: &'static str,
    /// What replies call it.
    pub label: &'static str,
    /// The protocol this account is meant to be spoken to in.
    pub protocol: Protocol,
    /// What it does.
    pub behaviour: Behaviour,
}

/// The models the demo serves: one per vendor, and one for embeddings.
pub const MODELS: &[&str] = &[
    "claude-scripted-1",
    "gemini-scripted-1",
    "gpt-scripted-1",
    "text-embedding-scripted-1",
];

/// The account of the demo that signs in: what replies and the authorization server call it.
pub const ACCOUNT: &str = "demo-account";

/// How long its access tokens last: short enough to see one replaced, since nobody watches for an hour.
const ACCOUNT_LIFETIME: Duration = Duration::from_secs(90);

/// The account behind [`ACCOUNT`].
pub(crate) fn signed_in() -> Account {
    Account::new(ACCOUNT, Dialect::Codex)
        .email("account@demo.example")
        .lifetime(ACCOUNT_LIFETIME)
}

/// Two healthy accounts, one that runs into its rate limit and one that fails, per protocol.
pub static KEYS: [DemoKey; 16] = [
    healthy(Protocol::Claude, "demo-claude-a", "claude A"),
    healthy(Protocol::Claude, "demo-claude-b", "claude B"),
    limited(Protocol::Claude, "demo-claude-limited", "claude limited"),
    failing(
        Protocol::Claude,
        "demo-claude-failing",
        "claude failing",
        Failure::Overloaded,
    ),
    healthy(Protocol::Gemini, "demo-gemini-a", "gemini A"),
    healthy(Protocol::Gemini, "demo-gemini-b", "gemini B"),
    limited(Protocol::Gemini, "demo-gemini-limited", "gemini limited"),
    failing(
        Protocol::Gemini,
        "demo-gemini-failing",
        "gemini failing",
        Failure::InvalidKey,
    ),
    healthy(Protocol::Chat, "demo-chat-a", "chat A"),
    healthy(Protocol::Chat, "demo-chat-b", "chat B"),
    limited(Protocol::Chat, "demo-chat-limited", "chat limited"),
    failing(
        Protocol::Chat,
        "demo-chat-failing",
        "chat failing",
        Failure::Internal,
    ),
    healthy(Protocol::Responses, "demo-responses-a", "responses A"),
    healthy(Protocol::Responses, "demo-responses-b", "responses B"),
    limited(
        Protocol::Responses,
        "demo-responses-limited",
        "responses limited",
    ),
    failing(
        Protocol::Responses,
        "demo-responses-failing",
        "responses failing",
        Failure::Billing,
    ),
];

const fn healthy(protocol: Protocol, key: &'static str, label: &'static str) -> DemoKey {
    account(protocol, key, label, Behaviour::Answer)
}

/// Two answers per half minute: few enough to be seen, and to be seen to come back.
const fn limited(protocol: Protocol, key: &'static str, label: &'static str) -> DemoKey {
    let behaviour = Behaviour::RateLimited {
        answers: 2,
        window: Duration::from_secs(30),
    };
    account(protocol, key, label, behaviour)
}

const fn failing(
    protocol: Protocol,
    key: &'static str,
    label: &'static str,
    failure: Failure,
) -> DemoKey {
    account(protocol, key, label, Behaviour::Fail(failure))
}

const fn account(
    protocol: Protocol,
    key: &'static str,
    label: &'static str,
    behaviour: Behaviour,
) -> DemoKey {
    DemoKey {
        key,
        label,
        protocol,
        behaviour,
    }
}
