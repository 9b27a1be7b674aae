//! Fitting and writing, case by case, and what holds for every case.

mod fit;
mod limits;
mod properties;
mod read;
mod target;
mod write;

use super::{Form, Origin, Upstream};
use cliproxy_core::{Capabilities, Effort, Thinking};

const LOW: Effort = Effort::Low;
const MEDIUM: Effort = Effort::Medium;
const HIGH: Effort = Effort::High;
const XHIGH: Effort = Effort::Xhigh;
const MAX: Effort = Effort::Max;

/// A model that reasons in these levels, within this budget.
fn model(levels: &[Effort], budget: Option<(u32, u32)>) -> Capabilities {
    takes(Thinking {
        levels: levels.to_vec(),
        budget,
        ..Thinking::default()
    })
}

fn takes(thinking: Thinking) -> Capabilities {
    Capabilities {
        thinking: Some(thinking),
        ..Capabilities::default()
    }
}

/// Someone else's upstream, to which everything is fitted.
fn foreign(form: Form, model: Option<&Capabilities>) -> Upstream<'_> {
    Upstream {
        form,
        own: false,
        model,
    }
}

const ORIGINS: [Origin; 2] = [Origin::Suffix, Origin::Body];
