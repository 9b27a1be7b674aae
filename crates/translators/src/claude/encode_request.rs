//! A request, written for a Claude upstream.
//!
//! <https://docs.anthropic.com/en/api/messages>

mod blocks;
mod tools;

use crate::{
    request_ir::{CacheMark, FormatKind, Key, Request, Role, Turn},
    target::Target,
    thinking::Written,
};
use cliproxy_core::Protocol;
use cliproxy_json::{ArrayWriter, ObjectWriter};

/// Writes a normalised request.
pub(crate) fn encode(request: &Request<'_>, target: &Target<'_>, out: &mut Vec<u8>) {
    ObjectWriter::write(out, |body| {
        body.text("model", target.model);
        let system = || request.system.iter().flat_map(|message| &message.parts);
        if system().next().is_some() {
            body.array("system", |list| {
                for part in system() {
                    blocks::write(part, list);
                }
            });
        }
        body.array("messages", |list| messages(request, list));
        tools::write(request, body);
        if !target.counts {
            for (name, setting) in request.settings.named(Protocol::Claude) {
                match setting.key {
                    Key::ParallelTools => {}
                    Key::SafetyIdentifier => body.object("metadata", |metadata| {
                        metadata.raw("user_id", setting.value.as_str());
                    }),
                    _ => body.raw(name, setting.value.as_str()),
                }
            }
        }
        thinking(request, body);
        if request.streams && !target.counts {
            body.boolean("stream", true);
        }
    });
}

fn messages(request: &Request<'_>, list: &mut ArrayWriter<'_>) {
    for turn in &request.turns {
        let (role, parts) = match turn {
            Turn::System(message) => ("system", &message.parts),
            Turn::Said { role, parts, .. } => (
                match role {
                    Role::User => "user",
                    Role::Assistant => "assistant",
                },
                parts,
            ),
        };
        list.object(|message| {
            message.text("role", role);
            message.array("content", |content| {
                for part in parts {
                    blocks::write(part, content);
                }
            });
        });
    }
}

/// `thinking`, and what else steers the answer.
fn thinking(request: &Request<'_>, body: &mut ObjectWriter<'_>) {
    let (mut effort, format) = (None, request.format.as_ref());
    if let Written::Claude {
        kind,
        budget,
        display,
        effort: level,
    } = request.reasoning
    {
        effort = level;
        body.object("thinking", |thinking| {
            thinking.text("type", kind);
            if let Some(tokens) = budget {
                thinking.number("budget_tokens", tokens.into());
            }
            if let Some(display) = display {
                thinking.text("display", display);
            }
        });
    }
    let schema = format.and_then(|format| match &format.kind {
        FormatKind::Schema { schema, .. } => Some(schema),
        FormatKind::Object => None,
    });
    if effort.is_none() && schema.is_none() {
        return;
    }
    body.object("output_config", |config| {
        if let Some(effort) = effort {
            config.text("effort", effort);
        }
        if let Some(schema) = schema {
            config.object("format", |format| {
                format.text("type", "json_schema");
                format.raw("schema", &schema.json);
            });
        }
    });
}

/// A caching mark of the client.
fn cache_control(mark: Option<CacheMark>, out: &mut ObjectWriter<'_>) {
    let ttl = match mark {
        Some(CacheMark::Ephemeral) => None,
        Some(CacheMark::EphemeralHour) => Some("1h"),
        Some(CacheMark::Breakpoint) | None => return,
    };
    out.object("cache_control", |control| {
        control.text("type", "ephemeral");
        if let Some(ttl) = ttl {
            control.text("ttl", ttl);
        }
    });
}
