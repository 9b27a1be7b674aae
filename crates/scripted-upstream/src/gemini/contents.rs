//! What `generateContent` refuses in `contents`: roles, parts, and calls without responses.

use crate::{
    inspect::{Checked, Fault, Node, each},
    seal::Seal,
};
use base64::{
    Engine as _, alphabet,
    engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig},
};
use serde_json::Value;

/// What a part may be; exactly one of them.
const KINDS: &[&str] = &[
    "codeExecutionResult",
    "executableCode",
    "fileData",
    "functionCall",
    "functionResponse",
    "inlineData",
    "text",
    "toolCall",
    "toolResponse",
];

/// What a part may say besides.
const BESIDES: &[&str] = &[
    "mediaResolution",
    "partMetadata",
    "thought",
    "thoughtSignature",
    "videoMetadata",
];

/// Signatures that mean "do not validate" (<https://ai.google.dev/gemini-api/docs/thought-signatures>).
const BYPASS: &[&str] = &[
    "skip_thought_signature_validator",
    "context_engineering_is_the_way_to_go",
];

const BASE64: GeneralPurposeConfig =
    GeneralPurposeConfig::new().with_decode_padding_mode(DecodePaddingMode::Indifferent);

pub(super) fn check(contents: &Node<'_, '_>, model: &str) -> Checked {
    let list: Vec<Node<'_, '_>> = contents.elements()?.collect();
    if list.is_empty() {
        return Err(contents.rule(
            None,
            "* GenerateContentRequest.contents: contents is not specified\n",
        ));
    }
    for content in &list {
        check_content(content)?;
    }
    if role(&list[0]) == "model" {
        return Err(contents.rule(
            None,
            "Please ensure that the conversation starts with a user turn.",
        ));
    }
    for (index, content) in list.iter().enumerate() {
        let before = index.checked_sub(1).and_then(|at| list.get(at));
        paired(content, before)?;
        if !calls(content).is_empty() && before.is_some_and(|before| role(before) == "model") {
            return Err(content.rule(
                None,
                "Please ensure that function call turn comes immediately after a user turn or after a function response turn.",
            ));
        }
        let after = list.get(index + 1);
        if !calls(content).is_empty() && after.is_none_or(|next| responses(next).is_empty()) {
            return Err(contents.rule(
                None,
                "Please ensure that function response turn comes immediately after a function call turn.",
            ));
        }
    }
    if model.starts_with("gemini-3") {
        signed(&list)?;
    }
    Ok(())
}

fn check_content(content: &Node<'_, '_>) -> Checked {
    content.only(&[&["parts", "role"]])?;
    if let Some(role) = content.find("role")
        && !["user", "model", "function", "tool"].contains(&role.text()?)
    {
        return Err(role.rule(None, "Please use a valid role: user, model."));
    }
    let parts = content.need("parts")?;
    let list = parts.elements()?;
    if list.len() == 0 {
        return Err(parts.fault(Fault::Empty));
    }
    for part in list {
        check_part(&part)?;
    }
    Ok(())
}

fn check_part(part: &Node<'_, '_>) -> Checked {
    part.only(&[KINDS, BESIDES])?;
    let kinds: Vec<&str> = KINDS
        .iter()
        .copied()
        .filter(|kind| part.find(kind).is_some())
        .collect();
    let [kind] = kinds.as_slice() else {
        return Err(part.rule(
            None,
            "required oneof field 'data' must have one initialized field",
        ));
    };
    each(part, &["thought"], |node| node.flag().map(drop))?;
    each(part, &["thoughtSignature"], signature)?;
    let value = part.need(kind)?;
    match *kind {
        "text" => {
            let bare = ["thought", "thoughtSignature"]
                .iter()
                .all(|name| part.find(name).is_none());
            if value.text()?.is_empty() && bare {
                return Err(value.rule(
                    None,
                    "Unable to submit request because it has an empty text parameter. Add a value to the parameter and try again.",
                ));
            }
            Ok(())
        }
        "inlineData" => {
            value.only(&[&["data", "displayName", "mimeType"]])?;
            value.need("mimeType")?.filled_text()?;
            bytes(&value.need("data")?).map(drop)
        }
        "fileData" => {
            value.only(&[&["displayName", "fileUri", "mimeType"]])?;
            value.need("fileUri")?.filled_text().map(drop)
        }
        "functionCall" => {
            value.only(&[&["args", "id", "name"]])?;
            value.need("name")?.filled_text()?;
            each(&value, &["args"], |args| args.object().map(drop))
        }
        "functionResponse" => {
            value.only(&[&[
                "id",
                "name",
                "parts",
                "response",
                "scheduling",
                "willContinue",
            ]])?;
            value.need("name")?.filled_text()?;
            value.need("response")?.object().map(drop)
        }
        _ => value.object().map(drop),
    }
}

