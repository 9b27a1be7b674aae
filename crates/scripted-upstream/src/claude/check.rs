//! What Messages refuses, below the level of messages.

use super::{blocks, cache_marks, messages, models, tools};
use crate::{
    inspect::{Checked, Fault, Node, each},
    strict_schema,
};
use http::HeaderMap;

/// Members of both endpoints.
const SHARED: &[&str] = &[
    "cache_control",
    "messages",
    "model",
    "output_config",
    "speed",
    "system",
    "thinking",
    "tool_choice",
    "tools",
];

/// Members that only generation has.
const GENERATION: &[&str] = &[
    "container",
    "diagnostics",
    "inference_geo",
    "max_tokens",
    "metadata",
    "service_tier",
    "stop_sequences",
    "stream",
    "temperature",
    "top_k",
    "top_p",
];

/// Members that exist only for a request that names the beta, which any of these words finds.
const BETA: &[(&str, &str)] = &[
    ("compaction", "compact"),
    ("context_management", "context-management"),
    ("fallbacks", "fallback"),
    ("mcp_servers", "mcp-client"),
];

/// Keywords that Anthropic's constrained output does not take.
pub(super) const UNSUPPORTED: &[&str] = &[
    "exclusiveMaximum",
    "exclusiveMinimum",
    "maximum",
    "minimum",
    "maxLength",
    "minLength",
    "maxItems",
    "multipleOf",
    "oneOf",
    "uniqueItems",
];

pub(crate) fn generation(body: &Node<'_, '_>, headers: &HeaderMap) -> Checked {
    shared(body, headers, &[SHARED, GENERATION])?;
    let max_tokens = body.need("max_tokens")?.integer(1.0, 1e7)?;
    each(body, &["stream"], |node| node.flag().map(drop))?;
    each(body, &["temperature", "top_p"], |node| {
        node.number(0.0, 1.0).map(drop)
    })?;
    each(body, &["top_k"], |node| node.integer(0.0, 1e6).map(drop))?;
    each(body, &["service_tier"], |node| {
        node.one_of(&["auto", "standard_only"]).map(drop)
    })?;
    each(body, &["metadata"], |node| {
        node.only(&[&["user_id"]])?;
        each(node, &["user_id"], |id| id.text().map(drop))
    })?;
    each(body, &["stop_sequences"], |list| {
        for sequence in list.elements()? {
            if sequence.text()?.trim().is_empty() {
                return Err(sequence.rule(None, "each stop sequence must contain non-whitespace"));
            }
        }
        Ok(())
    })?;
    thinking_limits(body, max_tokens)
}

pub(crate) fn count(body: &Node<'_, '_>, headers: &HeaderMap) -> Checked {
    shared(body, headers, &[SHARED])
}

fn shared(body: &Node<'_, '_>, headers: &HeaderMap, members: &[&[&str]]) -> Checked {
    version(body, headers)?;
    let beta = headers
        .get_all("anthropic-beta")
        .iter()
        .filter_map(|value| value.to_str().ok())
        .collect::<Vec<_>>()
        .join(",");
    let enabled: Vec<&str> = BETA
        .iter()
        .filter(|(_, word)| beta.contains(word))
        .map(|(member, _)| *member)
        .collect();
    let mut known = members.to_vec();
    known.push(&enabled);
    body.only(&known)?;
    let model = body.need("model")?.filled_text()?;
    let system_turns = beta.contains("mid-conversation") || takes_system_turns(model);
    messages::check(&body.need("messages")?, system_turns)?;
    each(body, &["system"], |system| {
        if system.value.is_string() {
            return Ok(());
        }
        for block in system.elements()? {
            blocks::check(&block, &["text"])?;
        }
        Ok(())
    })?;
    tools::check(body)?;
    each(body, &["thinking"], thinking)?;
    each(body, &["output_config"], output)?;
    each(body, &["cache_control"], cache_marks::mark)?;
    cache_marks::check(body)?;
    messages::check_thinking_loop(body)?;
    models::check(body)
}

