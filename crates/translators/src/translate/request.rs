//! A request on its way to an upstream that speaks another protocol.

use super::{ReplyPlan, Report};
use crate::{
    finish::Encoded,
    hub::{self, ClientContext},
    profile::{Params, Profile},
    rejection::Rejection,
    replay::{NoReplay, Remembers, Replay},
    target::{Options, Target},
    thinking::{Control, control_of},
};
use cliproxy_core::{Capabilities, Protocol, parse_suffix};
use cliproxy_json::{Body, Value};

/// What a client asks, besides its body.
#[expect(clippy::exhaustive_structs, reason = "a parameter list with names")]
#[derive(Clone, Copy, Debug)]
pub struct Asked<'a> {
    /// Whose protocol the client speaks.
    pub protocol: Protocol,
    /// The model as the client named it, thinking suffix included.
    pub model: &'a str,
    /// Whether the reply is to be streamed.
    pub streams: bool,
    /// Unix seconds: what replies say whose upstream does not say when they were made.
    pub now: u64,
    /// Something of this request alone: what replies are called whose upstream does not say.
    pub id: &'a str,
}

/// Whom the request is for.
#[expect(clippy::exhaustive_structs, reason = "a parameter list with names")]
#[derive(Clone, Copy, Debug)]
pub struct Upstream<'a> {
    /// What it speaks.
    pub protocol: Protocol,
    /// In which dialect.
    pub profile: &'a Profile,
    /// What its entry says beyond that; see [`Params::none`].
    pub params: &'a Params,
    /// What it calls the model.
    pub model: &'a str,
    /// A thinking suffix that the configuration gives to the model. The client's own wins.
    pub suffix: Option<&'a str>,
    /// What the model takes; `None` for a model that nobody knows.
    pub capabilities: Option<&'a Capabilities>,
    /// Its output limit in tokens, where that is known.
    pub max_output: Option<u64>,
    /// It has refused sealed reasoning, as [`refuses_reasoning`](crate::refuses_reasoning) says: nothing of
    /// that goes along.
    pub without_opaque: bool,
}

impl<'a> Upstream<'a> {
    /// One of whom no more is known than this.
    #[must_use]
    pub const fn new(protocol: Protocol, profile: &'a Profile, model: &'a str) -> Self {
        Self {
            protocol,
            profile,
            params: Params::none(),
            model,
            suffix: None,
            capabilities: None,
            max_output: None,
            without_opaque: false,
        }
    }
}

/// A request in the upstream's protocol.
#[derive(Debug)]
#[non_exhaustive]
pub struct Translated {
    /// The body.
    pub body: Encoded,
    /// What its reply has to be translated with.
    pub reply: ReplyPlan,
    /// What of the client's body did not arrive as it was.
    pub report: Report,
}

/// Why a request cannot be translated. The client's to know: 400.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
#[non_exhaustive]
pub struct Refused {
    /// What is wrong.
    pub message: String,
    /// The error's `code`, where it has one.
    pub code: Option<&'static str>,
    /// The place in the client's body that is to blame, in the client's spelling.
    pub param: Option<String>,
}

/// Translates a request. `replay` knows the reasoning that clients drop; without it nothing is put back,
/// and nothing of the reply is recorded.
///
/// # Errors
///
/// [`Refused`] for a body that departs from the client's protocol, or that is about something which the
/// upstream's cannot express.
pub fn translate_request(
    body: &Body,
    asked: &Asked<'_>,
    upstream: &Upstream<'_>,
    options: &Options,
    replay: Option<&dyn Replay>,
) -> Result<Translated, Refused> {
    let root = body.root();
    let suffixed = parse_suffix(asked.model);
    let suffix = suffixed.suffix.map(control_of);
    let configured = upstream.suffix.map(control_of);
    let is_said = |control: &Control| *control != Control::Unset;
    let client = ClientContext {
        model: suffixed.name,
        streams: asked.streams,
        is_enveloped: false,
        suffix: suffix
            .filter(is_said)
            .or_else(|| configured.filter(is_said)),
        effort_only: upstream.capabilities.is_some_and(is_effort_only),
    };
    let target = Target {
        protocol: upstream.protocol,
        model: upstream.model,
        profile: upstream.profile,
        params: upstream.params,
        capabilities: upstream.capabilities,
        max_output: upstream.max_output,
        is_own: upstream.profile.is_own_of(asked.protocol),
        counts: false,
        without_opaque: upstream.without_opaque,
        options: *options,
    };
    let recall = replay.unwrap_or(&NoReplay);
    let translated = hub::translate_request(asked.protocol, root, &client, &target, recall);
    let hub::Translated {
        body: out,
        losses,
        repairs,
        mut reply,
    } = translated.map_err(|rejection| Refused::of(&rejection, root))?;
    if replay.is_none() {
        reply.remembers = Remembers::Nothing;
    }
    reply.reasoning_details = options.reasoning_details;
    reply.announces_failures = options.announces_failures;
    reply.model = asked.model.to_owned();
    reply.created = asked.now;
    reply.fallback_id = asked.id.to_owned();
    Ok(Translated {
        body: out,
        reply: ReplyPlan::new(reply),
        report: Report::new(losses, root).with_repairs(repairs),
    })
}

impl Refused {
    /// For something outside of the body that keeps the request from being translated: `param` names it.
    #[must_use]
    pub fn outside(param: &str, message: &str) -> Self {
        Self {
            message: message.to_owned(),
            code: None,
            param: Some(param.to_owned()),
        }
    }

    pub(crate) fn of(rejection: &Rejection, body: Value<'_>) -> Self {
        Self {
            message: rejection.message(body),
            code: rejection.code(),
            param: rejection.param(body),
        }
    }
}

fn is_effort_only(capabilities: &Capabilities) -> bool {
    let thinking = capabilities.thinking.as_ref();
    thinking.is_some_and(|thinking| !thinking.levels.is_empty() && thinking.budget.is_none())
}
