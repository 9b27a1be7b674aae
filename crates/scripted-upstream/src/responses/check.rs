//! What Responses refuses, below the level of input items.

use super::{items, read};
use crate::{
    inspect::{Checked, Node, each},
    openai::{limits, models, tools},
};

/// Members of generation and of token counting.
const SHARED: &[&str] = &[
    "conversation",
    "input",
    "instructions",
    "model",
    "parallel_tool_calls",
    "previous_response_id",
    "reasoning",
    "text",
    "tool_choice",
    "tools",
    "truncation",
];

/// Members that only generation has.
const GENERATION: &[&str] = &[
    "background",
    "client_metadata",
    "context_management",
    "include",
    "max_output_tokens",
    "max_tool_calls",
    "metadata",
    "moderation",
    "prompt",
    "prompt_cache_key",
    "prompt_cache_options",
    "prompt_cache_retention",
    "safety_identifier",
    "service_tier",
    "store",
    "stream",
    "stream_options",
    "temperature",
    "top_logprobs",
    "top_p",
    "user",
];

const INCLUDE: &[&str] = &[
    "code_interpreter_call.outputs",
    "computer_call_output.output.image_url",
    "file_search_call.results",
    "message.input_image.image_url",
    "message.output_text.logprobs",
    "reasoning.encrypted_content",
    "web_search_call.action.sources",
    "web_search_call.results",
];

/// Tools that OpenAI runs or describes itself.
const HOSTED: &[&str] = &[
    "apply_patch",
    "code_interpreter",
    "computer",
    "computer_use_preview",
    "file_search",
    "image_generation",
    "local_shell",
    "mcp",
    "shell",
    "tool_search",
    "web_search",
    "web_search_2025_08_26",
    "web_search_preview",
    "web_search_preview_2025_03_11",
];

pub(super) fn generation(body: &Node<'_, '_>) -> Checked {
    body.only(&[SHARED, GENERATION])?;
    shared(body)?;
    limits::check(body)?;
    each(body, &["max_output_tokens"], |node| {
        node.integer(16.0, 1e7).map(drop)
    })?;
    each(body, &["max_tool_calls"], |node| {
        node.integer(1.0, 1e6).map(drop)
    })?;
    each(body, &["stream_options"], |node| {
        node.only(&[&["include_obfuscation", "reasoning_summary_delivery"]])
    })?;
    each(body, &["include"], |list| {
        for entry in list.elements()? {
            entry.one_of(INCLUDE)?;
        }
        Ok(())
    })?;
    if let Some(model) = models::of(body) {
        model.check_responses(body)?;
    }
    each(body, &["background"], |node| {
        if node.flag()? {
            return Err(node.rule(
                Some("unsupported_parameter"),
                "Background mode is not supported with this model.",
            ));
        }
        Ok(())
    })
}

pub(super) fn count(body: &Node<'_, '_>) -> Checked {
    body.only(&[SHARED])?;
    shared(body)
}

fn shared(body: &Node<'_, '_>) -> Checked {
    body.need("model")?.filled_text()?;
    let previous = body.find("previous_response_id");
    if let (Some(previous), Some(_)) = (previous, body.find("conversation")) {
        return Err(previous.rule(
            Some("mutually_exclusive_parameters"),
            "Mutually exclusive parameters: 'previous_response_id' and 'conversation'. Ensure you are only providing one of them.",
        ));
    }
    match body.find("input") {
        Some(input) => items::check(&input)?,
        None if body.find("prompt").is_some() => {}
        None => body.need("input").map(drop)?,
    }
    each(body, &["truncation"], |node| {
        node.one_of(&["auto", "disabled"]).map(drop)
    })?;
    each(body, &["instructions"], |node| {
        if node.value.is_array() {
            items::check(node)
        } else {
            node.text().map(drop)
        }
    })?;
    each(body, &["reasoning"], reasoning)?;
    each(body, &["text"], |text| {
        text.only(&[&["format", "verbosity"]])?;
        each(text, &["verbosity"], |node| {
            node.one_of(&["low", "medium", "high"]).map(drop)
        })?;
        each(text, &["format"], |format| check_format(format, body))
    })?;
    check_tools(body)
}

fn reasoning(reasoning: &Node<'_, '_>) -> Checked {
    reasoning.only(&[&["context", "effort", "generate_summary", "mode", "summary"]])?;
    each(reasoning, &["effort"], |node| {
        node.one_of(limits::EFFORTS).map(drop)
    })?;
    each(reasoning, &["generate_summary", "summary"], |node| {
        node.one_of(&["auto", "concise", "detailed"]).map(drop)
    })
}

fn check_format(format: &Node<'_, '_>, body: &Node<'_, '_>) -> Checked {
    match format
        .need("type")?
        .one_of(&["text", "json_object", "json_schema"])?
    {
        "json_object" => limits::check_json_word(format, &body.need("input")?, "input"),
        "json_schema" => {
            format.only(&[&["description", "name", "schema", "strict", "type"]])?;
            limits::check_schema_format(format)
        }
        _ => Ok(()),
    }
}

fn check_tools(body: &Node<'_, '_>) -> Checked {
    if let Some(list) = body.find("tools") {
        for tool in list.elements()? {
            check_tool(&tool)?;
        }
    }
    let Some(choice) = body.find("tool_choice") else {
        return Ok(());
    };
    if !limits::has_tools(body) && choice.value != "auto" && choice.value != "none" {
        return Err(choice.rule(
            None,
            "Tool choice must be specified with 'tools' parameter.",
        ));
    }
    tools::check_choice(&choice, &read::tools(body.value))
}

fn check_tool(tool: &Node<'_, '_>) -> Checked {
    let kind = tool.need("type")?;
    match kind.text()? {
        "function" => {
            tool.only(&[&[
                "allowed_callers",
                "defer_loading",
                "description",
                "name",
                "output_schema",
                "parameters",
                "strict",
                "type",
            ]])?;
            tools::check_function(tool)
        }
        "custom" => {
            tool.only(&[&[
                "allowed_callers",
                "defer_loading",
                "description",
                "format",
                "name",
                "type",
            ]])?;
            tools::check_custom(tool)
        }
        "namespace" => {
            tool.only(&[&["description", "name", "tools", "type"]])?;
            tool.need("name")?.filled_text()?;
            for nested in tool.need("tools")?.elements()? {
                check_tool(&nested)?;
            }
            Ok(())
        }
        hosted if HOSTED.contains(&hosted) => Ok(()),
        _ => kind.one_of(HOSTED).map(drop),
    }
}
