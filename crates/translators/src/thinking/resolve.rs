//! Fitting a control to a model.

use super::{
    Control, Form, claude,
    scale::{budget_of, is_same, level_of, nearest},
};
use crate::protocols::rules;
use cliproxy_core::{Capabilities, Effort, Protocol, Thinking};
use thiserror::Error;

/// Where a control comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Origin {
    /// The suffix of the model name, which the vendor never sees.
    Suffix,
    /// The body of the client.
    Body,
}

/// Who is going to read the control.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Upstream<'a> {
    /// The notation it takes.
    pub(crate) form: Form,
    /// Whether the client speaks the own protocol of the vendor behind it.
    pub(crate) own: bool,
    /// What the model takes; `None` for a model that nobody knows.
    pub(crate) model: Option<&'a Capabilities>,
}

/// A control that the model takes, and what was asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Resolved<'a> {
    asked: Control,
    control: Control,
    model: Option<&'a Capabilities>,
}

/// What became of a control, for the report of losses.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Outcome {
    /// It arrives, if need be in another notation.
    Kept,
    /// Something else arrives.
    Changed,
    /// Nothing arrives.
    Dropped,
}

/// Why a control is refused, with status 400.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
pub(crate) enum Refusal {
    /// The model has other levels.
    #[error("level {:?} not supported, valid levels: {}", level.as_str(), list(levels))]
    LevelNotSupported {
        level: Effort,
        /// Those of the model.
        levels: Vec<Effort>,
    },
    /// The model takes larger or smaller budgets.
    #[error("budget {budget} out of range [{min},{max}]")]
    BudgetOutOfRange {
        /// In tokens, like the limits.
        budget: u32,
        min: u32,
        max: u32,
    },
}

impl Refusal {
    /// The `code` of the error.
    pub(crate) const fn code(&self) -> &'static str {
        match self {
            Self::LevelNotSupported { .. } => "LEVEL_NOT_SUPPORTED",
            Self::BudgetOutOfRange { .. } => "BUDGET_OUT_OF_RANGE",
        }
    }
}

fn list(levels: &[Effort]) -> String {
    let names: Vec<_> = levels.iter().map(|level| level.as_str()).collect();
    names.join(", ")
}

impl<'a> Resolved<'a> {
    /// What is to be written.
    pub(crate) fn control(&self) -> Control {
        self.control
    }

    /// What the client asked for.
    pub(crate) fn asked(&self) -> Control {
        self.asked
    }

    /// What the model takes, if it is known and takes a control.
    pub(crate) fn thinking(&self) -> Option<&'a Thinking> {
        self.model.and_then(|model| model.thinking.as_ref())
    }

    /// Whether the model may be told anything about reasoning: it is unknown, or takes a control.
    pub(crate) fn reasons(&self) -> bool {
        self.model.is_none_or(|model| model.thinking.is_some())
    }

    /// Whether something is lost on the way.
    pub(crate) fn outcome(&self) -> Outcome {
        match self.control {
            control if is_same(self.asked, control) => Outcome::Kept,
            Control::Unset => Outcome::Dropped,
            _ => Outcome::Changed,
        }
    }

    /// Another control in its place, as the same answer to the same wish.
    pub(super) fn with(self, control: Control) -> Self {
        Self { control, ..self }
    }
}

/// Fits what `client` asks for to a model.
///
/// # Errors
///
/// [`Refusal`] for a level or budget that a body asks its own vendor for and the model lacks.
pub(crate) fn resolve<'a>(
    asked: Control,
    origin: Origin,
    client: Protocol,
    upstream: &Upstream<'a>,
) -> Result<Resolved<'a>, Refusal> {
    let Upstream { form, own, model } = *upstream;
    let model = model.filter(|model| !model.unknown_thinking);
    let control = match model.map(|model| &model.thinking) {
        None => {
            let native = rules(client).reasoning.knows_levels && origin == Origin::Body;
            notation_of_unknown(asked, form, native)
        }
        Some(None) => Control::Unset,
        Some(Some(thinking)) => {
            let range = Range::of(thinking, form);
            let strict = own && origin == Origin::Body;
            notation(range.fit(asked, form, strict)?, form)
        }
    };
    Ok(Resolved {
        asked,
        control,
        model,
    })
}

/// What a model takes, as far as the form has a place for it.
struct Range<'a> {
    levels: &'a [Effort],
    budget: Option<(u32, u32)>,
    can_off: bool,
    can_auto: bool,
}

