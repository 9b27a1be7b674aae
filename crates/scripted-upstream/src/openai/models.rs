//! What OpenAI's models take: the same request is fine for one and refused for another
//! (<https://developers.openai.com/api/docs/guides/reasoning>). Of a model that is not listed
//! nothing is refused.

use crate::inspect::{Checked, Node, each};

/// One family of models.
#[derive(Debug)]
pub(crate) struct Takes {
    prefix: &'static str,
    /// The efforts it knows; none at all is a model that does not reason.
    efforts: &'static [&'static str],
    /// Whether it takes a temperature and a `top_p` while no reasoning is asked for.
    samples: bool,
    /// Whether it takes `stop`.
    stops: bool,
    /// Whether Chat Completions lets it reason and call functions in the same request.
    reasons_with_tools: bool,
}

const fn plain(prefix: &'static str) -> Takes {
    Takes {
        prefix,
        efforts: &[],
        samples: true,
        stops: true,
        reasons_with_tools: true,
    }
}

const fn reasoning(prefix: &'static str, efforts: &'static [&'static str]) -> Takes {
    Takes {
        prefix,
        efforts,
        samples: false,
        stops: false,
        reasons_with_tools: true,
    }
}

const fn newer(prefix: &'static str, efforts: &'static [&'static str]) -> Takes {
    Takes {
        samples: true,
        stops: true,
        ..reasoning(prefix, efforts)
    }
}

const fn newest(prefix: &'static str, efforts: &'static [&'static str]) -> Takes {
    Takes {
        reasons_with_tools: false,
        ..newer(prefix, efforts)
    }
}

/// The first that begins a model's name is meant.
const MODELS: &[Takes] = &[
    plain("gpt-4o"),
    plain("gpt-4.1"),
    reasoning("o3", &["low", "medium", "high"]),
    reasoning("o4-mini", &["low", "medium", "high"]),
    newer("gpt-5.1", &["none", "low", "medium", "high"]),
    newer("gpt-5.2", &["none", "low", "medium", "high", "xhigh"]),
    newer("gpt-5.3", &["none", "low", "medium", "high", "xhigh"]),
    newest("gpt-5.4", &["none", "low", "medium", "high", "xhigh"]),
    newest("gpt-5.5", &["none", "low", "medium", "high", "xhigh"]),
    newest(
        "gpt-5.6",
        &["none", "low", "medium", "high", "xhigh", "max"],
    ),
    reasoning("gpt-5-", &["minimal", "low", "medium", "high"]),
];

const SAMPLING: &[&str] = &["temperature", "top_p"];

pub(crate) fn of(body: &Node<'_, '_>) -> Option<&'static Takes> {
    let model = body.value["model"].as_str()?;
    let mut models = MODELS.iter();
    models.find(|takes| format!("{model}-").starts_with(takes.prefix))
}

impl Takes {
    /// Checks a Chat Completions request.
    pub(crate) fn check_chat(&self, body: &Node<'_, '_>, has_tools: bool) -> Checked {
        self.check_sampling(body, body.find("reasoning_effort").as_ref())?;
        if !self.efforts.is_empty() {
            each(body, &["max_tokens"], |node| {
                Err(node.rule(
                    Some("unsupported_parameter"),
                    "Unsupported parameter: 'max_tokens' is not supported with this model. Use 'max_completion_tokens' instead.",
                ))
            })?;
        }
        if !self.stops {
            each(body, &["stop"], unsupported)?;
        }
        let reasons = body
            .find("reasoning_effort")
            .filter(|effort| effort.value != "none");
        match reasons {
            Some(effort) if has_tools && !self.reasons_with_tools => Err(effort.rule(
                None,
                "Function tools with reasoning_effort are not supported for this model in /v1/chat/completions. Please use /v1/responses instead.",
            )),
            _ => Ok(()),
        }
    }

    /// Checks a Responses request.
    pub(crate) fn check_responses(&self, body: &Node<'_, '_>) -> Checked {
        let reasoning = body.find("reasoning");
        let effort = reasoning.as_ref().and_then(|node| node.find("effort"));
        self.check_sampling(body, effort.as_ref())?;
        if !self.efforts.is_empty() {
            return Ok(());
        }
        if let Some(reasoning) = &reasoning {
            each(reasoning, &["summary", "generate_summary"], unsupported)?;
        }
        each(body, &["include"], |list| {
            for entry in list.elements()? {
                if entry.value == "reasoning.encrypted_content" {
                    return Err(
                        list.rule(None, "Encrypted content is not supported with this model.")
                    );
                }
            }
            Ok(())
        })
    }

    fn check_sampling(&self, body: &Node<'_, '_>, effort: Option<&Node<'_, '_>>) -> Checked {
        if let Some(effort) = effort {
            if self.efforts.is_empty() {
                return unsupported(effort);
            }
            effort.one_of(self.efforts)?;
        }
        let reasons = effort.is_some_and(|effort| effort.value != "none");
        if self.samples && (self.efforts.is_empty() || !reasons) {
            return Ok(());
        }
        each(body, SAMPLING, |node| {
            if node.value.as_f64() == Some(1.0) {
                return Ok(());
            }
            unsupported(node)
        })
    }
}

fn unsupported(node: &Node<'_, '_>) -> Checked {
    Err(node.rule(
        Some("unsupported_parameter"),
        "Unsupported parameter: it is not supported with this model.",
    ))
}
