//! The models by which every SDK meets every upstream that speaks another protocol.

use cliproxy_core::Protocol;
use cliproxy_e2e::Entry;
use cliproxy_scripted_upstream::{Behaviour, Failure, Script};
use http::{HeaderMap, StatusCode};
use serde_json::{Value, json};
use std::time::Duration;

/// A limit that outlasts the run.
const LIMIT: Duration = Duration::from_secs(600);
/// Events of a stream before it breaks: enough that some text is out.
const EVENTS: usize = 6;

/// Requests that each refusing account gets: from three foreign SDKs, streaming and not.
pub(crate) const REFUSALS: u64 = 6;

/// What a model is called behind its protocol, as `chat-plain`, and what its account does.
type Account = (&'static str, fn(Protocol) -> Behaviour);

const ACCOUNTS: [Account; 6] = [
    ("plain", |_| Behaviour::Answer),
    ("thinker", |_| Behaviour::Answer),
    ("refused", refusal),
    ("limited", |_| {
        Failure::RateLimit { retry_after: LIMIT }.into()
    }),
    ("broken", |_| Behaviour::ErrorEventAt(EVENTS)),
    ("cut", |_| Behaviour::TruncateAfter(EVENTS)),
];

/// Adds the accounts.
pub(crate) fn script(script: Script) -> Script {
    each().fold(script, |script, (protocol, name, behaviour)| {
        let label = format!("{protocol}-{name}");
        script.key(&format!("sk-{label}"), &label, behaviour(protocol))
    })
}

pub(crate) fn entries(base_url: &str) -> impl Iterator<Item = Entry> {
    each().map(move |(protocol, name, _)| {
        let label = format!("{protocol}-{name}");
        let model = if name == "thinker" {
            thinker(protocol)
        } else {
            plain(protocol)
        };
        Entry::new(protocol, &label, base_url)
            .models(&format!("[{{name: {model}, alias: {label}}}]"))
    })
}

/// The accounts whose requests are refused for good: nobody may ask them again.
pub(crate) fn refused() -> impl Iterator<Item = String> {
    Protocol::ALL
        .into_iter()
        .map(|protocol| format!("{protocol}-refused"))
}

fn each() -> impl Iterator<Item = (Protocol, &'static str, fn(Protocol) -> Behaviour)> {
    Protocol::ALL
        .into_iter()
        .flat_map(|protocol| ACCOUNTS.map(move |(name, behaviour)| (protocol, name, behaviour)))
}

/// A model that takes sampling settings.
const fn plain(protocol: Protocol) -> &'static str {
    match protocol {
        Protocol::Chat | Protocol::Responses => "gpt-4.1",
        Protocol::Claude => "claude-sonnet-4-5",
        Protocol::Gemini => "gemini-2.5-flash",
    }
}

/// A model that thinks, of the kind that wants its reasoning back most urgently.
const fn thinker(protocol: Protocol) -> &'static str {
    match protocol {
        Protocol::Chat => "gpt-5.2",
        Protocol::Responses => "gpt-5.5",
        Protocol::Claude => "claude-sonnet-4-5",
        Protocol::Gemini => "gemini-3.1-pro-preview",
    }
}

/// A 400 in the provider's words.
fn refusal(protocol: Protocol) -> Behaviour {
    const MESSAGE: &str = "a scripted refusal";
    let body: Value = match protocol {
        Protocol::Chat | Protocol::Responses => json!({"error": {
            "message": MESSAGE,
            "type": "invalid_request_error",
            "param": null,
            "code": null,
        }}),
        Protocol::Claude => json!({
            "type": "error",
            "error": {"type": "invalid_request_error", "message": MESSAGE},
        }),
        Protocol::Gemini => json!({"error": {
            "code": 400,
            "message": MESSAGE,
            "status": "INVALID_ARGUMENT",
        }}),
    };
    Behaviour::Status {
        status: StatusCode::BAD_REQUEST,
        headers: HeaderMap::new(),
        body: body.to_string().into(),
    }
}
