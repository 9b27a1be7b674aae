//! A request, written for a chat upstream.
//!
//! <https://platform.openai.com/docs/api-reference/chat/create>

mod content;
mod messages;
mod tools;

use crate::{
    request_ir::{FormatKind, Request},
    target::Target,
    thinking::Written,
};
use cliproxy_core::Protocol;
use cliproxy_json::ObjectWriter;

/// Writes a normalised request.
pub(crate) fn encode(request: &Request<'_>, target: &Target<'_>, out: &mut Vec<u8>) {
    ObjectWriter::write(out, |body| {
        body.text("model", target.model);
        body.array("messages", |list| messages::write(request, target, list));
        tools::write(request, body);
        for (name, setting) in request.settings.named(Protocol::Chat) {
            let name = target.profile.chat_name(setting.key, name);
            body.raw(name, setting.value.as_str());
        }
        if let Some(format) = &request.format {
            body.object("response_format", |out| response_format(&format.kind, out));
        }
        reasoning(request.reasoning, body);
        if request.streams {
            body.boolean("stream", true);
            if request.include_usage {
                body.object("stream_options", |options| {
                    options.boolean("include_usage", true);
                });
            }
        }
    });
}

fn response_format(kind: &FormatKind<'_>, out: &mut ObjectWriter<'_>) {
    match kind {
        FormatKind::Object => out.text("type", "json_object"),
        FormatKind::Schema {
            name,
            description,
            schema,
            strict,
        } => {
            out.text("type", "json_schema");
            out.object("json_schema", |inner| {
                let name = name.as_ref().map_or("output", |name| name.as_escaped());
                inner.escaped("name", name);
                if let Some(description) = description {
                    inner.escaped("description", description.as_escaped());
                }
                inner.raw("schema", &schema.json);
                if let Some(strict) = strict {
                    inner.boolean("strict", *strict);
                }
            });
        }
    }
}

/// In the vendor's own form.
fn reasoning(written: Written, body: &mut ObjectWriter<'_>) {
    match written {
        Written::ReasoningEffort(effort) => body.text("reasoning_effort", effort),
        Written::Thinking { kind, effort } => body.object("thinking", |thinking| {
            thinking.text("type", kind);
            if let Some(effort) = effort {
                thinking.text("effort", effort);
            }
        }),
        Written::OpenRouter {
            effort,
            max_tokens,
            enabled,
            exclude,
        } => body.object("reasoning", |reasoning| {
            if let Some(effort) = effort {
                reasoning.text("effort", effort);
            }
            if let Some(tokens) = max_tokens {
                reasoning.number("max_tokens", tokens.into());
            }
            for (name, flag) in [("enabled", enabled), ("exclude", exclude)] {
                if flag {
                    reasoning.boolean(name, true);
                }
            }
        }),
        Written::EnableThinking { on, budget } => {
            body.boolean("enable_thinking", on);
            if let Some(tokens) = budget {
                body.number("thinking_budget", tokens.into());
            }
        }
        Written::Nothing
        | Written::Responses { .. }
        | Written::Claude { .. }
        | Written::Gemini { .. } => {}
    }
}