/// Either alphabet, with or without padding, as Google's own decoder.
fn bytes(node: &Node<'_, '_>) -> Checked<Vec<u8>> {
    let text = node.text()?;
    let standard = GeneralPurpose::new(&alphabet::STANDARD, BASE64).decode(text);
    standard
        .or_else(|_| GeneralPurpose::new(&alphabet::URL_SAFE, BASE64).decode(text))
        .map_err(|_| node.rule(None, "Invalid value (TYPE_BYTES): Base64 decoding failed"))
}

/// A thought signature must be one of ours, unchanged but for its alphabet.
fn signature(node: &Node<'_, '_>) -> Checked {
    let text = node.text()?;
    if BYPASS.contains(&text) {
        return Ok(());
    }
    let decoded = bytes(node)?;
    let plain = text.trim_end_matches('=');
    if Seal::Thought.verify(plain, "", None) || BYPASS.iter().any(|word| word.as_bytes() == decoded)
    {
        Ok(())
    } else {
        Err(node.rule(None, "Corrupted thought signature."))
    }
}

/// A turn of responses answers exactly the calls of the turn before, in number and by name.
fn paired(content: &Node<'_, '_>, before: Option<&Node<'_, '_>>) -> Checked {
    let answers = responses(content);
    if answers.is_empty() {
        return Ok(());
    }
    let asked = before.map(calls).unwrap_or_default();
    if answers.len() != asked.len() {
        return Err(content.rule(
            None,
            "Please ensure that the number of function response parts is equal to the number of function call parts of the function call turn.",
        ));
    }
    if let Some(name) = answers.iter().find(|name| !asked.contains(name)) {
        return Err(content.rule(
            None,
            format!("Please ensure that function response '{name}' answers a function call of the turn before."),
        ));
    }
    let asked = before
        .map(|before| ids(before.value, "functionCall"))
        .unwrap_or_default();
    let answers = ids(content.value, "functionResponse");
    if let Some(id) = answers
        .iter()
        .find(|id| !asked.is_empty() && !asked.contains(id))
    {
        return Err(content.rule(
            None,
            format!("Please ensure that function response with id '{id}' answers a function call of the turn before."),
        ));
    }
    Ok(())
}

/// From Gemini 3 on, the first call of each step since the user last spoke must bring its signature.
fn signed(list: &[Node<'_, '_>]) -> Checked {
    let spoke = |content: &Node<'_, '_>| {
        role(content) != "model" && responses(content).is_empty() && has_text(content)
    };
    let start = list.iter().rposition(spoke).unwrap_or(0);
    for content in &list[start..] {
        let first = parts(content.value)
            .iter()
            .find(|part| part.get("functionCall").is_some());
        if let Some(call) = first.filter(|part| part["thoughtSignature"].is_null()) {
            let name = call["functionCall"]["name"].as_str().unwrap_or_default();
            return Err(content.rule(
                None,
                format!("Function call is missing a thought_signature in functionCall parts. This is required for tools to work correctly. Function call `default_api:{name}`."),
            ));
        }
    }
    Ok(())
}

fn role<'v>(content: &Node<'_, 'v>) -> &'v str {
    content.value["role"].as_str().unwrap_or("user")
}

fn has_text(content: &Node<'_, '_>) -> bool {
    parts(content.value)
        .iter()
        .any(|part| part["text"].is_string())
}

fn calls<'v>(content: &Node<'_, 'v>) -> Vec<&'v str> {
    names(content.value, "functionCall")
}

fn responses<'v>(content: &Node<'_, 'v>) -> Vec<&'v str> {
    names(content.value, "functionResponse")
}

fn names<'v>(content: &'v Value, kind: &str) -> Vec<&'v str> {
    let named = parts(content).iter().filter_map(|part| part.get(kind));
    named
        .map(|value| value["name"].as_str().unwrap_or_default())
        .collect()
}

fn ids<'v>(content: &'v Value, kind: &str) -> Vec<&'v str> {
    let named = parts(content).iter().filter_map(|part| part.get(kind));
    named.filter_map(|value| value["id"].as_str()).collect()
}

fn parts(content: &Value) -> &[Value] {
    content["parts"].as_array().map_or(&[], Vec::as_slice)
}
