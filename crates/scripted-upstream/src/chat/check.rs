//! What Chat Completions refuses, below the level of messages.

use super::{messages, read, vendor};
use crate::{
    inspect::{Checked, Fault, Node, each},
    openai::{limits, models, tools},
};

const MEMBERS: &[&str] = &[
    "audio",
    "frequency_penalty",
    "function_call",
    "functions",
    "logit_bias",
    "logprobs",
    "max_completion_tokens",
    "max_tokens",
    "messages",
    "metadata",
    "modalities",
    "model",
    "moderation",
    "n",
    "parallel_tool_calls",
    "prediction",
    "presence_penalty",
    "prompt_cache_key",
    "prompt_cache_options",
    "prompt_cache_retention",
    "reasoning_effort",
    "response_format",
    "safety_identifier",
    "seed",
    "service_tier",
    "stop",
    "store",
    "stream",
    "stream_options",
    "temperature",
    "tool_choice",
    "tools",
    "top_logprobs",
    "top_p",
    "user",
    "verbosity",
    "web_search_options",
];

/// Choices a request may ask for.
const CHOICES: f64 = 8.0;

pub(crate) fn request(body: &Node<'_, '_>) -> Checked {
    body.only(&[MEMBERS, vendor::members(vendor::model(body.value))])?;
    body.need("model")?.filled_text()?;
    messages::check(&body.need("messages")?)?;
    vendor::check(body)?;
    limits::check(body)?;
    each(body, &["frequency_penalty", "presence_penalty"], |node| {
        node.number(-2.0, 2.0).map(drop)
    })?;
    each(body, &["n"], |node| node.integer(1.0, CHOICES).map(drop))?;
    each(body, &["logprobs"], |node| node.flag().map(drop))?;
    each(body, &["seed"], |node| {
        node.integer(-9.3e18, 9.3e18).map(drop)
    })?;
    each(body, &["max_tokens", "max_completion_tokens"], |node| {
        node.integer(1.0, 1e7).map(drop)
    })?;
    if let (Some(_), Some(old)) = (body.find("max_completion_tokens"), body.find("max_tokens")) {
        return Err(old.rule(
            Some("invalid_parameter_combination"),
            "Setting 'max_tokens' and 'max_completion_tokens' at the same time is not supported.",
        ));
    }
    each(body, &["reasoning_effort"], |node| {
        node.one_of(limits::EFFORTS).map(drop)
    })?;
    each(body, &["verbosity"], |node| {
        node.one_of(&["low", "medium", "high"]).map(drop)
    })?;
    each(body, &["stream_options"], |node| {
        node.only(&[&["include_obfuscation", "include_usage"]])?;
        each(node, &["include_obfuscation", "include_usage"], |flag| {
            flag.flag().map(drop)
        })
    })?;
    each(body, &["stop"], stop)?;
    each(body, &["top_logprobs"], |node| {
        if body.value["logprobs"] == true {
            return Ok(());
        }
        Err(node.rule(
            None,
            "The 'top_logprobs' parameter is only allowed when 'logprobs' is enabled.",
        ))
    })?;
    tools(body)?;
    format(body)?;
    models::of(body).map_or(Ok(()), |model| {
        model.check_chat(body, limits::has_tools(body))
    })
}

fn stop(stop: &Node<'_, '_>) -> Checked {
    if stop.value.is_string() {
        return Ok(());
    }
    let sequences = stop.elements()?;
    let got = sequences.len();
    if got > 4 {
        return Err(stop.fault(Fault::Long { max: 4, got }));
    }
    for sequence in sequences {
        sequence.text()?;
    }
    Ok(())
}

fn tools(body: &Node<'_, '_>) -> Checked {
    if let Some(list) = body.find("tools") {
        for tool in list.elements()? {
            let kind = tool.need("type")?.one_of(&["function", "custom"])?;
            tool.only(&[&["type", kind]])?;
            let definition = tool.need(kind)?;
            if kind == "function" {
                definition.only(&[&["description", "name", "parameters", "strict"]])?;
                tools::check_function(&definition)?;
            } else {
                definition.only(&[&["description", "format", "name"]])?;
                tools::check_custom(&definition)?;
            }
        }
    }
    if let Some(list) = body.find("functions") {
        for function in list.elements()? {
            function.only(&[&["description", "name", "parameters"]])?;
            tools::check_function(&function)?;
        }
    }
    if !limits::has_tools(body) {
        for name in ["tool_choice", "parallel_tool_calls"] {
            if let Some(member) = body.find(name) {
                return Err(member.rule(
                    None,
                    format!("Invalid value for '{name}': '{name}' is only allowed when 'tools' are specified."),
                ));
            }
        }
    }
    match body.find("tool_choice") {
        Some(choice) => tools::check_choice(&choice, &read::tools(body.value)),
        None => Ok(()),
    }
}

fn format(body: &Node<'_, '_>) -> Checked {
    let Some(format) = body.find("response_format") else {
        return Ok(());
    };
    match format
        .need("type")?
        .one_of(&["text", "json_object", "json_schema"])?
    {
        "json_object" => limits::check_json_word(&format, &body.need("messages")?, "messages"),
        "json_schema" => {
            let schema = format.need("json_schema")?;
            schema.only(&[&["description", "name", "schema", "strict"]])?;
            limits::check_schema_format(&schema)
        }
        _ => Ok(()),
    }
}
