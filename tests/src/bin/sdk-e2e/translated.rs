//! The models by which every SDK meets every upstream that speaks another protocol.

use cliproxy_core::Protocol;
use cliproxy_e2e::Entry;
use cliproxy_scripted_upstream::{Behaviour, Failure, Script};
use std::time::Duration;

/// A limit that outlasts the run.
const LIMIT: Duration = Duration::from_secs(600);
/// Events of a stream before it breaks: enough that some text is out.
const EVENTS: usize = 6;

/// Requests that each refusing account gets: from three foreign SDKs, streaming and not.
pub(crate) const REFUSALS: u64 = 6;

/// A vendor, as the configuration describes it and as cases name it.
#[derive(Clone, Copy, Debug)]
struct Vendor {
    name: &'static str,
    protocol: Protocol,
    /// A model that takes sampling settings.
    plain: &'static str,
    /// A model that thinks, of the kind that wants its reasoning back most urgently.
    thinker: &'static str,
    /// A model that takes less than others of its vendor.
    picky: &'static str,
    /// The profile of the entries.
    profile: Option<&'static str>,
    /// The profile for the thinker, if it is another vendor's.
    thinks_as: Option<&'static str>,
    /// Events of a stream after which a call is begun and not finished.
    in_call: usize,
}

const VENDORS: [Vendor; 5] = [
    Vendor {
        name: "chat",
        protocol: Protocol::Chat,
        plain: "gpt-4.1",
        thinker: "gpt-5.2",
        picky: "gpt-5.5",
        profile: Some("openai"),
        thinks_as: None,
        in_call: 3,
    },
    // An OpenAI-compatible host that nobody knows, and one whose reasoning is plain text.
    Vendor {
        name: "compat",
        protocol: Protocol::Chat,
        plain: "llama-4-maverick",
        thinker: "deepseek-reasoner",
        picky: "gpt-oss-120b",
        profile: None,
        thinks_as: Some("deepseek"),
        in_call: 3,
    },
    Vendor {
        name: "claude",
        protocol: Protocol::Claude,
        plain: "claude-sonnet-4-5",
        thinker: "claude-sonnet-4-5",
        picky: "claude-sonnet-5",
        profile: Some("anthropic"),
        thinks_as: None,
        in_call: 3,
    },
    Vendor {
        name: "gemini",
        protocol: Protocol::Gemini,
        plain: "gemini-2.5-flash",
        thinker: "gemini-3.1-pro-preview",
        picky: "gemini-2.5-pro",
        profile: Some("gemini"),
        thinks_as: None,
        in_call: 1,
    },
    Vendor {
        name: "responses",
        protocol: Protocol::Responses,
        plain: "gpt-4.1",
        thinker: "gpt-5.5",
        picky: "o3",
        profile: Some("openai"),
        thinks_as: None,
        in_call: 4,
    },
];

/// What an account of a vendor does.
type Does = fn(Vendor) -> Behaviour;

/// What a model is called behind its vendor, as `chat-plain`, and what its account does.
const ACCOUNTS: [(&str, Does); 8] = [
    ("plain", |_| Behaviour::Answer),
    ("thinker", |_| Behaviour::Answer),
    ("picky", |_| Behaviour::Answer),
    ("refused", |_| Failure::Refused.into()),
    ("limited", |_| {
        Failure::RateLimit { retry_after: LIMIT }.into()
    }),
    ("broken", |_| Behaviour::ErrorEventAt(EVENTS)),
    ("cut", |_| Behaviour::TruncateAfter(EVENTS)),
    ("halved", |vendor| Behaviour::TruncateAfter(vendor.in_call)),
];

/// Adds the accounts.
pub(crate) fn script(script: Script) -> Script {
    each().fold(script, |script, (vendor, name, behaviour)| {
        let label = format!("{}-{name}", vendor.name);
        script.key(&format!("sk-{label}"), &label, behaviour(vendor))
    })
}

pub(crate) fn entries(base_url: &str) -> impl Iterator<Item = Entry> {
    each().map(move |(vendor, name, _)| {
        let label = format!("{}-{name}", vendor.name);
        let (model, profile) = match name {
            "thinker" => (vendor.thinker, vendor.thinks_as.or(vendor.profile)),
            "picky" => (vendor.picky, vendor.profile),
            _ => (vendor.plain, vendor.profile),
        };
        let entry = Entry::new(vendor.protocol, &label, base_url)
            .models(&format!("[{{name: {model}, alias: {label}}}]"));
        match profile {
            Some(profile) => entry.with(&format!("profile: {profile}")),
            None => entry,
        }
    })
}

/// The accounts whose requests are refused for good: nobody may ask them again.
pub(crate) fn refused() -> impl Iterator<Item = String> {
    VENDORS
        .iter()
        .map(|vendor| format!("{}-refused", vendor.name))
}

fn each() -> impl Iterator<Item = (Vendor, &'static str, Does)> {
    VENDORS
        .into_iter()
        .flat_map(|vendor| ACCOUNTS.map(move |(name, behaviour)| (vendor, name, behaviour)))
}
