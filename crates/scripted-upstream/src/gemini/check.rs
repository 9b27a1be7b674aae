//! What `generateContent` refuses, below the level of contents and tools.

use super::{contents, declarations, models};
use crate::{
    inspect::{Checked, Fault, Node, each},
    schema_shape,
};

const MEMBERS: &[&str] = &[
    "cachedContent",
    "contents",
    "generationConfig",
    "labels",
    "model",
    "safetySettings",
    "serviceTier",
    "store",
    "systemInstruction",
    "toolConfig",
    "tools",
];

const CONFIG: &[&str] = &[
    "_responseJsonSchema",
    "audioTimestamp",
    "audioTranscriptionConfig",
    "candidateCount",
    "enableAffectiveDialog",
    "enableEnhancedCivicAnswers",
    "frequencyPenalty",
    "imageConfig",
    "logprobs",
    "maxOutputTokens",
    "mediaResolution",
    "modelSelectionConfig",
    "presencePenalty",
    "responseFormat",
    "responseJsonSchema",
    "responseLogprobs",
    "responseMimeType",
    "responseModalities",
    "responseSchema",
    "routingConfig",
    "seed",
    "speechConfig",
    "stopSequences",
    "temperature",
    "thinkingConfig",
    "topK",
    "topP",
    "translationConfig",
];

/// Output tokens of the largest model.
const MAX_OUTPUT: f64 = 65_536.0;

pub(super) fn generation(body: &Node<'_, '_>, model: &str) -> Checked {
    body.only(&[MEMBERS])?;
    contents::check(&body.need("contents")?, model)?;
    each(body, &["systemInstruction"], |system| {
        system.only(&[&["parts", "role"]])?;
        let parts = system.need("parts")?;
        if parts.elements()?.len() == 0 {
            return Err(parts.fault(Fault::Empty));
        }
        for part in parts.elements()? {
            part.only(&[&["text"]])?;
            part.need("text")?.text()?;
        }
        Ok(())
    })?;
    each(body, &["generationConfig"], config)?;
    each(body, &["safetySettings"], |list| {
        for setting in list.elements()? {
            setting.only(&[&["category", "method", "threshold"]])?;
            setting.need("category")?.text()?;
            setting.need("threshold")?.text()?;
        }
        Ok(())
    })?;
    each(body, &["cachedContent"], |node| node.text().map(drop))?;
    declarations::check(body)?;
    models::check(body, model)
}

/// Vertex counts a request as it is; the Gemini API wants it wrapped unless it is contents only.
pub(super) fn count(body: &Node<'_, '_>, model: &str, vertex: bool) -> Checked {
    if vertex {
        return generation(body, model);
    }
    body.only(&[&["contents", "generateContentRequest"]])?;
    match body.find("generateContentRequest") {
        Some(request) => {
            request.need("model")?.filled_text()?;
            generation(&request, model)
        }
        None => contents::check(&body.need("contents")?, model),
    }
}

fn config(config: &Node<'_, '_>) -> Checked {
    config.only(&[CONFIG])?;
    each(config, &["temperature"], |node| {
        node.number(0.0, 2.0).map(drop)
    })?;
    each(config, &["topP"], |node| node.number(0.0, 1.0).map(drop))?;
    each(config, &["topK"], |node| node.number(1.0, 1e6).map(drop))?;
    each(config, &["presencePenalty", "frequencyPenalty"], |node| {
        node.number(-2.0, 2.0).map(drop)
    })?;
    each(config, &["candidateCount"], |node| {
        node.integer(1.0, 8.0).map(drop)
    })?;
    each(config, &["seed"], |node| {
        node.integer(-2_147_483_648.0, 2_147_483_647.0).map(drop)
    })?;
    each(config, &["maxOutputTokens"], |node| {
        let limit = node.integer(f64::MIN, f64::MAX)?;
        if (1.0..=MAX_OUTPUT).contains(&limit) {
            return Ok(());
        }
        Err(node.rule(
            None,
            format!("Unable to submit request because it has a maxOutputTokens value of {limit} but the supported range is from 1 (inclusive) to 65537 (exclusive). Update the value and try again."),
        ))
    })?;
    each(config, &["stopSequences"], |list| {
        let sequences = list.elements()?;
        if sequences.len() > 5 {
            return Err(list.fault(Fault::Long {
                max: 5,
                got: sequences.len(),
            }));
        }
        for sequence in sequences {
            sequence.filled_text()?;
        }
        Ok(())
    })?;
    each(config, &["thinkingConfig"], thinking)?;
    format(config)
}

fn thinking(thinking: &Node<'_, '_>) -> Checked {
    thinking.only(&[&["includeThoughts", "thinkingBudget", "thinkingLevel"]])?;
    each(thinking, &["includeThoughts"], |node| node.flag().map(drop))?;
    each(thinking, &["thinkingBudget"], |node| {
        node.integer(-1.0, 65_536.0).map(drop)
    })?;
    let level = thinking.find("thinkingLevel");
    if let Some(level) = &level {
        let known = [
            "MINIMAL",
            "LOW",
            "MEDIUM",
            "HIGH",
            "THINKING_LEVEL_UNSPECIFIED",
        ];
        let name = level.text()?;
        if !known.iter().any(|known| known.eq_ignore_ascii_case(name)) {
            return Err(level.fault(Fault::Value {
                got: name.to_owned(),
                known: known.to_vec(),
            }));
        }
    }
    if level.is_some() && thinking.find("thinkingBudget").is_some() {
        return Err(thinking.rule(
            None,
            "You can only set only one of thinking budget and thinking level.",
        ));
    }
    Ok(())
}

fn format(config: &Node<'_, '_>) -> Checked {
    each(config, &["responseMimeType"], |node| {
        node.one_of(&["text/plain", "application/json", "text/x.enum"])
            .map(drop)
    })?;
    let plain = config
        .find("responseMimeType")
        .is_none_or(|mime| mime.value == "text/plain");
    let schemas: Vec<Node<'_, '_>> = [
        "responseSchema",
        "responseJsonSchema",
        "_responseJsonSchema",
    ]
    .into_iter()
    .filter_map(|name| config.find(name))
    .collect();
    if schemas.len() > 1 {
        return Err(config.rule(
            None,
            "Only one of response_schema and response_json_schema may be set.",
        ));
    }
    let Some(schema) = schemas.first() else {
        return Ok(());
    };
    if plain {
        return Err(schema.rule(
            None,
            "Function calling config or response schema is only supported with response_mime_type 'application/json'.",
        ));
    }
    if config.find("responseSchema").is_some() {
        return declarations::check_schema(schema);
    }
    schema_shape::check(schema.value).map_err(|reason| schema.rule(None, reason))
}
