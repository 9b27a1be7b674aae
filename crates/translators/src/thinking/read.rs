//! What a body says about reasoning, in the words of each protocol.
//!
//! | protocol | member, the first that says something | |
//! | --- | --- | --- |
//! | chat | `reasoning_effort` | a level, `none`, `auto` |
//! | chat | `reasoning`: `effort`, `max_tokens`, `enabled` | OpenRouter's |
//! | chat | `thinking`: `type: disabled`, `effort`, `budget_tokens`, another `type` | Kimi's and others' |
//! | chat | `extra_body.google.thinking_config` | as Gemini |
//! | responses | `reasoning.effort` | a level, `none`, `auto` |
//! | claude | `thinking.type: disabled` | off |
//! | claude | `thinking.type: enabled` | `budget_tokens`: 0 is off, −1 or none is auto |
//! | claude | `thinking.type: adaptive` or `auto` | `output_config.effort`, else high, which is its default |
//! | claude | no `thinking` | `output_config.effort`, if the model is steered by effort alone |
//! | gemini | `thinkingLevel` | a level, `none`, `auto`, in any case |
//! | gemini | `thinkingBudget` | 0 is off, −1 is auto |
//!
//! | protocol | shown | hidden |
//! | --- | --- | --- |
//! | chat | – | `reasoning.exclude: true`, `include_reasoning: false` |
//! | responses | `reasoning.summary`, or the old `generate_summary` | – |
//! | claude | `thinking.display: summarized` | `omitted` |
//! | gemini | `includeThoughts: true` | `false` |
//!
//! `null` says nothing. A level that nobody knows is refused, like a budget below −1 and a member of another
//! type.

use super::{Control, Detail, Show};
use crate::{
    client_body::expect::{boolean, object, string},
    rejection::Rejection,
    request_ir::Place,
};
use cliproxy_core::Effort;
use cliproxy_json::Value;
use std::borrow::Cow;

/// What a body says about reasoning.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Wish {
    pub(crate) control: Control,
    /// The member that `control` was read from.
    pub(crate) place: Place,
    pub(crate) show: Show,
}

impl Default for Wish {
    fn default() -> Self {
        Self {
            control: Control::Unset,
            place: Place::NOWHERE,
            show: Show::Unset,
        }
    }
}

type Read = Result<Option<(Control, Place)>, Rejection>;

/// The members of a chat body that may speak of reasoning.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct ChatMembers<'a> {
    pub(crate) reasoning_effort: Option<Value<'a>>,
    pub(crate) reasoning: Option<Value<'a>>,
    pub(crate) thinking: Option<Value<'a>>,
    pub(crate) include_reasoning: Option<Value<'a>>,
    pub(crate) extra_body: Option<Value<'a>>,
}

/// Reads a chat body.
///
/// # Errors
///
/// [`Rejection`] for a level or budget that is none, as in all of these.
pub(crate) fn chat(members: &ChatMembers<'_>) -> Result<Wish, Rejection> {
    let extra = holder(members.extra_body, "extra_body")?;
    let google = holder(extra.and_then(|extra| extra.get("google")), "google")?;
    let google = google.and_then(|google| google.get("thinking_config"));
    let google = holder(google, "thinking_config")?;
    let google = google.map_or_else(|| Ok(Wish::default()), gemini);
    let reasoning = holder(members.reasoning, "reasoning")?;
    let thinking = holder(members.thinking, "thinking")?;
    let mut found = level(members.reasoning_effort)?;
    if let (None, Some(reasoning)) = (found, reasoning) {
        found = first([
            level(reasoning.get("effort")),
            budget(reasoning.get("max_tokens")),
            switch(reasoning.get("enabled")),
        ])?;
    }
    if let (None, Some(thinking)) = (found, thinking) {
        let kind = said(thinking.get("type"));
        let is_off = word(kind, "type")?.as_deref() == Some("disabled");
        found = first([
            Ok(kind
                .filter(|_| is_off)
                .map(|kind| (Control::Off, Place::of(kind)))),
            level(thinking.get("effort")),
            budget(thinking.get("budget_tokens")),
            Ok(kind.map(|kind| (Control::Auto, Place::of(kind)))),
        ])?;
    }
    let exclude = flag(reasoning.and_then(|it| it.get("exclude")), "exclude")?;
    let include = flag(members.include_reasoning, "include_reasoning")?;
    let hidden = exclude == Some(true) || include == Some(false);
    let mut said = match (found, google) {
        // What comes first counts, whatever the rest is.
        (Some(found), google) => wish(Some(found), google.map_or(Show::Unset, |it| it.show)),
        (None, google) => google?,
    };
    if hidden {
        said.show = Show::Hidden;
    }
    Ok(said)
}

/// Reads `reasoning` of a Responses body.
pub(crate) fn responses(reasoning: Value<'_>) -> Result<Wish, Rejection> {
    let text = |key| word(reasoning.get(key), key);
    let (summary, older) = (text("summary")?, text("generate_summary")?);
    let summary = summary.or(older);
    let show = match summary.as_deref() {
        Some("auto") => Show::Shown(Detail::Auto),
        Some("concise") => Show::Shown(Detail::Concise),
        Some("detailed") => Show::Shown(Detail::Detailed),
        _ => Show::Unset,
    };
    Ok(wish(level(reasoning.get("effort"))?, show))
}

