//! What an entry says of one of its models.

use super::Resolver;
use crate::{
    raw::{RawLevel, RawModality, RawModel, RawThinking},
    tree::Spot,
};
use cliproxy_core::{Effort, Modality, ModelFacts, Thinking};

impl Resolver<'_> {
    pub(super) fn model_facts(&mut self, raw: &RawModel, spot: &Spot<'_>) -> ModelFacts {
        // Zero is how a limit is written that is not known.
        let limit = |given: Option<u32>| given.filter(|&tokens| tokens > 0).map(u64::from);
        let context = limit(raw.context).or_else(|| limit(raw.max_context_length));
        let max_output = limit(raw.max_output);
        if let (Some(context), Some(output)) = (context, max_output)
            && output > context
        {
            let message = "more than the model's `context`, which holds the output as well";
            self.report
                .warning(&spot.key("max-output"), message, "correct one of them");
        }
        let thinking = raw.thinking.as_ref();
        ModelFacts {
            context,
            max_output,
            thinking: thinking.map(|raw| self.thinking(raw, &spot.key("thinking"))),
            input: modalities(&raw.input_modalities),
            output: modalities(&raw.output_modalities),
        }
    }

    fn thinking(&mut self, raw: &RawThinking, spot: &Spot<'_>) -> Thinking {
        let given = || raw.levels.iter().flatten();
        let mut levels: Vec<Effort> = given().filter_map(|&level| effort(level)).collect();
        levels.sort_unstable();
        levels.dedup();
        let can = |level: RawLevel, said: Option<bool>| {
            said.unwrap_or(false) || given().any(|&given| given == level)
        };
        Thinking {
            levels,
            budget: self.budget(raw, spot),
            can_off: can(RawLevel::None, raw.zero_allowed),
            none_level: given().any(|&level| level == RawLevel::None),
            can_auto: can(RawLevel::Auto, raw.dynamic_allowed),
            ..Thinking::default()
        }
    }

    fn budget(&mut self, raw: &RawThinking, spot: &Spot<'_>) -> Option<(u32, u32)> {
        let min = raw.min.unwrap_or(0);
        let Some(max) = raw.max.filter(|&max| max > 0) else {
            if min > 0 {
                let message = "a smallest budget without a largest";
                self.report
                    .error(&spot.key("min"), message, "add `max`, or remove it");
            }
            return None;
        };
        if min > max {
            let message = "more than `max`";
            self.report
                .error(&spot.key("min"), message, "correct one of them");
        }
        Some((min, max))
    }
}

fn modalities(given: &[Option<RawModality>]) -> Vec<Modality> {
    let mut found = Vec::with_capacity(given.len());
    for modality in given.iter().flatten().map(|&raw| modality(raw)) {
        if !found.contains(&modality) {
            found.push(modality);
        }
    }
    found
}

const fn modality(raw: RawModality) -> Modality {
    match raw {
        RawModality::Text => Modality::Text,
        RawModality::Image => Modality::Image,
        RawModality::Audio => Modality::Audio,
        RawModality::Video => Modality::Video,
    }
}

const fn effort(raw: RawLevel) -> Option<Effort> {
    match raw {
        RawLevel::None | RawLevel::Auto => None,
        RawLevel::Minimal => Some(Effort::Minimal),
        RawLevel::Low => Some(Effort::Low),
        RawLevel::Medium => Some(Effort::Medium),
        RawLevel::High => Some(Effort::High),
        RawLevel::Xhigh => Some(Effort::Xhigh),
        RawLevel::Max => Some(Effort::Max),
    }
}
