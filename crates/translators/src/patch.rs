//! A request to an upstream that speaks the client's own protocol: the received body, and the spans of it
//! that cannot go up as they are.
//!
//! Nothing is checked, clamped or repaired: what the vendor refuses, the vendor refuses in its own words.
//! Nothing is copied either: what goes up shares the received bytes around the replaced spans.
//!
//! | what | when | module |
//! |---|---|---|
//! | the model's name | an alias, a prefix or a suffix | here |
//! | the usage of a stream | the entry asks for it | here |
//! | what the entry says of members and roles | it says something, whatever its profile is | [`switches`] |
//! | a thinking suffix | the client's, else the configured one | [`suffix`] |
//! | what the gateway left in the history: carriers, minted ids | the body mentions one | [`history`] |
//! | the ChatGPT backend's differences | its profile | [`codex`] |
//! | Code Assist's differences | its profile | [`code_assist`] |
//!
//! Two searches tell that none of it is due, and the body goes up as it came. What is taken away is a loss
//! like one of a translation, and is told in the same places.

pub(crate) mod code_assist;
mod codex;
pub(crate) mod history;
mod suffix;
mod switches;

#[cfg(test)]
mod tests;

pub(crate) use suffix::object;

use crate::{
    finish::{Encoded, Mark},
    normalise::refuse_losses,
    protocols::rules,
    rejection::Rejection,
    request_ir::Losses,
    rules::PatchRules,
    splice::{Plan, Splices},
    target::{LossPolicy, Options, Target},
    thinking::{Control, control_of},
    translate::{Refused, Report, Upstream},
};
use bytes::Bytes;
use cliproxy_core::{Operation, parse_suffix};
use cliproxy_json::{Body, Slices, Value, quoted};

/// A request that needs no translation.
#[expect(clippy::exhaustive_structs, reason = "a parameter list with names")]
#[derive(Clone, Copy, Debug)]
pub struct Native<'a> {
    /// Whom it is for. Its protocol is the client's.
    pub upstream: Upstream<'a>,
    /// The model as the client named it, thinking suffix included.
    pub asked: &'a str,
    /// What is asked of it.
    pub operation: Operation,
    /// Ask a chat stream for its usage, whatever the client says.
    pub asks_for_usage: bool,
    /// What becomes of a request that loses something. Nothing here can be left out in part, so that
    /// lenient is what the default is.
    pub policy: LossPolicy,
}

/// A request as it goes up, but for what depends on the account.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Patched {
    /// The body.
    pub body: Encoded,
    /// What of the client's body does not arrive as it was.
    pub report: Report,
}

/// The body of a request to an upstream that speaks the client's protocol.
///
/// # Errors
///
/// [`Refused`] from the two dialects, for what their vendor would refuse as well, as `codex` and
/// `suffix` say; and under a strict policy, if something is lost that shapes the answer.
pub fn patch_request(body: &Body, native: &Native<'_>) -> Result<Patched, Refused> {
    let (encoded, losses) =
        patched(body, native).map_err(|rejection| Refused::of(&rejection, body.root()))?;
    Ok(Patched {
        body: encoded,
        report: Report::new(losses, body.root()),
    })
}

/// What is being done to one body.
#[derive(Debug)]
pub(crate) struct Patch<'a> {
    pub(crate) root: Value<'a>,
    pub(crate) target: Target<'a>,
    pub(crate) operation: Operation,
    pub(crate) splices: Splices,
    /// What becomes of the outermost members. Done last, since they are one object.
    pub(crate) plan: Plan<'a>,
    pub(crate) marks: Vec<Mark>,
    pub(crate) losses: Losses,
}

pub(crate) fn patched(body: &Body, native: &Native<'_>) -> Result<(Encoded, Losses), Rejection> {
    let upstream = &native.upstream;
    let profile = upstream.profile;
    let control = control(native);
    let model = renamed(body, upstream);
    let is_dialect = profile.is_codex || profile.is_code_assist;
    let mentions = history::is_mentioned(&rules(upstream.protocol).native.patch, body.raw());
    let has_switches = upstream.params.is_for(upstream.protocol);
    let is_due = mentions
        || is_dialect
        || has_switches
        || control != Control::Unset
        || native.asks_for_usage;
    if !is_due {
        let slices = match model {
            None => Slices::from(body.raw().clone()),
            Some(model) => body.replace(model.span(), quoted(upstream.model)),
        };
        return Ok((Encoded::new(slices, Vec::new()), Losses::default()));
    }
    let mut patch = Patch {
        root: body.root(),
        target: target(native),
        operation: native.operation,
        splices: Splices::default(),
        plan: Plan::default(),
        marks: Vec::new(),
        losses: Losses::default(),
    };
    if model.is_some() {
        patch.plan.set("model", quoted(upstream.model));
    }
    if native.asks_for_usage {
        patch.ask_for_usage();
    }
    patch.suffix(control)?;
    if mentions || is_dialect {
        (patch.rules().history)(&mut patch);
    }
    if profile.is_codex {
        patch.codex()?;
    }
    if has_switches {
        patch.switches();
    }
    refuse_losses(&patch.losses, native.policy)?;
    Ok(patch.finish(body.raw()))
}

/// What a suffix asks for: the client's, else the one that the configuration gives to the model.
fn control(native: &Native<'_>) -> Control {
    let is_said = |control: &Control| *control != Control::Unset;
    let asked = parse_suffix(native.asked).suffix.map(control_of);
    let configured = || native.upstream.suffix.map(control_of);
    let control = asked.filter(is_said).or_else(configured);
    control.unwrap_or(Control::Unset)
}

/// The name in the body, if the upstream has another one. Gemini has it in the address.
fn renamed<'b>(body: &'b Body, upstream: &Upstream<'_>) -> Option<Value<'b>> {
    if !rules(upstream.protocol).native.has_model_in_body {
        return None;
    }
    let model = body.head().get("model")?;
    (model.as_str().as_deref() != Some(upstream.model)).then_some(model)
}

fn target<'a>(native: &Native<'a>) -> Target<'a> {
    let upstream = native.upstream;
    Target {
        protocol: upstream.protocol,
        model: upstream.model,
        profile: upstream.profile,
        params: upstream.params,
        capabilities: upstream.capabilities,
        max_output: upstream.max_output,
        is_own: upstream.profile.is_own_of(upstream.protocol),
        counts: !native.operation.generates(),
        without_opaque: upstream.without_opaque,
        options: Options::default(),
    }
}

impl Patch<'_> {
    fn rules(&self) -> &'static PatchRules {
        &self.target.rules().native.patch
    }

    fn is_dialect(&self) -> bool {
        self.target.profile.is_codex || self.target.profile.is_code_assist
    }

    fn ask_for_usage(&mut self) {
        let mut options = Plan::default();
        options.set("include_usage", "true");
        let (plan, splices) = (&mut self.plan, &mut self.splices);
        plan.within("stream_options", self.root, &options, splices);
    }

    fn finish(mut self, raw: &Bytes) -> (Encoded, Losses) {
        self.splices.members(self.root, &self.plan);
        let is_code_assist = self.target.profile.is_code_assist;
        let (slices, moved) = self.splices.render(raw);
        let marks = self.marks.into_iter();
        let marks = marks.map(|mark| mark.moved(&moved)).collect();
        let encoded = match is_code_assist {
            true => code_assist::enveloped(slices, self.target.model),
            false => Encoded::new(slices, marks),
        };
        (encoded, self.losses)
    }
}
