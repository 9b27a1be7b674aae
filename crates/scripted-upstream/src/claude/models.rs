//! What Anthropic's models take: the same request is fine for one and refused for another
//! (<https://platform.claude.com/docs/en/about-claude/models/overview>). Of a model that is not
//! listed nothing is refused.

use crate::inspect::{Checked, Node, each};

/// One family of models.
#[derive(Debug)]
pub(super) struct Takes {
    prefix: &'static str,
    max_tokens: f64,
    /// Whether thinking may have a budget.
    manual: bool,
    /// The efforts it knows; without any it does not think adaptively either.
    efforts: &'static [&'static str],
    sampling: Sampling,
    /// Whether the conversation may end with the beginning of the answer.
    prefill: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Sampling {
    All,
    /// A temperature or a `top_p`.
    Either,
    None,
}

const fn manual(prefix: &'static str, max_tokens: f64, sampling: Sampling) -> Takes {
    Takes {
        prefix,
        max_tokens,
        manual: true,
        efforts: &[],
        sampling,
        prefill: true,
    }
}

const fn both(prefix: &'static str, max_tokens: f64) -> Takes {
    Takes {
        efforts: &["low", "medium", "high", "max"],
        prefill: false,
        ..manual(prefix, max_tokens, Sampling::Either)
    }
}

const fn adaptive(prefix: &'static str) -> Takes {
    Takes {
        manual: false,
        efforts: &["low", "medium", "high", "xhigh", "max"],
        sampling: Sampling::None,
        ..both(prefix, 128_000.0)
    }
}

/// The first that begins a model's name is meant.
const MODELS: &[Takes] = &[
    adaptive("claude-opus-4-7"),
    adaptive("claude-opus-4-8"),
    adaptive("claude-opus-5"),
    adaptive("claude-sonnet-5"),
    adaptive("claude-fable-5"),
    both("claude-opus-4-6", 128_000.0),
    both("claude-sonnet-4-6", 64_000.0),
    manual("claude-haiku-4-5", 64_000.0, Sampling::Either),
    manual("claude-sonnet-4-5", 64_000.0, Sampling::Either),
    manual("claude-opus-4-1", 32_000.0, Sampling::Either),
    manual("claude-sonnet-4-2", 64_000.0, Sampling::All),
    manual("claude-opus-4-2", 32_000.0, Sampling::All),
];

fn of(body: &Node<'_, '_>) -> Option<&'static Takes> {
    let model = body.value["model"].as_str()?;
    MODELS.iter().find(|takes| model.starts_with(takes.prefix))
}

/// Checks what the model takes of `body`, whose members are well-formed.
pub(super) fn check(body: &Node<'_, '_>) -> Checked {
    let Some(takes) = of(body) else {
        return Ok(());
    };
    takes.check_thinking(body)?;
    takes.check_sampling(body)?;
    each(body, &["max_tokens"], |node| {
        if node
            .value
            .as_f64()
            .is_some_and(|tokens| tokens > takes.max_tokens)
        {
            return Err(body.rule(
                None,
                format!(
                    "max_tokens: {} > {}, which is the maximum allowed number of output tokens for this model",
                    node.value, takes.max_tokens
                ),
            ));
        }
        Ok(())
    })?;
    let last = body.value["messages"]
        .as_array()
        .and_then(|list| list.last());
    if !takes.prefill && last.is_some_and(|message| message["role"] == "assistant") {
        return Err(body.rule(
            None,
            "This model does not support assistant message prefill. The conversation must end with a user message.",
        ));
    }
    Ok(())
}

impl Takes {
    fn check_thinking(&self, body: &Node<'_, '_>) -> Checked {
        let kind = &body.value["thinking"]["type"];
        if kind == "enabled" && !self.manual {
            return Err(body.rule(
                None,
                "\"thinking.type.enabled\" is not supported for this model. Use \"thinking.type.adaptive\" and \"output_config.effort\" to control thinking behavior.",
            ));
        }
        if kind == "adaptive" && self.efforts.is_empty() {
            return Err(body.rule(None, "adaptive thinking is not supported on this model"));
        }
        let config = body.find("output_config");
        let effort = config.as_ref().and_then(|config| config.find("effort"));
        match effort {
            None => Ok(()),
            Some(_) if self.efforts.is_empty() => {
                Err(body.rule(None, "This model does not support the effort parameter."))
            }
            Some(effort) => effort.one_of(self.efforts).map(drop),
        }
    }

    fn check_sampling(&self, body: &Node<'_, '_>) -> Checked {
        let (temperature, top_p) = (body.find("temperature"), body.find("top_p"));
        match self.sampling {
            Sampling::Either if temperature.is_some() && top_p.is_some() => Err(body.rule(
                None,
                "`temperature` and `top_p` cannot both be specified for this model. Please use only one.",
            )),
            Sampling::None => {
                let refused = |node: &Node<'_, '_>| Err(node.rule(None, "it is deprecated for this model."));
                each(body, &["temperature", "top_p"], |node| {
                    if node.value.as_f64() == Some(1.0) {
                        return Ok(());
                    }
                    refused(node)
                })?;
                each(body, &["top_k"], refused)
            }
            _ => Ok(()),
        }
    }
}
