//! How many tokens a request has, where no upstream can say.
//!
//! An estimate: the same request gives the same number, and one to which something is added never a
//! smaller one. It claims no accuracy for any model.
//!
//! | piece | tokens |
//! |---|---|
//! | message, system messages included | 4, and its parts |
//! | text, refusal, reasoning in the open | by length, see `text_tokens` |
//! | call | its name and its arguments |
//! | result | its texts, its media, its structure as JSON |
//! | tool | 8, its name, its description, its schema in the shortest spelling |
//! | form of the answer | its schema |
//! | tool that ran at a provider, hosted tool | its JSON |
//! | image | by its size, see `image_tokens`; never by the length of its base64 |
//! | document, recording | see `media_tokens` |
//! | sealed reasoning, settings, what only one protocol knows | 0 |

use super::{
    ImageRule, ImageSize, image_tokens, media_tokens::media_tokens, text_tokens::text_tokens,
};
use crate::{
    base64_text,
    compact::compact,
    hub::{self, ClientContext},
    json_str::JsonStr,
    protocols::rules,
    rejection::Rejection,
    request_ir::{
        Detail, FormatKind, Media, MediaKind, Part, PartKind, Request, ServerKind, ServerTool,
        Source, SystemMessage, Tool, ToolInput, ToolName, ToolUse, Turn,
    },
    translate::Refused,
};
use cliproxy_core::{Capabilities, Protocol};
use cliproxy_json::{Body, Value};

#[cfg(test)]
mod tests;

const MESSAGE: u64 = 4;
const TOOL: u64 = 8;

/// Estimates the tokens of a request to count tokens, for a model that is served in the protocol
/// `upstream`. That and what is known of the model decide what images cost.
///
/// # Errors
///
/// [`Refused`] for a body that departs from the client's protocol, or that has no message.
///
/// ```
/// use cliproxy_core::Protocol;
/// use cliproxy_json::Body;
/// use cliproxy_translators::estimate_tokens;
///
/// let body = r#"{"model":"m","messages":[{"role":"user","content":"How are you?"}]}"#;
/// let tokens = estimate_tokens(&Body::new(body.into())?, Protocol::Claude, Protocol::Chat, None)?;
/// assert_eq!(tokens, 4 + 4);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn estimate_tokens(
    body: &Body,
    client: Protocol,
    upstream: Protocol,
    model: Option<&Capabilities>,
) -> Result<u64, Refused> {
    let root = body.root();
    let counted = rules(client).native.counted_request;
    let counted = counted.iter().find_map(|name| root.get(name));
    let images = rules(upstream).media.cost.of_model(model);
    estimate(client, counted.unwrap_or(root), images)
        .map_err(|rejection| Refused::of(&rejection, root))
}

fn estimate(client: Protocol, body: Value<'_>, images: ImageRule) -> Result<u64, Rejection> {
    let request = hub::decode(client, body, &ClientContext::default())?;
    if request.turns.is_empty() {
        return Err(Rejection::Invalid {
            place: request.conversation,
            message: "there is nothing to count: the request has no message".into(),
        });
    }
    Ok(Counter { images }.request(&request))
}

/// What depends on the model.
struct Counter {
    images: ImageRule,
}

impl Counter {
    fn request(&self, request: &Request<'_>) -> u64 {
        let system = request.system.iter().map(|message| self.system(message));
        let turns = request.turns.iter().map(|turn| match turn {
            Turn::Said { parts, .. } => MESSAGE + self.parts(parts),
            Turn::System(message) => self.system(message),
        });
        let format = request.format.as_ref().map(|format| match &format.kind {
            FormatKind::Object => 0,
            FormatKind::Schema { schema, .. } => json(&schema.json),
        });
        let tools = request.tools.iter().map(|tool| TOOL + declared(tool));
        system.chain(turns).chain(format).chain(tools).sum()
    }

    fn system(&self, message: &SystemMessage<'_>) -> u64 {
        MESSAGE + self.parts(&message.parts)
    }

    fn parts(&self, parts: &[Part<'_>]) -> u64 {
        parts.iter().map(|part| self.part(part)).sum()
    }

    fn part(&self, part: &Part<'_>) -> u64 {
        match &part.kind {
            PartKind::Text(said) => text(&said.text),
            PartKind::Refusal(said) => text(said),
            PartKind::Thinking(thought) => text(&thought.text),
            PartKind::Media(media) => self.media(media),
            PartKind::ToolUse(call) => called(call),
            PartKind::ToolResult(result) => {
                let structure = result.structured.map_or(0, |value| json(value.raw()));
                structure + self.parts(&result.content)
            }
            PartKind::ServerTool(tool) => self.ran(tool),
            PartKind::Redacted(_) | PartKind::Foreign(_) => 0,
        }
    }

    fn media(&self, media: &Media<'_>) -> u64 {
        let base64 = match &media.source {
            Source::Text(said) => {
                let about = [&media.title, &media.context];
                let about = about.into_iter().flatten().map(text);
                return text(said) + about.sum::<u64>();
            }
            Source::Base64(base64) => Some(&**base64),
            Source::Url(_) | Source::File { .. } => None,
        };
        if media.kind != MediaKind::Image {
            return media_tokens(media.kind, base64, self.images);
        }
        let normal = base64.and_then(base64_text::normal);
        let size = normal.and_then(|base64| ImageSize::read(&base64));
        let is_coarse = media.detail == Some(Detail::Low);
        image_tokens(
            size,
            if is_coarse {
                self.images.at_low_detail()
            } else {
                self.images
            },
        )
    }

    /// A picture that was made at the provider stands in base64 in its item.
    fn ran(&self, tool: &ServerTool<'_>) -> u64 {
        if tool.kind == ServerKind::ImageGeneration {
            return image_tokens(None, self.images);
        }
        json(tool.call.raw()) + tool.result.map_or(0, |value| json(value.raw()))
    }
}

fn text(text: &JsonStr<'_>) -> u64 {
    text_tokens(&text.decoded())
}

fn json(json: &str) -> u64 {
    text_tokens(&compact(json))
}

fn name(name: &ToolName<'_>) -> u64 {
    let namespace = name.namespace.as_deref().map_or(0, text_tokens);
    namespace + text_tokens(&name.name)
}

fn called(call: &ToolUse<'_>) -> u64 {
    let input = match &call.input {
        ToolInput::Json(arguments) => json(arguments),
        ToolInput::Text(arguments) | ToolInput::Freeform(arguments) => text(arguments),
    };
    name(&call.name) + input
}

fn declared(tool: &Tool<'_>) -> u64 {
    match tool {
        Tool::Function(tool) => {
            let schema = tool.schema.as_ref().map_or(0, |schema| json(&schema.json));
            name(&tool.name) + tool.description.as_ref().map_or(0, text) + schema
        }
        Tool::Freeform(tool) => {
            let grammar = tool.grammar.map_or(0, |value| json(value.raw()));
            name(&tool.name) + tool.description.as_ref().map_or(0, text) + grammar
        }
        Tool::Hosted(tool) => json(tool.json.raw()),
        Tool::Ready(tool) => json(&tool.json),
    }
}
