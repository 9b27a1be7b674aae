//! What is known about a model, wherever it comes from.

use crate::ModelInfo;
use cliproxy_core::{Capabilities, ModelFacts, Thinking};
use std::{ops::Deref, sync::Arc};

/// What is known about a model.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Record {
    /// What the catalogue says.
    Catalogue(&'static ModelInfo),
    /// The same under what the operator says.
    Described(Arc<ModelInfo>),
}

impl Record {
    /// What the operator says counts, and what is not said is as the catalogue has it. `None` if neither
    /// says anything.
    pub(crate) fn of(known: Option<&'static ModelInfo>, facts: &ModelFacts) -> Option<Self> {
        if *facts == ModelFacts::default() {
            return known.map(Self::Catalogue);
        }
        let mut info = known.cloned().unwrap_or_default();
        info.context = facts.context.or(info.context);
        info.max_output = facts.max_output.or(info.max_output);
        let is_described =
            facts.thinking.is_some() || !facts.input.is_empty() || !facts.output.is_empty();
        if is_described {
            let known = info.capabilities.take();
            info.capabilities = Some(described(known, facts));
        }
        Some(Self::Described(Arc::new(info)))
    }
}

fn described(known: Option<Capabilities>, facts: &ModelFacts) -> Capabilities {
    let mut model = known.unwrap_or_else(|| Capabilities {
        unknown_thinking: true,
        ..Capabilities::default()
    });
    if let Some(said) = &facts.thinking {
        let before = model.thinking.take().unwrap_or_default();
        model.unknown_thinking = false;
        model.thinking = (*said != Thinking::default()).then(|| Thinking {
            // What a vendor shows by itself is no control.
            display_default: before.display_default,
            ..said.clone()
        });
    }
    if !facts.input.is_empty() {
        model.input.clone_from(&facts.input);
    }
    if !facts.output.is_empty() {
        model.output.clone_from(&facts.output);
    }
    model
}

impl Deref for Record {
    type Target = ModelInfo;

    fn deref(&self) -> &ModelInfo {
        match self {
            Self::Catalogue(info) => info,
            Self::Described(info) => info,
        }
    }
}
