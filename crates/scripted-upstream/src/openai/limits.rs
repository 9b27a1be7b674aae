//! The ranges and formats of members that Chat Completions and Responses share.

use crate::inspect::{Checked, Fault, Node, each, is_plain_name};
use base64::{Engine as _, engine::general_purpose::STANDARD};

pub(crate) const EFFORTS: &[&str] = &["none", "minimal", "low", "medium", "high", "xhigh", "max"];
/// Tools a request may declare.
const TOOLS: usize = 128;
const TIERS: &[&str] = &["auto", "default", "flex", "scale", "priority", "fast"];

/// Sampling, tiers, identity and cache members, which mean the same in both protocols.
pub(crate) fn check(body: &Node<'_, '_>) -> Checked {
    each(body, &["temperature"], |node| {
        node.number(0.0, 2.0).map(drop)
    })?;
    each(body, &["top_p"], |node| node.number(0.0, 1.0).map(drop))?;
    each(body, &["top_logprobs"], |node| {
        node.integer(0.0, 20.0).map(drop)
    })?;
    each(body, &["store", "stream", "parallel_tool_calls"], |node| {
        node.flag().map(drop)
    })?;
    each(body, &["service_tier"], |node| node.one_of(TIERS).map(drop))?;
    each(body, &["user"], |node| node.text().map(drop))?;
    each(body, &["prompt_cache_key", "safety_identifier"], |node| {
        let text = node.text()?;
        if text.len() > 64 {
            return Err(node.rule(
                Some("string_above_max_length"),
                format!(
                    "Invalid string: string too long. Expected a string with maximum length 64, but got a string with length {} instead.",
                    text.len()
                ),
            ));
        }
        Ok(())
    })?;
    each(body, &["tools"], |list| {
        let got = list.elements()?.len();
        if got > TOOLS {
            return Err(list.fault(Fault::Long { max: TOOLS, got }));
        }
        Ok(())
    })?;
    each(body, &["metadata"], |node| {
        for (name, value) in node.object()? {
            if !value.is_string() {
                return Err(node.rule(
                    Some("invalid_type"),
                    format!("Invalid type for 'metadata.{name}': expected a string."),
                ));
            }
        }
        Ok(())
    })?;
    if let Some(options) = body.find("stream_options") {
        let streams = body
            .find("stream")
            .is_some_and(|stream| stream.value == true);
        if !streams {
            return Err(options.rule(
                None,
                "The 'stream_options' parameter is only allowed when 'stream' is enabled.",
            ));
        }
    }
    Ok(())
}

/// Whether a request declares any tool.
pub(crate) fn has_tools(body: &Node<'_, '_>) -> bool {
    body.find("tools")
        .is_some_and(|tools| tools.value.as_array().is_some_and(|list| !list.is_empty()))
}

/// The named schema of a structured output, whatever object it stands in.
pub(crate) fn check_schema_format(format: &Node<'_, '_>) -> Checked {
    let name = format.need("name")?;
    if !is_plain_name(name.text()?, 64) {
        return Err(bad_name(&name));
    }
    each(format, &["description"], |node| node.text().map(drop))?;
    each(format, &["strict"], |node| node.flag().map(drop))?;
    let schema = format.need("schema")?;
    schema.object()?;
    if format
        .find("strict")
        .is_some_and(|strict| strict.value == true)
    {
        crate::strict_schema::check(schema.value).map_err(|reason| {
            schema.rule(
                Some("invalid_schema"),
                format!("Invalid schema for response_format: {reason}."),
            )
        })?;
    }
    Ok(())
}

/// The name of a function in the conversation so far.
pub(crate) fn check_called(name: &Node<'_, '_>) -> Checked {
    if is_plain_name(name.filled_text()?, 128) {
        return Ok(());
    }
    Err(bad_name(name))
}

/// Where an image is: at an address, or in a data URL.
pub(crate) fn check_image_url(url: &Node<'_, '_>) -> Checked {
    let text = url.text()?;
    let inline = text
        .strip_prefix("data:image/")
        .and_then(|rest| rest.split_once(";base64,"));
    let whole = inline.is_some_and(|(_, data)| !data.is_empty() && STANDARD.decode(data).is_ok());
    if whole || text.starts_with("http://") || text.starts_with("https://") {
        return Ok(());
    }
    Err(url.rule(
        Some("invalid_image_url"),
        "Invalid image URL: expected a base64-encoded data URL with an image MIME type, or an http(s) URL.",
    ))
}

/// A file's data, which says what it is.
pub(crate) fn check_file_data(data: &Node<'_, '_>) -> Checked {
    let inline = data
        .text()?
        .strip_prefix("data:")
        .and_then(|rest| rest.split_once(";base64,"));
    if inline.is_some_and(|(_, data)| STANDARD.decode(data).is_ok()) {
        return Ok(());
    }
    Err(data.rule(
        Some("invalid_value"),
        "Invalid file data: expected a base64-encoded data URL with a MIME type.",
    ))
}

pub(crate) fn bad_name(name: &Node<'_, '_>) -> crate::inspect::Problem {
    name.rule(
        Some("invalid_value"),
        "Invalid name: string does not match pattern. Expected a string that matches the pattern '^[a-zA-Z0-9_-]+$'.",
    )
}

/// `json_object` output is refused unless the prompt asks for JSON: the model would otherwise
/// produce white space without end.
pub(crate) fn check_json_word(format: &Node<'_, '_>, prompt: &Node<'_, '_>, name: &str) -> Checked {
    let spoken = prompt.value.to_string();
    if spoken
        .as_bytes()
        .windows(4)
        .any(|word| word.eq_ignore_ascii_case(b"json"))
    {
        return Ok(());
    }
    Err(format.rule(
        None,
        format!("'{name}' must contain the word 'json' in some form, to use 'json_object' as output format."),
    ))
}
