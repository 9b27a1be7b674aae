//! Cases of the pass: members of a client's body, what becomes of them, and what is lost.

mod formats;
mod prefix;
mod properties;
mod reasoning;
mod replies;
mod settings;
mod told;
mod tools;

use crate::{
    finish::Account,
    hub::{ClientContext, Translated, translate_request},
    profile::{Params, Profile},
    rejection::Rejection,
    replay::NoReplay,
    target::{LossPolicy, Options, Target},
};
use cliproxy_core::{Capabilities, Protocol};
use cliproxy_json::Value as Json;
use serde_json::{Map, Value};

/// Whom a case is translated for.
#[derive(Clone)]
struct Upstream {
    protocol: Protocol,
    profile: &'static Profile,
    model: &'static str,
    capabilities: Option<Capabilities>,
    max_output: Option<u64>,
    counts: bool,
    options: Options,
}

impl Upstream {
    fn new(protocol: Protocol, profile: &'static Profile) -> Self {
        Self {
            protocol,
            profile,
            model: "up",
            capabilities: Some(Capabilities::default()),
            max_output: None,
            counts: false,
            options: Options::default(),
        }
    }

    fn with(mut self, change: impl FnOnce(&mut Capabilities)) -> Self {
        change(self.capabilities.get_or_insert_default());
        self
    }

    fn strict(mut self) -> Self {
        self.options.policy = LossPolicy::Strict;
        self
    }

    fn target(&self) -> Target<'_> {
        Target {
            protocol: self.protocol,
            model: self.model,
            profile: self.profile,
            params: Params::none(),
            capabilities: self.capabilities.as_ref(),
            max_output: self.max_output,
            is_own: false,
            counts: self.counts,
            without_opaque: false,
            options: self.options,
        }
    }
}

fn openai() -> Upstream {
    Upstream::new(Protocol::Chat, &Profile::OPENAI_CHAT)
}

fn compat() -> Upstream {
    Upstream::new(Protocol::Chat, &Profile::COMPAT)
}

fn responses() -> Upstream {
    Upstream::new(Protocol::Responses, &Profile::OPENAI_RESPONSES)
}

fn codex() -> Upstream {
    Upstream::new(Protocol::Responses, &Profile::CODEX)
}

fn claude() -> Upstream {
    Upstream::new(Protocol::Claude, &Profile::ANTHROPIC)
}

fn gemini() -> Upstream {
    Upstream::new(Protocol::Gemini, &Profile::GEMINI)
}

/// The body of a client that says hello, and `members`.
fn body(from: Protocol, members: &str) -> String {
    let hello = match from {
        Protocol::Chat => r#""model":"m","messages":[{"role":"user","content":"hi"}]"#,
        Protocol::Responses => r#""model":"m","input":"hi""#,
        Protocol::Claude => {
            r#""model":"m","max_tokens":9,"messages":[{"role":"user","content":"hi"}]"#
        }
        Protocol::Gemini => r#""contents":[{"role":"user","parts":[{"text":"hi"}]}]"#,
    };
    let comma = if members.is_empty() { "" } else { "," };
    format!("{{{members}{comma}{hello}}}")
}

fn translate(from: Protocol, body: &str, to: &Upstream) -> Result<Translated, Rejection> {
    let client = ClientContext {
        model: "m",
        ..ClientContext::default()
    };
    let body = Json::parse(body).unwrap();
    translate_request(from, body, &client, &to.target(), &NoReplay)
}

/// The paths that are dropped, behind `-`, then those that are changed, behind `~`.
fn losses(translated: &Translated, body: &str) -> String {
    let body = Json::parse(body).unwrap();
    let losses = &translated.losses;
    let dropped = losses.dropped.iter().map(|lost| ('-', lost.place));
    let changed = losses.changed.iter().map(|lost| ('~', lost.place));
    let mut paths: Vec<_> = dropped
        .chain(changed)
        .map(|(mark, place)| format!("{mark}{}", place.path(body).unwrap()))
        .collect();
    paths.sort();
    paths.join(" ")
}

/// What the upstream gets beside the conversation and the usual members.
fn sent(translated: &Translated) -> Value {
    let body = translated.body.finish(&Account::default()).body.to_bytes();
    let mut sent: Map<String, Value> = serde_json::from_slice(&body).unwrap();
    for usual in ["model", "messages", "input", "contents"] {
        sent.remove(usual);
    }
    Value::Object(sent)
}

#[track_caller]
fn check(from: Protocol, members: &str, to: &Upstream, expected: &str, lost: &str) {
    let body = body(from, members);
    let translated = translate(from, &body, to).unwrap();
    let expected: Value = serde_json::from_str(expected).unwrap();
    assert_eq!(sent(&translated), expected, "{members}");
    assert_eq!(losses(&translated, &body), lost, "{members}");
}

/// That the request is refused for the member at `param`.
#[track_caller]
fn check_refused(from: Protocol, members: &str, to: &Upstream, param: &str) {
    let body = body(from, members);
    let rejection = translate(from, &body, to).unwrap_err();
    let found = rejection.param(Json::parse(&body).unwrap());
    assert_eq!(found.as_deref(), Some(param), "{rejection}");
    assert_eq!(rejection.code(), Some("unsupported_parameter"));
}
