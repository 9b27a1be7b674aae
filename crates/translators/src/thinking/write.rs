//! What a resolved control looks like in the body of an upstream.
//!
//! | form | off | auto | level | budget | shown |
//! | --- | --- | --- | --- | --- | --- |
//! | chat | effort `none` | – | effort | – | – |
//! | chat, Kimi | type `disabled` | type `enabled` | `enabled`, effort | – | – |
//! | chat, DeepSeek and Zhipu | type `disabled` | type `enabled` | – | – | – |
//! | chat, OpenRouter | effort `none` | `enabled: true` | effort | `max_tokens` | hidden: `exclude: true` |
//! | chat, Qwen | `false` | `true` | – | `true`, budget | – |
//! | responses | effort `none` | – | effort | – | summary |
//! | claude | type `disabled` | type `adaptive` | `adaptive`, effort | `enabled`, budget | `display` |
//! | gemini | budget 0; nothing if it has levels | budget −1 | level | budget | `includeThoughts` |
//!
//! A dash is a place that fitting never fills.
//!
//! What is shown: with reasoning off, nothing is said about it.
//! A chat client cannot say what it wants to see, and a Claude client need not: when they ask for
//! reasoning, Responses and Gemini upstreams are asked to show it, which they else would not.
//! A Claude upstream is asked to show what a client explicitly asked for, and for a chat client when
//! the model would hide it.

use super::{Control, Detail, Form, Resolved, Show};
use crate::{protocols::rules, rules::Seeing};
use cliproxy_core::{Protocol, ThinkingDisplay};

/// The members of a body that carry a control. Every text is a constant of the protocol.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Written {
    /// No member at all.
    Nothing,
    /// `reasoning_effort`
    ReasoningEffort(&'static str),
    /// `thinking: {type, effort}`
    Thinking {
        /// `enabled` or `disabled`
        kind: &'static str,
        effort: Option<&'static str>,
    },
    /// `reasoning: {effort, max_tokens, enabled: true, exclude: true}`, the last two only if true
    OpenRouter {
        effort: Option<&'static str>,
        max_tokens: Option<u32>,
        enabled: bool,
        exclude: bool,
    },
    /// `enable_thinking`, `thinking_budget`
    EnableThinking { on: bool, budget: Option<u32> },
    /// `reasoning: {effort, summary}`
    Responses {
        effort: Option<&'static str>,
        summary: Option<&'static str>,
    },
    /// `thinking: {type, budget_tokens, display}`, `output_config: {effort}`
    Claude {
        /// `enabled`, `adaptive` or `disabled`
        kind: &'static str,
        budget: Option<u32>,
        display: Option<&'static str>,
        effort: Option<&'static str>,
    },
    /// `generationConfig.thinkingConfig: {thinkingLevel, thinkingBudget, includeThoughts}`, never
    /// both of the first two
    Gemini {
        level: Option<&'static str>,
        /// −1 leaves it to the model.
        budget: Option<i64>,
        include: Option<bool>,
    },
}

impl Written {
    /// Whether it is an effort of Chat that has the model reason.
    pub(crate) fn is_effort(&self) -> bool {
        matches!(self, Self::ReasoningEffort(effort) if *effort != "none")
    }
}

/// What stands in the body for what `client` asked for.
pub(crate) fn write(resolved: &Resolved<'_>, show: Show, client: Protocol, form: Form) -> Written {
    if !resolved.reasons() {
        return Written::Nothing;
    }
    let control = resolved.control();
    match form {
        Form::ReasoningEffort => effort(control).map_or(Written::Nothing, Written::ReasoningEffort),
        Form::ThinkingEffort | Form::ThinkingSwitch => switch(control),
        Form::OpenRouter => open_router(resolved, show),
        Form::EnableThinking => enable_thinking(control),
        Form::Responses => responses(resolved, show, client),
        Form::Claude => claude(resolved, show, client),
        Form::Gemini => gemini(resolved, show, client),
    }
}

fn effort(control: Control) -> Option<&'static str> {
    match control {
        Control::Off => Some("none"),
        Control::Level(level) => Some(level.as_str()),
        Control::Unset | Control::Auto | Control::Budget(_) => None,
    }
}