/// Every request names the API version it was written for.
fn version(body: &Node<'_, '_>, headers: &HeaderMap) -> Checked {
    let Some(version) = headers.get("anthropic-version") else {
        return Err(body.rule(None, "anthropic-version: header is required"));
    };
    let is_date = version.len() == 10
        && version
            .as_bytes()
            .iter()
            .enumerate()
            .all(|(at, byte)| match at {
                4 | 7 => *byte == b'-',
                _ => byte.is_ascii_digit(),
            });
    if is_date {
        Ok(())
    } else {
        Err(body.rule(None, "anthropic-version: not a valid version"))
    }
}

/// Models that take `system` messages in the middle of a conversation without a beta.
fn takes_system_turns(model: &str) -> bool {
    ["opus-4-8", "opus-4-9", "opus-5", "sonnet-5", "fable-5"]
        .iter()
        .any(|name| model.contains(name))
}

fn thinking(thinking: &Node<'_, '_>) -> Checked {
    let kind = thinking
        .need("type")?
        .one_of(&["enabled", "disabled", "adaptive"])?;
    each(thinking, &["display"], |node| {
        node.one_of(&["summarized", "omitted"]).map(drop)
    })?;
    match kind {
        "enabled" => {
            thinking.only(&[&["budget_tokens", "display", "type"]])?;
            thinking
                .need("budget_tokens")?
                .integer(1024.0, 1e7)
                .map(drop)
        }
        "adaptive" => thinking.only(&[&["display", "type"]]),
        _ => thinking.only(&[&["type"]]),
    }
}

/// What manual thinking rules out (<https://platform.claude.com/docs/en/build-with-claude/extended-thinking>).
fn thinking_limits(body: &Node<'_, '_>, max_tokens: f64) -> Checked {
    let Some(thinking) = body
        .find("thinking")
        .filter(|node| node.value["type"] != "disabled")
    else {
        return Ok(());
    };
    if thinking.value["budget_tokens"]
        .as_f64()
        .is_some_and(|budget| budget >= max_tokens)
    {
        return Err(body.rule(
            None,
            "`max_tokens` must be greater than `thinking.budget_tokens`. Please consult our documentation at https://platform.claude.com/docs/en/build-with-claude/extended-thinking#max-tokens-and-context-window-size",
        ));
    }
    if body
        .find("temperature")
        .is_some_and(|node| node.value.as_f64() != Some(1.0))
    {
        return Err(body.rule(
            None,
            "`temperature` may only be set to 1 when thinking is enabled or in adaptive mode.",
        ));
    }
    if body.find("top_k").is_some() {
        return Err(body.rule(
            None,
            "`top_k` must be unset when thinking is enabled or in adaptive mode.",
        ));
    }
    if body
        .find("top_p")
        .is_some_and(|node| node.value.as_f64().is_some_and(|top_p| top_p < 0.95))
    {
        return Err(body.rule(None, "`top_p` must be greater than or equal to 0.95 or unset when thinking is enabled or in adaptive mode."));
    }
    let forced = body
        .find("tool_choice")
        .is_some_and(|choice| choice.value["type"] == "any" || choice.value["type"] == "tool");
    if forced && thinking.value["type"] == "enabled" {
        return Err(body.rule(
            None,
            "Thinking may not be enabled when tool_choice forces tool use.",
        ));
    }
    Ok(())
}

fn output(config: &Node<'_, '_>) -> Checked {
    config.only(&[&["effort", "format", "task_budget"]])?;
    each(config, &["effort"], |node| {
        node.one_of(&["low", "medium", "high", "xhigh", "max"])
            .map(drop)
    })?;
    let Some(format) = config.find("format") else {
        return Ok(());
    };
    format.only(&[&["schema", "type"]])?;
    format.need("type")?.one_of(&["json_schema"])?;
    let schema = format.need("schema")?;
    schema.object()?;
    strict_schema::check_closed(schema.value).map_err(|reason| schema.rule(None, reason))?;
    match strict_schema::find_keyword(schema.value, UNSUPPORTED) {
        Some(keyword) => Err(schema.rule(None, format!("property '{keyword}' is not supported"))),
        None => Ok(()),
    }
}

/// An empty list where one element is needed, in Anthropic's words.
pub(super) fn at_least_one(node: &Node<'_, '_>, length: usize) -> Checked {
    if length == 0 {
        return Err(node.rule(None, "at least one message is required"));
    }
    if length > 100_000 {
        return Err(node.fault(Fault::Long {
            max: 100_000,
            got: length,
        }));
    }
    Ok(())
}
