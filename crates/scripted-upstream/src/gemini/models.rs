//! What Google's models take: the same request is fine for one and refused for another
//! (<https://ai.google.dev/gemini-api/docs/thinking>). Of a model that is not listed nothing is
//! refused.

use crate::inspect::{Checked, Node, each};
use serde_json::Value;

/// One family of models.
#[derive(Debug)]
struct Takes {
    prefix: &'static str,
    /// The levels of thinking it knows.
    levels: &'static [&'static str],
    /// The smallest and the largest budget, besides -1.
    budget: (f64, f64),
    /// Whether functions go together with search, with a schema of the answer, and with images in
    /// their responses.
    combines: bool,
}

const fn older(prefix: &'static str, budget: (f64, f64)) -> Takes {
    Takes {
        prefix,
        levels: &[],
        budget,
        combines: false,
    }
}

const fn newer(prefix: &'static str, levels: &'static [&'static str]) -> Takes {
    Takes {
        prefix,
        levels,
        budget: (128.0, 32_768.0),
        combines: true,
    }
}

/// The first that begins a model's name is meant.
const MODELS: &[Takes] = &[
    older("gemini-2.5-pro", (128.0, 32_768.0)),
    older("gemini-2.5-flash", (0.0, 24_576.0)),
    newer("gemini-3-pro", &["low", "high"]),
    newer("gemini-3.1-pro", &["low", "medium", "high"]),
    newer("gemini-3-flash", &["minimal", "low", "medium", "high"]),
];

/// Checks what the model takes of `body`, whose members are well-formed.
pub(super) fn check(body: &Node<'_, '_>, model: &str) -> Checked {
    let mut models = MODELS.iter();
    let Some(takes) = models.find(|takes| model.starts_with(takes.prefix)) else {
        return Ok(());
    };
    each(body, &["generationConfig"], |config| {
        each(config, &["thinkingConfig"], |thinking| {
            takes.check_thinking(thinking)
        })
    })?;
    if takes.combines {
        return Ok(());
    }
    let tools = body.value["tools"]
        .as_array()
        .map_or(&[][..], Vec::as_slice);
    let has = |member: &str| tools.iter().any(|tool| tool.get(member).is_some());
    if !has("functionDeclarations") {
        return check_responses(body);
    }
    if ["googleSearch", "codeExecution", "urlContext"]
        .into_iter()
        .any(has)
    {
        return Err(body.rule(None, "Tool use with function calling is unsupported"));
    }
    if body.value["generationConfig"]["responseMimeType"] == "application/json" {
        return Err(body.rule(
            None,
            "Function calling with a response mime type: 'application/json' is unsupported",
        ));
    }
    check_responses(body)
}

/// Images inside responses came with Gemini 3.
fn check_responses(body: &Node<'_, '_>) -> Checked {
    let list = |value: &Value| value.as_array().cloned().unwrap_or_default();
    let mut parts = list(&body.value["contents"])
        .into_iter()
        .flat_map(|content| list(&content["parts"]));
    if parts.any(|part| part["functionResponse"].get("parts").is_some()) {
        return Err(body.rule(
            None,
            "Multimodal function responses are not supported by this model.",
        ));
    }
    Ok(())
}

impl Takes {
    fn check_thinking(&self, thinking: &Node<'_, '_>) -> Checked {
        each(thinking, &["thinkingLevel"], |level| {
            let name = level.text()?;
            if self.levels.is_empty() {
                return Err(level.rule(None, "Thinking level is not supported for this model."));
            }
            if !self
                .levels
                .iter()
                .any(|known| known.eq_ignore_ascii_case(name))
            {
                let message = format!("Thinking level {name} is not supported for this model.");
                return Err(level.rule(None, message));
            }
            Ok(())
        })?;
        each(thinking, &["thinkingBudget"], |budget| {
            let (least, most) = self.budget;
            let tokens = budget.value.as_f64().unwrap_or_default();
            if tokens == 0.0 && least > 0.0 {
                return Err(budget.rule(
                    None,
                    "Budget 0 is invalid. This model only works in thinking mode.",
                ));
            }
            if tokens < 0.0 || (least..=most).contains(&tokens) {
                return Ok(());
            }
            Err(budget.rule(
                None,
                format!("The thinking budget {tokens} is invalid. Please choose a value between {least} and {most}."),
            ))
        })
    }
}