fn budget(control: Control) -> Option<u32> {
    match control {
        Control::Budget(budget) => Some(budget),
        Control::Unset | Control::Off | Control::Auto | Control::Level(_) => None,
    }
}

fn level(control: Control) -> Option<&'static str> {
    effort(control).filter(|_| control.is_on())
}

fn switch(control: Control) -> Written {
    let kind = match control {
        Control::Unset => return Written::Nothing,
        _ if control.is_on() => "enabled",
        _ => "disabled",
    };
    let effort = level(control);
    Written::Thinking { kind, effort }
}

fn enable_thinking(control: Control) -> Written {
    match control {
        Control::Unset => Written::Nothing,
        _ => Written::EnableThinking {
            on: control.is_on(),
            budget: budget(control).filter(|_| control.is_on()),
        },
    }
}

fn open_router(resolved: &Resolved<'_>, show: Show) -> Written {
    let control = resolved.control();
    let exclude = show == Show::Hidden && !is_off(resolved);
    if control == Control::Unset && !exclude {
        return Written::Nothing;
    }
    Written::OpenRouter {
        effort: effort(control),
        max_tokens: budget(control),
        enabled: control == Control::Auto,
        exclude,
    }
}

fn responses(resolved: &Resolved<'_>, show: Show, client: Protocol) -> Written {
    let effort = effort(resolved.control());
    let summary = match wish(resolved, show, client) {
        Show::Shown(detail) => Some(detail.as_str()),
        Show::Unset | Show::Hidden => None,
    };
    match (effort, summary) {
        (None, None) => Written::Nothing,
        _ => Written::Responses { effort, summary },
    }
}

fn claude(resolved: &Resolved<'_>, show: Show, client: Protocol) -> Written {
    let control = resolved.control();
    let kind = match control {
        Control::Unset => return Written::Nothing,
        Control::Off | Control::Budget(0) => "disabled",
        Control::Auto | Control::Level(_) => "adaptive",
        Control::Budget(_) => "enabled",
    };
    let hides = resolved.thinking().is_some_and(|thinking| {
        let seeing = rules(client).reasoning.seeing;
        thinking.display_default == ThinkingDisplay::Omitted && seeing == Seeing::Unsayable
    });
    let display = match show {
        _ if is_off(resolved) => None,
        Show::Hidden => Some("omitted"),
        Show::Shown(_) => Some("summarized"),
        Show::Unset => hides.then_some("summarized"),
    };
    Written::Claude {
        kind,
        budget: budget(control).filter(|_| control.is_on()),
        display,
        effort: level(control),
    }
}

fn gemini(resolved: &Resolved<'_>, show: Show, client: Protocol) -> Written {
    let control = resolved.control();
    let thinking = resolved.thinking();
    let has_levels = thinking.is_some_and(|thinking| !thinking.levels.is_empty());
    let budget = match control {
        Control::Auto => Some(-1),
        Control::Off if !has_levels => Some(0),
        _ => budget(control).map(i64::from),
    };
    let level = level(control);
    let include = match wish(resolved, show, client) {
        Show::Unset => None,
        Show::Hidden => Some(false),
        Show::Shown(_) => Some(true),
    };
    match (level, budget, include) {
        (None, None, None) => Written::Nothing,
        _ => Written::Gemini {
            level,
            budget,
            include,
        },
    }
}

/// Whether there is no reasoning, or at least none was wanted.
fn is_off(resolved: &Resolved<'_>) -> bool {
    let off = |control: Control| control != Control::Unset && !control.is_on();
    off(resolved.asked()) || off(resolved.control())
}

/// What is to be shown, where an upstream shows nothing unless it is asked to.
fn wish(resolved: &Resolved<'_>, show: Show, client: Protocol) -> Show {
    let implied = rules(client).reasoning.seeing != Seeing::Said && resolved.asked().is_on();
    match show {
        _ if is_off(resolved) => Show::Unset,
        Show::Unset if implied => Show::Shown(Detail::Auto),
        _ => show,
    }
}