/// Reads `thinking` and `output_config` of a Claude body.
///
/// Effort steers how much is written, not only how much is thought, so alone it speaks of reasoning
/// only to a model that knows nothing else (`effort_only`).
pub(crate) fn claude(
    thinking: Option<Value<'_>>,
    output_config: Option<Value<'_>>,
    effort_only: bool,
) -> Result<Wish, Rejection> {
    let effort = output_config.and_then(|config| config.get("effort"));
    let Some(thinking) = thinking.filter(|thinking| !thinking.is_null()) else {
        let effort = effort.filter(|_| effort_only);
        return Ok(wish(level(effort)?, Show::Unset));
    };
    let show = match word(thinking.get("display"), "display")?.as_deref() {
        Some("summarized") => Show::Shown(Detail::Auto),
        Some("omitted") => Show::Hidden,
        _ => Show::Unset,
    };
    let kind = thinking.get("type").unwrap_or(thinking);
    let place = Place::of(kind);
    let found = match kind.as_str().as_deref() {
        Some("disabled") => Some((Control::Off, place)),
        Some("enabled") => {
            let budget = budget(thinking.get("budget_tokens"))?;
            budget.or(Some((Control::Auto, place)))
        }
        Some("adaptive" | "auto") => {
            let default = (Control::Level(Effort::High), place);
            level(effort)?.or(Some(default))
        }
        _ => {
            return Err(Rejection::Invalid {
                place,
                message: "`thinking.type` is not one of: adaptive, disabled, enabled".into(),
            });
        }
    };
    Ok(wish(found, show))
}

/// Reads `thinkingConfig` of a Gemini body, in either spelling of its members.
pub(crate) fn gemini(config: Value<'_>) -> Result<Wish, Rejection> {
    let either = |camel, snake| config.get(camel).or_else(|| config.get(snake));
    let include = either("includeThoughts", "include_thoughts");
    let show = match flag(include, "includeThoughts")? {
        Some(true) => Show::Shown(Detail::Auto),
        Some(false) => Show::Hidden,
        None => Show::Unset,
    };
    let named = either("thinkingLevel", "thinking_level");
    let named = named.filter(|value| {
        let name = value.as_str().unwrap_or_default();
        !name.eq_ignore_ascii_case("thinking_level_unspecified")
    });
    let found = first([
        named_level(named, str::to_ascii_lowercase),
        budget(either("thinkingBudget", "thinking_budget")),
    ])?;
    Ok(wish(found, show))
}

fn wish(found: Option<(Control, Place)>, show: Show) -> Wish {
    let (control, place) = found.unwrap_or((Control::Unset, Place::NOWHERE));
    Wish {
        control,
        place,
        show,
    }
}

fn first<const N: usize>(reads: [Read; N]) -> Read {
    reads
        .into_iter()
        .find(|read| !matches!(read, Ok(None)))
        .unwrap_or(Ok(None))
}

fn level(value: Option<Value<'_>>) -> Read {
    named_level(value, str::to_owned)
}

fn named_level(value: Option<Value<'_>>, folded: fn(&str) -> String) -> Read {
    let Some(value) = value.filter(|value| !value.is_null()) else {
        return Ok(None);
    };
    let place = Place::of(value);
    let name = value.as_str().unwrap_or_else(|| value.raw().into());
    let control = match folded(&name).as_str() {
        "none" => Control::Off,
        "auto" => Control::Auto,
        name => match name.parse() {
            Ok(effort) => Control::Level(effort),
            Err(_) => return Err(unknown_level(place)),
        },
    };
    Ok(Some((control, place)))
}

/// The name itself stays out of the message: it is the client's text, of any length.
fn unknown_level(place: Place) -> Rejection {
    let names: Vec<_> = Effort::ALL.iter().map(|effort| effort.as_str()).collect();
    Rejection::Thinking {
        place,
        code: "UNKNOWN_LEVEL",
        message: format!(
            "unknown level, valid levels: none, auto, {}",
            names.join(", ")
        )
        .into(),
    }
}

fn budget(value: Option<Value<'_>>) -> Read {
    let Some(value) = value.filter(|value| !value.is_null()) else {
        return Ok(None);
    };
    let place = Place::of(value);
    let number = value.as_f64().filter(|number| number.fract() == 0.0);
    let control = match number {
        Some(-1.0) => Control::Auto,
        Some(0.0) => Control::Off,
        // More than there is room for is more than any model takes.
        Some(tokens) if tokens > 0.0 => Control::Budget(tokens as u32),
        _ => {
            return Err(Rejection::Invalid {
                place,
                message: "a budget is a whole number of tokens, or -1".into(),
            });
        }
    };
    Ok(Some((control, place)))
}

fn switch(value: Option<Value<'_>>) -> Read {
    let Some(value) = said(value) else {
        return Ok(None);
    };
    let control = match boolean(value, "enabled")? {
        true => Control::Auto,
        false => Control::Off,
    };
    Ok(Some((control, Place::of(value))))
}

fn said(value: Option<Value<'_>>) -> Option<Value<'_>> {
    value.filter(|value| !value.is_null())
}

/// A member whose own members speak of reasoning.
fn holder<'a>(value: Option<Value<'a>>, name: &str) -> Result<Option<Value<'a>>, Rejection> {
    said(value).map(|value| object(value, name)).transpose()
}

fn flag(value: Option<Value<'_>>, name: &str) -> Result<Option<bool>, Rejection> {
    said(value).map(|value| boolean(value, name)).transpose()
}

fn word<'a>(value: Option<Value<'a>>, name: &str) -> Result<Option<Cow<'a, str>>, Rejection> {
    said(value).map(|value| string(value, name)).transpose()
}