impl<'a> Range<'a> {
    fn of(thinking: &'a Thinking, form: Form) -> Self {
        let takes = form.takes();
        let both = thinking.budget.is_some() && !thinking.levels.is_empty();
        let levels = (takes.levels || !both).then_some(&*thinking.levels);
        let levels = levels.unwrap_or_default();
        Self {
            levels,
            budget: thinking.budget.filter(|_| takes.budgets || !both),
            can_off: thinking.can_off || thinking.none_level,
            // Claude's way to decide by itself came with the levels.
            can_auto: thinking.can_auto && !(form == Form::Claude && levels.is_empty()),
        }
    }

    fn fit(&self, asked: Control, form: Form, strict: bool) -> Result<Control, Refusal> {
        match asked {
            Control::Unset => Ok(Control::Unset),
            Control::Off | Control::Budget(0) => Ok(self.off()),
            Control::Auto => Ok(self.auto()),
            Control::Level(level) => match self.budget {
                Some(range) if self.levels.is_empty() => Ok(clamped(budget_of(level), range)),
                _ => self.level(level, form, strict),
            },
            Control::Budget(budget) => match self.budget {
                Some(range) => within(budget, range, strict),
                None => self.level(level_of(budget), form, false),
            },
        }
    }

    fn level(&self, level: Effort, form: Form, strict: bool) -> Result<Control, Refusal> {
        if self.levels.contains(&level) {
            return Ok(Control::Level(level));
        }
        if strict && !self.levels.is_empty() {
            let levels = self.levels.to_vec();
            return Err(Refusal::LevelNotSupported { level, levels });
        }
        let wanted = match form {
            Form::Claude => claude::effort(level, self.levels),
            _ => level,
        };
        let nearest = nearest(wanted, self.levels);
        Ok(nearest.map_or_else(|| self.auto(), Control::Level))
    }

    /// Of a model that can only be switched on and off, nothing is left but to say nothing.
    fn auto(&self) -> Control {
        match self.budget {
            _ if self.can_auto => Control::Auto,
            Some((min, max)) => Control::Budget(min.midpoint(max)),
            None => {
                let medium = nearest(Effort::Medium, self.levels);
                medium.map_or(Control::Unset, Control::Level)
            }
        }
    }

    fn off(&self) -> Control {
        match (self.levels.first(), self.budget) {
            _ if self.can_off => Control::Off,
            (Some(&lowest), _) => Control::Level(lowest),
            (None, Some((min, _))) => Control::Budget(min),
            (None, None) => Control::Unset,
        }
    }
}

/// What fits the model, in a notation of the form.
fn notation(control: Control, form: Form) -> Control {
    let takes = form.takes();
    match control {
        Control::Auto if !takes.auto => Control::Unset,
        Control::Level(level) if !takes.levels => in_tokens(level, form),
        Control::Budget(budget) if !takes.budgets => in_steps(budget, form),
        _ => control,
    }
}

/// What is asked of a model that nobody knows, in a notation of the form.
///
/// Budgets are what every Gemini and Claude model takes or once took, so a level is written as one,
/// unless a Claude client says in its own words that its model takes levels.
fn notation_of_unknown(asked: Control, form: Form, native: bool) -> Control {
    match asked {
        Control::Budget(0) => Control::Off,
        Control::Level(level) if form == Form::Gemini || form == Form::Claude && !native => {
            Control::Budget(budget_of(level))
        }
        _ => notation(asked, form),
    }
}

/// A level where there are only budgets, or only a switch.
fn in_tokens(level: Effort, form: Form) -> Control {
    if form.takes().budgets {
        Control::Budget(budget_of(level))
    } else {
        Control::Auto
    }
}

/// A budget where there are only levels, or only a switch.
fn in_steps(budget: u32, form: Form) -> Control {
    match budget {
        0 => Control::Off,
        _ if form.takes().levels => Control::Level(level_of(budget)),
        _ => Control::Auto,
    }
}

fn clamped(budget: u32, (min, max): (u32, u32)) -> Control {
    Control::Budget(budget.max(min).min(max))
}

fn within(budget: u32, range: (u32, u32), strict: bool) -> Result<Control, Refusal> {
    let (min, max) = range;
    if strict && !(min..=max).contains(&budget) {
        return Err(Refusal::BudgetOutOfRange { budget, min, max });
    }
    Ok(clamped(budget, range))
}
